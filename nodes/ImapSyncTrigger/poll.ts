import type { INodeExecutionData, IPollFunctions, NodeOperationError } from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import { syncAccount, type SyncOutcome } from '../../sync/run/syncAccount';
import { accountKeys } from '../../sync/state/accountState';
import type { SyncState } from '../../sync/state/syncState';
import { connectToServer, withServer } from '../shared/connect';
import { credentialIdOf, credentialTypeOf, readMailbox, type CredentialType, type Mailbox } from '../shared/credentials';
import { logFindings } from '../shared/findingsLog';
import { onBusy, onFolderProblems, onSuccess } from '../shared/health';
import { collectItems } from '../shared/items';
import { describeError, toNodeError, type ErrorDetails } from '../shared/nodeErrors';
import { knowledgeFor, settingsFor } from '../shared/ownChanges';
import { sentences } from '../shared/sentences';
import { recordMetrics } from '../shared/metrics';
import { readRequest, type NodeRequest } from '../shared/request';
import { showSample } from '../shared/sample';
import { loadWait, saveWait } from '../shared/serverWait';
import { onFailure, shouldPoll, type PollFacts } from './pollGuard';
import type { PollDependencies } from './pollDependencies';
import { pollTime, withTimeouts } from './pollTime';
import { holdsLock, notePollCause, registrationOf, releaseLock, takeLock, type Registration } from './registration';
import { loadState, saveState, stateKey, type LoadedState } from './staticState';

const realDependencies: PollDependencies = { connect: connectToServer, now: Date.now };

/** One poll of the trigger: a sample when tried out in the editor, otherwise everything that happened since the last one. */
export async function poll(
	context: IPollFunctions,
	dependencies: PollDependencies = realDependencies,
): Promise<INodeExecutionData[][] | null> {
	if (context.getMode() !== 'manual') return await emitChanges(context, dependencies);
	const time = pollTime(context, dependencies.now());
	return await showSample(context, {
		connect: dependencies.connect,
		time,
		withTimeouts: (settings) => withTimeouts(settings, time.budget),
	});
}

/** A scheduled poll, or the first one at publication. */
async function emitChanges(context: IPollFunctions, dependencies: PollDependencies): Promise<INodeExecutionData[][] | null> {
	const node = context.getNode();
	const registration = registrationOf(context.getWorkflow().id, node.id);
	const lock = takeLock(registration, dependencies.now());
	if (lock === undefined) {
		context.logger.debug(`${node.name}: the last poll is still running, so this one is left out`);
		return null;
	}
	try {
		notePollCause(registration, context, node, context.getActivationMode());
		return await new ScheduledPoll(context, dependencies, registration, () => holdsLock(registration, lock)).run();
	} finally {
		releaseLock(registration, lock);
	}
}

/** One poll that counts: from reading the state to writing it. */
class ScheduledPoll {
	private mailbox: Mailbox | undefined;
	/** undefined while the state was not read, or when it cannot be. */
	private loaded: LoadedState | undefined;
	private request: NodeRequest | undefined;
	private items: INodeExecutionData[] = [];

	constructor(
		private readonly context: IPollFunctions,
		private readonly dependencies: PollDependencies,
		private readonly registration: Registration,
		private readonly isCurrent: () => boolean,
	) {}

	async run(): Promise<INodeExecutionData[][] | null> {
		const { context, registration } = this;
		let type: CredentialType;
		try {
			type = credentialTypeOf(context.getNodeParameter('authentication', 'password'));
		} catch (error) {
			return this.failed(error);
		}
		const credential = await context.getCredentials(type);
		try {
			// Read in each poll anew: with durable cursors n8n returns a copy that belongs to this poll alone.
			this.loaded = loadState(context.getWorkflowStaticData('node'), this.stateKey, registration.cause === 'published');
			this.mailbox = readMailbox(credential, type, credentialIdOf(context.getNode(), type));
		} catch (error) {
			return this.failed(error);
		}
		registration.health = {
			...registration.health,
			wait: registration.health.wait ?? loadWait(context.getWorkflowStaticData('node')),
		};
		const admission = shouldPoll(registration.health, this.facts);
		if (admission.kind === 'refuse') throw this.nodeError(admission.error);
		if (admission.kind === 'wait') {
			context.logger.debug(`${this.name}: the mail server is left alone until ${new Date(admission.until).toISOString()}`);
			return null;
		}
		let outcome: SyncOutcome;
		try {
			outcome = await this.sync(this.mailbox, this.loaded.state);
		} catch (error) {
			return this.failed(error);
		}
		if (!this.isCurrent()) {
			context.logger.warn(`${this.name}: this poll hung for so long that another one took over; what it found comes again`);
			return null;
		}
		return this.finished(outcome);
	}

