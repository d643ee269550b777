import type { Readable } from 'node:stream';
import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeProperties,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { ImapSync } from '../../nodes/ImapSync/ImapSync.node';
import { execute } from '../../nodes/ImapSync/actions/execute';
import type { ConnectSession } from '../../nodes/ImapSync/actions/ActionRun';
import { credential } from './n8nContext';

/** What a test sets of n8n's context for execute(). */
export interface ExecuteOptions {
	/** The `json` of the input items; one empty item when absent. */
	items?: IDataObject[];
	/**
	 * resource, operation and their fields; a name that the node does not declare for them is refused, what is not set has its
	 * default. A function gives the value for each item, as an expression does.
	 */
	parameters: Record<string, unknown>;
	credential?: ICredentialDataDecryptedObject;
	/** The second account of an operation between two. */
	targetCredential?: ICredentialDataDecryptedObject;
	continueOnFail?: boolean;
	signal?: AbortSignal;
	timezone?: string;
	/** Files of the input items: item place -> field -> bytes. */
	files?: Array<Record<string, Buffer>>;
	connect?: ConnectSession;
	/** The static data of the workflow. */
	staticData?: IDataObject;
	mode?: WorkflowExecuteMode;
	/**
	 * Other nodes of the workflow, as n8n's own object of the workflow has them; `polls` those that poll, `before` those that lead to
	 * this one, the nearest first, with the `items` that its input items came of.
	 */
	others?: Array<Pick<INode, 'name' | 'type'> & Partial<INode> & { polls?: boolean; before?: boolean; items?: IDataObject[] }>;
	/** What the type of the node says: a tool is a type of its own. */
	asTool?: boolean;
	/** What n8n says: an agent runs the node within its own. */
	toolExecution?: boolean;
	workflowId?: string;
}

export interface Executed {
	items: INodeExecutionData[];
	/** What went through prepareBinaryData, by the id in the item. */
	written: Map<string, Buffer>;
	/** What is shown beside the items. */
	hints: string[];
}

/** Runs the action node as n8n does: its class, with a context that has what n8n's has and no more. */
export async function runNode(options: ExecuteOptions): Promise<Executed> {
	const written = new Map<string, Buffer>();
	const hints: string[] = [];
	const context = executeContext(options, written, hints);
	const output = options.connect ? await execute(context, options.connect) : await new ImapSync().execute.call(context);
	if (output.length !== 1) throw new Error(`the node has one output and gave ${output.length}`);
	// The answer of a tool is not looked at for failed items.
	for (const item of options.asTool ? [] : output[0]) {
		// How n8n 2.41 tells a failed item from others; with `error` beside `json` it would keep the message only.
		if (item.error !== undefined) throw new Error('n8n would cut this item down to its message');
		if (item.json.error !== undefined && Object.keys(item.json).some((key) => !['error', 'message', 'details'].includes(key))) {
			throw new Error(`n8n would not take this for a failed item: ${JSON.stringify(item.json)}`);
		}
	}
	return { items: output[0], written, hints };
}

/** The fields of an item; those of a failed one with its details beside the error. */
export const fieldsOf = ({ json: { details, ...json } }: INodeExecutionData): IDataObject => ({
	...json,
	...(details as IDataObject | undefined),
});

/** The credential of an account on a server of the tests. */
export const credentialFor = (
	server: { host: string; port: number },
	user: string,
	password = 'secret',
): ICredentialDataDecryptedObject => ({
	user,
	password,
	host: server.host,
	port: server.port,
	security: 'none',
	allowUnauthorizedCerts: false,
});

