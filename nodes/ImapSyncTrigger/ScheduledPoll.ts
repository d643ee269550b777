import type {
	ICredentialDataDecryptedObject,
	INodeExecutionData,
	IPollFunctions,
	NodeOperationError,
	Workflow,
} from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { syncAccount, type SyncOutcome } from '../../sync/run/syncAccount';
import { accountKeys } from '../../sync/state/accountState';
import type { SyncState } from '../../sync/state/syncState';
import type { MailServer } from '../../sync/server/mailServer';
import { withServer } from '../shared/connect';
import { DescribedError } from '../shared/describedError';
import { credentialTypeOf, mailboxOf, type CredentialType, type Mailbox } from '../shared/credentials';
import { logFindings } from '../shared/findingsLog';
import { heartbeatItem, readHeartbeat } from '../shared/heartbeat';
import { onBusy, onFolderProblems, onSuccess } from '../shared/health';
import { collectItems } from '../shared/items';
import { describeError, toNodeError, type ErrorDetails } from '../shared/nodeErrors';
import { knowledgeFor, settingsFor } from '../shared/ownChanges';
import { sentences } from '../shared/sentences';
import { recordMetrics } from '../shared/metrics';
import { readObject } from '../shared/fieldValues';
import { readRequest, type NodeRequest } from '../shared/request';
import { loadWait, saveWait } from '../shared/serverWait';
import { TriggerPosition } from '../shared/triggerPositions';
import { startAllButLast, wantsOneEach } from './executions';
import { onFailure, shouldPoll, type PollFacts } from './pollGuard';
import { reportPoll } from './pollReport';
import type { PollDependencies } from './pollDependencies';
import { pollTime, within, withTimeouts, type PollTime } from './pollTime';
import { type Registration } from './registration';

/** n8n polls once a minute at most: a connection outlives the minute, and no more. */
const KEEP_WARM_MS = 75_000;

/** n8n's clock is not exact: a heartbeat this much early is not put off to the next poll. */
const EARLY_MS = 5_000;

/** What a poll begins with, or why it cannot. */
type Ready = { mailbox: Mailbox; state: SyncState | undefined } | { error: unknown };

/** One poll that counts: from reading the state to writing it. */
export class ScheduledPoll {
	private mailbox: Mailbox | undefined;
	private readonly position: TriggerPosition;
	private readonly time: PollTime;
	/** undefined while the state was not read, or when it cannot be. */
	private loaded: { state: SyncState | undefined } | undefined;
	private request: NodeRequest | undefined;
	private items: INodeExecutionData[] = [];
	private oneEach = false;
	/** milliseconds; undefined: no heartbeats */
	private heartbeatEvery: number | undefined;
	private isSaved = false;
	/** The newest state that this poll knows. */
	private known: SyncState | undefined;

	constructor(
		private readonly context: IPollFunctions,
		private readonly dependencies: PollDependencies,
		private readonly registration: Registration,
		private readonly isCurrent: () => boolean,
	) {
		this.position = positionOf(context, registration);
		this.time = pollTime(context, dependencies.now(), registration.cause !== 'scheduled');
	}

	async run(): Promise<INodeExecutionData[][] | null> {
		const { context, registration } = this;
		let credential: ICredentialDataDecryptedObject;
		let type: CredentialType;
		try {
			type = credentialTypeOf(context.getNodeParameter('authentication', 'password'));
			this.oneEach = wantsOneEach(context);
			this.heartbeatEvery = readHeartbeat(readObject('Options', context.getNodeParameter('options', {})));
		} catch (error) {
			return this.failed(error);
		}
		try {
			credential = await context.getCredentials(type);
		} catch (error) {
			// n8n's own words, for instance that there is no such credential.
			return this.failed(error, error as Error);
		}
		if (this.position.mayBeOutdated(this.dependencies.now())) {
			context.logger.debug(`${this.name}: n8n may not have written the position of a moment ago yet; the next poll looks`);
			return null;
		}
		const ready = await this.prepare(type, credential);
		if ('error' in ready) return this.failed(ready.error);
		registration.health = {
			...registration.health,
			wait: registration.health.wait ?? loadWait(context.getWorkflowStaticData('node')),
		};
		const admission = shouldPoll(registration.health, this.facts);
		if (admission.kind === 'refuse') throw this.nodeError(admission.error);
		if (admission.kind === 'wait') {
			context.logger.debug(`${this.name}: the mail server is left alone until ${new Date(admission.until).toISOString()}`);
			return this.beatAlone();
		}
		let outcome: SyncOutcome | undefined;
		let failure: unknown;
		try {
			outcome = await within(this.time.endsAt - this.dependencies.now(), this.sync(ready.mailbox, ready.state));
		} catch (error) {
			failure = error;
		}
		if (!this.isCurrent()) {
			context.logger.warn(`${this.name}: another poll took over while this one was running; what it found comes again`);
			return null;
		}
		if (failure !== undefined) return this.failed(failure);
		// n8n may have given this poll up: then another one begins where it began, and nothing of it is to be trusted.
		if (outcome === undefined || this.dependencies.now() > this.time.now + this.time.budget) return this.failed(this.tooSlow());
		return await this.finished(outcome);
	}

