import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import { OwnChangeLog } from '../../sync/ownChanges/ownChangeLog';
import { RecordingWriter } from '../../sync/ownChanges/recordingWriter';
import type { Fate } from '../../sync/push/finishing';
import { isNothingDue } from '../../sync/run/nothingDue';
import type { SyncOutcome } from '../../sync/run/syncAccount';
import type { StandbyFolder } from '../../sync/imap/standby';
import { joinStandingSession, type Membership, type Turn, type Watcher } from '../../sync/session/standingSession';
import { credentialTypeOf, openMailbox, type Mailbox } from '../shared/credentials';
import { logFindings } from '../shared/findingsLog';
import { labels } from '../shared/labels';
import { recordMetrics } from '../shared/metrics';
import type { PushNode } from '../shared/pushPositions';
import { readRequest, type NodeRequest } from '../shared/request';
import { startReporting, stopReporting } from '../shared/watchReports';
import { isPublished } from './activation';
import { Alarm } from './Alarm';
import { beginWorkload } from './beginWorkload';
import { finishMessages } from './finish';
import { FinishClock } from './FinishClock';
import { healthOf } from './health';
import { look } from './look';
import { LookClock } from './LookClock';
import { COMMAND_MS, CREDENTIAL_MS, QUIET_MS } from './pace';
import { marksOf, requestOfLook } from './requestOfLook';
import { readPushRequest, type Afterwards, type PushRequest } from './pushFields';
import { PushHeartbeat } from './PushHeartbeat';
import { loadState, StateWriter } from './pushState';
import { repeatDue } from './repeat';
import { ServerNotices } from './ServerNotices';
import { showsNothingNew, watchedFolders } from './watchedFolders';
import type { Workload } from './Workload';

/** What happens to folders, not in them. */
const folderEvents = ['folderCreated', 'folderRenamed', 'folderDeleted'] as const;

/**
 * One push trigger while its workflow is published: it waits for news, looks what they are, and hands them over. Everything that
 * touches the server happens in rounds, one at a time; a round that fails is tried again, for ever.
 */
export class PushWatch implements Watcher {
	private readonly ending = new AbortController();
	private readonly alarm: Alarm;
	private readonly writer: StateWriter;
	private readonly ownLog = new OwnChangeLog();
	private readonly ask: PushRequest;
	/** n8n's second engine reports to no trigger how its executions end; nor does an old n8n. */
	private readonly hearsEnds: boolean;
	private request: NodeRequest | undefined;
	private mailbox: Mailbox | undefined;
	private membership: Membership | undefined;
	private workload: Workload | undefined;
	private timer: NodeJS.Timeout | undefined;
	private round: Promise<void> | undefined;
	private isStarting = true;
	private readonly looks = new LookClock();
	private readonly notices = new ServerNotices();
	private readonly finishClock = new FinishClock();
	/** When the server last answered. */
	private reachedAt: number | undefined;
	private readonly heartbeat: PushHeartbeat;
	/** What the server showed when a wait began, so that the same sight is no news twice. */
	private lastSight = '';

	/** Throws SyncError settingsInvalid. */
	constructor(
		private readonly context: ITriggerFunctions,
		private readonly node: PushNode,
		/** In a test in the editor: nothing is remembered and nothing is done to messages; what happens from now on is shown. */
		private readonly mode: { isTest: boolean } = { isTest: false },
	) {
		const workflow = context.getWorkflowSettings?.() ?? {};
		const ask = readPushRequest(context, workflow);
		this.hearsEnds = workflow.engineType !== 'v2' && typeof context.helpers.createDeferredPromise === 'function';
		if (!this.hearsEnds && (ask.confirmed || ask.whenDone.kind !== 'nothing')) {
			context.logger.warn(
				`${context.getNode().name}: this n8n, or its new engine, does not say how an execution ends, so events are done when they are handed over, and '${labels.whenDone}' does nothing`,
			);
		}
		const heard = this.hearsEnds ? ask : { ...ask, confirmed: false };
		this.ask = mode.isTest
			? { ...ask, confirmed: false, whenDone: { kind: 'nothing' }, whenGivenUp: { kind: 'nothing' } }
			: heard;
		this.alarm = new Alarm(context, JSON.stringify(node));
		this.writer = new StateWriter(node);
		this.heartbeat = new PushHeartbeat(context, mode.isTest ? undefined : ask.heartbeatEvery);
	}

