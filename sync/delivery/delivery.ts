import { partsFor, uidsOf } from '../reading/batch';
import type { RunBudget } from './runBudget';
import { SyncError } from '../errors/syncError';
import { eventAt } from '../events/createEvent';
import { findMatching } from '../search/findMatching';
import { Ignoring } from '../folder/ignore';
import { InFlight } from './inFlight';
import type { Origin } from '../folder/moves';
import type { OpenFolder } from '../server/mailServer';
import { afterFailure, MAX_ATTEMPTS } from './retry';
import { timesUsedBy, useDetails } from '../folder/reusedUids';
import { isRefuted, isWithin, judge } from '../folder/searchFolder';
import type { EventSink } from '../events/eventSink';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, FetchParts, MessageDescriptor } from '../server/message';
import type { SyncEvent } from '../events/syncEvent';
import type { FailedMessage } from '../folder/folderState';
import { type Applied, type Done, nothingDone } from '../folder/transition';
import type { SyncRequest } from '../run/syncRequest';

/** What a hand-over from one open folder rests on. */
export interface HandOverInput {
	folder: OpenFolder;
	applied: Applied;
	request: SyncRequest;
	budget: RunBudget;
	sink: EventSink;
	now: () => number;
	/** Hash of the account's user, for event ids. */
	accountKey: string;
	/** Counter of hand-overs, for event ids of changes that have no mod-sequence. */
	deliveries: number;
	/** What is already known of messages; used instead of asking again. */
	descriptors: Map<Uid, MessageDescriptor>;
	/** Whether a new message may have come from another folder: then it waits until all folders were looked at. */
	isSuspect?: (message: MessageDescriptor) => boolean;
	/** Where new messages came from; those without an origin are new. */
	origins?: ReadonlyMap<Uid, Origin | undefined>;
}

/** What was handed over, and the error that ended it early, if one did: everything in `done` stays handed over. */
export interface HandOver {
	done: Done;
	error?: SyncError;
	/** What somebody has to know although nothing failed. */
	warning?: SyncError;
}

/** One hand-over from one open folder: keeps what was done, so that an error in the middle loses nothing of it. */
export class Delivery {
	readonly done: { -readonly [K in keyof Done]: Done[K] } = {
		...nothingDone,
		delivered: [],
		described: [],
		suspects: [],
		moved: [],
		failed: [],
		updated: [],
	};
	/** How much of a message is read. */
	readonly parts: FetchParts;
	/** What waits for its acknowledgement. */
	readonly inFlight: InFlight;
	/** Which messages a rule ignores. */
	readonly ignoring: Ignoring;
	/** What somebody has to know although nothing failed. */
	warning: SyncError | undefined;

	constructor(readonly input: HandOverInput) {
		this.parts = partsFor(input.request);
		this.inFlight = new InFlight(input);
		this.ignoring = new Ignoring(input.folder, input.request.ignore, input.applied.state.ignored);
	}

	/** Does the work, and says what was done of it, also where an error of the core ended it. Anything else that is thrown is thrown on. */
	async run(work: () => Promise<void>): Promise<HandOver> {
		try {
			await work();
			return { done: this.result, warning: this.warning ?? this.inFlight.warning };
		} catch (error) {
			if (error instanceof SyncError) return { done: this.result, error, warning: this.warning ?? this.inFlight.warning };
			throw error;
		}
	}

	private get result(): Done {
		const { awaiting } = this.inFlight;
		const done = { ...this.done, ignored: this.ignoring.found };
		return awaiting ? { ...done, awaiting } : done;
	}

	/** Whether such events are asked for. */
	wants(event: SyncEvent['event']): boolean {
		return this.input.request.events.has(event);
	}

	/** An event about a message (`what` is its UID) or about the folder; `details` tell it from others of its kind. */
	event(event: SyncEvent['event'], what: Uid | string, ...details: Array<string | string[]>): SyncEvent {
		const { accountKey, request, folder, applied } = this.input;
		const { firstName, uidValidity } = applied.state;
		const scene = { accountKey, account: request.account.name, folder: folder.snapshot.path, firstName, uidValidity };
		if (typeof what === 'string') return eventAt(scene, event, what, ...details);
		return eventAt(scene, event, what, ...details, ...useDetails(timesUsedBy(applied.state, event, what)));
	}

	/** What is known of these messages, ascending. Messages that are gone are noted as gone. */
	async describe(uids: UidSet, { goneIsNews = true } = {}): Promise<MessageDescriptor[]> {
		const { descriptors, folder } = this.input;
		const unknown = UidSet.of([...uids].filter((uid) => !descriptors.has(uid)));
		if (!unknown.isEmpty) {
			try {
				for await (const message of folder.fetch(unknown, 'descriptor')) descriptors.set(message.uid, message);
			} catch (error) {
				// Which of them it is because of, missing() finds out one by one.
				if (!isRefusal(error)) throw error;
			}
		}
		if (goneIsNews) {
			const undescribed = UidSet.of([...uids].filter((uid) => !descriptors.has(uid)));
			await this.missing(undescribed, 'descriptor', (message) => void descriptors.set(message.uid, message));
		}
		const described = [...uids].flatMap((uid) => descriptors.get(uid) ?? []);
		// Used once: a long back-fill must not collect what it has handed over.
		for (const { uid } of described) descriptors.delete(uid);
		return described;
	}

