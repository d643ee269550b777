import { flagsOf, labelsOf, LABEL_PREFIX, withRows, type FlagSets } from './flagSets';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';
import { pendingUids, type FolderState } from './folderState';

/**
 * The periodic audit: every few hours all UIDs and flags of a folder are compared with what is known of it, so that what a server
 * left out of an otherwise plausible answer is told in the end. Pure; observe() asks the questions.
 *
 * A folder of which only new messages are wanted is not audited: without a set of its UIDs a message that appears below UIDNEXT
 * cannot be told from one that was always there.
 */

/** What an audit of one folder put right. It is told by ordinary events. */
export interface AuditCorrection {
	path: string;
	/** Messages that were there and had not been told. */
	arrivals: number;
	/** Messages that were gone and had not been told. */
	deletions: number;
	/** Messages whose flags had changed and had not been told. */
	flags: number;
}

const HOUR = 60 * 60_000;

/** The least time between two audits of a folder, and the most that is added to it so that folders take turns. */
const AUDIT_EVERY = 6 * HOUR;
const SPREAD = 2 * HOUR;

/** How many folders are audited in one run. */
export const AUDITS_PER_RUN = 8;

/** Whether it is time. The first audit is due one interval after the folder was begun, which is when everything was read. */
export function isAuditDue(path: string, state: FolderState | undefined, now: number): boolean {
	if (state?.knownUids === undefined || state.missing) return false;
	const last = state.auditedAt ?? 0;
	// A time that lies ahead was written by a clock that was wrong.
	return now < last - AUDIT_EVERY || now >= last + AUDIT_EVERY + spreadOf(path);
}

/** Another share of the spread for each folder, the same each time. */
function spreadOf(path: string): number {
	let hash = 0;
	for (const character of path) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9_973;
	return Math.floor((SPREAD * hash) / 9_973);
}

/** What is known after the ordinary questions of a run. */
export interface Known {
	state: FolderState;
	arrived: UidSet;
	vanished: UidSet;
	rows: readonly MessageFlags[];
}

/** The messages that a full listing shows otherwise than they are known. */
export function differencesInListing(
	{ state, arrived, vanished }: Known,
	listing: UidSet,
): { arrivals: UidSet; deletions: UidSet } {
	const known = (state.knownUids ?? UidSet.empty).subtract(vanished).union(arrived);
	return { arrivals: listing.subtract(known), deletions: known.subtract(listing) };
}

/**
 * The flags that a full reading shows otherwise than they are known, as rows; `labels` tells whether the server has labels. Of
 * messages that wait to be handed over nothing is known, nor is it told.
 */
export function differencesInFlags(
	{ state, arrived, rows }: Known,
	listing: UidSet,
	flags: FlagSets,
	labels: boolean,
): MessageFlags[] {
	const expected = withRows(state.flags ?? {}, rows);
	const waiting = pendingUids(state);
	const compared = (state.knownUids ?? UidSet.empty).intersect(listing).subtract(waiting).subtract(arrived);
	let differing = UidSet.empty;
	for (const name of new Set([...Object.keys(expected), ...Object.keys(flags)])) {
		if (name.startsWith(LABEL_PREFIX) && !labels) continue;
		const then = expected[name] ?? UidSet.empty;
		const now = flags[name] ?? UidSet.empty;
		differing = differing.union(then.subtract(now)).union(now.subtract(then));
	}
	return [...differing.intersect(compared)].map((uid) => ({
		uid,
		flags: flagsOf(flags, uid),
		...(labels ? { labels: labelsOf(flags, uid) } : {}),
	}));
}