	/** Reads the position and the credential's fields: these also where the position cannot be read, so that report() knows whom to tell. */
	private async prepare(type: CredentialType, credential: ICredentialDataDecryptedObject): Promise<Ready> {
		let unreadable: { error: unknown } | undefined;
		try {
			this.known = this.position.load();
			this.loaded = { state: this.known };
		} catch (error) {
			unreadable = { error };
		}
		try {
			const mailbox = (this.mailbox = await mailboxOf(this.context, type, credential));
			if (unreadable === undefined) return { mailbox, state: this.known };
		} catch (error) {
			unreadable ??= { error };
		}
		return unreadable;
	}

	/** Says how it went to whoever asks with the same credential. */
	report(): void {
		const { context, mailbox, registration, known } = this;
		if (mailbox === undefined || !this.isCurrent()) return;
		const { credentialKey } = mailbox;
		reportPoll(context, {
			credentialKey,
			registration,
			hasPosition: this.loaded !== undefined,
			state: known,
			lookedAt: this.time.now,
		});
	}

	private tooSlow(): SyncError {
		return new DescribedError(
			'commandTimedOut',
			`A poll was given up after ${Math.round(this.time.budget / 1000)} seconds, which is all that n8n allows`,
			"Nothing is lost: the next poll begins where this one did. If this goes on, lower 'Max Messages', leave out attachments, or watch fewer folders.",
		);
	}

	private async sync(mailbox: Mailbox, state: SyncState | undefined): Promise<SyncOutcome> {
		const { context, dependencies, time } = this;
		const request = (this.request = readRequest(context, mailbox.account, time));
		const { items, sink } = collectItems(request, context.helpers);
		this.items = items;
		const settings = { ...withTimeouts(mailbox.settings, time), ...this.warmth };
		return await withServer(dependencies.connect, settings, async (server) => {
			const brokenOff = this.breakOffInTime(server);
			try {
				return await syncAccount(settingsFor(request, mailbox.settings), state, {
					...knowledgeFor(request, mailbox.settings),
					server,
					sink,
					now: dependencies.now,
				});
			} finally {
				clearTimeout(brokenOff);
			}
		});
	}

	/** Whoever publishes wants to see a login; only polls that nobody watches spare it. */
	private get warmth(): Pick<ConnectionSettings, 'keepWarmMs'> {
		return this.registration.cause === 'scheduled' && !this.facts.interactive ? { keepWarmMs: KEEP_WARM_MS } : {};
	}

	/** Closes the connection under what is still waited for when the time is up: the run then ends with what it has. */
	private breakOffInTime(server: MailServer): NodeJS.Timeout {
		const left = this.time.closesAt - this.dependencies.now();
		return setTimeout(() => void server.close().catch(() => {}), Math.max(0, left));
	}

	/** Reports what has to be seen; the rest goes to the log. The state stays as it was. */
	private failed(error: unknown, shown: Error = this.nodeError(error)): INodeExecutionData[][] | null {
		const { registration } = this;
		const { message, advice } = describeError(error, this.details);
		const failure = {
			error: error instanceof SyncError ? error : undefined,
			message,
			resumed: registration.cause === 'resumed',
		};
		const { health, action } = onFailure(registration.health, failure, this.facts);
		registration.health = health;
		registration.failure = { at: this.dependencies.now(), message, advice };
		this.keepWait();
		if (action === 'throw') this.show(shown);
		else this.context.logger.warn(`${this.name}: ${sentences(message, advice)}`);
		return this.beatAlone();
	}

