import { SyncError } from './errors';
import { chooseLargeParts } from './mime/largeMessage';
import { headerConditions, meets, textConditions } from './mime/meets';
import type { FetchedMessage, SearchCriteria } from './model';
import type { OpenFolder } from './port';
import { readMessages, type ReadingRequest } from './readMessages';
import { isWithin } from './searchFolder';
import type { Uid } from './uid';
import { UidSet } from './uidSet';

export interface MessageSearch {
	criteria: SearchCriteria;
	/** At most so many; Infinity for all. */
	limit: number;
	/** By when they came into the folder. */
	order: 'newestFirst' | 'oldestFirst';
}

export interface FoundMessages {
	/** In the order that was asked for. */
	uids: Uid[];
	/** What was read of them in order to decide. */
	known: Map<Uid, FetchedMessage>;
}

/** Messages that are looked at in one round of deciding; the rounds end when there are enough. */
const FIRST_PORTION = 100;
const LARGEST_PORTION = 1_000;

/**
 * The messages of a folder that meet the criteria. The server searches; what it cannot decide (dates to the second, attachments) or
 * refuses to (texts outside of ASCII, or texts at all) is decided here, in portions from the newest on until there are enough, so
 * that a limit costs what it gives. Throws searchFailed when the search can neither be asked nor decided here.
 */
export async function findMessages(folder: OpenFolder, search: MessageSearch, stopped: () => boolean): Promise<FoundMessages> {
	const { criteria, limit, order } = search;
	const known = new Map<Uid, FetchedMessage>();
	const { exists, uidNext } = folder.snapshot;
	const take = (uids: UidSet, count: number): UidSet =>
		count === Infinity ? uids : order === 'newestFirst' ? uids.highest(count) : uids.lowest(count);
	const inOrder = (uids: UidSet): Uid[] => (order === 'newestFirst' ? uids.toArray().reverse() : uids.toArray());

	if (exists === 0) return { uids: [], known };
	if (isEmpty(criteria)) return { uids: inOrder(await edgeOf(folder, limit, order)), known };

	const { candidates, decidedHere } = await ask(folder, withKnownEnds(criteria, uidNext));
	const decision = new Decision(folder, decidedHere, known, stopped);
	if (!decision.isNeeded(criteria)) return { uids: inOrder(take(candidates, limit)), known };

	const uids: Uid[] = [];
	let size = Math.min(LARGEST_PORTION, Math.max(FIRST_PORTION, limit));
	for (let left = candidates; !left.isEmpty && uids.length < limit && !stopped(); size = Math.min(LARGEST_PORTION, size * 2)) {
		const portion = take(left, size);
		left = left.subtract(portion);
		const met = await decision.among(portion, withKnownEnds(criteria, uidNext));
		for (const uid of portion) if (!met.has(uid)) known.delete(uid);
		uids.push(...inOrder(take(met, limit - uids.length)));
	}
	return { uids, known };
}

/** Which conditions the server does not decide. */
type DecidedHere = (name: keyof SearchCriteria, text: string) => boolean;

const none: DecidedHere = () => false;
const beyondAscii: DecidedHere = (_name, text) => /[^ -~]/.test(text);
const allTexts: DecidedHere = () => true;

/**
 * Asks the server for all that may meet the criteria. One that refuses is asked again without texts outside of ASCII (not every server
 * knows UTF-8, RFC 3501 section 6.4.4), then without any text.
 */
