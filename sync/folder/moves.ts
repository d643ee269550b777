import type { Fingerprint } from './fingerprint';
import type { Uid } from '../uids/uid';
import { pendingUids, type FolderState } from './folderState';

/** A new message whose fingerprint is known from another folder. */
export interface MoveCandidate {
	folder: string;
	uid: Uid;
	fingerprint: Fingerprint;
}

/** Where a message was before it was moved. */
export interface MoveSource {
	folder: string;
	uid: Uid;
	uidValidity: string;
	/** It produces no event. */
	silent?: boolean;
}

/** What is known of the move candidates once every folder was visited. */
export interface MoveMatches {
	/** The message that left there is the one that came here. */
	moved: Array<{ candidate: MoveCandidate; from: MoveSource }>;
	/** An equal message was still in these places when they were visited: a copy, or moved since. */
	undecided: Array<{ candidate: MoveCandidate; places: MoveSource[] }>;
	/** Simply new. */
	fresh: MoveCandidate[];
}

/** Fingerprint -> folders in which it is known, tombstones included. */
export function indexFingerprints(folders: Readonly<Record<string, FolderState>>): ReadonlyMap<Fingerprint, ReadonlySet<string>> {
	const index = new Map<Fingerprint, Set<string>>();
	for (const [path, { fingerprints, tombstones }] of Object.entries(folders)) {
		for (const fingerprint of [...(fingerprints?.byUid.values() ?? []), ...tombstones.map((message) => message.fingerprint)]) {
			const paths = index.get(fingerprint);
			if (paths) paths.add(path);
			else index.set(fingerprint, new Set([path]));
		}
	}
	return index;
}

/**
 * Matches new messages with tombstones, one to one. A message that left takes precedence over one that is still there, since a
 * copy is no move. `gone` holds folders that no longer exist: a message of theirs that turned up elsewhere was moved.
 */
export function matchMoves(
	moveCandidates: MoveCandidate[],
	folders: Readonly<Record<string, FolderState>>,
	gone: ReadonlySet<string>,
): MoveMatches {
	const matches: MoveMatches = { moved: [], undecided: [], fresh: [] };
	const left = new Map<Fingerprint, MoveSource[]>();
	const there = new Map<Fingerprint, MoveSource[]>();
	const note = (map: Map<Fingerprint, MoveSource[]>, fingerprint: Fingerprint, origin: MoveSource): void =>
		void map.set(fingerprint, [...(map.get(fingerprint) ?? []), origin]);
	const wanted = new Set(moveCandidates.map(({ fingerprint }) => fingerprint));
	for (const folder of Object.keys(folders).sort()) {
		const { uidValidity, fingerprints, tombstones } = folders[folder];
		const isReported = wasReported(folders[folder]);
		for (const { uid, uidValidity: then, fingerprint, silent } of tombstones) {
			if (wanted.has(fingerprint)) note(left, fingerprint, { folder, uid, uidValidity: then, ...(silent ? { silent } : {}) });
		}
		for (const [uid, fingerprint] of fingerprints?.byUid ?? []) {
			// A message never reported there was not moved from there, as far as anybody knows.
			if (wanted.has(fingerprint) && isReported(uid))
				note(gone.has(folder) ? left : there, fingerprint, { folder, uid, uidValidity });
		}
	}
	for (const candidate of [...moveCandidates].sort((a, b) =>
		a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : a.uid - b.uid,
	)) {
		const elsewhere = ({ folder }: MoveSource): boolean => folder !== candidate.folder;
		const sources = left.get(candidate.fingerprint) ?? [];
		const at = sources.findIndex(elsewhere);
		const places = (there.get(candidate.fingerprint) ?? []).filter(elsewhere);
		if (at >= 0) matches.moved.push({ candidate, from: sources.splice(at, 1)[0] });
		else if (places.length > 0) matches.undecided.push({ candidate, places });
		else matches.fresh.push(candidate);
	}
	return matches;
}

/** Whether a message of a folder was ever reported: it is not pending, and it matched the filter. */
function wasReported(state: FolderState): (uid: Uid) => boolean {
	const pending = pendingUids(state);
	return (uid) => !pending.has(uid) && state.matching?.has(uid) !== false;
}
