import type { Readable } from 'node:stream';
import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeProperties,
	IPollFunctions,
	IRun,
	Logger,
	WorkflowActivateMode,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { ImapSyncTrigger } from '../../nodes/ImapSyncTrigger/ImapSyncTrigger.node';

const { properties: triggerProperties } = new ImapSyncTrigger().description;

/** What a test sets of n8n's context for poll(). */
export interface PollContextOptions {
	/** Node parameters; a name that the node does not declare is refused. What is not set has its default. */
	parameters?: Record<string, unknown>;
	/** An error is what n8n throws instead. */
	credential?: ICredentialDataDecryptedObject | Error;
	/** The node's bucket of the workflow's static data. */
	staticData?: IDataObject;
	/** What all nodes of the workflow share of it. */
	sharedData?: IDataObject;
	mode?: WorkflowExecuteMode;
	activationMode?: WorkflowActivateMode;
	workflowId?: string;
	nodeId?: string;
	nodeName?: string;
	timezone?: string;
	/** Absent: an n8n before 2.38, which does not tell it. */
	pollBudgetMs?: number;
	/** What starts an execution, and what makes a failed one; absent: this context has no such method. */
	emit?: (data: INodeExecutionData[][], response: undefined, done: Deferred<IRun>) => void;
	emitError?: (error: Error) => void;
}

interface Deferred<T> {
	promise: Promise<T>;
	resolve(value: T): void;
	reject(error: Error): void;
}

export interface LogLine {
	level: 'error' | 'warn' | 'info' | 'debug';
	message: string;
}

/** A context for poll(), with what the test may look at afterwards. */
export interface PollContext {
	context: IPollFunctions;
	staticData: IDataObject;
	sharedData: IDataObject;
	log: LogLine[];
	/** What went through prepareBinaryData, by the id in the item. */
	files: Map<string, Buffer>;
	/** The bytes of one of an item's files. */
	fileOf(data: IBinaryData | undefined): Buffer;
}

export const credential: ICredentialDataDecryptedObject = {
	user: 'alice@example.com',
	password: 'correct-horse',
	host: 'imap.example.com',
	port: 993,
	security: 'tls',
	allowUnauthorizedCerts: false,
};

let contexts = 0;

/**
 * n8n's context as far as poll() uses it. Each context belongs to a workflow of its own unless the test names one: what a
 * trigger keeps in memory is kept by workflow and node.
 */
export function pollContext(options: PollContextOptions = {}): PollContext {
	const staticData = options.staticData ?? {};
	const sharedData = options.sharedData ?? {};
	const log: LogLine[] = [];
	const files = new Map<string, Buffer>();
	const workflowId = options.workflowId ?? `workflow-${++contexts}`;
	const parameters = checkedParameters(options.parameters ?? {}, triggerProperties);
	const node: INode = {
		id: options.nodeId ?? 'node-1',
		name: options.nodeName ?? 'Mailbox',
		type: 'n8n-nodes-imap-sync.imapSyncTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: parameters as INode['parameters'],
		credentials: { imapSyncApi: { id: '1', name: 'Mailbox' } },
	};
	const context = {
		logger: recordingLogger(log),
		helpers: {
			createDeferredPromise,
			async prepareBinaryData(data: Buffer | Readable, fileName?: string, mimeType?: string): Promise<IBinaryData> {
				const id = `file:${files.size}`;
				const bytes = Buffer.isBuffer(data) ? Buffer.from(data) : Buffer.concat(await data.toArray());
				files.set(id, bytes);
				return { id, data: 'filesystem-v2', mimeType: mimeType ?? 'application/octet-stream', fileName, bytes: bytes.length };
			},
		},
		getMode: () => options.mode ?? 'trigger',
		getActivationMode: () => options.activationMode ?? 'activate',
		getNode: () => node,
		getWorkflow: () => ({ id: workflowId, name: 'Test', active: true }),
		getTimezone: () => options.timezone ?? 'UTC',
		getWorkflowStaticData(type: string): IDataObject {
			return type === 'node' ? staticData : sharedData;
		},
		async getCredentials(type: string): Promise<ICredentialDataDecryptedObject> {
			if (type !== 'imapSyncApi') throw new Error(`the node asked for the credential "${type}"`);
			if (options.credential instanceof Error) throw options.credential;
			return options.credential ?? credential;
		},
		getNodeParameter(name: string, fallback?: unknown): unknown {
			const property = declared(triggerProperties, name);
			return parameters[name] ?? fallback ?? property.default;
		},
		...(options.emit && { __emit: options.emit }),
		...(options.emitError && { __emitError: options.emitError }),
		...(options.pollBudgetMs === undefined ? {} : { getPollBudgetMs: () => options.pollBudgetMs }),
	};
	return {
		// Only this part of n8n's interface is there: what the node must not use fails loudly.
		context: context as unknown as IPollFunctions,
		staticData,
		sharedData,
		log,
		files,
		fileOf(data) {
			const file = data?.id === undefined ? undefined : files.get(data.id);
			if (file === undefined) throw new Error('the item has no such file');
			return file;
		},
	};
}

/** Refuses a parameter that the node does not declare. */
export function checkedParameters(parameters: Record<string, unknown>, properties: INodeProperties[]): Record<string, unknown> {
	for (const name of Object.keys(parameters)) declared(properties, name);
	const { options } = parameters;
	if (typeof options === 'object' && options !== null) {
		const fields = (declared(properties, 'options').options ?? []) as INodeProperties[];
		for (const name of Object.keys(options)) declared(fields, name);
	}
	return parameters;
}

export function declared(properties: INodeProperties[], name: string): INodeProperties {
	const property = properties.find((candidate) => candidate.name === name);
	if (property === undefined) throw new Error(`the node declares no parameter "${name}"`);
	return property;
}

export function recordingLogger(log: LogLine[]): Logger {
	const at = (level: LogLine['level']) => (message: string) => {
		log.push({ level, message });
	};
	return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

function createDeferredPromise<T>(): Deferred<T> {
	const deferred: Partial<Deferred<T>> = {};
	deferred.promise = new Promise<T>((resolve, reject) => Object.assign(deferred, { resolve, reject }));
	return deferred as Deferred<T>;
}