	/**
	 * Makes n8n show an error. While a trigger is started, by throwing it. Afterwards as a failed execution, which is all that n8n
	 * makes of a thrown error too, but for two effects of its durable cursors: it drops what the poll saved, and leaves the trigger
	 * alone for up to half an hour, however small a part of it the error concerns and whatever was mended meanwhile.
	 */
	private show(error: Error): null {
		if (!this.reportsAside) throw error;
		this.context.__emitError(error);
		return null;
	}

	private get reportsAside(): boolean {
		return this.registration.cause === 'scheduled' && typeof this.context.__emitError === 'function';
	}

	/** A heartbeat without anything else to hand over. */
	private beatAlone(): INodeExecutionData[][] | null {
		const { loaded } = this;
		const beat = this.beatWhenDue(loaded?.state);
		if (beat === undefined) return null;
		// With it n8n writes the static data whole: it has to hold the newest positions of all triggers.
		if (!this.isSaved) this.save(loaded!.state!, { handsOver: true });
		return [[], [beat]];
	}

	/**
	 * Says that the trigger is alive, whether or not it reaches the server. Not in the poll at the start, of which durable cursors
	 * save nothing with an execution.
	 */
	private beatWhenDue(state: SyncState | undefined): INodeExecutionData | undefined {
		const { context, heartbeatEvery, registration } = this;
		const now = this.dependencies.now();
		if (heartbeatEvery === undefined || state === undefined || registration.cause !== 'scheduled') return undefined;
		const pause = heartbeatEvery - Math.min(EARLY_MS, heartbeatEvery / 2);
		if (registration.beatAt !== undefined && now - registration.beatAt < pause) return undefined;
		registration.beatAt = now;
		const { reachedAt, failure } = registration;
		const account = this.mailbox?.account.name ?? '';
		return heartbeatItem({ workflow: context.getWorkflow(), node: context.getNode(), account, reachedAt, failure, state }, now);
	}

	private save(state: SyncState, { handsOver }: { handsOver: boolean }): void {
		this.position.save(state, { handsOver, now: this.dependencies.now() });
		this.isSaved = true;
	}

	/** Saves the state, and returns the items. */
	private async finished(outcome: SyncOutcome): Promise<INodeExecutionData[][] | null> {
		const { context, registration, items } = this;
		this.logOutcome(outcome);
		const obstacle = this.isFirstRun ? this.obstacleToStart(outcome) : undefined;
		if (obstacle !== undefined) return this.show(this.nodeError(obstacle, 'Nothing was started.'));
		this.known = outcome.state;

		const broken = outcome.problems.find(isOfAll);
		if (broken === undefined) {
			registration.health = onSuccess(registration.health);
			registration.reachedAt = this.dependencies.now();
		}
		const beat = items.length === 0 && broken !== undefined ? undefined : this.beatWhenDue(outcome.state);
		const handsOver = items.length > 0 || beat !== undefined;
		const report = this.folderProblemToReport(outcome, handsOver);
		const left = this.time.endsAt - this.dependencies.now();
		const returned = items.length > 0 && this.oneEach ? await startAllButLast(context, items, left) : items;
		if (outcome.changed || beat !== undefined || this.position.rowIsBehind) this.save(outcome.state, { handsOver });
		if (handsOver) {
			if (broken?.code === 'serverBusy') registration.health = onBusy(registration.health, broken, this.facts);
			this.keepWait();
			if (report !== undefined) this.show(this.nodeError(report));
			return beat === undefined ? [returned] : [returned, [beat]];
		}
		if (broken !== undefined) return this.failed(broken);
		this.keepWait();
		return report === undefined ? null : this.show(this.nodeError(report));
	}