async function ask(folder: OpenFolder, criteria: SearchCriteria): Promise<{ candidates: UidSet; decidedHere: DecidedHere }> {
	let refusal: unknown;
	for (const decidedHere of [none, beyondAscii, allTexts]) {
		const question = withoutConditions(criteria, decidedHere, false);
		if (decidedHere !== none && JSON.stringify(question) === JSON.stringify(criteria)) continue;
		if (question === 'nothing') return { candidates: UidSet.empty, decidedHere };
		try {
			return { candidates: await folder.search(question), decidedHere };
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
function withoutConditions(criteria: SearchCriteria, decidedHere: DecidedHere, fewer: boolean): SearchCriteria | 'nothing' {
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

/** Decides what the server did not. Each condition has one judge: the server, or what is read here. */
class Decision {
	constructor(
		private readonly folder: OpenFolder,
		private readonly decidedHere: DecidedHere,
		private readonly known: Map<Uid, FetchedMessage>,
		private readonly stopped: () => boolean,
	) {}

	/** Whether anything in the criteria is left to decide. */
	isNeeded(criteria: SearchCriteria): boolean {
		return needOf(this.split(criteria).here) !== undefined || this.nested(criteria).length > 0;
	}

	/** Those of `candidates`, which the server found by the criteria, that meet them. */
	async among(candidates: UidSet, criteria: SearchCriteria): Promise<UidSet> {
		await this.read(candidates, this.needOfAll(criteria));
		return await this.evaluate(candidates, criteria, true);
	}

	private async evaluate(candidates: UidSet, criteria: SearchCriteria, serverWasAsked: boolean): Promise<UidSet> {
		const { here, there } = this.split(criteria);
		let met = candidates;
		if (!serverWasAsked && !isEmpty(there)) met = (await this.folder.search(there, met)).intersect(met);
		if (needOf(here) !== undefined) {
			const passed: Uid[] = [];
			for (const uid of met) {
				const message = this.known.get(uid);
				if (message && isWithin(message.internalDate, here) && (await meets(message, here))) passed.push(uid);
			}
			met = UidSet.of(passed);
		}
		if (criteria.anyOf?.some((choice) => this.isNeeded(choice))) {
			let any = UidSet.empty;
			for (const choice of criteria.anyOf) any = any.union(await this.evaluate(met.subtract(any), choice, false));
			met = any;
		}
		for (const unwanted of criteria.noneOf ?? []) {
			if (this.isNeeded(unwanted) && !met.isEmpty) met = met.subtract(await this.evaluate(met, unwanted, false));
		}
		return met;
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
			if (text && this.decidedHere(name, text)) take(name);
		}
		if (criteria.header?.some(({ value }) => this.decidedHere('header', value))) take('header');
		if (criteria.messageIds?.some((id) => this.decidedHere('messageIds', id))) take('messageIds');
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

	private needOfAll(criteria: SearchCriteria): Need | undefined {
		const needs = [needOf(this.split(criteria).here), ...this.nested(criteria).map((inner) => this.needOfAll(inner))];
		return needsInOrder.findLast((need) => needs.includes(need));
	}

	private async read(uids: UidSet, need: Need | undefined): Promise<void> {
		if (need === undefined) return;
		await readMessages(uids.toArray(), {
			folder: this.folder,
			request: readings[need],
			stopped: this.stopped,
			take: async (message) => void this.known.set(message.uid, message),
			// One that cannot be read meets nothing that is decided by reading it.
			fail: () => undefined,
		});
	}
}

/** What has to be read of a message to decide. */
type Need = 'reference' | 'metadata' | 'content';
const needsInOrder: Need[] = ['reference', 'metadata', 'content'];

function needOf(here: SearchCriteria): Need | undefined {
	if (textConditions.some((name) => here[name])) return 'content';
	if (headerConditions.some((name) => here[name]) || here.hasAttachment !== undefined) return 'metadata';
	return here.since || here.before ? 'reference' : undefined;
}

const reading = (output: Need): ReadingRequest => ({
	output,
	attachments: false,
	messageSize: Infinity,
	// Attachments are not looked into, however large the message.
	chooseParts: (size, structure) => chooseLargeParts({ level: output, attachmentContent: false }, size, structure),
});

const readings: Record<Need, ReadingRequest> = {
	reference: reading('reference'),
	metadata: reading('metadata'),
	content: reading('content'),
};

/** Whether the criteria hold for every message. An "any of" without a choice holds for none. */
const isEmpty = ({ anyOf, ...criteria }: SearchCriteria): boolean =>
	anyOf === undefined &&
	Object.values(criteria).every((value) => value === undefined || value === '' || (Array.isArray(value) && value.length === 0));

/** An open end of a UID range becomes the last UID there is: "4711:4294967295" is a set that some servers take for a mistake. */
function withKnownEnds(criteria: SearchCriteria, uidNext: number): SearchCriteria {
	const nested = (list: SearchCriteria[] | undefined) => list?.map((inner) => withKnownEnds(inner, uidNext));
	const known = { ...criteria };
	if (criteria.uids !== undefined) {
		const uids = UidSet.parse(criteria.uids).below(uidNext);
		// A set cannot be empty, and the UID after the last one is nobody's.
		known.uids = uids.isEmpty ? String(uidNext) : uids.toString();
	}
	if (criteria.anyOf) known.anyOf = nested(criteria.anyOf);
	if (criteria.noneOf) known.noneOf = nested(criteria.noneOf);
	return known;
}

/** The newest or oldest messages, without a search through the folder. */
async function edgeOf(folder: OpenFolder, limit: number, order: MessageSearch['order']): Promise<UidSet> {
	const { exists } = folder.snapshot;
	if (limit >= exists) return await folder.search({});
	const first = order === 'newestFirst' ? exists - limit + 1 : 1;
	try {
		return UidSet.of(await folder.uidsAt(Array.from({ length: limit }, (_, at) => first + at)));
	} catch (error) {
		// Messages were expunged meanwhile: the numbers mean others now.
		if (!(error instanceof SyncError) || error.code !== 'folderInconsistent') throw error;
		const all = await folder.search({});
		return order === 'newestFirst' ? all.highest(limit) : all.lowest(limit);
	}
}
