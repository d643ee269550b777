import {
	acknowledgementMissing,
	attemptsOf,
	awaitingUids,
	awaitOnceMore,
	dueUids,
	hasMark,
	IN_FLIGHT,
	markedIn,
	markFlag,
	withoutAwaited,
} from '../folder/awaiting';
import type { SyncError } from '../errors/syncError';
import type { OpenFolder } from '../server/mailServer';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FlagRow } from '../server/message';
import type { Awaiting } from '../folder/folderState';
import type { Applied } from '../folder/transition';
import type { SyncRequest } from '../run/syncRequest';

/** The messages of an open folder that were handed over and wait for their acknowledgement, while a hand-over goes on. */
export class InFlight {
	/** What waits now; undefined without acknowledgement. */
	awaiting: Awaiting | undefined;
	/** That new mail is held back. */
	warning: SyncError | undefined;
	/** Whether the server was asked which waiting messages are acknowledged, to make room for more. */
	private madeRoom = false;

	constructor(private readonly input: { folder: OpenFolder; request: SyncRequest; applied: Applied; now: () => number }) {
		this.awaiting = input.applied.state.awaiting;
	}

	/** The messages whose time has come. */
	get due(): UidSet {
		return dueUids(this.awaiting, this.input.now());
	}

	/** How often a message was handed over; 0 for one that does not wait. */
	attempts(uid: Uid): number {
		return attemptsOf(this.awaiting, uid);
	}

	/** How many more messages may wait for their acknowledgement. */
	async room(): Promise<number> {
		if (!this.awaiting) return Infinity;
		let count = awaitingUids(this.awaiting).size;
		if (count >= IN_FLIGHT && !this.madeRoom) {
			this.madeRoom = true;
			await this.findAcknowledged(this.awaiting);
			count = awaitingUids(this.awaiting).size;
		}
		// Once is no trouble yet: the workflow may just be busy.
		if (count >= IN_FLIGHT && this.awaiting.groups.some(({ attempts }) => attempts > 1)) {
			this.warning ??= acknowledgementMissing(this.input.folder.snapshot.path, 'heldBack', count);
		}
		return Math.max(0, IN_FLIGHT - count);
	}

	/** Asks which waiting messages are acknowledged, due or not. */
	private async findAcknowledged(awaiting: Awaiting): Promise<void> {
		const { folder, request } = this.input;
		const waiting = awaitingUids(awaiting);
		const flag = request.acknowledge && markFlag(request.acknowledge);
		if (flag !== undefined) this.acknowledged((await folder.search({ flags: { [flag]: true } }, waiting)).intersect(waiting));
		this.left(waiting.subtract(await folder.search({}, waiting)));
	}

	/** Messages that carry the mark wait no longer. */
	acknowledged(uids: UidSet): void {
		const { request, applied } = this.input;
		const { acknowledge } = request;
		const { flags } = applied.state;
		if (!this.awaiting || !acknowledge) return;
		// Where flags are followed, the look at them ends the waiting: it must not take the acknowledgement for somebody's reading.
		const seen = acknowledge.by === 'seen' && flags ? uids.intersect(markedIn(flags, acknowledge)) : uids;
		this.awaiting = withoutAwaited(this.awaiting, seen);
	}

	/** Messages that are no longer there wait no longer; of those that are known to be there, the look at deletions says so. */
	left(uids: UidSet): void {
		const { present = UidSet.empty } = this.input.applied.state;
		if (this.awaiting) this.awaiting = withoutAwaited(this.awaiting, uids.subtract(present));
	}

	/** These are not waited for any more. */
	forget(uids: UidSet): void {
		if (this.awaiting) this.awaiting = withoutAwaited(this.awaiting, uids);
	}

	/** A message was handed over, and waits from now on or once more, unless it carries the mark. */
	handedOver({ uid, flags }: FlagRow): void {
		const { acknowledge } = this.input.request;
		if (acknowledge && this.awaiting && !hasMark(flags, acknowledge))
			this.awaiting = awaitOnceMore(this.awaiting, uid, acknowledge, this.input.now());
	}
}
