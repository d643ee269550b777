import { partsFor, uidsOf } from '../reading/batch';
import type { RunBudget } from './runBudget';
import type { DeliveryContext, DeliveryServices } from './deliveryContext';
import type { SyncSettings } from '../settings/syncSettings';
import { failureReason } from '../errors/failureReason';
import { SyncError } from '../errors/syncError';
import { createEvent } from '../events/createEvent';
import { findMatching } from '../search/findMatching';
import { IgnoreMatcher } from '../folder/ignoreRules';
import { AwaitingAck } from './awaitingAck';
import type { MoveSource } from '../folder/moves';
import type { Observation } from '../folder/observation';
import type { OpenFolder } from '../server/mailServer';
import { afterFailure, isFinal, MAX_ATTEMPTS } from './retry';
import { uidGenerationAt, generationDetails } from '../folder/uidReuse';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FetchedMessage, FetchParts, MessageSummary } from '../server/message';
import { messageKeyOf } from '../events/messageKey';
import type { EventName, Origin, PreparedEvent } from '../events/syncEvent';
import type { FailedMessage } from '../folder/folderState';
import { type Transition, type DeliveryResult, nothingDelivered } from '../folder/transition';
import { provablyFails, isWithin, evaluate } from '../search/evaluate';

/** What a delivery from one open folder rests on. */
export interface DeliveryInput {
	context: DeliveryContext;
	folder: OpenFolder;
	transition: Transition;
	/** What is already known of messages; used instead of asking again. */
	summaries: Map<Uid, MessageSummary>;
	/** Whether a new message may have come from another folder: then it waits until all folders were looked at. */
	isMoveCandidate?: (message: MessageSummary) => boolean;
	/** Where new messages came from; those without a source are new. */
	moveSources?: ReadonlyMap<Uid, MoveSource | undefined>;
	/** What only the audit found. */
	audited?: Observation['audited'];
	/** Whether messages from before the trigger are delivered. */
	isBackfill?: boolean;
}

const noneAudited = { arrivals: UidSet.empty, deletions: UidSet.empty, flags: UidSet.empty };

/** What was delivered, and the error that ended it early, if one did: everything in `done` stays delivered. */
export interface Delivered {
	done: DeliveryResult;
	error?: SyncError;
	/** What the user has to know although nothing failed. */
	warning?: SyncError;
}

/** One delivery from one open folder: keeps what was done, so that an error in the middle loses nothing of it. */
export class Delivery {
	readonly done: { -readonly [K in keyof DeliveryResult]: DeliveryResult[K] } = {
		...nothingDelivered,
		delivered: [],
		inspected: [],
		moveCandidates: [],
		moved: [],
		failed: [],
		updated: [],
	};
	/** How much of a message is read. */
	readonly parts: FetchParts;
	/** What waits for its acknowledgement. */
	readonly inFlight: AwaitingAck;
	/** Which messages a rule ignores. */
	readonly ignoreMatcher: IgnoreMatcher;
	/** What the user has to know although nothing failed. */
	warning: SyncError | undefined;

	readonly folder: OpenFolder;
	readonly transition: Transition;
	readonly settings: SyncSettings;
	readonly services: DeliveryServices;
	readonly budget: RunBudget;

	readonly context: DeliveryContext;
	/** Of the messages that were described last: what is read of a message may lack its Message-ID. */
	private messageKeys: ReadonlyMap<Uid, string> = new Map();

	constructor(readonly input: DeliveryInput) {
		const { context } = input;
		this.context = context;
		this.folder = input.folder;
		this.transition = input.transition;
		this.settings = context.settings;
		this.services = context.services;
		this.budget = context.budget;
		this.parts = partsFor(this.settings.reading);
		this.inFlight = new AwaitingAck(this.folder, this.transition, this.settings.delivery.acknowledge, this.services.now);
		this.ignoreMatcher = new IgnoreMatcher(this.folder, this.settings.watch.ignore, this.transition.state.ignored);
	}

	/** Does the work, and says what was done of it, also where an error of the core ended it. Anything else that is thrown is thrown on. */
	async run(work: () => Promise<void>): Promise<Delivered> {
		try {
			await work();
			return { done: this.result, warning: this.warning ?? this.inFlight.warning };
		} catch (error) {
			if (error instanceof SyncError) return { done: this.result, error, warning: this.warning ?? this.inFlight.warning };
			throw error;
		}
	}

