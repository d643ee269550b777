import { randomUUID } from 'node:crypto';
import { Executions } from './Executions.mjs';
import { waitUntil } from './waitUntil.mjs';

/** An answer of n8n that says no. `message` carries n8n's own words. */
class N8nApiError extends Error {
	constructor(request, status, message) {
		super(`n8n answered ${status} to ${request}: ${message}`);
		this.name = 'N8nApiError';
		this.status = status;
	}
}

/** A workflow that was published and whose trigger could not be activated. */
class ActivationError extends Error {
	constructor(messages) {
		super(messages.join('\n'));
		this.name = 'ActivationError';
	}
}

/** n8n tries an activation five times, with pauses of 1, 2, 4 and 8 seconds. */
const PUBLISHED_WITHIN_MS = 120_000;

/**
 * The little of n8n's REST interface that the demo and the tests need.
 *
 * The editor's own interface (/rest) does what the public one cannot: manual runs, credential tests, lists of options. The
 * public one (/api/v1) shows executions with readable data and a workflow's static data.
 */
export class N8nApi {
	#executions = new Executions(this);
	/** @type {Set<string>} The workflows that were published here. */
	#published = new Set();
	#cookie;
	#apiKey;

	/** @param {string} url of the instance */
	constructor(url) {
		this.url = url;
	}

	/**
	 * Logs in to the owner account, or makes it on a user folder that has none.
	 *
	 * @param {{ email: string, password: string, firstName?: string, lastName?: string }} account
	 */
	async signIn({ email, password, firstName = 'Demo', lastName = 'Owner' }) {
		try {
			await this.rest('POST', '/owner/setup', { email, password, firstName, lastName });
		} catch (error) {
			// 400: there is an owner.
			if (error.status !== 400) throw error;
			await this.rest('POST', '/login', { emailOrLdapLoginId: email, password });
		}
	}

	/** @returns {Promise<{ id: string, name: string, type: string }>} */
	async createCredential({ name, type, data }) {
		return await this.rest('POST', '/credentials', { name, type, data });
	}

	/** Creates the credential, or gives the one of this name and type new data. */
	async saveCredential({ name, type, data }) {
		const existing = (await this.rest('GET', '/credentials')).find(
			(credential) => credential.name === name && credential.type === type,
		);
		if (!existing) return await this.createCredential({ name, type, data });
		return await this.rest('PATCH', `/credentials/${existing.id}`, { name, type, data });
	}

	/**
	 * What the Test button of a credential does.
	 *
	 * @returns {Promise<{ status: 'OK' | 'Error', message: string }>}
	 */
	async testCredential({ id = '', name, type, data }) {
		return await this.rest('POST', '/credentials/test', { credentials: { id, name, type, data } });
	}

	async createWorkflow(workflow) {
		return await this.rest('POST', '/workflows', { settings: {}, ...workflow });
	}

	/** Creates the workflow, or replaces the nodes of the one with this name. */
	async saveWorkflow(workflow) {
		const existing = (await this.listWorkflows()).find(({ name }) => name === workflow.name);
		if (!existing) return await this.createWorkflow(workflow);
		return await this.rest('PATCH', `/workflows/${existing.id}`, workflow);
	}

	/** @returns {Promise<{ id: string, name: string, activeVersionId: string | null }[]>} */
	async listWorkflows() {
		return await this.rest('GET', '/workflows');
	}

	/** @returns {Promise<object>} the workflow as the public interface shows it, with `staticData` */
	async getWorkflow(id) {
		return await this.publicApi('GET', `/workflows/${id}`);
	}

	/** Overwrites a workflow, also its `staticData` if given. */
	async putWorkflow(id, { name, nodes, connections, settings = {}, staticData }) {
		return await this.publicApi('PUT', `/workflows/${id}`, { name, nodes, connections, settings, staticData });
	}

	/**
	 * Publishes a workflow's newest version and waits for what becomes of it: publishing only puts the activation into a
	 * queue. A trigger that cannot be activated is an ActivationError with n8n's message.
	 *
	 * @param {string} id
	 * @param {{ signal?: AbortSignal }} [options]
	 */
	async publish(id, { signal } = {}) {
		const { versionId } = await this.rest('GET', `/workflows/${id}`);
		this.#published.add(id);
		await this.rest('POST', `/workflows/${id}/activate`, { versionId });
		const { status, triggers } = await this.#settled(id, ['published', 'partial', 'failed'], signal);
		if (status !== 'published') {
			throw new ActivationError(
				triggers.filter((trigger) => trigger.status === 'failed').map(({ errorMessage }) => errorMessage ?? 'no reason given'),
			);
		}
	}

	/**
	 * @param {string} id
	 * @param {{ signal?: AbortSignal }} [options]
	 */
	async unpublish(id, { signal } = {}) {
		await this.rest('POST', `/workflows/${id}/deactivate`, {});
		await this.#settled(id, ['not_published'], signal);
		this.#published.delete(id);
	}

