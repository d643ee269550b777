import type { Readable } from 'node:stream';
import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeType,
	IRun,
	ITriggerFunctions,
	ITriggerResponse,
	WorkflowActivateMode,
} from 'n8n-workflow';
import type { readMailbox } from '../../nodes/shared/credentials';
import type { reportsFor } from '../../nodes/shared/watchReports';
import { checkedParameters, declared, recordingLogger, type LogLine } from './n8nContext';

/** Everything that a push trigger waits for comes sooner in tests, but for the wire. */
const fastPace = {
	...jest.requireActual<object>('../../nodes/ImapPushTrigger/pace'),
	MINUTE_MS: 1_500,
	ABOVE_TIMEOUT_MS: 1_000,
	SHORT_POLL_MS: 500,
	DEPARTURE_MS: 300,
	CREDENTIAL_MS: 300,
	UNTOLD_MS: 200,
	BEGUN_JUST_NOW_MS: 300,
	SAVE_AT_REST_MS: 200,
	LONGEST_AFTER_LOSS_MS: 300,
	COMMAND_MS: 3_000,
};

/** A node, and what it shares memory with. */
interface Loaded {
	node: INodeType;
	reportsFor: typeof reportsFor;
	readMailbox: typeof readMailbox;
}

/** The node as a process that has just started loads it: with nothing in memory. */
function loadNode(): Loaded {
	let loaded: Loaded | undefined;
	jest.isolateModules(() => {
		jest.doMock('../../nodes/ImapPushTrigger/pace', () => fastPace);
		// eslint-disable-next-line @typescript-eslint/no-require-imports -- the modules of this process are to be another one's
		const module = require('../../nodes/ImapPushTrigger/ImapPushTrigger.node') as Record<string, new () => INodeType>;
		// eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
		const { reportsFor } = require('../../nodes/shared/watchReports') as Pick<Loaded, 'reportsFor'>;
		// eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
		const { readMailbox } = require('../../nodes/shared/credentials') as Pick<Loaded, 'readMailbox'>;
		loaded = { node: new module.ImapPushTrigger(), reportsFor, readMailbox };
	});
	return loaded!;
}

/** An execution as the stand-in for n8n begins it. */
export interface PushedExecution {
	items: INodeExecutionData[];
	key: string;
	at: number;
	/** Ends it; without an error it succeeded. */
	end(error?: string): void;
	/** Ends it in another way. */
	settle(run: Partial<IRun> | undefined): void;
	reject(error: Error): void;
	ended: boolean;
}

export interface PushWorldOptions {
	credential: ICredentialDataDecryptedObject;
	parameters?: Record<string, unknown>;
	/** Called for each execution; ends it when and how it likes. Without it each succeeds at once. */
	onExecution?: (execution: PushedExecution) => void;
	executionTimeout?: number;
}

/**
 * n8n as far as a push trigger sees it: static data that only an emit (and the end of the activation) saves, executions with their
 * finish signal, keys that begin no execution twice. `start()` after `die()` is a restart on what was saved.
 */
export class PushWorld {
	/** What the database holds. */
	saved: IDataObject = {};
	readonly executions: PushedExecution[] = [];
	readonly failed: string[] = [];
	readonly log: LogLine[] = [];
	readonly keys = new Set<string>();
	/** Emits that began nothing, for their key was there. */
	duplicates = 0;
	credential: ICredentialDataDecryptedObject;
	onExecution: ((execution: PushedExecution) => void) | undefined;
	private static count = 0;
	private readonly workflowId = `push-${++PushWorld.count}`;
	private lives = 1;
	private isStarted = false;
	private response: ITriggerResponse | undefined;
	private loaded: Loaded | undefined;

	constructor(private readonly options: PushWorldOptions) {
		this.credential = options.credential;
		this.onExecution = options.onExecution ?? ((execution) => execution.end());
	}

	/** Publishes the workflow, or starts n8n again. Each life is another process: what one keeps in memory the next does not have. */
	async start(mode: WorkflowActivateMode = 'activate', { sameProcess = false } = {}): Promise<void> {
		if (!sameProcess && this.isStarted) {
			this.loaded = undefined;
			this.lives++;
		}
		this.isStarted = true;
		const life = this.lives;
		const staticData = structuredClone(this.saved);
		const context = this.context(life, staticData, mode);
		this.response = await this.node.trigger!.call(context);
		this.saved = structuredClone(staticData);
	}

	/** Puts this workflow into the same n8n as another one. */
	shareProcessWith(other: PushWorld): void {
		this.loaded = other.inProcess;
	}

	/** Unpublishes the workflow. */
	async stop(): Promise<void> {
		await this.response?.closeFunction?.();
		this.response = undefined;
	}

