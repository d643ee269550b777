import { NodeOperationError, type INodeExecutionData, type IPollFunctions } from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { MailServer } from '../../sync/server/mailServer';
import { sampleMessage } from '../../sync/run/sample';
import type { EventSink } from '../../sync/events/eventSink';
import { syncAccount, type SyncOutcome } from '../../sync/run/syncAccount';
import { accountKeys } from '../../sync/state/accountState';
import { readMailbox, type Mailbox } from './connection';
import { toItem } from './items';
import type { Connect } from './methods';
import { describeError, sentences, toNodeError, type ErrorDetails } from './nodeErrors';
import { shouldPoll, onBusy, onFailure, onFolderProblems, onSuccess, type PollFacts } from './pollGuard';
import { knowledgeFor, settingsFor } from './ownChanges';
import { holdsLock, noteOccasion, registrationOf, releaseLock, takeLock, type Registration } from './registration';
import { labels } from './properties';
import { readRequest, type NodeRequest, type RunTime } from './request';
import { loadWait, saveWait } from './serverWait';
import { loadState, saveState, stateKey, type LoadedState } from './staticState';
import type { FetchedMessage } from '../../sync/server/message';
import type { SyncEvent } from '../../sync/events/syncEvent';
import type { SyncState } from '../../sync/state/syncState';

const CREDENTIAL = 'imapSyncApi';

/** What a poll needs of the world; tests put their own in. */
export interface PollDependencies {
	connect: Connect;
	now: () => number;
}

const realWorld: PollDependencies = { connect: connectMailServer, now: Date.now };

/** n8n's default for a poll. */
const DEFAULT_BUDGET_MS = 5 * 60_000;

/** One poll of the trigger: a sample when tried out in the editor, otherwise everything that happened since the last one. */
export async function poll(context: IPollFunctions, world: PollDependencies = realWorld): Promise<INodeExecutionData[][] | null> {
	return context.getMode() === 'manual' ? await showSample(context, world) : await emitChanges(context, world);
}

/** The newest message as an example. Touches no state. */
async function showSample(context: IPollFunctions, world: PollDependencies): Promise<INodeExecutionData[][]> {
	const credential = await context.getCredentials(CREDENTIAL);
	let mailbox: Mailbox | undefined;
	try {
		mailbox = readMailbox(credential);
		const time = runTime(context, world);
		const request = readRequest(context, mailbox.account, time);
		const { items, sink } = collectItems(context, request);
		const settings = settingsFor(request, mailbox.settings);
		await withServer(world.connect, patient(mailbox.settings, time.budget), (server) =>
			sampleMessage(settings, { server, sink }),
		);
		if (items.length > 0) return [items];
	} catch (error) {
		throw toNodeError(context.getNode(), error, { mailbox });
	}
	throw new NodeOperationError(context.getNode(), 'There is no message to show as a sample', {
		description:
			'The watched folders hold no message that fits. Send one to the mailbox, or choose other folders or another filter.',
	});
}