	private get result(): DeliveryResult {
		const { unacknowledged } = this.inFlight;
		const done = { ...this.done, ignored: this.ignoreMatcher.found };
		return unacknowledged ? { ...done, unacknowledged } : done;
	}

	/** For ids of what may happen again and has no mod-sequence: another one in each run that delivers. */
	get deliveryNumber(): string {
		return `delivery ${this.context.eventAccount.deliveries}`;
	}

	/** Whether such events are asked for. */
	wants(event: EventName): boolean {
		return this.settings.watch.events.has(event);
	}

	/** An event about a message (`what` is its UID) or about the folder; `details` distinguish it from others of its kind. */
	event(event: EventName, what: Uid | string, ...details: Array<string | string[]>): PreparedEvent {
		const { folder, transition } = this;
		const { accountKey, account } = this.context.eventAccount;
		const { idName, uidValidity, maybeReported } = transition.state;
		const scene = { accountKey, account, folder: folder.snapshot.path, idName, uidValidity };
		if (typeof what === 'string') return createEvent(scene, event, what, ...details);
		const generation = generationDetails(uidGenerationAt(transition.state, event, what));
		const messageKey = this.messageKeys.get(what);
		const created = createEvent(scene, event, what, ...details, ...generation);
		created.origin = this.originOf(what);
		if (maybeReported?.has(what)) created.possibleDuplicate = true;
		if (messageKey !== undefined) created.messageKey = messageKey;
		return created;
	}

	/** How the core came to what it reports of a message. */
	private originOf(uid: Uid): Origin {
		const { transition, audited, isBackfill } = this.input;
		if (transition.state.maybeReported?.has(uid) || transition.pending.reset) return 'resync';
		if (isBackfill) return 'backfill';
		const { arrivals, deletions, flags } = audited ?? noneAudited;
		return [arrivals, deletions, flags].some((uids) => uids.has(uid)) ? 'audit' : 'live';
	}

	/** What is known of these messages, ascending. Messages that are gone are noted as gone. */
	async describe(uids: UidSet, { goneIsNews = true } = {}): Promise<MessageSummary[]> {
		const { summaries } = this.input;
		const { folder } = this;
		const unknown = UidSet.of([...uids].filter((uid) => !summaries.has(uid)));
		let isRefused = false;
		if (!unknown.isEmpty) {
			try {
				for await (const message of folder.fetch(unknown, 'descriptor')) summaries.set(message.uid, message);
			} catch (error) {
				// retryMissing() finds out one by one which of them is the cause.
				if (!isRefusal(error)) throw error;
				isRefused = true;
			}
		}
		if (goneIsNews) {
			const undescribed = UidSet.of([...uids].filter((uid) => !summaries.has(uid)));
			const take = (message: FetchedMessage): void => void summaries.set(message.uid, message);
			await this.retryMissing(undescribed, 'descriptor', take, { isRefused });
		}
		const described = [...uids].flatMap((uid) => summaries.get(uid) ?? []);
		this.messageKeys = new Map(described.map((message) => [message.uid, messageKeyOf(message)]));
		// Used once: a long back-fill must not collect what it has delivered.
		for (const { uid } of described) summaries.delete(uid);
		return described;
	}

	/** Of these, the messages that pass the filter; the others are skipped. */
	async applyFilter(described: MessageSummary[]): Promise<MessageSummary[]> {
		const { filter, startFrom } = this.settings.watch;
		if (described.length === 0) return [];
		let wanted = described;
		if (filter) {
			const { folder } = this;
			const open = described.filter((message) => evaluate(message, filter) === 'unknown');
			const contentMatches = this.services.contentMatches?.inFolder(folder.snapshot.path, folder.snapshot.uidValidity);
			const matching =
				open.length === 0
					? UidSet.empty
					: await findMatching({ folder, filter, within: uidsOf(open), known: byUid(open), contentMatches });
			// The message's flags, as they are delivered with it, may be younger or older than the search: they decide.
			wanted = wanted.filter(
				(message) => evaluate(message, filter) === 'yes' || (matching.has(message.uid) && !provablyFails(message, filter)),
			);
			const passing = new Set(wanted);
			this.done.unmatching = this.done.unmatching.union(uidsOf(described.filter((message) => !passing.has(message))));
		}
		if (startFrom.kind === 'date') {
			const { backfill } = this.transition.state;
			wanted = wanted.filter(({ uid, internalDate }) => !backfill.has(uid) || isWithin(internalDate, { since: startFrom.date }));
		}
		const kept = new Set(wanted);
		const passedOver = UidSet.of(described.filter((message) => !kept.has(message)).map(({ uid }) => uid));
		this.done.passedOver = this.done.passedOver.union(passedOver);
		if (!passedOver.isEmpty) this.budget.noteProgress();
		return wanted;
	}

