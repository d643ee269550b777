import type { StopSignal } from '../errors/stopSignal';
import type { ReadingSettings } from '../settings/readingSettings';
import { SyncError } from '../errors/syncError';
import { chooseLargeParts } from '../mime/largeMessage';
import { headerConditions, meets, textConditions } from '../mime/meets';
import type { OpenFolder } from '../server/mailServer';
import { ContentMatches } from './contentMatches';
import { readMessages } from '../reading/readMessages';
import { attachmentKeywords } from '../server/machineKeywords';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import { isWithin } from './evaluate';

/** Which conditions the server does not decide. */
export type EvaluatedLocally = (name: keyof SearchCriteria, text: string) => boolean;

const none: EvaluatedLocally = () => false;
const beyondAscii: EvaluatedLocally = (_name, text) => /[^ -~]/.test(text);
/** The server decides no text at all. */
export const allTexts: EvaluatedLocally = () => true;

/**
 * Asks the server for all that may meet the criteria. One that refuses is asked again without texts outside of ASCII (not every server
 * knows UTF-8, RFC 3501 section 6.4.4), then without any text.
 */
export async function searchServer(
	folder: OpenFolder,
	criteria: SearchCriteria,
	within?: UidSet,
): Promise<{ candidates: UidSet; decidedHere: EvaluatedLocally }> {
	let refusal: unknown;
	for (const decidedHere of [none, beyondAscii, allTexts]) {
		const question = withoutConditions(criteria, decidedHere, false);
		if (decidedHere !== none && JSON.stringify(question) === JSON.stringify(criteria)) continue;
		if (question === 'nothing') return { candidates: UidSet.empty, decidedHere };
		try {
			return { candidates: await searchAmong(folder, question, within), decidedHere };
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'searchFailed') throw error;
			refusal ??= error;
		}
	}
	throw refusal;
}

/**
 * The criteria without what is decided here; they then hold for more messages, or (`fewer`, below a "none of") for fewer. 'nothing' where
 * that leaves none for sure.
 */
function withoutConditions(criteria: SearchCriteria, decidedHere: EvaluatedLocally, fewer: boolean): SearchCriteria | 'nothing' {
	const question: SearchCriteria = { ...criteria };
	for (const name of ['from', 'to', 'cc', 'bcc', 'subject', ...textConditions] as const) {
		const text = question[name];
		if (!text || !decidedHere(name, text)) continue;
		if (fewer) return 'nothing';
		delete question[name];
	}
	if (question.header?.some(({ value }) => decidedHere('header', value))) {
		if (fewer) return 'nothing';
		question.header = question.header.filter(({ value }) => !decidedHere('header', value));
	}
	if (question.messageIds?.some((id) => decidedHere('messageIds', id))) {
		if (fewer) return 'nothing';
		delete question.messageIds;
	}
	if (question.anyOf) {
		const choices = question.anyOf.map((choice) => withoutConditions(choice, decidedHere, fewer));
		question.anyOf = choices.filter((choice) => choice !== 'nothing');
		if (question.anyOf.length === 0) return 'nothing';
	}
	if (question.noneOf) {
		question.noneOf = question.noneOf
			.map((unwanted) => withoutConditions(unwanted, decidedHere, !fewer))
			.filter((unwanted) => unwanted !== 'nothing');
		if (question.noneOf.length === 0) delete question.noneOf;
	}
	return question;
}

/** How many runs a set of UIDs may have to be sent along with a question. */
const FEW_RUNS = 500;

