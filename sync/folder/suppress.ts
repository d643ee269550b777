import type { FlagUpdate } from './diff';
import { LABEL_PREFIX, mapSets, type FlagSets } from './flagSets';
import { withoutMessages, type Tombstone } from './folderState';
import type { Transition } from './transition';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/**
 * Which parts of a transition produce no event. The sources: acknowledgements (their own change of the mailbox), own changes (of
 * this package's action node), ignore rules, and the visible window of a server that shows only the newest messages. Pure.
 */
export interface Suppression {
	/** The part of a flag change that stays an event; the change itself where all of it does. */
	remaining?: (change: FlagUpdate) => FlagUpdate;
	/** Messages whose leaving is no event. */
	departures?: UidSet;
	/** What becomes of a tombstone: itself, a silent one, or undefined to forget it. */
	tombstone?: (tombstone: Tombstone) => Tombstone | undefined;
	/** Messages that start or stop to match the filter without an event. */
	matches?: UidSet;
}

/** Moves what is suppressed from the pending events into the state. */
export function suppress(
	{ state, pending }: Transition,
	{ remaining, departures = UidSet.empty, tombstone, matches = UidSet.empty }: Suppression,
): Transition {
	const silent = pending.deletions.intersect(departures);
	const { matched, unmatched } = pending;
	const started = (matched ?? UidSet.empty).intersect(matches);
	const stopped = (unmatched ?? UidSet.empty).intersect(matches);
	const { updates, flags } = remaining
		? split(pending.updates, state.flags, remaining)
		: { updates: pending.updates, flags: state.flags };
	const next = withoutMessages({ ...state, flags, matching: state.matching?.union(started).subtract(stopped) }, silent);
	return {
		state: tombstone ? { ...next, tombstones: state.tombstones.flatMap((message) => tombstone(message) ?? []) } : next,
		pending: {
			...pending,
			updates,
			deletions: pending.deletions.subtract(silent),
			...(matched ? { matched: matched.subtract(matches) } : {}),
			...(unmatched ? { unmatched: unmatched.subtract(matches) } : {}),
		},
	};
}

/** The updates that remain. The rest joins the state, whether or not the update still fits into this run. */
function split(
	updates: FlagUpdate[],
	flags: FlagSets | undefined,
	remaining: (change: FlagUpdate) => FlagUpdate,
): { updates: FlagUpdate[]; flags: FlagSets | undefined } {
	const left: FlagUpdate[] = [];
	let known = flags;
	for (const change of updates) {
		const rest = remaining(change);
		if (rest !== change) known = withSuppressed(known, change, rest);
		if (rest === change || isChange(rest)) left.push(rest);
	}
	return { updates: left, flags: known };
}

/** Whether anything is left of a change. */
export const isChange = ({ added, removed, labelsAdded, labelsRemoved }: FlagUpdate): boolean =>
	added.length + removed.length + labelsAdded.length + labelsRemoved.length > 0;

/** The flag sets after the suppressed part of a change. */
function withSuppressed(flags: FlagSets | undefined, change: FlagUpdate, rest: FlagUpdate): FlagSets | undefined {
	if (!flags) return undefined;
	const next = new Map(flags);
	const set = (names: string[], kept: string[], update: (uids: UidSet, uid: Uid) => UidSet, prefix = ''): void => {
		for (const name of names) {
			if (!kept.includes(name)) next.set(prefix + name, update(next.get(prefix + name) ?? UidSet.empty, change.uid));
		}
	};
	const add = (uids: UidSet, uid: Uid): UidSet => uids.add(uid);
	const remove = (uids: UidSet, uid: Uid): UidSet => uids.remove(uid);
	set(change.added, rest.added, add);
	set(change.labelsAdded, rest.labelsAdded, add, LABEL_PREFIX);
	set(change.removed, rest.removed, remove);
	set(change.labelsRemoved, rest.labelsRemoved, remove, LABEL_PREFIX);
	return mapSets(next, (uids) => uids);
}
