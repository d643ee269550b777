import type { FlagUpdate } from '../folder/diff';
import { LABEL_PREFIX } from '../folder/flagSets';
import { isChange, suppress } from '../folder/suppress';
import type { FolderConnection } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { Hierarchy } from '../server/folderListing';
import type { FolderState } from '../folder/folderState';
import type { Transition } from '../folder/transition';

/**
 * What this package's own action node changed, so that it produces no event. Pure: an argument says who remembers it. Only the
 * change itself is suppressed; what others do to the same message is emitted.
 */

/** A change of flags, keywords or labels (with LABEL_PREFIX) by one command. */
export interface OwnFlagChange {
	uids: UidSet;
	mode: 'add' | 'remove' | 'set';
	names: readonly string[];
	/** `set` replaces either the flags or the labels. */
	labels: boolean;
	/** The mod-sequence of the changed messages, if the server returned it. */
	modseq?: string;
	/** When it was made: milliseconds since 1970, made strictly ascending. */
	at: number;
}

/** One thing that a command does to the messages of a folder: they leave, or their flags change. */
export type OwnChange =
	{ kind: 'left'; uids: UidSet } | ({ kind: 'flags'; uids: UidSet } & Pick<OwnFlagChange, 'mode' | 'names' | 'labels'>);

/** What was done in one folder of one UIDVALIDITY. UIDs are not used again, so `added` and `removed` need no time. */
export interface OwnChangesInFolder {
	/** Messages that were stored, copied or moved there. */
	added: UidSet;
	/** Messages that were deleted or moved away. */
	removed: UidSet;
	/** In the order in which they were made. */
	flags: readonly OwnFlagChange[];
	/** What another process announced without reporting the outcome yet. */
	announced?: { left: UidSet; flags: readonly OwnFlagChange[] };
}

/** Who remembers own changes. */
export interface OwnChanges {
	/** What is remembered of a folder; undefined for nothing. */
	inFolder(folder: string, uidValidity: string): OwnChangesInFolder | undefined;
	/**
	 * Reads what other processes noted since the last time. Uses the connection: a folder open on it is closed. Absent where there
	 * are no notes. Throws SyncError.
	 */
	readNotes?(connection: FolderConnection, hierarchy: Hierarchy): Promise<void>;
}

/** Two memories of one mailbox as one. Neither learns what the other knows. */
export function together(one: OwnChanges, other: OwnChanges): OwnChanges {
	return {
		inFolder(folder, uidValidity) {
			const [a, b] = [one.inFolder(folder, uidValidity), other.inFolder(folder, uidValidity)];
			if (!a || !b) return a ?? b;
			const announced = [a.announced, b.announced].filter((part) => part !== undefined);
			return {
				added: a.added.union(b.added),
				removed: a.removed.union(b.removed),
				flags: [...a.flags, ...b.flags].sort((x, y) => x.at - y.at),
				...(announced.length === 0
					? {}
					: {
							announced: {
								left: announced.reduce((all, { left }) => all.union(left), UidSet.empty),
								flags: announced.flatMap(({ flags }) => flags),
							},
						}),
			};
		},
		async readNotes(connection, hierarchy) {
			for (const memory of [one, other]) await memory.readNotes?.(connection, hierarchy);
		},
	};
}

/**
 * Suppresses own changes: moves them from the pending events into the state. A flag change counts once: after its mod-sequence
 * or, without one, after the time when it was first observed, the same change is somebody else's.
 */
export function withoutOwnChanges(
	before: FolderState | undefined,
	transition: Transition,
	known: OwnChangesInFolder | undefined,
): Transition {
	if (!known || !before || before.uidValidity !== transition.state.uidValidity) return transition;
	const { state, pending } = transition;
	const own = withoutReused(known, state.reused?.[0]);
	const unseen = own.flags.filter((change) => isPending(change, before));
	const ownOnly = pending.updates.filter((change) => !isChange(othersPart(change, unseen)));
	let touched = UidSet.of(ownOnly.map(({ uid }) => uid));
	// Where flags are not tracked, nobody knows who else changed the message; we did.
	if (!state.flags) touched = unseen.reduce((all, { uids }) => all.union(uids), touched);
	const suppressed = suppress(transition, {
		remaining: (change) => othersPart(change, unseen),
		departures: own.removed,
		tombstone: (message) => (message.uidValidity === before.uidValidity && own.removed.has(message.uid) ? undefined : message),
		matches: touched.union(own.removed),
	});
	const latest = unseen.reduce(
		(time, { at, modseq }) => (modseq === undefined || before.highestModseq === undefined ? Math.max(time, at) : time),
		0,
	);
	const result = latest > 0 ? { ...suppressed, state: { ...suppressed.state, ownUntil: latest } } : suppressed;
	return own.announced ? deferAnnounced(before, result, own.announced) : result;
}

