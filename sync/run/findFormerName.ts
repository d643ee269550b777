import { fingerprintOf } from '../folder/fingerprint';
import { formerNames } from './folderChanges';
import type { OpenFolder } from '../server/mailServer';
import { UidSet } from '../uids/uidSet';
import type { FolderState } from '../folder/folderState';

/** Newest messages compared per possible name; where none of them is known, so many of the oldest: a restore keeps those. */
const NEWEST_COMPARED = 5;
const OLDEST_COMPARED = 100;

/**
 * The former name of a folder, if it is one of those that are gone. A renamed folder keeps its UIDs, so if only its UIDVALIDITY
 * says so, some of its messages are compared: folders created in the same second may share it. Undefined when in doubt, since a
 * guess could hide mail.
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
	// A folder visited meanwhile may take a name away.
	const fingerprintsOf = (name: string) => folders[name]?.fingerprints?.byUid ?? new Map<never, never>();
	const equal = new Set<string>();
	const different = new Set<string>();
	const compare = async (some: (known: UidSet) => UidSet): Promise<void> => {
		const known = names.map((name) => UidSet.of(fingerprintsOf(name).keys()).below(snapshot.uidNext));
		const uids = known.reduce((all, one) => all.union(some(one)), UidSet.empty);
		if (uids.isEmpty) return;
		for await (const message of folder.fetch(uids, 'descriptor')) {
			for (const name of names) {
				const fingerprint = fingerprintsOf(name).get(message.uid);
				if (fingerprint !== undefined) (fingerprint === fingerprintOf(message) ? equal : different).add(name);
			}
		}
	};
	await compare((known) => known.highest(NEWEST_COMPARED));
	if (equal.size === 0 && different.size > 0)
		await compare((known) => known.subtract(known.highest(NEWEST_COMPARED)).lowest(OLDEST_COMPARED));
	if (equal.size > 0) return equal.size === 1 ? [...equal][0] : undefined;
	const isAsFar = snapshot.uidNext >= folders[names[0]].uidNext;
	return names.length === 1 && !different.has(names[0]) && isAsFar ? names[0] : undefined;
}