	/** Of these, the messages that no rule ignores. The others are known from now on. */
	async dropIgnored(messages: MessageSummary[]): Promise<MessageSummary[]> {
		const ignored = await this.ignoreMatcher.among(uidsOf(messages));
		this.absorb(messages.filter(({ uid }) => ignored.has(uid)));
		return messages.filter(({ uid }) => !ignored.has(uid));
	}

	/** These messages become known without an event. */
	absorb(messages: MessageSummary[]): void {
		if (messages.length === 0) return;
		this.done.delivered.push(...messages.map(({ uid, flags, labels }) => ({ uid, flags, labels })));
		this.budget.noteProgress();
	}

	/**
	 * Messages that were asked for and did not come: gone when a search no longer finds them, else tried once more singly
	 * (Exchange answers OK without a row), else failed. Throws SyncError where reading them was refused and none is there any more: a
	 * second connection may have renamed the folder, and Cyrus (3.6, 2026-11-27) then shows all that was in it as expunged.
	 */
	async retryMissing(
		uids: UidSet,
		parts: FetchParts,
		take: (message: FetchedMessage) => Promise<void> | void,
		{ isRefused = false } = {},
	): Promise<void> {
		if (uids.isEmpty) return;
		const existing = await this.folder.search({}, uids);
		if (isRefused && existing.isEmpty) {
			const { path } = this.folder.snapshot;
			throw new SyncError('folderInconsistent', { reason: 'goneUnderway', folder: path, count: uids.size });
		}
		this.done.gone = this.done.gone.union(uids.subtract(existing));
		for (const uid of existing.intersect(uids)) {
			if (this.budget.remainingEvents === 0) return;
			let came = false;
			let reason = this.context.doubts.isCulprit(this.folder.snapshot.path, uid)
				? 'the mail server ends the connection, or stops to answer, when this message is read'
				: 'the mail server lists this message but does not return it, or not all of it';
			try {
				for await (const message of this.folder.fetch(UidSet.of([uid]), parts)) {
					if (message.uid !== uid || came) continue;
					came = true;
					await take(message);
				}
			} catch (error) {
				if (!isRefusal(error)) throw error;
				reason = failureReason(error);
			}
			if (!came) await this.recordFailure(uid, reason, 0);
		}
	}

	/**
	 * A message could not be delivered: it is tried again later, or given up and reported as failed. `bytes` were read of it in
	 * vain.
	 */
	async recordFailure(uid: Uid, reason: string, bytes: number): Promise<void> {
		const { transition, services } = this;
		const before: FailedMessage | undefined = transition.state.failed.find((failed) => failed.uid === uid);
		const failed = afterFailure(before, uid, reason, services.now());
		this.budget.spend(0, bytes);
		// Failing takes its time too: a run that only fails must end at its deadline.
		this.budget.noteProgress();
		if ((failed.attempts >= MAX_ATTEMPTS || isFinal(failed)) && this.wants('messageFailed')) {
			await this.context.emitter.emitAtOnce({
				...this.event('messageFailed', uid),
				error: { message: failed.reason, attempts: failed.attempts },
			});
			this.done.exhausted = this.done.exhausted.add(uid);
			this.inFlight.forget(UidSet.of([uid]));
		} else {
			this.done.failed.push(failed);
		}
	}
}

/** Messages by their UIDs. */
export const byUid = (messages: MessageSummary[]): Map<Uid, FetchedMessage> =>
	new Map(messages.map((message) => [message.uid, message]));

/** A problem of the connection or the account is not the message's fault. */
export const endsDelivery = (error: unknown): boolean => error instanceof SyncError && error.scope !== 'message';

/** The server answered, and said no to what was asked. */
export const isRefusal = (error: unknown): error is SyncError => error instanceof SyncError && error.code === 'commandRefused';
