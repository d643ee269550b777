import type { FolderState } from '../folder/folderState';
import { fingerprintOf } from '../folder/fingerprint';
import type { FolderListing, FolderStatus } from '../server/folderListing';
import type { MessageSummary } from '../server/message';
import { UidSet } from '../uids/uidSet';
import { formerNames } from './folderChanges';
import type { WatchedFolders } from './watchedFolders';

/** A folder that may be one known under another name. */
export interface IdentityQuestion {
	path: string;
	/** The names under which it may be known. */
	candidates: string[];
}

/**
 * Which folders may not be what their names say, over all folders at once: a folder is what it is by its MAILBOXID, else by its
 * UIDVALIDITY and its messages, and its name may be another one's by now. Pure; only opening a folder gives the answer.
 */
export function identityQuestions(
	folders: Readonly<Record<string, FolderState>>,
	{ paths, gone }: Pick<WatchedFolders, 'paths' | 'gone'>,
	statuses: ReadonlyMap<string, FolderStatus>,
): IdentityQuestion[] {
	const replaced = Object.keys(folders).filter((path) => isOther(folders[path], statuses.get(path)));
	// A known name without a status may be another folder's by now.
	const displaced = [...gone, ...Object.keys(folders).filter((path) => replaced.includes(path) || !statuses.has(path))];
	return paths.flatMap((path) => {
		if (folders[path] && !replaced.includes(path)) return [];
		const others = [...new Set(displaced)].filter((name) => name !== path);
		const status = statuses.get(path);
		const candidates = status ? formerNames(folders, others, status) : others;
		return candidates.length > 0 ? [{ path, candidates }] : [];
	});
}

/** Whether another folder has the name of a known one, as far as the status says. */
export function isOther(known: FolderState, now: { uidValidity?: string; mailboxId?: string } | undefined): boolean {
	if (now?.mailboxId !== undefined && known.mailboxId !== undefined) return now.mailboxId !== known.mailboxId;
	return now?.uidValidity !== undefined && now.uidValidity !== known.uidValidity;
}

/**
 * Whether a folder that nobody knows may be a lost one, restored or numbered anew under another name as by a move to another host: it
 * has its UIDVALIDITY or some of its messages, or nothing was kept of them.
 */
export function mayBeOneOf(lost: readonly FolderState[], now: FolderState): boolean {
	return lost.some((known) => {
		if (known.mailboxId !== undefined && now.mailboxId !== undefined) return known.mailboxId === now.mailboxId;
		if (hadUidValidity(known, now)) return true;
		return known.exists > 0 && ((known.fingerprints?.byUid.size ?? 0) === 0 || sharesMessages(known, now));
	});
}

/** Whether a message that is known of one folder is in the other, as far as their fingerprints are kept. */
export function sharesMessages(known: FolderState, { fingerprints }: FolderState): boolean {
	const marks = new Set(fingerprints?.byUid.values());
	return [...(known.fingerprints?.byUid.values() ?? [])].some((mark) => marks.has(mark));
}

/** Whether a known folder that had messages has, or had, this UIDVALIDITY. */
export const hadUidValidity = (known: FolderState, { uidValidity }: Pick<FolderState, 'uidValidity'>): boolean =>
	known.uidNext > 1 && known.uidValidity === uidValidity;

/**
 * Whether a folder is a known one under another name: it has the UIDVALIDITY of that one, and one of its messages under its UID. Alone the
 * first proves nothing: servers that number from 1, such as Exchange, give many folders the same.
 */
export const isUnderAnotherName = (
	known: FolderState,
	now: Pick<FolderState, 'uidValidity'>,
	messages: Iterable<MessageSummary>,
): boolean =>
	hadUidValidity(known, now) &&
	[...messages].some((message) => known.fingerprints?.byUid.get(message.uid) === fingerprintOf(message));

/** Lost folders that are kept in mind, and messages of each. */
const MOST_LOST = 50;
const MARKS_OF_LOST = 8;

/** What is kept in mind of lost folders as long as one that may be one of them was not opened: by what they are recognised. */
export function marksOf(lost: readonly FolderState[]): FolderState[] | undefined {
	// Of a folder that never had a message there is nothing to recognise: Courier gives one a UIDVALIDITY when the first message comes.
	const known = lost.filter(({ uidNext, exists, mailboxId }) => uidNext > 1 || exists > 0 || mailboxId !== undefined);
	// A folder that is gone for good is lost in each run.
	const kept = new Map<string, FolderState>();
	for (const folder of known) {
		if (kept.size === MOST_LOST) break;
		const mark = markOf(folder);
		const { uidValidity, uidNext, exists, mailboxId, fingerprints } = mark;
		kept.set(JSON.stringify([uidValidity, uidNext, exists, mailboxId, [...(fingerprints?.byUid ?? [])]]), mark);
	}
	return kept.size > 0 ? [...kept.values()] : undefined;
}

function markOf({ uidValidity, uidNext, exists, mailboxId, fingerprints }: FolderState): FolderState {
	const newest = UidSet.of(fingerprints?.byUid.keys() ?? []).highest(MARKS_OF_LOST);
	const byUid = new Map([...(fingerprints?.byUid ?? [])].filter(([uid]) => newest.has(uid)));
	return {
		...nothingKnown,
		uidValidity,
		uidNext,
		exists,
		mailboxId,
		fingerprints: fingerprints && { ...fingerprints, byUid },
	};
}

const nothingKnown = {
	newUids: UidSet.empty,
	backfill: UidSet.empty,
	moveCandidates: UidSet.empty,
	failed: [],
	tombstones: [],
	unfinished: false,
	missing: true,
} satisfies Partial<FolderState>;

/** The known folders under their names of today; `names` maps names of today to former ones. */
export function underTheirNames(
	folders: Readonly<Record<string, FolderState>>,
	names: ReadonlyMap<string, string>,
): { folders: Map<string, FolderState>; replaced: string[] } {
	const former = new Set(names.values());
	const next = new Map(Object.entries(folders).filter(([path]) => !former.has(path) && !names.has(path)));
	for (const [path, from] of names) next.set(path, renamed(folders[from], from, path));
	return { folders: next, replaced: [...names.keys()].filter((path) => folders[path] && !former.has(path)) };
}

function renamed(state: FolderState, from: string, to: string): FolderState {
	const idName = state.idName ?? from;
	return { ...state, mayBeMissing: undefined, missing: false, idName: idName === to ? undefined : idName };
}

/**
 * The name that the ids of a folder's events are made with: none where its UIDVALIDITY alone distinguishes it from all others, so that a
 * run that is lost before the folder is renamed is repeated with the same ids; else the name it has now (undefined).
 */
export function idNameOf(listing: readonly FolderListing[] | undefined, uidValidity: string): string | undefined {
	const selectable = listing?.filter((folder) => folder.selectable) ?? [];
	if (selectable.length === 0 || selectable.some(({ status }) => status?.uidValidity === undefined)) return undefined;
	return selectable.filter(({ status }) => status?.uidValidity === uidValidity).length === 1 ? '' : undefined;
}
