import {
	acknowledgementMissing,
	attemptsOf,
	withDelivered,
	uidsToRedeliver,
	isAcknowledged,
	MAX_UNACKNOWLEDGED,
	acknowledgedIn,
	ackFlag,
	withoutUnacknowledged,
} from '../folder/unacknowledged';
import { unacknowledgedUids } from '../folder/folderState';
import type { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageFlags } from '../server/message';
import type { Unacknowledged } from '../folder/folderState';
import type { Transition } from '../folder/transition';
import type { Acknowledge } from '../settings/acknowledge';

/** The messages of an open folder that were delivered and wait for their acknowledgement, while a delivery goes on. */
export class AwaitingAck {
	/** What waits now; undefined without acknowledgement. */
	unacknowledged: Unacknowledged | undefined;
	/** Reports that new mail is held back. */
	warning: SyncError | undefined;
	/** Whether the server was asked which waiting messages are acknowledged, to make room for more. */
	private madeRoom = false;

	constructor(
		private readonly folder: OpenFolder,
		private readonly transition: Transition,
		private readonly acknowledge: Acknowledge | undefined,
		private readonly now: () => number,
	) {
		this.unacknowledged = transition.state.unacknowledged;
	}

	/** The messages whose time has come. */
	get due(): UidSet {
		return this.acknowledge ? uidsToRedeliver(this.unacknowledged, this.now(), this.acknowledge) : UidSet.empty;
	}

	/** How often a message was delivered; 0 for one that does not wait. */
	attempts(uid: Uid): number {
		return attemptsOf(this.unacknowledged, uid);
	}

	/** How many more messages may wait for their acknowledgement. */
	async room(): Promise<number> {
		if (!this.unacknowledged) return Infinity;
		let count = unacknowledgedUids(this.unacknowledged).size;
		if (count >= MAX_UNACKNOWLEDGED && !this.madeRoom) {
			this.madeRoom = true;
			await this.findAcknowledged(this.unacknowledged);
			count = unacknowledgedUids(this.unacknowledged).size;
		}
		// Once is no trouble yet: the workflow may just be busy.
		if (count >= MAX_UNACKNOWLEDGED && this.unacknowledged.groups.some(({ attempts }) => attempts > 1)) {
			this.warning ??= acknowledgementMissing(this.folder.snapshot.path, 'heldBack', count);
		}
		return Math.max(0, MAX_UNACKNOWLEDGED - count);
	}

	/** Asks which waiting messages are acknowledged, due or not. */
	private async findAcknowledged(unacknowledged: Unacknowledged): Promise<void> {
		const { folder, acknowledge } = this;
		const waiting = unacknowledgedUids(unacknowledged);
		const flag = acknowledge && ackFlag(acknowledge);
		if (flag !== undefined) this.acknowledged((await folder.search({ flags: { [flag]: true } }, waiting)).intersect(waiting));
		this.left(waiting.subtract(await folder.search({}, waiting)));
	}

	/** Messages that carry the ack flag wait no longer. */
	acknowledged(uids: UidSet): void {
		const { transition, acknowledge } = this;
		const { flags } = transition.state;
		if (!this.unacknowledged || !acknowledge) return;
		// Where flags are followed, the look at them ends the waiting: it must not take the acknowledgement for somebody's reading.
		const seen = acknowledge.by === 'seen' && flags ? uids.intersect(acknowledgedIn(flags, acknowledge)) : uids;
		this.unacknowledged = withoutUnacknowledged(this.unacknowledged, seen);
	}

	/** Messages that are no longer there wait no longer; of those that are known to be there, the look at deletions says so. */
	left(uids: UidSet): void {
		const { knownUids = UidSet.empty } = this.transition.state;
		if (this.unacknowledged) this.unacknowledged = withoutUnacknowledged(this.unacknowledged, uids.subtract(knownUids));
	}

	/** These no longer wait. */
	forget(uids: UidSet): void {
		if (this.unacknowledged) this.unacknowledged = withoutUnacknowledged(this.unacknowledged, uids);
	}

	/** A message was delivered, and waits from now on or once more, unless it carries the ack flag. */
	delivered({ uid, flags }: MessageFlags): void {
		const { acknowledge } = this;
		if (acknowledge && this.unacknowledged && !isAcknowledged(flags, acknowledge))
			this.unacknowledged = withDelivered(this.unacknowledged, uid, acknowledge, this.now());
	}
}