	/**
	 * Makes the first round. Resolves when it is over, or after `patience` milliseconds; what it throws has to be mended by a person before
	 * anything can work.
	 */
	async start(patience: number): Promise<void> {
		let timer: NodeJS.Timeout | undefined;
		const bound = new Promise<void>((resolve) => {
			timer = setTimeout(resolve, patience);
		});
		const first = this.makeRound();
		try {
			await Promise.race([first, bound]);
		} finally {
			clearTimeout(timer);
			first.catch(() => undefined);
			this.isStarting = false;
			setImmediate(() => {
				if (!this.ending.signal.aborted) this.workload?.open();
			});
		}
	}

	/** Ends everything. Takes about a second at most, whatever the server does. */
	async close(): Promise<void> {
		clearTimeout(this.timer);
		stopReporting(JSON.stringify(this.node));
		this.ending.abort();
		this.workload?.close();
		await this.membership?.leave();
	}

	/** How it is, in words and numbers that people understand. */
	private describe(): IDataObject {
		const { alarm, workload, context, node } = this;
		const toldByServer = this.folders().filter((folder) => this.membership?.hears(folder));
		return {
			node: context.getNode().name,
			workflowId: node.workflowId,
			...healthOf({ alarm, workload, lookedAt: this.looks.lookedAt, toldByServer }),
		};
	}

	/** Whether the node has looked at its mailbox before, now or in an earlier life. */
	get hasPosition(): boolean {
		return this.workload?.position !== undefined;
	}

	folders(): string[] {
		return watchedFolders(this.request?.sync.watch.selection, this.workload?.position);
	}

	get watchesNewFolders(): boolean {
		const kind = this.request?.sync.watch.selection.kind;
		return kind !== undefined && kind !== 'chosen';
	}

	knows(folder: StandbyFolder): boolean {
		const known = this.workload?.position?.folders[folder.path];
		const sight = JSON.stringify(folder);
		// What a look made nothing of would be looked at for ever.
		if (!known || sight === this.lastSight) return true;
		const isSame = showsNothingNew(folder, known, this.wantsChanges);
		if (!isSame) this.lastSight = sight;
		return isSame;
	}

	news(kind: 'arrival' | 'change'): void {
		if (kind === 'change' && !this.wantsChanges) return;
		this.looks.isNews = true;
		this.schedule();
	}

	lost(): void {
		this.looks.isNews = true;
		this.alarm.lost();
		this.schedule();
	}

	/** Sets the one timer for whatever comes next. A round may hang on the server: meanwhile executions go on. */
	private schedule(): void {
		clearTimeout(this.timer);
		if (this.ending.signal.aborted) return;
		const next = this.round ? (this.workload?.nextTime ?? Infinity) : this.nextRoundAt;
		this.timer = setTimeout(
			() => {
				if (!this.round) return void this.makeRound().catch(() => undefined);
				this.workload?.pump();
				this.schedule();
			},
			Math.min(Math.max(next - Date.now(), 0), 2 ** 31 - 1),
		);
	}

	private get nextRoundAt(): number {
		const { workload, alarm } = this;
		const times = [workload?.nextTime ?? Infinity, this.nextBeatAt];
		const server = [workload?.takesMore === false ? Infinity : this.nextLookAt, workload?.nextDue ?? Infinity];
		if ((workload?.finishing.length ?? 0) > 0) server.push(this.finishClock.at);
		if (alarm.refusedCredential !== undefined) times.push(Date.now() + CREDENTIAL_MS);
		return Math.min(...times, Math.max(Math.min(...server), alarm.retryAt));
	}

	/** n8n takes nothing from a trigger before it has started. */
	private get nextBeatAt(): number {
		return this.isStarting ? Infinity : this.heartbeat.at;
	}

	private beatWhenDue(): void {
		const now = Date.now();
		if (now < this.nextBeatAt || this.ending.signal.aborted) return;
		const { mailbox, reachedAt, workload } = this;
		const state = workload?.position;
		if (!mailbox || !workload || !state) return this.heartbeat.beat(now, undefined);
		const { inFlight, waiting, again } = workload.counts;
		const inHand = inFlight + waiting + again;
		this.heartbeat.beat(now, { account: mailbox.account.name, reachedAt, failure: this.alarm.lastFailure, state, inHand });
	}

	private get nextLookAt(): number {
		const { isTold, ask } = this;
		return this.looks.next(this.workload?.position, { isTold, catchUpEvery: ask.catchUpEvery, beatAt: this.nextBeatAt });
	}