/** A scheduled poll, or the first one at publication. */
async function emitChanges(context: IPollFunctions, world: PollDependencies): Promise<INodeExecutionData[][] | null> {
	const node = context.getNode();
	const registration = registrationOf(context.getWorkflow().id, node.id);
	const lock = takeLock(registration, world.now());
	if (lock === undefined) {
		context.logger.debug(`${node.name}: the last poll is still running, so this one is left out`);
		return null;
	}
	try {
		noteOccasion(registration, context, node, context.getActivationMode());
		return await new ScheduledPoll(context, world, registration, () => holdsLock(registration, lock)).run();
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
		private readonly world: PollDependencies,
		private readonly registration: Registration,
		private readonly isCurrent: () => boolean,
	) {}

	async run(): Promise<INodeExecutionData[][] | null> {
		const { context, registration } = this;
		const credential = await context.getCredentials(CREDENTIAL);
		try {
			// Read in each poll anew: with durable cursors n8n hands out a copy that belongs to this poll alone.
			this.loaded = loadState(context.getWorkflowStaticData('node'), this.stateKey, registration.occasion === 'published');
			this.mailbox = readMailbox(credential);
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
		const { context, world } = this;
		const time = runTime(context, world);
		const request = (this.request = readRequest(context, mailbox.account, time));
		const { items, sink } = collectItems(context, request);
		this.items = items;
		return await withServer(world.connect, patient(mailbox.settings, time.budget), (server) =>
			syncAccount(settingsFor(request, mailbox.settings), state, {
				...knowledgeFor(request, mailbox.settings),
				server,
				sink,
				now: world.now,
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
			resumed: registration.occasion === 'resumed',
		};
		const { health, action } = onFailure(registration.health, failure, this.facts);
		registration.health = health;
		this.keepWait();
		if (action === 'throw') throw this.nodeError(error);
		this.context.logger.warn(`${this.name}: ${sentences(message, advice)}`);
		return null;
	}

	/** Writes down what was reached, and hands out the items. */
	private finished(outcome: SyncOutcome): INodeExecutionData[][] | null {
		const { context, registration, items, loaded } = this;
		const handsOut = items.length > 0;
		this.log(outcome);
		const obstacle = this.isFirstRun ? this.obstacleToStart(outcome) : undefined;
		if (obstacle !== undefined) throw this.nodeError(obstacle, 'Nothing was started.');

		const broken = outcome.problems.find(isOfAll);
		if (broken === undefined) registration.health = onSuccess(registration.health);
		const folderProblems = outcome.problems.filter((problem) => !isOfAll(problem));
		const { health, report } = onFolderProblems(registration.health, folderProblems, {
			now: this.world.now(),
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

	private log({ problems, accountChanged, findings: { corrections, uidReuses, disabled } }: SyncOutcome): void {
		const { logger } = this.context;
		for (const { path, arrivals, deletions, flags } of corrections) {
			logger.warn(
				`${this.name}: the audit of "${path}" found what the mail server had not told: ${arrivals} new, ${deletions} deleted and ${flags} updated messages; they are handed out now`,
			);
		}
		for (const { path, from } of uidReuses) {
			logger.warn(
				`${this.name}: in "${path}" the mail server gave the UIDs from ${from} on to other messages, as one does whose mail was restored from a backup; what had them is told as deleted, what has them now as new`,
			);
		}
		for (const { capability, reason, until } of disabled) {
			logger.warn(
				`${this.name}: the mail server is not believed about ${capability.toUpperCase()} until ${new Date(until).toISOString()}, since ${reason}; nothing is lost, but polls cost more`,
			);
		}
		if (accountChanged && this.mailbox !== undefined) {
			logger.info(
				`${this.name}: the credential is for another mailbox now (${this.mailbox.account.name}), which is begun as '${labels.startFrom}' says`,
			);
		}
		for (const problem of problems) logger.warn(`${this.name}: ${describeError(problem, this.details).message}`);
	}

	/** At the start every folder that somebody chose has to be there; of a pattern, any folder that can be read will do. */
	private obstacleToStart({ problems, folders }: SyncOutcome): SyncError | undefined {
		const folderProblem = problems.find((problem) => problem.scope === 'folder');
		if (this.choosesFolders && folderProblem !== undefined) return folderProblem;
		const failed = new Set(problems.map((problem) => problem.place.folder));
		return this.items.length === 0 && folders.every(({ path }) => failed.has(path)) ? problems[0] : undefined;
	}

	/** A folder that only fits a pattern must not keep a workflow from being published; the next poll reports it. */
	private get mayReportFolders(): boolean {
		return this.facts.interactive ? this.choosesFolders : this.registration.occasion === 'scheduled';
	}

	private get choosesFolders(): boolean {
		return this.request?.sync.watch.selection.kind === 'chosen';
	}

	/** Whether the node never ran before. A state that cannot be read is a state. */
	private get isFirstRun(): boolean {
		return this.loaded !== undefined && this.loaded.state === undefined;
	}

	private get facts(): PollFacts {
		const { occasion, origin } = this.registration;
		return {
			now: this.world.now(),
			// After a restart nobody watches, not even when the node never came as far as having a state.
			interactive: occasion === 'published' || (this.isFirstRun && occasion === 'scheduled' && origin !== 'resumed'),
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

/** A sink that makes an item of each event. */
function collectItems(context: IPollFunctions, request: NodeRequest): { items: INodeExecutionData[]; sink: EventSink } {
	const items: INodeExecutionData[] = [];
	const sink: EventSink = async (event: SyncEvent, message?: FetchedMessage) => {
		items.push(await toItem(event, message, request, context.helpers));
	};
	return { items, sink };
}

async function withServer<T>(
	connect: Connect,
	settings: ConnectionSettings,
	use: (server: MailServer) => Promise<T>,
): Promise<T> {
	const server = await connect(settings);
	try {
		return await use(server);
	} finally {
		await server.close();
	}
}

/** How long the poll may take. n8n gives up one that takes longer, and drops what it found. */
function runTime(context: IPollFunctions, world: PollDependencies): RunTime & { budget: number } {
	// n8n has told the budget since version 2.38.
	const told = typeof context.getPollBudgetMs === 'function' ? context.getPollBudgetMs() : DEFAULT_BUDGET_MS;
	const budget = Math.min(told, DEFAULT_BUDGET_MS);
	// Messages that were read must still become items, and files.
	const reserve = Math.min(Math.max(3_000, budget * 0.15), budget / 2);
	const now = world.now();
	return { now, deadline: now + budget - reserve, budget };
}

/** No wait may take so long that nothing is left of a short budget. */
function patient(settings: ConnectionSettings, budget: number): ConnectionSettings {
	return {
		...settings,
		connectTimeoutMs: Math.min(30_000, Math.floor(budget * 0.3)),
		commandTimeoutMs: Math.min(30_000, Math.floor(budget * 0.4)),
	};
}
