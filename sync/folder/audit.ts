import { flagsOf, labelsOf, LABEL_PREFIX, noFlags, withRows, type FlagSets } from './flagSets';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';
import { pendingUids, type FolderState } from './folderState';

/**
 * The periodic audit: every few hours all UIDs and flags of a folder are compared with what is known, so that what a server left
 * out of an otherwise plausible answer is reported in the end. Pure; observe() asks the questions.
 *
 * A folder of which only new messages are wanted is not audited: without its known UIDs, a message that appears below UIDNEXT
 * cannot be distinguished from one that was always there.
 */

/** What an audit of one folder corrected. It is reported by ordinary events. */
export interface AuditCorrection {
	path: string;
	/** New messages that had not been reported. */
	arrivals: number;
	/** Deletions that had not been reported. */
	deletions: number;
	/** Messages whose flag changes had not been reported. */
	flags: number;
}

const HOUR = 60 * 60_000;

/** Minimum time between two audits of a folder, and the maximum added to it so that folders take turns. */
const AUDIT_EVERY = 6 * HOUR;
const SPREAD = 2 * HOUR;

/** Maximum folders audited in one run. */
export const AUDITS_PER_RUN = 8;

/** Whether an audit is due. The first is due one interval after the folder was begun, when everything was read. */
export function isAuditDue(path: string, state: FolderState | undefined, now: number): boolean {
	if (state?.knownUids === undefined || state.missing) return false;
	const last = state.auditedAt ?? 0;
	// A time in the future was written by a wrong clock.
	return now < last - AUDIT_EVERY || now >= last + AUDIT_EVERY + spreadOf(path);
}

/** Whether the fingerprints are due of a folder that began without being opened: within two hours, so that folders take turns. */
export function areFingerprintsDue(path: string, state: FolderState | undefined, now: number): boolean {
	if (!state?.begunByStatus || state.missing || state.exists === 0) return false;
	const begun = state.auditedAt ?? 0;
	return now < begun - AUDIT_EVERY || now >= begun + spreadOf(path);
}

/** A share of the spread that depends on the folder, the same each time. */
function spreadOf(path: string): number {
	let hash = 0;
	for (const character of path) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9_973;
	return Math.floor((SPREAD * hash) / 9_973);
}

/** What is known after the ordinary steps of a run. */
export interface Known {
	state: FolderState;
	arrived: UidSet;
	vanished: UidSet;
	rows: readonly MessageFlags[];
}

/** Where a full listing differs from what is known. */
export function differencesInListing(
	{ state, arrived, vanished }: Known,
	listing: UidSet,
): { arrivals: UidSet; deletions: UidSet } {
	const known = (state.knownUids ?? UidSet.empty).subtract(vanished).union(arrived);
	return { arrivals: listing.subtract(known), deletions: known.subtract(listing) };
}

/**
 * Where a full reading of flags differs from what is known, as rows. `labels` says whether the server has labels. Pending
 * messages are left out.
 */
export function differencesInFlags(
	{ state, arrived, rows }: Known,
	listing: UidSet,
	flags: FlagSets,
	labels: boolean,
): MessageFlags[] {
	const expected = withRows(state.flags ?? noFlags, rows);
	const pending = pendingUids(state);
	const compared = (state.knownUids ?? UidSet.empty).intersect(listing).subtract(pending).subtract(arrived);
	let differing = UidSet.empty;
	for (const name of new Set([...expected.keys(), ...flags.keys()])) {
		if (name.startsWith(LABEL_PREFIX) && !labels) continue;
		const then = expected.get(name) ?? UidSet.empty;
		const now = flags.get(name) ?? UidSet.empty;
		differing = differing.union(then.subtract(now)).union(now.subtract(then));
	}
	return [...differing.intersect(compared)].map((uid) => ({
		uid,
		flags: flagsOf(flags, uid),
		...(labels ? { labels: labelsOf(flags, uid) } : {}),
	}));
}