	/** Whether the server reports all that is to be emitted. It never reports the folders themselves: that one was made, or has another name. */
	private get isTold(): boolean {
		const { membership } = this;
		const events = this.request?.sync.watch.events ?? new Set();
		if (!membership || folderEvents.some((event) => events.has(event))) return false;
		if (this.watchesNewFolders && !membership.hears()) return false;
		return this.folders().every((folder) => membership.hears(folder));
	}

	private async makeRound(): Promise<void> {
		if (this.round) return await this.round;
		this.round = this.carryOut();
		this.schedule();
		try {
			await this.round;
		} finally {
			this.round = undefined;
			this.schedule();
		}
	}

	/** Throws only where nothing can work before a person does something, and only for the one who starts the trigger to see. */
	private async carryOut(): Promise<void> {
		try {
			this.workload?.pump();
			await this.prepare();
			if (this.ending.signal.aborted || !this.needsServer) return;
			this.notices.roundBegins(this.folders().filter((folder) => this.membership!.hears(folder)));
			// To be known before the turn, which ends the wait.
			const isRoutine = this.isRoutineLook(Date.now());
			if (isRoutine && (await this.isQuiet())) return;
			await this.membership!.use(async (turn) => await this.turn(turn, { isRoutine }));
		} catch (error) {
			if (this.ending.signal.aborted) return;
			this.alarm.failed(error, this.mailbox, { isSeen: this.isStarting && !this.hasPosition });
			if (error instanceof SyncError && error.passing) return;
			throw error;
		} finally {
			this.beatWhenDue();
		}
	}

	/** Reads what may have changed outside: the credential after a failure, the fields where they move with time. */
	private async prepare(): Promise<void> {
		const { alarm } = this;
		if (this.mailbox && this.request && alarm.retryAt === 0) return;
		const type = credentialTypeOf(this.context.getNodeParameter('authentication', 'password'));
		const mailbox = await openMailbox(this.context, type);
		if (mailbox.credentialKey !== this.mailbox?.credentialKey) {
			// Somebody changed it, perhaps just to mend what was wrong.
			if (this.mailbox) alarm.retryAt = 0;
			await this.membership?.leave();
			this.mailbox = mailbox;
			this.membership = joinStandingSession({ ...mailbox.settings, commandTimeoutMs: COMMAND_MS, quietMs: QUIET_MS }, this);
			this.looks.isNews = true;
			startReporting(JSON.stringify(this.node), {
				kind: 'push',
				credentialKey: mailbox.credentialKey,
				report: () => this.describe(),
			});
		}
		if (this.isStarting) alarm.refuseAgain(mailbox);
		this.request ??= readRequest(this.context, mailbox.account, { now: Date.now(), deadline: Infinity });
		this.workload ??= this.begin(mailbox, this.request);
	}

	private begin(mailbox: Mailbox, request: NodeRequest): Workload {
		const { context, ask, hearsEnds, node, mode } = this;
		const data = (): IDataObject => context.getWorkflowStaticData('global');
		const workload = beginWorkload(context, {
			mailbox,
			ask,
			hearsEnds,
			events: request.sync.watch.events,
			kept: mode.isTest ? undefined : loadState(data(), node, mailbox.account.name),
			save: (next) => {
				const published = this.isStarting && isPublished(context);
				if (!mode.isTest) this.writer.write(data(), next, { published });
			},
			changed: ({ finishing }) => {
				if (finishing.length > 0) this.finishClock.grew(Date.now());
				this.schedule();
			},
		});
		// Else the end of the start opens it.
		if (!this.isStarting) workload.open();
		return workload;
	}

	private get needsServer(): boolean {
		const now = Date.now();
		const { workload, alarm } = this;
		if (!workload || now < alarm.retryAt) return false;
		return workload.due().length > 0 || this.isLookDue(now) || this.isFinishDue(now);
	}

	private isLookDue(now: number): boolean {
		return this.workload!.takesMore && now >= this.nextLookAt;
	}

	/** Whether the look that is due is taken only because it is time. */
	private isRoutineLook(now: number): boolean {
		if (!this.isLookDue(now) || this.looks.isNews || !this.isTold) return false;
		return this.looks.keepsOpen();
	}

	/** Where nothing else is to be done, asks the server whether it kept something to itself. True: it did not, which is all of the look. */
	private async isQuiet(): Promise<boolean> {
		const workload = this.workload!;
		const now = Date.now();
		const { position } = workload;
		const [folder, ...more] = this.folders();
		if (workload.due().length > 0 || this.isFinishDue(now) || this.watchesNewFolders || more.length > 0) return false;
		if (!position || !isNothingDue(this.core.sync, position, now)) return false;
		const answer = await this.membership!.ask(folder);
		if (this.ending.signal.aborted) return true;
		// What the server says only when it is asked is no notice.
		if (answer === 'something') this.looks.isNews = false;
		if (answer !== 'nothing') return false;
		this.looks.lookedAt = this.reachedAt = Date.now();
		this.alarm.succeeded();
		return true;
	}

