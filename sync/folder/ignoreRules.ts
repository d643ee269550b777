import type { StopSignal } from '../errors/stopSignal';
import { SyncError } from '../errors/syncError';
import { matcherOf, textOfSubject, textsOfSender } from '../mime/ignoreRules';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import type { FolderState } from './folderState';
import type { Observation } from './observation';
import { suppress } from './suppress';
import type { Transition, DeliveryResult } from './transition';
import type { WatchSettings, IgnoreRules } from '../settings/watchSettings';

/**
 * Ignored messages produce no events, but the state follows them: nothing is repeated, and removing a rule releases no flood. An
 * existing message is inspected when there is an event to emit. One that left cannot be, so where leaving is an event, the state
 * keeps which messages are ignored.
 */

/** Maximum messages per FETCH of header fields. */
const PORTION = 500;
/** A folder of at most this many messages is read, not searched. */
const FEW_MESSAGES = 1_000;
/** More rules than this are not searched for: reading all is quicker. */
const MANY_RULES = 200;
/** Rules in one search: the command stays below 8 kB. */
const RULES_PER_SEARCH = 20;

type Asked = Pick<WatchSettings, 'events' | 'ignore'>;

/** Whether the state has to keep which messages are ignored. */
const tracksIgnored = ({ events, ignore }: Asked): boolean =>
	ignore !== undefined && (events.has('messageDeleted') || events.has('messageMoved'));

/** Whether the folder has to be opened to find out which of its messages are ignored. */
export const mustFindIgnored = (state: FolderState | undefined, request: Asked): boolean =>
	tracksIgnored(request) && state?.knownUids !== undefined && state.ignored === undefined;

/** Finds out which messages of an open folder a rule ignores, by their header fields. */
export class IgnoreMatcher {
	private readonly isIgnored: ((message: FetchedMessage) => boolean) | undefined;
	/** All messages found to be ignored. */
	found: UidSet;

	constructor(
		private readonly folder: OpenFolder,
		private readonly rules: IgnoreRules | undefined,
		known: UidSet | undefined,
	) {
		this.isIgnored = rules && matcherOf(rules);
		this.found = (rules && known) ?? UidSet.empty;
	}

	/** Those of these messages that are ignored. What cannot be read is not. */
	async among(uids: UidSet): Promise<UidSet> {
		if (this.isIgnored)
			for (let left = uids.subtract(this.found); !left.isEmpty; left = left.subtract(left.lowest(PORTION)))
				await this.read(left.lowest(PORTION));
		return this.found.intersect(uids);
	}

	/**
	 * Those of these messages that are ignored. In a large folder the server searches for candidates, as far as it can. After
	 * `signal` stops it, the oldest ones are left out.
	 */
	async amongAll(uids: UidSet, signal?: StopSignal): Promise<UidSet> {
		let left = uids.size <= FEW_MESSAGES ? uids : ((await this.mayBe(uids)) ?? uids);
		while (!left.isEmpty && !signal?.aborted) {
			const portion = left.highest(PORTION);
			left = left.subtract(portion);
			await this.among(portion);
		}
		return this.found.intersect(uids);
	}

	private async read(uids: UidSet): Promise<void> {
		const matching: Uid[] = [];
		try {
			for await (const message of this.folder.fetch(uids, 'outline'))
				if (uids.has(message.uid) && this.isIgnored?.(message)) matching.push(message.uid);
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
			// Yahoo refuses a whole FETCH because of one message (imapsync issue 119). That one is not ignored.
			const half = uids.lowest(Math.ceil(uids.size / 2));
			if (uids.size > 1) for (const part of [half, uids.subtract(half)]) await this.read(part);
		}
		this.found = this.found.union(UidSet.of(matching));
	}

	/** Candidates for a rule, by the server's search; undefined where it cannot search. */
	private async mayBe(uids: UidSet): Promise<UidSet | undefined> {
		const questions = searchesFor(this.rules);
		if (questions.length > MANY_RULES) return undefined;
		let candidates = UidSet.empty;
		try {
			for (let at = 0; at < questions.length; at += RULES_PER_SEARCH) {
				candidates = candidates.union(await this.folder.search({ anyOf: questions.slice(at, at + RULES_PER_SEARCH) }));
			}
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'searchFailed') throw error;
			return undefined;
		}
		return candidates.intersect(uids);
	}
}

function searchesFor(rules: IgnoreRules | undefined): SearchCriteria[] {
	if (!rules) return [];
	return [
		...rules.senders.flatMap(textsOfSender).map((from) => ({ from })),
		...rules.subjects.map(textOfSubject).map((subject) => ({ subject })),
		...rules.threads.flatMap((thread): SearchCriteria[] =>
			thread.startsWith('<')
				? [{ messageIds: [thread] }, ...['references', 'in-reply-to'].map((name) => ({ header: [{ name, value: thread }] }))]
				: [{ threadId: thread }],
		),
	];
}

export interface ApplyIgnoreRulesInput {
	before: FolderState | undefined;
	transition: Transition;
	observation: Observation;
	folder: OpenFolder;
	watch: Asked;
	/** Whether new messages are inspected one by one when they are delivered. */
	inspectsNew: boolean;
	signal?: StopSignal;
}

/**
 * Finds out which messages of the folder are ignored, where that is not known yet. Suppresses the leaving of ignored ones.
 * Inspects new messages where delivery does not.
 */
export async function applyIgnoreRules({
	before,
	transition,
	observation,
	folder,
	watch,
	inspectsNew,
	signal,
}: ApplyIgnoreRulesInput): Promise<Transition> {
	const isSameFolder = before !== undefined && transition.state.uidValidity === before.uidValidity;
	const known = isSameFolder ? before.ignored : undefined;
	const { state, pending } = suppress(transition, {
		departures: known,
		tombstone: (message) =>
			!before?.tombstones.includes(message) && message.uidValidity === before?.uidValidity && before.ignored?.has(message.uid)
				? { ...message, silent: true }
				: message,
	});
	if (!tracksIgnored(watch) || !state.knownUids) return { state: { ...state, ignored: undefined }, pending };
	const ignoreMatcher = new IgnoreMatcher(folder, watch.ignore, known);
	const there = state.knownUids.subtract(pending.deletions);
	if (known === undefined) {
		// Pending messages are inspected when they are delivered.
		await ignoreMatcher.amongAll(there.subtract(state.newUids).subtract(state.backfill), signal);
	} else if (!inspectsNew) {
		await ignoreMatcher.amongAll(observation.appeared.intersect(there), signal);
	}
	return { state: { ...state, ignored: ignoreMatcher.found.intersect(state.knownUids) }, pending };
}

/** The state with the ignored messages that delivery found. */
export function withIgnored(state: FolderState, { ignored }: Pick<DeliveryResult, 'ignored'>): FolderState {
	if (!state.ignored || !state.knownUids) return state;
	return { ...state, ignored: state.ignored.union(ignored).intersect(state.knownUids) };
}