	private logOutcome(outcome: SyncOutcome): void {
		const { logger } = this.context;
		recordMetrics(logger, this.name, outcome.metrics);
		logFindings(logger, this.name, this.mailbox?.account.name ?? '', outcome);
		for (const problem of outcome.problems) {
			const { message, advice } = describeError(problem, this.details);
			this.registration.failure = { at: this.dependencies.now(), message, advice };
			logger.warn(`${this.name}: ${message}`);
			if (problem.code === 'internalError' && problem.cause instanceof Error)
				logger.error(`${this.name}: ${problem.cause.stack}`);
		}
	}

	/** Waits while items are handed out, where n8n takes either them or an error. */
	private folderProblemToReport({ problems }: SyncOutcome, handsOver: boolean): SyncError | undefined {
		const { registration } = this;
		const folderProblems = problems.filter((problem) => !isOfAll(problem));
		const { health, report } = onFolderProblems(registration.health, folderProblems, {
			now: this.dependencies.now(),
			mayReport: (!handsOver || this.reportsAside) && this.mayReportFolders,
		});
		registration.health = health;
		return report;
	}

	/** Writes down that the server is to be left alone, or that it need not be any more. */
	private keepWait(): void {
		const { wait } = this.registration.health;
		saveWait(this.context.getWorkflowStaticData('node'), wait && { until: wait.until, count: wait.count, account: wait.account });
	}

	/** At the start every folder that somebody chose has to be there; of a pattern, any folder that can be read will do. */
	private obstacleToStart({ problems, state }: SyncOutcome): SyncError | undefined {
		const folderProblem = problems.find((problem) => problem.scope === 'folder');
		if (this.choosesFolders && folderProblem !== undefined) return folderProblem;
		const failed = new Set(problems.map((problem) => problem.data.folder));
		return this.items.length === 0 && Object.keys(state.folders).every((path) => failed.has(path)) ? problems[0] : undefined;
	}

	/** A folder that only fits a pattern must not keep a workflow from being published; the next poll reports it. */
	private get mayReportFolders(): boolean {
		return this.facts.interactive ? this.choosesFolders : this.registration.cause === 'scheduled';
	}

	private get choosesFolders(): boolean {
		return this.request?.sync.watch.selection.kind === 'chosen';
	}

	/** Whether the node never ran before. A state that cannot be read is a state. */
	private get isFirstRun(): boolean {
		return this.loaded !== undefined && this.loaded.state === undefined;
	}

	private get facts(): PollFacts {
		const { cause, origin } = this.registration;
		return {
			now: this.dependencies.now(),
			// After a restart nobody watches, not even when the node never came as far as having a state.
			interactive: cause === 'published' || (this.isFirstRun && cause === 'scheduled' && origin !== 'resumed'),
			hasState: !this.isFirstRun,
			credentialKey: this.mailbox?.credentialKey ?? '',
			accountKey: this.mailbox === undefined ? '' : Object.values(accountKeys(this.mailbox.account)).join(' '),
		};
	}

	private get details(): ErrorDetails {
		return { mailbox: this.mailbox };
	}

	private nodeError(error: unknown, addition?: string): NodeOperationError {
		return toNodeError(this.context.getNode(), error, { ...this.details, addition, isRetried: true });
	}

	private get name(): string {
		return this.context.getNode().name;
	}
}

/** The position of the node, read in each poll anew: with durable cursors n8n gives a copy that belongs to this poll alone. */
function positionOf(context: IPollFunctions, { contextSince, cause }: Registration): TriggerPosition {
	const { id, name } = context.getNode();
	// Not part of the interface of n8n-workflow, and there since its first version.
	const { workflow } = context as unknown as { workflow?: Workflow };
	const nodes = workflow && Object.values(workflow.nodes);
	return new TriggerPosition(
		{ workflowId: context.getWorkflow().id ?? '', nodeId: id, name },
		{ own: context.getWorkflowStaticData('node'), ofWorkflow: context.getWorkflowStaticData('global') },
		{
			since: contextSince,
			published: cause === 'published',
			...(nodes && { nodeIds: new Set(nodes.map((node) => node.id)) }),
		},
	);
}

/** Whether a problem concerns the whole account, not a folder of it. */
const isOfAll = (problem: SyncError): boolean => problem.scope === 'connection' || problem.scope === 'account';