export function executeContext(
	options: ExecuteOptions,
	written = new Map<string, Buffer>(),
	hints: string[] = [],
): IExecuteFunctions {
	const { properties } = new ImapSync().description;
	const items: INodeExecutionData[] = (options.items ?? [{}]).map((json, index) => ({
		json,
		binary: Object.fromEntries(
			Object.keys(options.files?.[index] ?? {}).map((field) => [
				field,
				{ data: '', mimeType: 'text/plain', fileName: `${field}.txt` },
			]),
		),
	}));
	const { parameters } = options;
	const base = { authentication: 'password', ...parameters };
	const declared = properties.filter(
		({ displayOptions }) =>
			matches(displayOptions?.show?.resource, base) &&
			matches(displayOptions?.show?.operation, base, 'operation') &&
			(displayOptions?.show?.['@tool'] === undefined || options.asTool === true) &&
			(displayOptions?.show?.['@version'] ?? [1]).includes(1) &&
			(displayOptions?.hide?.['@tool'] === undefined || options.asTool !== true),
	);
	for (const name of Object.keys(parameters)) find(declared, name);
	checkCollections(declared, parameters);
	const node: INode = {
		id: 'node-1',
		name: 'IMAP Sync',
		type: `n8n-nodes-imap-sync.imapSync${options.asTool ? 'Tool' : ''}`,
		typeVersion: 1,
		position: [0, 0],
		parameters: parametersAsSaved(parameters),
		credentials: { imapSyncApi: { id: '1', name: 'Mailbox' } },
	};
	const valueOf = (name: string, index: number): unknown => {
		const given = parameters[name];
		if (typeof given === 'function') return (given as (json: IDataObject, index: number) => unknown)(items[index].json, index);
		return given ?? find(declared, name).default;
	};
	/** Whether n8n would show the field with the values the item has: of hidden fields it knows nothing. */
	const shown = ({ displayOptions }: INodeProperties, index: number): boolean =>
		Object.entries(displayOptions?.show ?? {}).every(
			([name, values]) =>
				name === '@tool' ||
				(values ?? []).includes(
					(name === 'resource' || name === 'operation' ? base[name as never] : valueOf(name, index)) as never,
				),
		);
	const others = options.others ?? [];
	const silent = (): void => undefined;
	const context = {
		workflow: {
			nodes: Object.fromEntries([node, ...others].map((one) => [one.name, { parameters: {}, ...one }])),
			getPollNodes: () => others.filter(({ polls, disabled }) => polls && !disabled),
		},
		getMode: () => options.mode ?? 'trigger',
		getWorkflow: () => ({ id: options.workflowId ?? 'workflow-1', name: 'Test', active: true }),
		getParentNodes: () => others.filter(({ before }) => before),
		getWorkflowDataProxy: () => ({
			$: (name: string) => ({
				pairedItem: (index: number) => ({ json: others.find((other) => other.name === name)?.items?.[index] }),
			}),
		}),
		isToolExecution: () => options.toolExecution === true,
		getWorkflowStaticData(type: string): IDataObject {
			if (type !== 'global') throw new Error(`the node asked for the static data "${type}"`);
			return (options.staticData ??= {});
		},
		addExecutionHints: (...added: Array<{ message: string }>) => hints.push(...added.map(({ message }) => message)),
		logger: { error: silent, warn: silent, info: silent, debug: silent },
		sendMessageToUI: silent,
		getInputData: () => items,
		getNode: () => node,
		continueOnFail: () => options.continueOnFail ?? false,
		getExecutionCancelSignal: () => options.signal,
		getTimezone: () => options.timezone ?? 'UTC',
		async getCredentials(type: string): Promise<ICredentialDataDecryptedObject> {
			if (type === 'imapSyncTargetApi' && options.targetCredential) return options.targetCredential;
			if (type !== 'imapSyncApi') throw new Error(`the node asked for the credential "${type}"`);
			return options.credential ?? credential;
		},
		getNodeParameter(path: string, index: number, fallback?: unknown): unknown {
			const [name, ...inner] = path.split('.');
			const field = find(declared, name);
			let value = shown(field, index) ? valueOf(name, index) : undefined;
			for (const part of inner) value = (value as Record<string, unknown> | undefined)?.[part];
			if (field.type === 'resourceLocator' && typeof value === 'string') value = { __rl: true, mode: 'path', value };
			if (field.type === 'resourceLocator' && typeof value === 'object') value = { __rl: true, ...value };
			if (value !== undefined) return value;
			if (fallback === undefined) throw new Error('Could not get parameter');
			return fallback;
		},
		helpers: {
			async getBinaryDataBuffer(index: number, field: string): Promise<Buffer> {
				const bytes = options.files?.[index]?.[field];
				if (!bytes)
					throw new Error(`This operation expects the node's input data to contain a binary file '${field}', but none was found`);
				return bytes;
			},
			async prepareBinaryData(data: Buffer | Readable, fileName?: string, mimeType?: string): Promise<IBinaryData> {
				const id = `file:${written.size}`;
				const bytes = Buffer.isBuffer(data) ? Buffer.from(data) : Buffer.concat(await data.toArray());
				written.set(id, bytes);
				return { id, data: 'filesystem-v2', mimeType: mimeType ?? 'application/octet-stream', fileName, bytes: bytes.length };
			},
		},
	};
	// Only this part of n8n's interface is there: what the node must not use fails loudly.
	return context as unknown as IExecuteFunctions;
}

/** What n8n keeps of a node: a function of a test is an expression. */
const parametersAsSaved = (parameters: Record<string, unknown>): INode['parameters'] =>
	Object.fromEntries(
		Object.entries(parameters).map(([name, value]) => [name, typeof value === 'function' ? '={{ $fromAI("value") }}' : value]),
	) as INode['parameters'];

function matches(values: unknown[] | undefined, parameters: Record<string, unknown>, name = 'resource'): boolean {
	return values === undefined || values.includes(parameters[name]);
}

function find(properties: INodeProperties[], name: string): INodeProperties {
	const property = properties.find((candidate) => candidate.name === name);
	if (property === undefined) throw new Error(`the operation declares no parameter "${name}"`);
	return property;
}

function checkCollections(declared: INodeProperties[], parameters: Record<string, unknown>): void {
	for (const [name, value] of Object.entries(parameters)) {
		const field = find(declared, name);
		if (field.type !== 'collection' || typeof value !== 'object' || value === null) continue;
		for (const inner of Object.keys(value)) find((field.options ?? []) as INodeProperties[], inner);
	}
}