	private async sync(mailbox: Mailbox, state: SyncState | undefined): Promise<SyncOutcome> {
		const { context, dependencies } = this;
		const time = pollTime(context, dependencies.now());
		const request = (this.request = readRequest(context, mailbox.account, time));
		const { items, sink } = collectItems(request, context.helpers);
		this.items = items;
		return await withServer(dependencies.connect, withTimeouts(mailbox.settings, time.budget), (server) =>
			syncAccount(settingsFor(request, mailbox.settings), state, {
				...knowledgeFor(request, mailbox.settings),
				server,
				sink,
				now: dependencies.now,
			}),
		);
	}

	/** Throws what has to be seen; the rest goes to the log. The state stays as it was. */
	private failed(error: unknown): null {
		const { registration } = this;
		const { message, advice } = describeError(error, this.details);
		const failure = {
			error: error instanceof SyncError ? error : undefined,
			message,
			resumed: registration.cause === 'resumed',
		};
		const { health, action } = onFailure(registration.health, failure, this.facts);
		registration.health = health;
		this.keepWait();
		if (action === 'throw') throw this.nodeError(error);
		this.context.logger.warn(`${this.name}: ${sentences(message, advice)}`);
		return null;
	}

	/** Saves the state, and returns the items. */
	private finished(outcome: SyncOutcome): INodeExecutionData[][] | null {
		const { context, registration, items, loaded } = this;
		const handsOut = items.length > 0;
		recordMetrics(context.logger, this.name, outcome.metrics);
		logFindings(context.logger, this.name, this.mailbox?.account.name ?? '', outcome);
		for (const problem of outcome.problems) {
			context.logger.warn(`${this.name}: ${describeError(problem, this.details).message}`);
			if (problem.code === 'internalError' && problem.cause instanceof Error)
				context.logger.error(`${this.name}: ${problem.cause.stack}`);
		}
		const obstacle = this.isFirstRun ? this.obstacleToStart(outcome) : undefined;
		if (obstacle !== undefined) throw this.nodeError(obstacle, 'Nothing was started.');

		const broken = outcome.problems.find(isOfAll);
		if (broken === undefined) registration.health = onSuccess(registration.health);
		const folderProblems = outcome.problems.filter((problem) => !isOfAll(problem));
		const { health, report } = onFolderProblems(registration.health, folderProblems, {
			now: this.dependencies.now(),
			mayReport: !handsOut && this.mayReportFolders,
		});
		registration.health = health;
		if (outcome.changed || loaded?.missingInStaticData) {
			saveState(context.getWorkflowStaticData('node'), this.stateKey, outcome.state, handsOut);
		}
		if (handsOut) {
			if (broken?.code === 'serverBusy') registration.health = onBusy(registration.health, broken, this.facts);
			this.keepWait();
			return [items];
		}
		if (broken !== undefined) return this.failed(broken);
		this.keepWait();
		if (report !== undefined) throw this.nodeError(report);
		return null;
	}

	/** Writes down that the server is to be left alone, or that it need not be any more. */
	private keepWait(): void {
		const { wait } = this.registration.health;
		saveWait(this.context.getWorkflowStaticData('node'), wait && { until: wait.until, count: wait.count, account: wait.account });
	}

	/** At the start every folder that somebody chose has to be there; of a pattern, any folder that can be read will do. */
	private obstacleToStart({ problems, folders }: SyncOutcome): SyncError | undefined {
		const folderProblem = problems.find((problem) => problem.scope === 'folder');
		if (this.choosesFolders && folderProblem !== undefined) return folderProblem;
		const failed = new Set(problems.map((problem) => problem.data.folder));
		return this.items.length === 0 && folders.every(({ path }) => failed.has(path)) ? problems[0] : undefined;
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
		return toNodeError(this.context.getNode(), error, { ...this.details, addition });
	}

	private get name(): string {
		return this.context.getNode().name;
	}

	private get stateKey(): string {
		return stateKey(this.context.getWorkflow().id, this.name);
	}
}

/** Whether a problem concerns the whole account, not a folder of it. */
const isOfAll = (problem: SyncError): boolean => problem.scope === 'connection' || problem.scope === 'account';