/** A search among these messages: of a set with many holes it takes many commands, where the whole folder is one. */
async function searchAmong(folder: OpenFolder, criteria: SearchCriteria, within: UidSet | undefined): Promise<UidSet> {
	if (!within) return await folder.search(criteria);
	if (within.runs <= FEW_RUNS) return (await folder.search(criteria, within)).intersect(within);
	return (await folder.search(criteria)).intersect(within);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** So many messages at the edge of a period are read at once, instead of searching for those well within it. */
const FEW = 500;

/** Messages that are read in one go. */
const PORTION = 1_000;

export interface DecisionInput {
	folder: OpenFolder;
	decidedHere: EvaluatedLocally;
	/** What was read of messages; what is read to decide joins it where `keep` says so. */
	known: Map<Uid, FetchedMessage>;
	keep: boolean;
	/** Asked between commands: then what was not read by then is undecided. */
	signal?: StopSignal;
	/** What was found out by reading before. */
	contentMatches?: ContentMatches;
	/** Messages within the period of the criteria as a whole. */
	inPeriod?: UidSet;
}

/** Decides what the server did not. Each condition has one judge: the server, or what is read here. */
export class Decision {
	private readonly contentMatches: ContentMatches;

	constructor(private readonly input: DecisionInput) {
		this.contentMatches = input.contentMatches ?? new ContentMatches();
	}

	/** Whether anything in the criteria is left to decide. */
	isNeeded(criteria: SearchCriteria): boolean {
		return needOf(this.split(criteria).here) !== undefined || this.nested(criteria).length > 0;
	}

	/** Those of `candidates`, which the server found by the criteria, that meet them. What could not be read meets nothing. */
	async among(candidates: UidSet, criteria: SearchCriteria): Promise<UidSet> {
		await this.read(candidates, criteria);
		return await this.evaluate(candidates, criteria, { serverWasAsked: true, sure: this.input.inPeriod ?? UidSet.empty });
	}

	/** Of these messages, those that were not read although that is what decides. */
	undecided(candidates: UidSet, criteria: SearchCriteria): UidSet {
		return candidates.subtract(this.readFor(candidates, this.leavesOf(criteria)));
	}

	private async evaluate(
		candidates: UidSet,
		criteria: SearchCriteria,
		{ serverWasAsked = false, sure = UidSet.empty } = {},
	): Promise<UidSet> {
		const { here, there } = this.split(criteria);
		const { since, before, ...leaf } = here;
		let met = candidates;
		// Of many messages the server says first which ones are anywhere near the period.
		const question = (since || before) && met.size > FEW ? { ...there, since, before } : there;
		if (!serverWasAsked && !isEmpty(question)) met = await searchAmong(this.input.folder, question, met);
		if (since || before) met = await this.inPeriod(met, { since, before }, sure);
		if (needOf(leaf) !== undefined) met = met.intersect(this.contentMatches.of(nameOf(leaf)).met);
		if (criteria.anyOf?.some((choice) => this.isNeeded(choice))) {
			let any = UidSet.empty;
			for (const choice of criteria.anyOf) any = any.union(await this.evaluate(met.subtract(any), choice));
			met = any;
		}
		for (const unwanted of criteria.noneOf ?? []) {
			if (this.isNeeded(unwanted) && !met.isEmpty) met = met.subtract(await this.evaluate(met, unwanted));
		}
		return met;
	}

	/** SEARCH knows days, in the server's time zone; criteria mean moments. Only messages near the edges have to be looked at. */
	private async inPeriod(
		uids: UidSet,
		{ since, before }: Pick<SearchCriteria, 'since' | 'before'>,
		sure: UidSet,
	): Promise<UidSet> {
		const { folder, known } = this.input;
		let unsure = UidSet.of([...uids.subtract(sure)].filter((uid) => !known.has(uid)));
		if (unsure.size > FEW) {
			const inner = {
				...(since ? { since: new Date(since.getTime() + 2 * DAY_MS) } : {}),
				...(before ? { before: new Date(before.getTime() - 2 * DAY_MS) } : {}),
			};
			unsure = unsure.subtract(await searchAmong(folder, inner, unsure));
		}
		const dates = new Map<Uid, Date | undefined>();
		if (!unsure.isEmpty)
			for await (const { uid, internalDate } of folder.fetch(unsure, 'descriptor')) dates.set(uid, internalDate);
		for (const uid of uids) if (known.has(uid)) dates.set(uid, known.get(uid)?.internalDate);
		return uids.subtract(UidSet.of([...dates].filter(([, date]) => !isWithin(date, { since, before })).map(([uid]) => uid)));
	}

	/** The conditions to be decided here, and those that the server decides. Nested ones that are decided here are in neither. */
	private split(criteria: SearchCriteria): { here: SearchCriteria; there: SearchCriteria } {
		const here: SearchCriteria = {};
		const there: SearchCriteria = { ...criteria };
		const take = <K extends keyof SearchCriteria>(name: K): void => {
			here[name] = criteria[name];
			delete there[name];
		};
		for (const name of ['since', 'before', 'hasAttachment'] as const) if (criteria[name] !== undefined) take(name);
		for (const name of ['from', 'to', 'cc', 'bcc', 'subject', ...textConditions] as const) {
			const text = criteria[name];
			if (text && this.input.decidedHere(name, text)) take(name);
		}
		if (criteria.header?.some(({ value }) => this.input.decidedHere('header', value))) take('header');
		if (criteria.messageIds?.some((id) => this.input.decidedHere('messageIds', id))) take('messageIds');
		if (criteria.anyOf?.some((choice) => this.isNeeded(choice))) delete there.anyOf;
		if (criteria.noneOf) {
			there.noneOf = criteria.noneOf.filter((unwanted) => !this.isNeeded(unwanted));
			if (there.noneOf.length === 0) delete there.noneOf;
		}
		return { here, there };
	}

	private nested({ anyOf = [], noneOf = [] }: SearchCriteria): SearchCriteria[] {
		return [...anyOf, ...noneOf].filter((criteria) => this.isNeeded(criteria));
	}

	/** The conditions that only reading decides, wherever they stand. */
	private leavesOf(criteria: SearchCriteria): SearchCriteria[] {
		const leaf = { ...this.split(criteria).here };
		delete leaf.since;
		delete leaf.before;
		return [...(needOf(leaf) === undefined ? [] : [leaf]), ...this.nested(criteria).flatMap((inner) => this.leavesOf(inner))];
	}

	private readFor(uids: UidSet, leaves: SearchCriteria[]): UidSet {
		return leaves.reduce((read, leaf) => read.intersect(this.contentMatches.of(nameOf(leaf)).judged), uids);
	}

	/** Reads what decides, and notes what it decides. */
	private async read(candidates: UidSet, criteria: SearchCriteria): Promise<void> {
		const { known, keep, signal } = this.input;
		const leaves = this.leavesOf(criteria);
		const needs = leaves.map(needOf);
		const need = needsInOrder.findLast((one) => needs.includes(one));
		// A caller that keeps what is read gets the dates by it too.
		const most = need ?? (keep && this.hasPeriod(criteria) ? 'reference' : undefined);
		if (most === undefined) return;
		if (most === 'structure' && !keep) await this.askKeywords(candidates, leaves);
		const unread = keep ? candidates : candidates.subtract(this.readFor(candidates, leaves));
		for (let left = unread; !left.isEmpty && !signal?.aborted;) {
			const portion = left.highest(PORTION);
			left = left.subtract(portion);
			const met = leaves.map((): Uid[] => []);
			const judged: Uid[] = [];
			await this.readPortion(portion, most, async (message) => {
				if (keep) known.set(message.uid, message);
				for (const [at, leaf] of leaves.entries()) if (await meets(message, leaf)) met[at].push(message.uid);
				judged.push(message.uid);
			});
			leaves.forEach((leaf, at) => this.contentMatches.note(nameOf(leaf), UidSet.of(met[at]), UidSet.of(judged)));
		}
	}

	/** Notes what the server says of attachments by keywords: two searches in the place of a structure for each message. */
	private async askKeywords(candidates: UidSet, leaves: SearchCriteria[]): Promise<void> {
		const { folder, signal } = this.input;
		const there = new Set(folder.snapshot.keywords.map((keyword) => keyword.toLowerCase()));
		const carrying = async (keyword: string): Promise<UidSet> =>
			there.has(keyword.toLowerCase()) && !signal?.aborted
				? await searchAmong(folder, { flags: { [keyword]: true } }, candidates)
				: UidSet.empty;
		const yes = await carrying(attachmentKeywords.yes);
		const no = await carrying(attachmentKeywords.no);
		const both = yes.intersect(no);
		for (const leaf of leaves)
			this.contentMatches.note(nameOf(leaf), (leaf.hasAttachment ? yes : no).subtract(both), yes.union(no).subtract(both));
	}

	private async readPortion(uids: UidSet, need: Need, take: (message: FetchedMessage) => Promise<void>): Promise<void> {
		const { folder, keep, signal } = this.input;
		let left = uids;
		if (need === 'structure' && !keep) {
			const came: Uid[] = [];
			try {
				for await (const message of folder.fetch(uids, 'structure')) {
					came.push(message.uid);
					await take({ ...message, header: Buffer.alloc(0) });
				}
			} catch (error) {
				if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
			}
			left = uids.subtract(UidSet.of(came));
		}
		if (left.isEmpty) return;
		await readMessages(left.toArray(), {
			folder,
			settings: readings[need],
			signal,
			take,
			// One that cannot be read meets nothing that is decided by reading it.
			fail: () => undefined,
		});
	}

	private hasPeriod(criteria: SearchCriteria): boolean {
		return Boolean(criteria.since ?? criteria.before) || this.nested(criteria).some((inner) => this.hasPeriod(inner));
	}
}

/** A name that distinguishes conditions. */
const nameOf = (leaf: SearchCriteria): string => JSON.stringify(leaf);

/** What has to be read of a message to decide. */
type Need = 'reference' | 'structure' | 'metadata' | 'content';
const needsInOrder: Need[] = ['reference', 'structure', 'metadata', 'content'];

function needOf(here: SearchCriteria): Need | undefined {
	if (textConditions.some((name) => here[name])) return 'content';
	if (headerConditions.some((name) => here[name])) return 'metadata';
	if (here.hasAttachment !== undefined) return 'structure';
	return here.since || here.before ? 'reference' : undefined;
}

const reading = (output: Exclude<Need, 'structure'>): ReadingSettings => ({
	output,
	attachments: false,
	messageSize: Infinity,
	// Attachments are not looked into, however large the message.
	chooseParts: (size, structure) => chooseLargeParts({ level: output, attachmentContent: false }, size, structure),
});

const readings: Record<Need, ReadingSettings> = {
	reference: reading('reference'),
	// Where the structure alone cannot be had, the message is read as if for its header.
	structure: reading('metadata'),
	metadata: reading('metadata'),
	content: reading('content'),
};

/** Whether the criteria hold for every message. An "any of" without a choice holds for none. */
export const isEmpty = ({ anyOf, ...criteria }: SearchCriteria): boolean =>
	anyOf === undefined &&
	Object.values(criteria).every((value) => value === undefined || value === '' || (Array.isArray(value) && value.length === 0));
