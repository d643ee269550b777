import type { Fingerprints } from './fingerprint';
import type { FlagSets } from './flagSets';
import type { Recognition } from './recognition';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';

/** What the steps of a plan found out. What was not asked is absent. */
export interface Observation {
	/** Every UID of the folder. */
	listing?: UidSet;
	/** UIDs received since the start date. */
	sinceStartDate?: UidSet;
	/** UIDs that are there and were not known. */
	appeared: UidSet;
	/** Known UIDs that are gone; two facts agree on it. */
	vanished: UidSet;
	/** Flags of changed messages. */
	rows: MessageFlags[];
	/** All flags of the folder. */
	flags?: FlagSets;
	/** UIDs that pass the filter, of the whole folder or of `asked`. */
	matching?: UidSet;
	/** The marks to keep, of a folder that had none. */
	fingerprints?: Fingerprints;
	/** After a change of UIDVALIDITY: which messages are the ones of before. */
	recognition?: Recognition;
	/** Known UIDs that the server does not show any more, and UIDs that it shows again or had said to be gone; neither deleted nor new. */
	outOfView?: UidSet;
	intoView?: UidSet;
	/** What only the audit found; part of `arrived`, `vanished` and `rows`. */
	audited?: { arrivals: UidSet; deletions: UidSet; flags: UidSet };
	/** Which messages the filter was asked about; absent for all. */
	asked?: UidSet;
	/** From this UID on the known UIDs mean other messages now, or did when last looked and that is not told yet: see reusedUids.ts. */
	reusedFrom?: Uid;
}
