import { randomBytes } from 'node:crypto';
import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import { OwnChangeLog } from '../../sync/ownChanges/ownChangeLog';
import { RecordingWriter } from '../../sync/ownChanges/recordingWriter';
import { emptyLedger } from '../../sync/push/ledger';
import { markOf, type DoneMark } from '../../sync/push/doneMark';
import type { Fate } from '../../sync/push/finishing';
import { chosenFolders } from '../../sync/server/folderSelection';
import type { SyncOutcome } from '../../sync/run/syncAccount';
import { joinStandingSession, type Membership, type Turn, type Watcher } from '../../sync/session/standingSession';
import type { WatchSettings } from '../../sync/settings/watchSettings';
import { accountKeys } from '../../sync/state/accountState';
import { isKeyOf, saltedKey } from '../../sync/state/saltedKey';
import { credentialTypeOf, openMailbox, type Mailbox } from '../shared/credentials';
import { logFindings } from '../shared/findingsLog';
import { labels } from '../shared/labels';
import { recordMetrics } from '../shared/metrics';
import type { PushNode } from '../shared/pushPositions';
import { readRequest, type NodeRequest } from '../shared/request';
import { startReporting, stopReporting } from '../shared/watchReports';
import { isPublished } from './activation';
import { Alarm } from './Alarm';
import { finishMessages } from './finish';
import { look } from './look';
import { BEGUN_JUST_NOW_MS, COMMAND_MS, CREDENTIAL_MS, FINISH_MS, GATHER_MS, QUIET_MS, SHORT_POLL_MS, UNTOLD_MS } from './pace';
import { readPushRequest, type Afterwards, type PushRequest } from './pushFields';
import { loadState, StateWriter, type KeptState } from './pushState';
import { repeatDue } from './repeat';
import { Workload } from './Workload';

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
	/** n8n's second engine tells no trigger how its executions end. */
	private readonly hearsEnds: boolean;
	private request: NodeRequest | undefined;
	private mailbox: Mailbox | undefined;
	private membership: Membership | undefined;
	private workload: Workload | undefined;
	private timer: NodeJS.Timeout | undefined;
	private round: Promise<void> | undefined;
	private isStarting = true;
	/** Whether something happened since the last look began. */
	private isNews = true;
	private lookedAt = 0;
	/** The folders of which the server would have told until the round began. */
	private heard: ReadonlySet<string> = new Set();
	private finishAt = 0;
	private finishFailures = 0;
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
		this.hearsEnds = workflow.engineType !== 'v2';
		if (!this.hearsEnds && (ask.confirmed || ask.whenDone.kind !== 'nothing')) {
			context.logger.warn(
				`${context.getNode().name}: the new engine of n8n does not say how an execution ends, so events are done when they are handed over, and '${labels.whenDone}' does nothing`,
			);
		}
		const heard = this.hearsEnds ? ask : { ...ask, confirmed: false };
		this.ask = mode.isTest
			? { ...ask, confirmed: false, whenDone: { kind: 'nothing' }, whenGivenUp: { kind: 'nothing' } }
			: heard;
		this.alarm = new Alarm(context, JSON.stringify(node));
		this.writer = new StateWriter(node);
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
		const { inFlight, waiting, again } = this.workload?.counts ?? { inFlight: 0, waiting: 0, again: 0 };
		const { workflowId } = this.node;
		return {
			node: this.context.getNode().name,
			workflowId,
			...this.alarm.summary,
			...(this.lookedAt === 0 ? {} : { lastLook: new Date(this.lookedAt).toISOString() }),
			toldByServer: this.folders().filter((folder) => this.membership?.hears(folder)),
			executionsRunning: inFlight,
			eventsWaiting: waiting,
			eventsComingAgain: again,
		};
	}

	/** Whether the node has looked at its mailbox before, now or in an earlier life. */
	get hasPosition(): boolean {
		return this.workload?.position !== undefined;
	}

	/** The watched folders, as far as they are known; INBOX first, where it is among them. */
	folders(): string[] {
		const selection = this.request?.sync.watch.selection;
		if (selection?.kind === 'chosen') return chosenFolders(selection.folders);
		const known = Object.entries(this.workload?.position?.folders ?? {});
		return chosenFolders(known.filter(([, { missing }]) => !missing).map(([path]) => path));
	}

	knows({ path, uidValidity, uidNext, exists, highestModseq }: Parameters<Watcher['knows']>[0]): boolean {
		const known = this.workload?.position?.folders[path];
		const sight = JSON.stringify([path, uidValidity, uidNext, exists, highestModseq]);
		// What a look made nothing of would be looked at for ever.
		if (!known || sight === this.lastSight) return true;
		const isSame =
			uidValidity === known.uidValidity &&
			(uidNext ?? 0) <= known.uidNext &&
			(!this.wantsChanges || (exists === known.exists && highestModseq === known.highestModseq));
		if (!isSame) this.lastSight = sight;
		return isSame;
	}

	news(kind: 'arrival' | 'change'): void {
		if (kind === 'change' && !this.wantsChanges) return;
		this.isNews = true;
		this.schedule();
	}

	lost(): void {
		this.isNews = true;
		this.alarm.lost();
		this.schedule();
	}

	/** Sets the one timer for whatever comes next. */
	private schedule(): void {
		clearTimeout(this.timer);
		if (this.ending.signal.aborted || this.round) return;
		const now = Date.now();
		const delay = Math.min(Math.max(this.nextRoundAt - now, 0), 2 ** 31 - 1);
		this.timer = setTimeout(() => {
			this.makeRound().catch(() => undefined);
		}, delay);
	}

	private get nextRoundAt(): number {
		const { workload, alarm } = this;
		const times = [workload?.nextTime ?? Infinity];
		const server = [workload?.takesMore === false ? Infinity : this.nextLookAt];
		if ((workload?.finishing.length ?? 0) > 0) server.push(this.finishAt);
		if (alarm.refusedCredential !== undefined) times.push(Date.now() + CREDENTIAL_MS);
		return Math.min(...times, Math.max(Math.min(...server), alarm.retryAt));
	}

	private get nextLookAt(): number {
		if (this.isNews) return this.lookedAt + GATHER_MS;
		const isTold = this.folders().every((folder) => this.membership?.hears(folder) === true);
		return this.lookedAt + (isTold ? this.ask.catchUpEvery : Math.min(SHORT_POLL_MS, this.ask.catchUpEvery));
	}

	private async makeRound(): Promise<void> {
		if (this.round) return await this.round;
		this.round = this.carryOut();
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
			this.heard = new Set(this.folders().filter((folder) => this.membership!.hears(folder)));
			await this.membership!.use(async (turn) => await this.turn(turn));
		} catch (error) {
			if (this.ending.signal.aborted) return;
			this.alarm.failed(error, this.mailbox, { isSeen: this.isStarting && !this.hasPosition });
			if (error instanceof SyncError && error.passing) return;
			throw error;
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
			this.isNews = true;
			startReporting(JSON.stringify(this.node), mailbox.credentialKey, () => this.describe());
		}
		if (this.isStarting) alarm.refuseAgain(mailbox);
		this.request ??= readRequest(this.context, mailbox.account, { now: Date.now(), deadline: Infinity });
		this.workload ??= this.begin(mailbox, this.request);
	}

	private begin(mailbox: Mailbox, request: NodeRequest): Workload {
		const { context, ask } = this;
		const account = Object.values(accountKeys(mailbox.account)).join(' ');
		const kept = this.mode.isTest
			? undefined
			: loadState(context.getWorkflowStaticData('global'), this.node, mailbox.account.name);
		const stored = saltedKey(account, randomBytes(8).toString('hex'));
		const fresh: KeptState['push'] = { account: stored, serial: 0, ledger: emptyLedger, finishing: [], begunAt: Date.now() };
		const isSame = kept !== undefined && isKeyOf(kept.push.account, account);
		// What was under way in another mailbox means nothing in this one.
		const state = kept && { ...kept, push: isSame ? kept.push : { ...fresh, serial: kept.push.serial } };
		const fates = (['done', 'givenUp'] as const).filter((fate) => this.afterwards[fate].kind !== 'nothing');
		const workload = new Workload(context, state ?? { position: undefined, push: fresh }, {
			policy: ask.confirmed ? ask.policy : { ...ask.policy, concurrency: Infinity, order: 'none' },
			confirmed: ask.confirmed,
			hearsEnds: this.hearsEnds,
			leavesMark: ask.whenDone.kind !== 'nothing',
			finishes: new Set<Fate>(fates),
			events: request.sync.watch.events,
			now: Date.now,
			save: (next) => {
				if (!this.mode.isTest)
					this.writer.write(context.getWorkflowStaticData('global'), next, {
						published: this.isStarting && isPublished(context),
					});
			},
			changed: () => {
				this.finishAt = Math.max(this.finishAt, Date.now() + FINISH_MS);
				this.schedule();
			},
		});
		workload.save();
		workload.adopt();
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

	private isFinishDue(now: number): boolean {
		return this.workload!.finishing.length > 0 && now >= this.finishAt;
	}

	/** What is to be done on the server, with the connection for oneself. */
	private async turn(turn: Turn): Promise<void> {
		const workload = this.workload!;
		if (workload.due().length > 0) {
			await repeatDue(this.context, turn.reader, { request: this.core, workload, marks: this.marks });
			workload.pump();
		}
		if (this.isLookDue(Date.now())) {
			await this.takeLook(turn);
			workload.pump();
		}
		if (this.isFinishDue(Date.now())) await this.finish(turn);
		this.alarm.succeeded();
	}

	private async takeLook({ reader }: Turn): Promise<void> {
		const workload = this.workload!;
		const begunAt = Date.now();
		const wasTold = this.isNews;
		this.isNews = false;
		try {
			const { found, outcome } = await look(this.context, reader, {
				request: this.core,
				mailbox: this.mailbox!,
				position: workload.position,
				handed: workload.handed,
				ownChanges: this.ownLog,
				signal: this.ending.signal,
			});
			if (this.ending.signal.aborted) return;
			this.assertStarts(outcome);
			workload.take(found, outcome.state);
			this.isNews ||= outcome.unfinished && found.length > 0;
			this.report(outcome);
			const untold = found.some(
				({ event, item }) =>
					event.event === 'messageNew' &&
					this.heard.has(event.folder) &&
					Date.parse(String(item.json.receivedAt)) < begunAt - UNTOLD_MS &&
					Date.parse(String(item.json.receivedAt)) > this.lookedAt,
			);
			if (untold && !wasTold) this.membership?.distrust();
		} catch (error) {
			this.isNews = true;
			throw error;
		} finally {
			this.lookedAt = Date.now();
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
		const before = workload.finishing;
		const recorded = new RecordingWriter(writer, this.ownLog);
		const { done, problem } = await finishMessages(recorded, before, this.afterwards);
		workload.finished(done);
		if (problem === undefined) {
			this.finishFailures = 0;
			return;
		}
		this.finishFailures++;
		this.finishAt = Date.now() + Math.min(1_000 * 2 ** this.finishFailures, 60 * 60_000);
		if (problem.scope === 'connection' || problem.scope === 'account') throw problem;
		this.alarm.folders([problem], this.mailbox!);
	}

	private get core(): NodeRequest {
		const { request, ask } = this;
		// Dates of a filter that move with time are computed for each look.
		const core = request!.sync.watch.filterDates === undefined ? request! : this.readAgain(request!);
		const { delivery } = core.sync;
		const watch = this.sinceBegun(core.sync.watch);
		return {
			...core,
			sync: { ...core.sync, watch, delivery: ask.confirmed ? { ...delivery, acknowledge: undefined } : delivery },
		};
	}

	/** Where the server was away when watching began, what came until it was back is new all the same. */
	private sinceBegun(watch: WatchSettings): WatchSettings {
		const { position, since } = this.workload!;
		if (this.mode.isTest) return { ...watch, startFrom: { kind: 'now' } };
		if (position !== undefined || since === undefined || watch.startFrom.kind !== 'now') return watch;
		return Date.now() - since < BEGUN_JUST_NOW_MS ? watch : { ...watch, startFrom: { kind: 'date', date: new Date(since) } };
	}

	private readAgain(before: NodeRequest): NodeRequest {
		try {
			return readRequest(this.context, this.mailbox!.account, { now: Date.now(), deadline: Infinity });
		} catch {
			return before;
		}
	}

	private get marks(): DoneMark[] {
		const { whenDone } = this.ask;
		const own: DoneMark[] =
			whenDone.kind === 'markRead'
				? [{ flag: '\\Seen', byWorkflow: false }]
				: whenDone.kind === 'addKeyword'
					? [{ flag: whenDone.keyword, byWorkflow: false }]
					: [];
		const acknowledged = markOf(this.request?.sync.delivery.acknowledge);
		return acknowledged ? [...own, acknowledged] : own;
	}

	private get afterwards(): Record<Fate, Afterwards> {
		return { done: this.ask.whenDone, givenUp: this.ask.whenGivenUp };
	}

	private get wantsChanges(): boolean {
		const events = this.request?.sync.watch.events;
		return events === undefined || [...events].some((event) => event !== 'messageNew' && event !== 'messageFailed');
	}
}