/** Without reused UIDs: nobody knows which message such a change was made to. */
function withoutReused(own: OwnChangesInFolder, reused: UidSet | undefined): OwnChangesInFolder {
	if (!reused) return own;
	return {
		...own,
		removed: own.removed.subtract(reused),
		flags: own.flags.map((change) => ({ ...change, uids: change.uids.subtract(reused) })),
	};
}

/**
 * Defers pending events that may come from an announced change without outcome. The next run finds them again and knows: emitted
 * now, one might be an own change; suppressed, it might be somebody else's.
 */
function deferAnnounced(
	before: FolderState,
	{ state, pending }: Transition,
	{ left, flags }: NonNullable<OwnChangesInFolder['announced']>,
): Transition {
	const updates = pending.updates.filter((change) => othersPart(change, flags) === change);
	const deletions = pending.deletions.subtract(left);
	const touched = flags.reduce((all, { uids }) => all.union(uids), left);
	const matched = pending.matched && pending.matched.subtract(touched);
	const unmatched = pending.unmatched && pending.unmatched.subtract(touched);
	const departs = state.tombstones.some(({ uid, uidValidity }) => uidValidity === before.uidValidity && left.has(uid));
	const deferred =
		departs ||
		updates.length < pending.updates.length ||
		deletions.size < pending.deletions.size ||
		(matched?.size ?? 0) < (pending.matched?.size ?? 0) ||
		(unmatched?.size ?? 0) < (pending.unmatched?.size ?? 0);
	if (!deferred) return { state, pending };
	return {
		state,
		pending: { ...pending, updates, deletions, ...(matched ? { matched } : {}), ...(unmatched ? { unmatched } : {}), deferred },
	};
}

/** Whether the state does not include the change yet. */
function isPending({ modseq, at }: OwnFlagChange, { highestModseq, ownUntil }: FolderState): boolean {
	if (modseq !== undefined && highestModseq !== undefined) return BigInt(modseq) > BigInt(highestModseq);
	return ownUntil === undefined || at > ownUntil;
}

/** The part of a change that is not ours; the change itself if none of it is. The last own change of a flag counts. */
function othersPart(change: FlagUpdate, pending: readonly OwnFlagChange[]): FlagUpdate {
	const ofMessage = pending.filter(({ uids }) => uids.has(change.uid));
	if (ofMessage.length === 0) return change;
	const ownSays = (name: string): boolean | undefined => {
		const last = ofMessage
			.filter((own) => (own.mode === 'set' ? own.labels === name.startsWith(LABEL_PREFIX) : holds(own, name)))
			.pop();
		return last && (last.mode === 'set' ? holds(last, name) : last.mode === 'add');
	};
	const left = {
		added: change.added.filter((name) => ownSays(name) !== true),
		removed: change.removed.filter((name) => ownSays(name) !== false),
		labelsAdded: change.labelsAdded.filter((name) => ownSays(LABEL_PREFIX + name) !== true),
		labelsRemoved: change.labelsRemoved.filter((name) => ownSays(LABEL_PREFIX + name) !== false),
	};
	return count(left) === count(change) ? change : { ...change, ...left };
}

/** Flags and keywords are case-insensitive (RFC 9051 section 2.3.2). */
const holds = ({ names }: OwnFlagChange, name: string): boolean => names.some((own) => own.toLowerCase() === name.toLowerCase());

type Names = Pick<FlagUpdate, 'added' | 'removed' | 'labelsAdded' | 'labelsRemoved'>;

const count = ({ added, removed, labelsAdded, labelsRemoved }: Names): number =>
	added.length + removed.length + labelsAdded.length + labelsRemoved.length;
