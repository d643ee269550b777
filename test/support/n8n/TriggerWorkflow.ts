import { randomUUID } from 'node:crypto';
import { importScript, type Execution, type Item, type N8nApi } from './scripts';

const trigger = 'IMAP Sync Trigger';
const nodeType = 'n8n-nodes-imap-sync.imapSyncTrigger';
const credentialType = 'imapSyncApi';

/** What the credential's fields hold. */
export interface MailboxLogin {
	user: string;
	password: string;
	host: string;
	port: number;
	security?: 'tls' | 'starttls' | 'none';
	allowUnauthorizedCerts?: boolean;
	notesFolder?: string;
	proxyUrl?: string;
}

/** The data of a credential as the editor sends it. */
export function credentialData(login: MailboxLogin) {
	return { security: 'none', allowUnauthorizedCerts: false, ...login };
}

/** A workflow that has nothing but the trigger: what it emits are the executions. */
export class TriggerWorkflow {
	private constructor(
		private readonly api: N8nApi,
		readonly id: string,
		private readonly parameters: object,
		private readonly credentials: object,
	) {}

	static async create(api: N8nApi, login: MailboxLogin, parameters: object = {}): Promise<TriggerWorkflow> {
		const name = `workflow ${randomUUID()}`;
		const { id } = await api.createCredential({ name, type: credentialType, data: credentialData(login) });
		const credentials = { [credentialType]: { id, name } };
		const all = {
			authentication: 'password',
			triggerOn: ['messageNew', 'messageUpdated', 'messageDeleted'],
			folderSelection: 'chosen',
			folders: ['INBOX'],
			startFrom: 'now',
			output: 'content',
			pollTimes: { item: [{ mode: 'everyMinute' }] },
			...parameters,
		};
		const node = {
			id: randomUUID(),
			name: trigger,
			type: nodeType,
			typeVersion: 1,
			position: [0, 0],
			parameters: all,
			credentials,
		};
		const workflow = await api.createWorkflow({ name, nodes: [node], connections: {} });
		return new TriggerWorkflow(api, workflow.id, all, credentials);
	}

	async publish(): Promise<void> {
		await this.api.publish(this.id);
	}

	async unpublish(): Promise<void> {
		await this.api.unpublish(this.id);
	}

	/** Lets the trigger look into the mailbox now instead of at the next minute. */
	async poll(): Promise<void> {
		await this.api.pollNow(this.id);
	}

	/** A test run as from the editor. */
	async runManually(): Promise<{ execution: Execution; items: Item[] }> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		const execution = await this.api.runManually(this.id, trigger);
		return { execution, items: itemsOf(execution, trigger) };
	}

	async staticData(): Promise<unknown> {
		return (await this.api.getWorkflow(this.id)).staticData;
	}

	/** The entries of the folder list in the editor. */
	async folderOptions(): Promise<Array<{ name: string; value: string }>> {
		const { parameters, credentials } = this;
		return await this.api.loadOptions({ nodeType, methodName: 'getFolders', path: 'folders', parameters, credentials });
	}

	async executions(): Promise<Execution[]> {
		return (await this.api.executions(this.id)).filter(({ mode }) => mode !== 'manual');
	}

	/**
	 * Everything the trigger has emitted, in order, as soon as it is at least `count` items. A test that compares all of it
	 * notices an item too many at its next step at the latest.
	 */
	async emitted(count: number, withinMs = 180_000): Promise<Item[]> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		const { waitUntil } = await importScript('waitUntil.mjs');
		let executions: Execution[] = [];
		let items: Item[] = [];
		let failed: Execution[] = [];
		await waitUntil(
			async () => {
				executions = await this.executions();
				failed = executions.filter(({ status }) => ['error', 'crashed'].includes(status));
				items = executions.flatMap((execution) => itemsOf(execution, trigger));
				return failed.length > 0 || (items.length >= count && executions.every(({ stoppedAt }) => stoppedAt));
			},
			{ what: `${count} items`, withinMs },
		).catch(async (error: Error) => {
			// A wait that came to nothing on a machine that nobody can look at has only these words to be understood by.
			const seen = executions.map(({ id, status, startedAt, stoppedAt }) => ({ id, status, startedAt, stoppedAt }));
			const state = JSON.stringify(await this.staticData()).slice(0, 2_000);
			error.message += `. There are ${items.length}, of executions ${JSON.stringify(seen)}; the static data is ${state}`;
			throw error;
		});
		if (failed.length > 0) throw new Error(`An execution failed: ${JSON.stringify(failed[0].data).slice(0, 2_000)}`);
		return items;
	}
}
