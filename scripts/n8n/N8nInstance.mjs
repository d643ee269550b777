import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from './npm.mjs';
import { freePort } from './ports.mjs';
import { killGroup, startGroup, stopGroup } from './processes.mjs';
import { waitUntil } from './waitUntil.mjs';

/** The first start writes n8n's database, which takes a while on a busy machine. */
const READY_WITHIN_MS = 240_000;

/** No telemetry, no calls home, no pages that ask who you are; and cookies that work without TLS. */
const QUIET = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_SECURE_COOKIE: 'false',
	N8N_PUBLIC_API_SWAGGERUI_DISABLED: 'true',
	N8N_DISABLED_MODULES: 'mcp-registry',
	EXECUTIONS_DATA_PRUNE_MAX_COUNT: '500',
};

/**
 * One n8n on 127.0.0.1 with its own user folder. It can be stopped and started again on the same folder and port.
 */
export class N8nInstance {
	#program;
	#env;
	#command;
	#child;
	#logTail = '';
	#isSettled = false;

	/**
	 * @param {{ program: { node: string, n8n: string }, userFolder: string, port?: number, env?: Record<string, string>, command?: 'start' | 'worker', log?: string }} options
	 *   program: from installN8n(); port: the preferred one; command: a worker shares the user folder of the n8n that it works for; log:
	 *   the name of its log, for one of several workers
	 */
	constructor({ program, userFolder, port = 0, env = {}, command = 'start', log }) {
		this.#program = program;
		this.#env = env;
		this.#command = command;
		this.userFolder = userFolder;
		this.port = port;
		this.logFile = join(userFolder, log ?? (command === 'start' ? 'n8n.log' : `n8n-${command}.log`));
	}

	get url() {
		return `http://127.0.0.1:${this.port}`;
	}

	/** The process id of n8n, which leads its process group; undefined while it is stopped. */
	get pid() {
		return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
	}

	/** The running program, to wait for its end. */
	get process() {
		return this.#child;
	}

	/** All that n8n wrote since the log was begun by the first start. */
	readLog() {
		return readFileSync(this.logFile, 'utf8');
	}

	/**
	 * Starts n8n and resolves when it answers requests. The port is settled by the first start.
	 *
	 * @param {{ signal?: AbortSignal, onSpawn?: (pid: number) => void }} [options]
	 */
	async start({ signal, onSpawn } = {}) {
		mkdirSync(this.userFolder, { recursive: true });
		for (let attempt = 1; ; attempt++) {
			signal?.throwIfAborted();
			// Whoever uses this instance knows its address from the first start on.
			if (!this.#isSettled) this.port = await freePort(this.port);
			await this.#launch(onSpawn);
			try {
				const withinMs = READY_WITHIN_MS;
				await waitUntil(() => this.#isReady(), { what: 'n8n to answer', withinMs, detail: () => this.#describeLog(), signal });
				this.#isSettled = true;
				return;
			} catch (error) {
				await this.stop();
				// Between finding a free port and using it, somebody else may take it.
				if (this.#isSettled || attempt === 3 || !/already in use/.test(this.#logTail)) throw error;
			}
		}
	}

	async #launch(onSpawn) {
		const log = createWriteStream(this.logFile, { flags: this.#child ? 'a' : 'w', mode: 0o600 });
		this.#logTail = '';
		const env = {
			...cleanEnvironment(),
			...QUIET,
			N8N_USER_FOLDER: this.userFolder,
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_HOST: '127.0.0.1',
			N8N_PORT: String(this.port),
			N8N_EDITOR_BASE_URL: this.url,
			N8N_RUNNERS_BROKER_PORT: String(await freePort()),
			...(this.#command === 'worker' ? { QUEUE_HEALTH_CHECK_ACTIVE: 'true', QUEUE_HEALTH_CHECK_PORT: String(this.port) } : {}),
			...this.#env,
		};
		const { node, n8n } = this.#program;
		this.#child = startGroup(node, [n8n, this.#command], { cwd: this.userFolder, env, stdio: ['ignore', 'pipe', 'pipe'] });
		if (this.#child.pid !== undefined) onSpawn?.(this.#child.pid);
		for (const stream of [this.#child.stdout, this.#child.stderr]) {
			stream.on('data', (chunk) => {
				log.write(chunk);
				this.#logTail = (this.#logTail + chunk).slice(-4_000);
			});
		}
		this.#child.once('close', () => log.end());
	}

	/** Asks n8n to stop, and ends it if it does not within the bound. */
	async stop(graceMs = 15_000) {
		if (this.#child) await stopGroup(this.#child, graceMs);
	}

	/** What a crash or a power cut does. */
	async kill() {
		if (this.#child) await killGroup(this.#child);
	}

	async #isReady() {
		if (this.pid === undefined) throw new Error(`n8n ended while starting. ${this.#describeLog()}`);
		try {
			const health = await fetch(`${this.url}/healthz/readiness`, { signal: AbortSignal.timeout(2_000) });
			if (!health.ok) return false;
			if (this.#command === 'worker') return true;
			// Healthy comes before the routes are there: until then n8n answers with a page instead of JSON.
			const login = await fetch(`${this.url}/rest/login`, { signal: AbortSignal.timeout(2_000) });
			return Boolean(login.headers.get('content-type')?.includes('json'));
		} catch {
			return false;
		}
	}

	#describeLog() {
		return `The end of its log (${this.logFile}):\n${this.#logTail.trimEnd().split('\n').slice(-25).join('\n')}`;
	}
}