	/** Ends the process as a power cut does: nothing is saved, and nobody hears of running executions any more. */
	async die(): Promise<void> {
		const { response } = this;
		this.lives++;
		await response?.closeFunction?.();
	}

	/** Every event that was handed over, as `attempt subject`. */
	get subjects(): string[] {
		return this.executions.flatMap(({ items }) =>
			items.map(({ json }) => `${String(json.attempt)} ${String(json.subject ?? json.event)}`),
		);
	}

	/** Resolves once the condition holds. */
	async until(condition: () => boolean | Promise<boolean>, what: string, withinMs = 180_000): Promise<void> {
		// By a clock that no test speeds up.
		const end = performance.now() + withinMs;
		while (!(await condition())) {
			if (performance.now() > end) {
				const lines = this.log.map(({ level, message }) => `${level} ${message}`).slice(-20);
				throw new Error(`waited in vain for ${what}; handed over: ${this.subjects.join(', ')}\n${lines.join('\n')}`);
			}
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	}

	/** What Get State has of this trigger. */
	reports(): IDataObject[] {
		const { node, reportsFor, readMailbox } = this.inProcess;
		const type = node.description.credentials![0].name as 'imapSyncApi';
		return reportsFor('push', readMailbox(this.credential, type, '1').credentialKey, Date.now());
	}

	private get node(): INodeType {
		return this.inProcess.node;
	}

	private get inProcess(): Loaded {
		return (this.loaded ??= loadNode());
	}

	private context(life: number, staticData: IDataObject, mode: WorkflowActivateMode): ITriggerFunctions {
		const { properties } = this.node.description;
		const parameters = checkedParameters(this.options.parameters ?? {}, properties);
		const inNode: INode = {
			id: 'node-1',
			name: 'Mailbox',
			type: 'n8n-nodes-imap-sync.imapPushTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: parameters as INode['parameters'],
			credentials: { imapSyncApi: { id: '1', name: 'Mailbox' } },
		};
		const context = {
			logger: recordingLogger(this.log),
			helpers: {
				createDeferredPromise,
				async prepareBinaryData(data: Buffer | Readable, fileName?: string, mimeType?: string): Promise<IBinaryData> {
					const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(await data.toArray());
					return { data: '', mimeType: mimeType ?? '', fileName, bytes: bytes.length };
				},
			},
			getMode: () => 'trigger',
			getActivationMode: () => mode,
			getNode: () => inNode,
			getWorkflow: () => ({ id: this.workflowId, name: 'Test', active: true }),
			getWorkflowSettings: () => ({ executionTimeout: this.options.executionTimeout }),
			getTimezone: () => 'UTC',
			getWorkflowStaticData: () => staticData,
			getCredentials: async () => this.credential,
			getNodeParameter: (name: string, fallback?: unknown) => parameters[name] ?? fallback ?? declared(properties, name).default,
			emit: (
				[items]: INodeExecutionData[][],
				_response: unknown,
				done: Deferred<IRun | undefined> | undefined,
				key: string,
			): void => {
				if (life !== this.lives) return;
				this.saved = structuredClone(staticData);
				this.begin(life, items, done, key);
			},
			emitError: (error: Error) => {
				throw new Error(`the node called emitError: ${error.message}`);
			},
			saveFailedExecution: (error: Error) => void this.failed.push(error.message),
		};
		return context as unknown as ITriggerFunctions;
	}

	private begin(life: number, items: INodeExecutionData[], done: Deferred<IRun | undefined> | undefined, key: string): void {
		if (this.keys.has(key)) {
			this.duplicates++;
			done?.resolve(undefined);
			return;
		}
		this.keys.add(key);
		const settle = (how: () => void): void => {
			execution.ended = true;
			if (life === this.lives) setImmediate(how);
		};
		const execution: PushedExecution = {
			items,
			key,
			at: Date.now(),
			ended: false,
			end: (error) =>
				execution.settle(
					error === undefined
						? { status: 'success', finished: true }
						: ({ status: 'error', data: { resultData: { error: { message: error } } } } as unknown as Partial<IRun>),
				),
			settle: (run) => settle(() => done?.resolve(run as IRun | undefined)),
			reject: (error) => settle(() => done?.reject(error)),
		};
		this.executions.push(execution);
		this.onExecution?.(execution);
	}
}

interface Deferred<T> {
	promise: Promise<T>;
	resolve(value: T): void;
	reject(error: Error): void;
}

function createDeferredPromise<T>(): Deferred<T> {
	const deferred = {} as Deferred<T>;
	deferred.promise = new Promise<T>((resolve, reject) => Object.assign(deferred, { resolve, reject }));
	return deferred;
}