	private isFinishDue(now: number): boolean {
		return this.workload!.finishing.length > 0 && now >= this.finishClock.at;
	}

	/** What is to be done on the server, with the connection for oneself. */
	private async turn(turn: Turn, { isRoutine }: { isRoutine: boolean }): Promise<void> {
		const workload = this.workload!;
		if (workload.due().length > 0) {
			await repeatDue(this.context, turn.reader, { request: this.core, workload, marks: marksOf(this.ask, this.request) });
			workload.pump();
		}
		if (this.isLookDue(Date.now())) {
			await this.takeLook(turn, { isRoutine: isRoutine && !this.looks.isNews });
			workload.pump();
		}
		if (this.isFinishDue(Date.now())) await this.finish(turn);
		this.alarm.succeeded();
		this.reachedAt = Date.now();
	}

	private async takeLook({ reader }: Turn, { isRoutine }: { isRoutine: boolean }): Promise<void> {
		const workload = this.workload!;
		const begunAt = Date.now();
		const wasTold = this.looks.begin();
		try {
			const { found, outcome } = await look(this.context, reader, {
				request: this.core,
				mailbox: this.mailbox!,
				position: workload.position,
				handed: workload.handed,
				ownChanges: this.ownLog,
				isRoutine,
				signal: this.ending.signal,
			});
			if (this.ending.signal.aborted) return;
			this.assertStarts(outcome);
			workload.take(found, outcome.state);
			this.looks.isNews ||= outcome.unfinished && found.length > 0;
			this.report(outcome);
			const times = { lookedAt: begunAt, lastLookAt: this.looks.lookedAt };
			if (!wasTold && this.notices.keptSilent(found, times)) this.membership?.distrust();
		} catch (error) {
			this.looks.isNews = true;
			throw error;
		} finally {
			this.looks.lookedAt = Date.now();
		}
	}

	/** At the very first start every folder that somebody chose has to be there; of a pattern, any folder that can be read will do. */
	private assertStarts({ problems, folders }: SyncOutcome): void {
		if (!this.isStarting || this.hasPosition) return;
		const problem = problems.find(({ scope }) => scope === 'folder');
		const choosesFolders = this.request!.sync.watch.selection.kind === 'chosen';
		if (problem && (choosesFolders || folders.length === 0)) throw problem;
	}

	private report(outcome: SyncOutcome): void {
		const { context, mailbox } = this;
		recordMetrics(context.logger, context.getNode().name, outcome.metrics);
		logFindings(context.logger, context.getNode().name, mailbox!.account.name, outcome);
		const ofAll = outcome.problems.find(({ scope }) => scope === 'connection' || scope === 'account');
		if (ofAll) throw ofAll;
		this.alarm.folders(
			outcome.problems.filter(({ scope }) => scope === 'folder'),
			mailbox!,
		);
	}

	private async finish({ writer }: Turn): Promise<void> {
		const workload = this.workload!;
		const recorded = new RecordingWriter(writer, this.ownLog);
		const { done, problem } = await finishMessages(recorded, workload.finishing, this.afterwards);
		workload.finished(done);
		this.finishClock.tried(Date.now(), { isLeft: workload.finishing.length > 0, failed: problem !== undefined });
		if (problem?.scope === 'connection' || problem?.scope === 'account') throw problem;
		if (problem) this.alarm.folders([problem], this.mailbox!);
	}

	/** What the rounds ask of the mailbox. */
	private get core(): NodeRequest {
		const { context, ask, mode } = this;
		const { position, since } = this.workload!;
		const now = Date.now();
		// Dates of a filter that move with time are computed for each look.
		const read = () => readRequest(context, this.mailbox!.account, { now, deadline: Infinity });
		return requestOfLook(this.request!, {
			read,
			confirmed: ask.confirmed,
			isTest: mode.isTest,
			hasPosition: position !== undefined,
			since,
			now,
		});
	}

	private get afterwards(): Record<Fate, Afterwards> {
		return { done: this.ask.whenDone, givenUp: this.ask.whenGivenUp };
	}

	private get wantsChanges(): boolean {
		const events = this.request?.sync.watch.events;
		return events === undefined || [...events].some((event) => event !== 'messageNew' && event !== 'messageFailed');
	}
}
