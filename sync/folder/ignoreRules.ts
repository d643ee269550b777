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
 * Ignored messages: nothing is told of them, and everything is known of them, so that nothing is repeated, and nothing floods when a rule
 * is taken off. A message that is there is looked at when there is something to tell of it. One that left cannot be, so where that is to be
 * told, the state keeps which messages are ignored.
 */

/** Messages whose header fields are read at once. */
const PORTION = 500;
/** A folder of so many messages is read, not searched. */
const FEW_MESSAGES = 1_000;
/** More rules than this are not searched for: reading all is quicker. */
const MANY_RULES = 200;
/** Rules in one search: the command stays below 8 kB. */
const RULES_PER_SEARCH = 20;

type Asked = Pick<WatchSettings, 'events' | 'ignore'>;

/** Whether the state has to keep which messages are ignored. */
const tracksIgnored = ({ events, ignore }: Asked): boolean =>
	ignore !== undefined && (events.has('messageDeleted') || events.has('messageMoved'));

/** Whether the folder has to be looked at to find out which of its messages are ignored. */
export const mustFindIgnored = (state: FolderState | undefined, request: Asked): boolean =>
	tracksIgnored(request) && state?.knownUids !== undefined && state.ignored === undefined;

/** Finds out which messages of an open folder a rule ignores, by their header fields. */
export class IgnoreMatcher {
	private readonly isIgnored: ((message: FetchedMessage) => boolean) | undefined;
	/** All that were found to be ignored. */
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
	 * The ignored ones of all these messages. In a large folder the server searches for those that may be, as far as it can. After
	 * `stopped` the oldest ones are left.
	 */
	async amongAll(uids: UidSet, stopped: () => boolean): Promise<UidSet> {
		let left = uids.size <= FEW_MESSAGES ? uids : ((await this.mayBe(uids)) ?? uids);
		while (!left.isEmpty && !stopped()) {
			const portion = left.highest(PORTION);
			left = left.subtract(portion);
			await this.among(portion);
		}
		return this.found.intersect(uids);
	}

	private async read(uids: UidSet): Promise<void> {
		const found: Uid[] = [];
		try {
			for await (const message of this.folder.fetch(uids, 'outline'))
				if (uids.has(message.uid) && this.isIgnored?.(message)) found.push(message.uid);
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
			// Yahoo refuses a whole FETCH because of one message (imapsync issue 119): it is the one that is not ignored.
			const half = uids.lowest(Math.ceil(uids.size / 2));
			if (uids.size > 1) for (const part of [half, uids.subtract(half)]) await this.read(part);
		}
		this.found = this.found.union(UidSet.of(found));
	}

	/** The messages that a rule may ignore, as the server's search says; undefined where it cannot say. */
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

export interface TakeInIgnoredInput {
	before: FolderState | undefined;
	transition: Transition;
	observation: Observation;
	folder: OpenFolder;
	watch: Asked;
	/** Whether messages that came are looked at one by one when they are delivered. */
	inspectsNew: boolean;
	stopped(): boolean;
}

/**
 * Finds out which messages of the folder are ignored where that is not known yet, takes the ones that left for left in silence, and looks at
 * those that came where nobody else does.
 */
export async function applyIgnoreRules({
	before,
	transition,
	observation,
	folder,
	watch,
	inspectsNew,
	stopped,
}: TakeInIgnoredInput): Promise<Transition> {
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
		// Those that are pending are looked at when they are delivered.
		await ignoreMatcher.amongAll(there.subtract(state.newUids).subtract(state.backfill), stopped);
	} else if (!inspectsNew) {
		await ignoreMatcher.amongAll(observation.appeared.intersect(there), stopped);
	}
	return { state: { ...state, ignored: ignoreMatcher.found.intersect(state.knownUids) }, pending };
}

/** The state with what the hand-over found out. */
export function withIgnored(state: FolderState, { ignored }: Pick<DeliveryResult, 'ignored'>): FolderState {
	if (!state.ignored || !state.knownUids) return state;
	return { ...state, ignored: state.ignored.union(ignored).intersect(state.knownUids) };
}
