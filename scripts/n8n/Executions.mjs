import { setTimeout as delay } from 'node:timers/promises';

/**
 * How often n8n is asked for its lists at most, and where they have not changed for a while. Whoever waits for the next full minute
 * would otherwise cost n8n more than the workflow that he waits for.
 */
const LIST_EVERY_MS = { least: 500, most: 2_000 };

/** After its answers n8n is left alone for so many times as long as they took: on a busy machine it has other work. */
const TIMES_AS_LONG = 9;

/**
 * The executions of an n8n. Tests ask again and again until something is there, for many workflows at a time, and an n8n that answers
 * them all has no time for its workflows: who asks meanwhile shares one answer, and what has ended is read once.
 */
export class Executions {
	/** @type {Map<string, Execution>} */
	#ended = new Map();
	/** @type {Map<string, Execution>} Without data: those that the public list does not show. */
	#unheard = new Map();
	/** @type {Promise<Execution[]> | undefined} The list that is not yet asked for. */
	#next;
	/** @type {Promise<unknown>} */
	#last = Promise.resolve();
	/** When n8n may be asked again. */
	#restedAt = 0;
	#everyMs = 0;
	/** @type {string | undefined} What tells the last list from one in which something happened. */
	#seen;

	#clock;

	/**
	 * @param {Pick<import('./N8nApi.mjs').N8nApi, 'publicApi' | 'rest'>} api
	 * @param {{ now(): number, delay(ms: number): Promise<unknown> }} [clock]
	 */
	constructor(api, clock = { now: Date.now, delay }) {
		this.api = api;
		this.#clock = clock;
	}

	/**
	 * Those of a workflow with their data. The public list leaves out what the main process believes to be running, and in queue mode that
	 * may have ended unheard (docs/queue-mode.md): what has ended by the editor's list, which reads the database, is added.
	 *
	 * @param {string} workflowId
	 * @returns {Promise<Execution[]>} oldest first
	 */
	async of(workflowId) {
		const listed = (await this.#list()).filter((execution) => execution.workflowId === workflowId);
		const found = [];
		for (const execution of listed) found.push(await this.#read(execution));
		return found.sort((a, b) => Number(a.id) - Number(b.id));
	}

	/** One with its data. */
	async #read({ id, status, stoppedAt }) {
		const kept = this.#ended.get(id);
		if (kept && kept.status === status && kept.stoppedAt === stoppedAt) return kept;
		const execution = await this.api.publicApi('GET', `/executions/${id}?includeData=true`);
		if (execution.stoppedAt) this.#ended.set(id, execution);
		return execution;
	}

	/** All of them, without data, as they are after this call. */
	#list() {
		this.#next ??= (async () => {
			await this.#last;
			await this.#clock.delay(Math.max(0, this.#restedAt - this.#clock.now()));
			this.#next = undefined;
			const begun = this.#clock.now();
			const asked = this.#ask();
			this.#last = asked
				.catch(() => [])
				.then((executions) => {
					const lasted = this.#clock.now() - begun;
					this.#restedAt = begun + Math.max(this.#nextPause(executions), (1 + TIMES_AS_LONG) * lasted);
				});
			return await asked;
		})();
		return this.#next;
	}

	/** Twice as long each time that nothing has happened. */
	#nextPause(executions) {
		const seen = executions.map(({ id, status, stoppedAt }) => `${id} ${status} ${stoppedAt}`).join();
		const { least, most } = LIST_EVERY_MS;
		this.#everyMs = seen === this.#seen ? Math.min(2 * this.#everyMs, most) : least;
		this.#seen = seen;
		return this.#everyMs;
	}

	async #ask() {
		const listed = await this.#pages((query) => this.api.publicApi('GET', `/executions?${query}`), { limit: '250' });
		const inDatabase = await this.#pages(
			async (query) => {
				const { results, nextCursor } = await this.api.rest('GET', `/executions?${query}`);
				return { data: results, nextCursor };
			},
			{ filter: '{}', limit: '100' },
		);
		const known = new Set(listed.map(({ id }) => id));
		for (const execution of inDatabase)
			if (execution.stoppedAt && !known.has(execution.id)) this.#unheard.set(execution.id, execution);
		for (const id of known) this.#unheard.delete(id);
		return [...listed, ...this.#unheard.values()];
	}

	/** All entries of a list that n8n gives page by page. */
	async #pages(read, query) {
		const found = [];
		let cursor;
		do {
			const page = await read(new URLSearchParams({ ...query, ...(cursor && { cursor }) }));
			found.push(...page.data);
			cursor = page.nextCursor;
		} while (cursor);
		return found;
	}
}

/** @typedef {import('./N8nApi.mjs').Execution} Execution */
