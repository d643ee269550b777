import { SyncError } from '../errors/syncError';
import type { FetchParts } from '../server/message';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/** What of a message was read. Its header may be sound where its body is not, so each is doubted by itself. */
export type Reading = FetchParts | 'parts' | 'pieces';

/** Messages of one folder that may have ended the connection when they were read. */
export interface InDoubt {
	uidValidity: string;
	suspects: ReadonlyMap<Reading, UidSet>;
	/** Those that ended it twice, as long as nobody noted that they failed: the run may have ended with them. */
	culprits: ReadonlyMap<Reading, UidSet>;
}

/** Where so many messages in a row ended the connection and none came, it is not the messages: the server is going away. */
const MOST_CULPRITS_IN_A_ROW = 5;

interface Known {
	uidValidity: string;
	suspects: Map<Reading, UidSet>;
	culprits: Map<Reading, UidSet>;
}

/**
 * Finds the message that ends or stalls the connection each time it is read, so that it stops itself only. Dovecot hangs up (BYE)
 * on a damaged mail file; others announce more bytes than they send, or send none. What is asked for and has not come when the
 * connection ends is suspected. A suspect is read by itself from then on, in later runs too; if the connection ends again, it
 * is the culprit, and is left out of all answers as if the server did not return it. Two losses are needed since one may be
 * the network's.
 */
export class DoubtfulMessages {
	private readonly folders = new Map<string, Known>();
	/** Culprits that were found in this run. */
	private readonly found = new Map<string, Map<Reading, UidSet>>();
	private readonly blames = new Map<string, number>();
	private culpritsInARow = 0;

	constructor(before: ReadonlyMap<string, InDoubt> = new Map()) {
		for (const [path, { uidValidity, suspects, culprits }] of before)
			this.folders.set(path, { uidValidity, suspects: new Map(suspects), culprits: new Map(culprits) });
	}

	/** A folder was opened. */
	opened({ path, uidValidity }: { path: string; uidValidity: string }): void {
		// Under another UIDVALIDITY the UIDs are those of other messages.
		if (this.folders.get(path)?.uidValidity !== uidValidity) {
			this.folders.delete(path);
			this.found.delete(path);
		}
	}

	suspected(path: string, reading: Reading): UidSet {
		return this.folders.get(path)?.suspects.get(reading) ?? UidSet.empty;
	}

	/** Those that must not be read any more in this run. */
	culpritsIn(path: string, reading: Reading): UidSet {
		return this.folders.get(path)?.culprits.get(reading) ?? UidSet.empty;
	}

	/** Whether any message of the folder has to be read with care, or not at all. */
	hasDoubts(path: string): boolean {
		const { suspects, culprits } = this.folders.get(path) ?? {};
		return (suspects?.size ?? 0) + (culprits?.size ?? 0) > 0;
	}

	/** Whether reading the message ended the connection, so that somebody can say why it was not returned. */
	isCulprit(path: string, uid: Uid): boolean {
		return [...(this.folders.get(path)?.culprits.values() ?? [])].some((uids) => uids.has(uid));
	}

	/** A message came: the server still answers. */
	came(): void {
		this.culpritsInARow = 0;
	}

	/** A suspect was read: it is none any more. */
	clear(path: string, reading: Reading, uid: Uid): void {
		const suspects = this.folders.get(path)?.suspects;
		const left = suspects?.get(reading)?.remove(uid);
		if (left?.isEmpty) suspects?.delete(reading);
		else if (left) suspects?.set(reading, left);
	}

	/** The connection ended while these were asked for and had not come. */
	blame({ path, uidValidity }: { path: string; uidValidity: string }, reading: Reading, uids: UidSet): void {
		if (uids.isEmpty || this.culpritsInARow >= MOST_CULPRITS_IN_A_ROW) return;
		this.blames.set(path, this.blamesOf(path) + 1);
		const suspected = this.suspected(path, reading);
		const known = this.folders.get(path) ?? {
			uidValidity,
			suspects: new Map<Reading, UidSet>(),
			culprits: new Map<Reading, UidSet>(),
		};
		this.folders.set(path, known);
		if (uids.size === 1 && uids.subtract(suspected).isEmpty) {
			this.culpritsInARow++;
			known.culprits.set(reading, this.culpritsIn(path, reading).union(uids));
			const found = this.found.get(path) ?? new Map<Reading, UidSet>();
			this.found.set(path, found.set(reading, (found.get(reading) ?? UidSet.empty).union(uids)));
		} else {
			known.suspects.set(reading, suspected.union(uids));
		}
	}

	/** How often messages of the folder were blamed: while it rises, another try comes closer to the culprit. */
	blamesOf(path: string): number {
		return this.blames.get(path) ?? 0;
	}

	/**
	 * What the next run has to read with care, in the folders that are watched; `failed` gives the messages of a folder that are noted
	 * as failed.
	 */
	inDoubt(watched: readonly string[], failed: (path: string) => UidSet): ReadonlyMap<string, InDoubt> {
		const left = new Map<string, InDoubt>();
		for (const path of watched) {
			const known = this.folders.get(path);
			if (!known) continue;
			const { uidValidity, suspects } = known;
			const culprits = new Map(
				[...(this.found.get(path) ?? [])]
					.map(([reading, uids]): [Reading, UidSet] => [reading, uids.subtract(failed(path))])
					.filter(([, uids]) => !uids.isEmpty),
			);
			if (suspects.size + culprits.size > 0) left.set(path, { uidValidity, suspects, culprits });
		}
		return left;
	}

	/** Whether anything was blamed in this run, so that the next one must know of it. */
	get blamedAny(): boolean {
		return this.blames.size > 0;
	}
}

/** Whether an error says that the connection ended in the middle of a command, or stalled. */
export const endsConnection = (error: unknown): boolean =>
	error instanceof SyncError && ['connectionLost', 'commandTimedOut', 'protocolBroken'].includes(error.code);
