import { fingerprintOf } from '../folder/fingerprint';
import { formerNames } from './folderChanges';
import type { OpenFolder } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { FolderState } from '../folder/folderState';

/** How many messages of each possible name are compared. */
const COMPARED = 5;

/**
 * Under which of the names that are gone this folder was known, if it is one of them. A renamed folder keeps its UIDs, so where its
 * UIDVALIDITY alone says so, some of its messages are compared: a folder made in the same second as another one may have the same.
 * Undefined when it cannot be told, since a guess could hide mail.
 */
export async function findFormerName(
	folder: OpenFolder,
	folders: Readonly<Record<string, FolderState>>,
	gone: string[],
): Promise<string | undefined> {
	const { snapshot } = folder;
	const names = formerNames(folders, gone, snapshot);
	if (names.length === 0) return undefined;
	if (snapshot.mailboxId !== undefined && names.length === 1 && folders[names[0]].mailboxId === snapshot.mailboxId)
		return names[0];
	// A folder that is looked at meanwhile may take a name away.
	const marksOf = (name: string) => folders[name]?.fingerprints?.byUid ?? new Map<never, never>();
	let uids = UidSet.empty;
	for (const name of names) uids = uids.union(UidSet.of(marksOf(name).keys()).below(snapshot.uidNext).highest(COMPARED));
	const equal = new Set<string>();
	const different = new Set<string>();
	if (!uids.isEmpty) {
		for await (const message of folder.fetch(uids, 'descriptor')) {
			for (const name of names) {
				const mark = marksOf(name).get(message.uid);
				if (mark !== undefined) (mark === fingerprintOf(message) ? equal : different).add(name);
			}
		}
	}
	if (equal.size > 0) return equal.size === 1 ? [...equal][0] : undefined;
	return names.length === 1 && !different.has(names[0]) ? names[0] : undefined;
}
