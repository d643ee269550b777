import type { Fingerprints } from './fingerprint';
import type { FlagSets } from './flagSets';
import type { Recognition } from './recognition';
import type { ReusedUids } from './uidReuse';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';

/** What the steps of a plan found out. What was not asked is absent. */
export interface Observation {
	/** Every UID of the folder. */
	listing?: UidSet;
	/** UIDs received since the start date. */
	sinceStartDate?: UidSet;
	/** UIDs that exist and were not known. */
	appeared: UidSet;
	/** Known UIDs that are gone; two facts agree on it. */
	vanished: UidSet;
	/** Flags of changed messages. */
	rows: MessageFlags[];
	/** All flags of the folder. */
	flags?: FlagSets;
	/** UIDs that pass the filter, of the whole folder or of `asked`. */
	matching?: UidSet;
	/** The fingerprints to keep, of a folder that had none. */
	fingerprints?: Fingerprints;
	/** After a change of UIDVALIDITY: which messages were recognised. */
	recognition?: Recognition;
	/** Known UIDs that left the visible window, and UIDs that entered it or had been said to be gone; neither deleted nor new. */
	outOfView?: UidSet;
	intoView?: UidSet;
	/** What only the audit found; part of `appeared`, `vanished` and `rows`. */
	audited?: { arrivals: UidSet; deletions: UidSet; flags: UidSet };
	/** Which messages the filter was asked about; absent for all. */
	asked?: UidSet;
	/** Known UIDs mean other messages, since now or since an earlier run that could not report it; see uidReuse.ts. */
	reused?: ReusedUids;
	/** Known UIDs from there on under which there is a message, and none shows that it is another one. */
	unverified?: UidSet;
}
