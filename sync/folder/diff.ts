import { carriedBy, flagsOf, LABEL_PREFIX, labelsOf, namesInRow, type FlagSets } from './flagSets';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';
import type { Uid } from '../uids/uid';

/** How the flags of one known message changed. */
export interface FlagUpdate {
	uid: Uid;
	flags: string[];
	labels?: string[];
	added: string[];
	removed: string[];
	labelsAdded: string[];
	labelsRemoved: string[];
	modseq?: string;
	emailId?: string;
	threadId?: string;
}

/**
 * The changes that FETCH rows report, ascending by UID. Only for messages in `among`, and only where something differs: a server
 * may send a row for an unchanged message. The last row of a UID counts.
 */
export function changesInRows(before: FlagSets, rows: Iterable<MessageFlags>, among: UidSet): FlagUpdate[] {
	const latest = new Map<Uid, MessageFlags>();
	for (const row of rows) if (among.has(row.uid)) latest.set(row.uid, row);
	const changes: FlagUpdate[] = [];
	for (const row of [...latest.values()].sort((a, b) => a.uid - b.uid)) {
		const now = new Set(namesInRow(row));
		const then = carriedBy(before, row.uid).filter((name) => row.labels !== undefined || !name.startsWith(LABEL_PREFIX));
		const change = splitLabels(
			[...now].filter((name) => !then.includes(name)),
			then.filter((name) => !now.has(name)),
		);
		if (change) {
			changes.push({
				uid: row.uid,
				flags: [...row.flags].sort(),
				labels: row.labels && [...row.labels].sort(),
				...change,
				modseq: row.modseq,
				...(row.emailId === undefined ? {} : { emailId: row.emailId }),
				...(row.threadId === undefined ? {} : { threadId: row.threadId }),
			});
		}
	}
	return changes;
}

/** The changes between two readings of all flag sets, ascending by UID, for the messages in `among`. */
export function changesInSets(before: FlagSets, after: FlagSets, among: UidSet): FlagUpdate[] {
	let differing = UidSet.empty;
	const names = new Set([...before.keys(), ...after.keys()]);
	for (const name of names) {
		const then = before.get(name) ?? UidSet.empty;
		const now = after.get(name) ?? UidSet.empty;
		if (then !== now) differing = differing.union(then.subtract(now)).union(now.subtract(then));
	}
	const changes: FlagUpdate[] = [];
	for (const uid of differing.intersect(among)) {
		const added = [...names].filter((name) => after.get(name)?.has(uid) && !before.get(name)?.has(uid));
		const removed = [...names].filter((name) => before.get(name)?.has(uid) && !after.get(name)?.has(uid));
		const change = splitLabels(added, removed);
		if (change) changes.push({ uid, flags: flagsOf(after, uid), labels: orAbsent(labelsOf(after, uid)), ...change });
	}
	return changes;
}

function splitLabels(
	added: string[],
	removed: string[],
): Pick<FlagUpdate, 'added' | 'removed' | 'labelsAdded' | 'labelsRemoved'> | undefined {
	const isLabel = (name: string): boolean => name.startsWith(LABEL_PREFIX);
	const bare = (names: string[]): string[] => names.map((name) => name.slice(LABEL_PREFIX.length)).sort();
	const isIn = (names: string[]) => {
		const spelled = new Set(names.map((name) => name.toLowerCase()));
		return (name: string): boolean => spelled.has(name.toLowerCase());
	};
	// A keyword in other letters is the same one (RFC 9051 section 2.3.2): servers spell it as whoever used it last.
	const [wasThere, isThere] = [isIn(removed), isIn(added)];
	const flagsAdded = added.filter((name) => !isLabel(name) && !wasThere(name)).sort();
	const flagsRemoved = removed.filter((name) => !isLabel(name) && !isThere(name)).sort();
	if (flagsAdded.length + flagsRemoved.length === 0 && ![...added, ...removed].some(isLabel)) return undefined;
	return {
		added: flagsAdded,
		removed: flagsRemoved,
		labelsAdded: bare(added.filter(isLabel)),
		labelsRemoved: bare(removed.filter(isLabel)),
	};
}

const orAbsent = (names: string[]): string[] | undefined => (names.length === 0 ? undefined : names);