	/** Of these, the messages that are wanted; the others are passed over. */
	async passing(described: MessageDescriptor[]): Promise<MessageDescriptor[]> {
		const { filter, startFrom } = this.input.request;
		if (described.length === 0) return [];
		let wanted = described;
		if (filter) {
			const { folder } = this.input;
			const open = described.filter((message) => judge(message, filter) === 'unknown');
			const facts = this.input.request.facts?.inFolder(folder.snapshot.path, folder.snapshot.uidValidity);
			const matching =
				open.length === 0
					? UidSet.empty
					: await findMatching({ folder, filter, within: uidsOf(open), known: byUid(open), facts });
			// The message's flags, as they are told with it, may be younger or older than the search: they decide.
			wanted = wanted.filter(
				(message) => judge(message, filter) === 'yes' || (matching.has(message.uid) && !isRefuted(message, filter)),
			);
			const passing = new Set(wanted);
			this.done.unmatching = this.done.unmatching.union(uidsOf(described.filter((message) => !passing.has(message))));
		}
		if (startFrom.kind === 'date') {
			const { backfill } = this.input.applied.state;
			wanted = wanted.filter(({ uid, internalDate }) => !backfill.has(uid) || isWithin(internalDate, { since: startFrom.date }));
		}
		const kept = new Set(wanted);
		const passedOver = UidSet.of(described.filter((message) => !kept.has(message)).map(({ uid }) => uid));
		this.done.passedOver = this.done.passedOver.union(passedOver);
		if (!passedOver.isEmpty) this.input.budget.noteProgress();
		return wanted;
	}

	/** Of these, the messages that no rule ignores. The others are known from now on. */
	async heard(messages: MessageDescriptor[]): Promise<MessageDescriptor[]> {
		const ignored = await this.ignoring.among(uidsOf(messages));
		this.known(messages.filter(({ uid }) => ignored.has(uid)));
		return messages.filter(({ uid }) => !ignored.has(uid));
	}

	/** Messages that are known from now on without being told of. */
	known(messages: MessageDescriptor[]): void {
		if (messages.length === 0) return;
		this.done.delivered.push(...messages.map(({ uid, flags, labels }) => ({ uid, flags, labels })));
		this.input.budget.noteProgress();
	}

	/**
	 * Messages that were asked for and did not come: gone when a search no longer finds them, else tried once more singly
	 * (Exchange answers OK without a row), else failed.
	 */
	async missing(uids: UidSet, parts: FetchParts, take: (message: FetchedMessage) => Promise<void> | void): Promise<void> {
		if (uids.isEmpty) return;
		const existing = await this.input.folder.search({}, uids);
		this.done.gone = this.done.gone.union(uids.subtract(existing));
		for (const uid of existing.intersect(uids)) {
			if (this.input.budget.room === 0) return;
			let came = false;
			let reason = 'the mail server lists this message but does not return it';
			try {
				for await (const message of this.input.folder.fetch(UidSet.of([uid]), parts)) {
					if (message.uid !== uid || came) continue;
					came = true;
					await take(message);
				}
			} catch (error) {
				if (!isRefusal(error)) throw error;
				reason = error.message;
			}
			if (!came) await this.failure(uid, reason, 0);
		}
	}

	/** A message could not be handed over: it is tried again later, or given up and told as failed. `bytes` were read of it in vain. */
	async failure(uid: Uid, reason: string, bytes: number): Promise<void> {
		const { applied, now } = this.input;
		const before: FailedMessage | undefined = applied.state.failed.find((failed) => failed.uid === uid);
		const failed = afterFailure(before, uid, reason, now());
		this.input.budget.spend(0, bytes);
		if (failed.attempts >= MAX_ATTEMPTS && this.wants('messageFailed')) {
			await this.input.sink({
				...this.event('messageFailed', uid),
				error: { message: failed.reason, attempts: failed.attempts },
			});
			this.done.givenUp = this.done.givenUp.add(uid);
			this.inFlight.forget(UidSet.of([uid]));
			this.input.budget.spend(1, 0);
		} else {
			this.done.failed.push(failed);
		}
	}
}

/** Messages by their UIDs. */
export const byUid = (messages: MessageDescriptor[]): Map<Uid, FetchedMessage> =>
	new Map(messages.map((message) => [message.uid, message]));

/** A problem of the connection or the account is not the message's fault. */
export const isFatal = (error: unknown): boolean => error instanceof SyncError && error.scope !== 'message';

/** The server answered, and said no to what was asked. */
export const isRefusal = (error: unknown): error is SyncError => error instanceof SyncError && error.code === 'commandRefused';