	/** Unpublishes what was published by this object: an n8n that others use goes on without it. */
	async unpublishOwn() {
		for (const id of this.#published) await this.unpublish(id);
	}

	/** Makes a polling trigger look now: activation itself polls once, and the shortest schedule is a minute. */
	async pollNow(id) {
		await this.unpublish(id);
		await this.publish(id);
	}

	/**
	 * Runs a workflow as the button in the editor does and waits for the end.
	 *
	 * @param {string} id
	 * @param {string} triggerName
	 * @param {object} [given] what the trigger gives, where it does not find that out itself: what somebody wrote in the chat
	 * @returns {Promise<Execution>}
	 */
	async runManually(id, triggerName, given) {
		const data = given && {
			startTime: Date.now(),
			executionTime: 0,
			executionStatus: 'success',
			executionIndex: 0,
			data: { main: [[{ json: given }]] },
			source: [null],
		};
		const { executionId } = await this.rest('POST', `/workflows/${id}/run`, { triggerToStartFrom: { name: triggerName, data } });
		return await this.finishedExecution(executionId);
	}

	/**
	 * The executions of a workflow with their data; also those of which n8n did not hear that they ended.
	 *
	 * @returns {Promise<Execution[]>} oldest first
	 */
	async executions(workflowId) {
		return await this.#executions.of(workflowId);
	}

	/** @returns {Promise<Execution>} */
	async finishedExecution(executionId, withinMs = 180_000) {
		return await waitUntil(
			async () => {
				const execution = await this.publicApi('GET', `/executions/${executionId}?includeData=true`);
				return execution.stoppedAt ? execution : undefined;
			},
			{ what: `execution ${executionId} to end`, withinMs },
		);
	}

	/**
	 * What the editor asks to fill a list in a node's panel.
	 *
	 * @param {{ nodeType: string, typeVersion?: number, methodName: string, path: string, parameters: object, credentials: object }} request
	 * @returns {Promise<{ name: string, value: string }[]>}
	 */
	async loadOptions({ nodeType, typeVersion = 1, methodName, path, parameters, credentials }) {
		return await this.rest('POST', '/dynamic-node-parameters/options', {
			nodeTypeAndVersion: { name: nodeType, version: typeVersion },
			methodName,
			path: `parameters.${path}`,
			currentNodeParameters: parameters,
			credentials,
		});
	}

	/**
	 * A request to the editor's own interface; gives what n8n puts into `data`.
	 *
	 * @param {string} method
	 * @param {string} path
	 * @param {object} [body]
	 * @returns {Promise<any>}
	 */
	async rest(method, path, body) {
		const response = await this.#fetch(method, `/rest${path}`, body, this.#cookie && { cookie: this.#cookie });
		const cookies = response.headers.getSetCookie();
		if (cookies.length > 0) this.#cookie = cookies.map((cookie) => cookie.split(';')[0]).join('; ');
		const answer = /** @type {{ data: any }} */ (await response.json());
		return answer.data;
	}

	/**
	 * A request to the public interface, with a key that is made for the first one.
	 *
	 * @param {string} method
	 * @param {string} path
	 * @param {object} [body]
	 * @returns {Promise<any>}
	 */
	async publicApi(method, path, body) {
		this.#apiKey ??= this.#createApiKey();
		const response = await this.#fetch(method, `/api/v1${path}`, body, { 'x-n8n-api-key': await this.#apiKey });
		return await response.json();
	}

	async #createApiKey() {
		const scopes = await this.rest('GET', '/api-keys/scopes');
		const { rawApiKey } = await this.rest('POST', '/api-keys', { label: `imap-sync ${randomUUID()}`, scopes, expiresAt: null });
		return rawApiKey;
	}

	async #settled(id, wanted, signal) {
		let last;
		return await waitUntil(
			async () => {
				last = await this.rest('GET', `/workflows/${id}/publication-status`);
				return wanted.includes(last.status) ? last : undefined;
			},
			{
				what: `workflow ${id} to be ${wanted.join(' or ')}`,
				withinMs: PUBLISHED_WITHIN_MS,
				detail: () => `It is ${last.status}`,
				signal,
			},
		);
	}

	async #fetch(method, path, body, headers) {
		const response = await fetch(`${this.url}${path}`, {
			method,
			headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
			body: body && JSON.stringify(body),
			signal: AbortSignal.timeout(60_000),
		});
		if (response.ok) return response;
		const text = await response.text();
		let message = text.slice(0, 500);
		try {
			message = JSON.parse(text).message ?? message;
		} catch {
			// Not JSON: what n8n's web server or something in between says.
		}
		throw new N8nApiError(`${method} ${path}`, response.status, message);
	}
}

/**
 * The items that a node gave in an execution.
 *
 * @public for the end-to-end tests, which import it by its path at run time
 * @param {Execution} execution
 * @param {string} nodeName
 * @returns {object[]} their `json`
 */
export function itemsOf(execution, nodeName) {
	const runs = execution.data?.resultData?.runData?.[nodeName] ?? [];
	return runs.flatMap((run) => (run.data?.main ?? []).flatMap((output) => (output ?? []).map((item) => item.json)));
}

/**
 * @typedef {{ id: string, status: string, mode: string, startedAt: string, stoppedAt: string | null, workflowId: string, data: any }} Execution
 */
