import type { FlagSets } from '../../sync/folder/flagSets';
import type { FailedMessage, FolderState, Tombstone, UnacknowledgedGroup } from '../../sync/folder/folderState';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';

type SetField = 'knownUids' | 'matching' | 'ignored' | 'newUids' | 'backfill' | 'moveCandidates' | 'maybeReported';
type WrittenOut = SetField | 'flags' | 'reused' | 'fingerprints' | 'failed' | 'tombstones' | 'unacknowledged';

/** A folder's state as a test writes it: sets of UIDs as IMAP writes them ("1:5,7"), and only what differs from a folder at rest. */
export interface FolderStateText extends Partial<Omit<FolderState, WrittenOut>>, Partial<Record<SetField, string>> {
	flags?: Record<string, string>;
	reused?: string[];
	/** UID -> fingerprint; `fingerprintsFrom` says from which UID on none is left out. */
	fingerprints?: Record<number, string>;
	fingerprintsFrom?: number;
	/** UIDs that failed once and are due at once, or all that is to be known of them. */
	failed?: Array<number | FailedMessage>;
	/** UID and fingerprint of messages that left, or all that is to be known of them. */
	tombstones?: Array<[number, string] | Tombstone>;
	unacknowledged?: { ack: string; groups: Array<[attempts: number, ackDeadline: number, uids: string]> };
}

/** A set of UIDs from its text; empty text is the empty set. */
export const uids = (text: string): UidSet => (text === '' ? UidSet.empty : UidSet.parse(text));

/** Flag sets from their texts. */
export const flagSets = (texts: Record<string, string>): FlagSets =>
	new Map(Object.entries(texts).map(([name, text]) => [name, uids(text)]));

/** The state of a folder that has six messages and is at rest, with what a test says differently. */
export function folderState(text: FolderStateText = {}): FolderState {
	const { knownUids, matching, ignored, newUids, backfill, moveCandidates, maybeReported, ...others } = text;
	const { flags, reused, fingerprints, fingerprintsFrom, failed, tombstones, unacknowledged, ...rest } = others;
	const uidValidity = rest.uidValidity ?? '17';
	return {
		uidNext: 7,
		exists: 6,
		highestModseq: '50',
		unfinished: false,
		missing: false,
		...rest,
		uidValidity,
		...present({
			knownUids: knownUids === undefined ? undefined : uids(knownUids),
			matching: matching === undefined ? undefined : uids(matching),
			ignored: ignored === undefined ? undefined : uids(ignored),
			maybeReported: maybeReported === undefined ? undefined : uids(maybeReported),
			flags: flags && flagSets(flags),
			reused: reused?.map(uids),
			fingerprints: fingerprints && {
				byUid: new Map(Object.entries(fingerprints).map(([uid, mark]) => [asUid(Number(uid)), mark])),
				from: fingerprintsFrom ?? 1,
				youngest: 0,
			},
			unacknowledged: unacknowledged && { ack: unacknowledged.ack, groups: unacknowledged.groups.map(groupOf) },
		}),
		newUids: uids(newUids ?? ''),
		backfill: uids(backfill ?? ''),
		moveCandidates: uids(moveCandidates ?? ''),
		failed: (failed ?? []).map((one) =>
			typeof one === 'number' ? { uid: asUid(one), attempts: 1, retryAt: 0, reason: 'broken' } : one,
		),
		tombstones: (tombstones ?? []).map((one) =>
			Array.isArray(one) ? { uid: asUid(one[0]), uidValidity, fingerprint: one[1], runs: 0 } : one,
		),
	};
}

const groupOf = ([attempts, ackDeadline, text]: [number, number, string]): UnacknowledgedGroup => ({
	attempts,
	ackDeadline,
	uids: uids(text),
});

/** Without the fields that are undefined. */
const present = <T extends object>(value: T): T =>
	Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

/** A value with its sets of UIDs as text, its maps as objects, and without what is undefined: for comparing. */
export function inText(value: unknown): unknown {
	if (value instanceof UidSet) return value.toString();
	if (value instanceof Map) return inText(Object.fromEntries(value));
	if (value instanceof Set) return [...value].map(inText);
	if (Array.isArray(value)) return value.map(inText);
	if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Error) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, field]) => field !== undefined)
			.map(([name, field]) => [name, inText(field)]),
	);
}

/** The fields that are not what they were, in text; null for one that is not there any more. */
export function whatChanged(before: object, after: object): Record<string, unknown> {
	const then = inText(before) as Record<string, unknown>;
	const now = inText(after) as Record<string, unknown>;
	const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
	return Object.fromEntries(
		names
			.filter((name) => JSON.stringify(then[name]) !== JSON.stringify(now[name]))
			.map((name) => [name, name in now ? now[name] : null]),
	);
}
