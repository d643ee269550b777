import { UidSet } from '../uids/uidSet';
import type { Uid } from '../uids/uid';

/** Flag, keyword or label -> the messages that carry it. Labels of Gmail have their name behind LABEL_PREFIX. */
export type FlagSets = ReadonlyMap<string, UidSet>;

/** No flags at all. */
export const noFlags: FlagSets = new Map();

/** The system flags of RFC 3501 section 2.3.2 that persist. */
export const SYSTEM_FLAGS: readonly string[] = ['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '\\Draft'];

/** No flag or keyword contains a space, so no keyword is taken for a label. */
export const LABEL_PREFIX = 'label ';

/** One question to a server that does not report which flags changed. */
export type FlagQuestion =
	/** Which messages carry it? */
	| { ask: 'carrying'; flag: string }
	/** Which messages lack it? Asked where that answer is shorter. */
	| { ask: 'lacking'; flag: string }
	/** Which messages carry any of them? These are then read one by one. For flags that few messages carry. */
	| { ask: 'any'; flags: string[] };

/** Flags on at most this many messages are asked for together. */
const FEW = 60;

/**
 * The fewest questions that return all flags of a folder, as sets instead of a row for each message. `before` holds the sets last
 * known, undefined the first time; `knownUids` all messages; `keywords` those the folder has now.
 */
export function flagQuestions(before: FlagSets | undefined, knownUids: UidSet, keywords: string[]): FlagQuestion[] {
	if (knownUids.isEmpty) return [];
	const flags = trackedFlags(before, keywords);
	if (!before) return flags.map((flag) => (flag === '\\Seen' ? { ask: 'lacking', flag } : { ask: 'carrying', flag }));
	const questions: FlagQuestion[] = [];
	const together: string[] = [];
	let budget = FEW;
	for (const flag of flags) {
		const carrying = before.get(flag)?.size ?? 0;
		// The three that people change most get a question each: asked together, they would have to be read again each time.
		if (!EVERYDAY.has(flag) && carrying <= budget) {
			together.push(flag);
			budget -= carrying;
		} else {
			questions.push({ ask: carrying * 2 > knownUids.size ? 'lacking' : 'carrying', flag });
		}
	}
	if (together.length === 1) questions.push({ ask: 'carrying', flag: together[0] });
	else if (together.length > 1) questions.push({ ask: 'any', flags: together });
	return questions;
}

const EVERYDAY: ReadonlySet<string> = new Set(['\\Seen', '\\Flagged', '\\Answered']);

/** Every flag worth asking for: system flags, the folder's keywords, and flags that a message carried before. */
export function trackedFlags(before: FlagSets | undefined, keywords: string[]): string[] {
	const earlier = [...(before?.keys() ?? [])].filter((flag) => !flag.startsWith(LABEL_PREFIX));
	return [...new Set([...SYSTEM_FLAGS, ...[...keywords, ...earlier].sort()])];
}

/** Flags and labels of one message. */
export const carriedBy = (sets: FlagSets, uid: Uid): string[] => [...sets].flatMap(([name, uids]) => (uids.has(uid) ? name : []));

/** The flags (not labels) of one message. */
export const flagsOf = (sets: FlagSets, uid: Uid): string[] =>
	carriedBy(sets, uid)
		.filter((flag) => !flag.startsWith(LABEL_PREFIX))
		.sort();

/** The labels of one message. */
export const labelsOf = (sets: FlagSets, uid: Uid): string[] =>
	carriedBy(sets, uid)
		.filter((flag) => flag.startsWith(LABEL_PREFIX))
		.map((flag) => flag.slice(LABEL_PREFIX.length))
		.sort();

/** The names of the sets that a row belongs to: its flags, and labels where the server has them. */
export const namesInRow = (row: { flags: string[]; labels?: string[] }): string[] => [
	...row.flags,
	...(row.labels ?? []).map((label) => LABEL_PREFIX + label),
];

/** The sets after these rows. What no row reports (labels on servers without them) is kept. */
export function withRows(sets: FlagSets, rows: Iterable<{ uid: Uid; flags: string[]; labels?: string[] }>): FlagSets {
	const touched: Uid[] = [];
	const carriers = new Map<string, Uid[]>();
	let hasLabels = false;
	for (const row of rows) {
		touched.push(row.uid);
		hasLabels ||= row.labels !== undefined;
		for (const name of namesInRow(row)) {
			const uids = carriers.get(name);
			if (uids) uids.push(row.uid);
			else carriers.set(name, [row.uid]);
		}
	}
	if (touched.length === 0) return sets;
	const changed = UidSet.of(touched);
	const next = new Map<string, UidSet>();
	for (const name of new Set([...sets.keys(), ...carriers.keys()])) {
		const old = sets.get(name) ?? UidSet.empty;
		const kept = name.startsWith(LABEL_PREFIX) && !hasLabels ? old : old.subtract(changed);
		const carrying = kept.union(UidSet.of(carriers.get(name) ?? []));
		if (!carrying.isEmpty) next.set(name, carrying);
	}
	return next;
}

/** The sets without these messages. */
export const withoutUids = (sets: FlagSets, gone: UidSet): FlagSets =>
	gone.isEmpty ? sets : mapSets(sets, (uids) => uids.subtract(gone));

/** The sets `before`, with the flags of `uids` taken from `after`. */
export function adopt(before: FlagSets, after: FlagSets, uids: UidSet): FlagSets {
	if (uids.isEmpty) return before;
	const next = new Map<string, UidSet>();
	for (const flag of new Set([...before.keys(), ...after.keys()])) {
		const carrying = (before.get(flag) ?? UidSet.empty).subtract(uids).union((after.get(flag) ?? UidSet.empty).intersect(uids));
		if (!carrying.isEmpty) next.set(flag, carrying);
	}
	return next;
}

/** Applies `change` to each set; drops those that become empty. */
export function mapSets(sets: FlagSets, change: (uids: UidSet) => UidSet): FlagSets {
	const next = new Map<string, UidSet>();
	for (const [flag, uids] of sets) {
		const changed = change(uids);
		if (!changed.isEmpty) next.set(flag, changed);
	}
	return next;
}
