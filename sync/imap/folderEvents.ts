import type { ExpungeEvent, FlagsEvent } from 'imapflow';
import { asUid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FolderListener, ImapConnection } from './connection';
import { cleanFlags } from './flags';
import type { Vanished } from './vanished';
import type { MessageFlags } from '../server/message';

/**
 * Collects what a server says about a folder outside of the answers to what was asked. To be attached before the EXAMINE: the
 * QRESYNC answer comes as events, before mailboxOpen() resolves.
 */
export class FolderEvents implements FolderListener {
	/** Messages expunged since the folder was opened. */
	expunged = 0;
	/** Whether a row or a set of the QRESYNC answer could not be read, so that it must not be trusted. */
	unreadable = false;
	private opening = true;
	private readonly rowsByUid = new Map<number, MessageFlags>();
	private readonly vanishedSets: UidSet[] = [];
	/** first, last of the run that single UIDs make */
	private run: [number, number] | undefined;
	private runs: string[] = [];

	constructor(private readonly connection: ImapConnection) {
		connection.client.on('flags', this.onFlags);
		connection.client.on('expunge', this.onExpunge);
		connection.listen(this);
	}

	/** What came until now is the QRESYNC answer; from now on only expunges are counted. */
	opened(): void {
		this.opening = false;
	}

	/** Rows of the QRESYNC answer, by UID. */
	get rows(): MessageFlags[] {
		return [...this.rowsByUid.values()].sort((a, b) => a.uid - b.uid);
	}

	/** Vanished UIDs of the QRESYNC answer. */
	get vanished(): UidSet {
		this.endRun();
		const single = this.runs.length > 0 ? UidSet.parse(this.runs.join(',')) : UidSet.empty;
		return this.vanishedSets.reduce((all, set) => all.union(set), single);
	}

	detach(): void {
		this.connection.client.off('flags', this.onFlags);
		this.connection.client.off('expunge', this.onExpunge);
	}

	closed(): void {
		if (!this.opening) return;
		this.rowsByUid.clear();
		this.vanishedSets.length = 0;
		this.runs = [];
		this.run = undefined;
		this.unreadable = false;
	}

	takeVanished(vanished: Vanished): boolean {
		if (!vanished.earlier) return false;
		if (this.opening) {
			try {
				this.vanishedSets.push(UidSet.parse(vanished.set));
			} catch {
				this.unreadable = true;
			}
		}
		// Outside of the opening it comes with CHANGEDSINCE and repeats what was gone before the folder was opened.
		return true;
	}

	private readonly onFlags = (event: FlagsEvent): void => {
		if (!this.opening) return;
		if (event.uid === undefined) {
			this.unreadable = true;
			return;
		}
		this.rowsByUid.set(event.uid, { uid: asUid(event.uid), flags: cleanFlags(event.flags), modseq: event.modseq?.toString() });
	};

	private readonly onExpunge = (event: ExpungeEvent): void => {
		if (!event.earlier) {
			if (!this.opening) this.expunged++;
			return;
		}
		if (!this.opening || event.uid === undefined) return;
		if (this.run && event.uid === this.run[1] + 1) this.run[1] = event.uid;
		else {
			this.endRun();
			this.run = [event.uid, event.uid];
		}
	};

	private endRun(): void {
		if (this.run) this.runs.push(`${this.run[0]}:${this.run[1]}`);
		this.run = undefined;
	}
}
