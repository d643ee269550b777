import type { ChildProcess } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The items a node gave: their `json`. */
export type Item = Record<string, unknown>;

export interface Execution {
	id: string;
	status: string;
	mode: string;
	startedAt: string;
	stoppedAt: string | null;
	workflowId: string;
	data: unknown;
}

interface CredentialInput {
	name: string;
	type: string;
	data: Record<string, unknown>;
}

interface WorkflowInput {
	name: string;
	nodes: object[];
	connections: object;
	settings?: object;
	staticData?: unknown;
}

/** scripts/n8n/N8nApi.mjs */
export interface N8nApi {
	signIn(account: { email: string; password: string }): Promise<void>;
	createCredential(credential: CredentialInput): Promise<{ id: string; name: string; type: string }>;
	testCredential(credential: CredentialInput & { id?: string }): Promise<{ status: 'OK' | 'Error'; message: string }>;
	createWorkflow(workflow: WorkflowInput): Promise<{ id: string; name: string }>;
	getWorkflow(id: string): Promise<{ id: string; active: boolean; staticData: unknown }>;
	putWorkflow(id: string, workflow: WorkflowInput): Promise<unknown>;
	publish(id: string): Promise<void>;
	unpublish(id: string): Promise<void>;
	unpublishOwn(): Promise<void>;
	pollNow(id: string): Promise<void>;
	runManually(id: string, triggerName: string, given?: object): Promise<Execution>;
	executions(workflowId: string): Promise<Execution[]>;
	rest(method: string, path: string, body?: object): Promise<unknown>;
	loadOptions(request: {
		nodeType: string;
		methodName: string;
		path: string;
		parameters: object;
		credentials: object;
	}): Promise<Array<{ name: string; value: string }>>;
}

/** scripts/n8n/N8nInstance.mjs */
interface N8nInstance {
	readonly url: string;
	readonly pid: number | undefined;
	readonly logFile: string;
	start(): Promise<void>;
	stop(): Promise<void>;
	kill(): Promise<void>;
	readLog(): string;
}

interface Scripts {
	'../../examples/demo/TicketBoard.mjs': {
		TicketBoard: new (options: { file: string; about: { mailbox: string } }) => {
			readonly ticketsUrl: string;
			start(port: number): Promise<void>;
			stop(): Promise<void>;
		};
	};
	'../../examples/demo/mailboxUrl.mjs': {
		readMailboxUrl(text: string): { user: string; password: string; host: string; port: number; security: string };
	};
	'Executions.mjs': {
		Executions: new (
			api: { publicApi(): Promise<{ data: object[] }>; rest(): Promise<{ results: object[] }> },
			clock: { now(): number; delay(ms: number): Promise<unknown> },
		) => { of(workflowId: string): Promise<Execution[]> };
	};
	'N8nApi.mjs': { N8nApi: new (url: string) => N8nApi; itemsOf(execution: Execution, nodeName: string): Item[] };
	'N8nInstance.mjs': {
		N8nInstance: new (options: {
			program: Program;
			userFolder: string;
			env?: Record<string, string>;
			command?: 'start' | 'worker';
			log?: string;
		}) => N8nInstance;
	};
	'../chromium.mjs': { launchChromium(): Promise<Browser> };
	'migratedDatabase.mjs': {
		copyMigratedDatabase(userFolder: string, options: { program: Program; env: Record<string, string> }): Promise<void>;
	};
	'package.mjs': { installIntoUserFolder(packed: Packed, userFolder: string): Promise<void> };
	'ports.mjs': { freePort(): Promise<number> };
	'processes.mjs': {
		startGroup(command: string, args: string[], options: object): ChildProcess;
		stopGroup(child: ChildProcess, graceMs?: number): Promise<void>;
		killGroup(child: ChildProcess): Promise<void>;
	};
	'setUp.mjs': { setUp(options?: { log?: (line: string) => void }): Promise<{ packed: Packed; program: Program }> };
	'waitUntil.mjs': {
		waitUntil<T>(
			condition: () => T | Promise<T>,
			options: { what: string; withinMs: number; everyMs?: number; detail?: () => string },
		): Promise<NonNullable<T>>;
	};
}

type Packed = { name: string; folder: string; hash: string };
type Program = { node: string; n8n: string };

/** One of the scripts in scripts/n8n, or beside it. The test file needs the environment nativeImportEnvironment.js. */
export async function importScript<Name extends keyof Scripts>(name: Name): Promise<Scripts[Name]> {
	const { importNatively } = globalThis as unknown as { importNatively?: (url: string) => Promise<unknown> };
	if (!importNatively)
		throw new Error('Begin the test file with @jest-environment ./test/support/n8n/nativeImportEnvironment.js');
	const file = join(__dirname, '../../../scripts/n8n', name);
	return (await importNatively(pathToFileURL(file).href)) as Scripts[Name];
}
