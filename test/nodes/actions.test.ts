import type { IDataObject } from 'n8n-workflow';
import type { ConnectSession } from '../../nodes/ImapSync/actions/ActionRun';
import { pathOf, splitPath } from '../../nodes/ImapSync/actions/folder/folderPath';
import { actionProperties, findOperation, operations } from '../../nodes/ImapSync/actions/registry';
import { asShown } from '../../nodes/ImapSync/actions/tool/toolFields';
import { referenceTo } from '../../sync/reading/messageReference';
import { asUid } from '../../sync/uids/uid';
import { SyncError } from '../../sync/errors/syncError';
import { runNode, type ExecuteOptions } from '../support/executeContext';

const named = operations.map((operation) => [`${operation.resource} ${operation.value}`, operation] as const);

describe('the operations', () => {
	it('have names of their own', () => {
		expect(new Set(named.map(([name]) => name)).size).toBe(operations.length);
		expect(new Set(operations.map(({ action }) => action)).size).toBe(operations.length);
	});

	it.each(named)('%s speaks as n8n does', (_name, { name, action, description, resource }) => {
		expect(name).toMatch(/^[A-Z]/);
		expect(action).toMatch(/^[A-Z][a-z]/);
		expect(action).not.toMatch(/\b(a|an|the)\b|\.$/);
		if (resource !== 'change' && resource !== 'archive') expect(action).toContain(resource);
		expect(description).toMatch(/^[A-Z].*[^.]$/);
		expect(description).not.toBe(action);
	});

	it.each(named)('%s has fields with texts, each once, that refer to its own fields only', (_name, { properties }) => {
		const names = properties.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		for (const { displayName, description, displayOptions, type, name } of properties.flatMap(asShown)) {
			expect(displayName).not.toBe('');
			expect(['resource', 'operation', 'authentication']).not.toContain(name);
			if (type === 'boolean') expect(description).toMatch(/^Whether /);
			for (const other of Object.keys(displayOptions?.show ?? {})) expect([...names, '@tool']).toContain(other);
		}
	});

	it.each(named)('%s has its options in alphabetical order', (_name, { properties }) => {
		for (const { type, options } of properties) {
			if (type !== 'collection') continue;
			const names = (options ?? []).map((option) => ('displayName' in option ? option.displayName : option.name));
			expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		}
	});

	it('that this version does not have are refused by name', () => {
		expect(() => findOperation('message', 'explode')).toThrow(
			'This version of the node has no operation "explode" for "message"',
		);
	});
});

describe("the node's fields", () => {
	const properties = actionProperties();

	it('begin with resource, what is needed most first, and operation, in alphabetical order', () => {
		expect(properties[0].name).toBe('resource');
		expect(properties[1].name).toBe('operation');
		expect(properties[0].options?.map(({ name }) => name)).toEqual(['Message', 'Folder', 'Change', 'Archive']);
		for (const field of properties.filter(({ name }) => name === 'operation')) {
			const names = (field.options ?? []).map(({ name }) => name);
			expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
			expect(field.options).toContainEqual(expect.objectContaining({ value: field.default }));
		}
	});

	it('are shown for their operation only, and keep their own conditions', () => {
		for (const { name, displayOptions } of properties) {
			if (['resource', 'operation', 'authentication'].includes(name)) continue;
			const { resource, operation } = displayOptions?.show ?? {};
			expect(resource).toHaveLength(1);
			expect(operation).toHaveLength(1);
			expect(findOperation(String(resource?.[0]), String(operation?.[0])).properties.map((property) => property.name)).toContain(
				name,
			);
		}
		const uid = properties.find(({ name }) => name === 'uid');
		expect(uid?.displayOptions?.show).toMatchObject({ messageFrom: ['uid'] });
	});
});

describe('which message is meant', () => {
	const never: ConnectSession = async () => {
		throw new Error('the node connected');
	};
	const codes = async (item: IDataObject, parameters: Record<string, unknown> = {}): Promise<unknown[]> => {
		const { items } = await runNode({
			items: [item],
			parameters: { resource: 'message', operation: 'markRead', ...parameters },
			continueOnFail: true,
			connect: never,
		});
		return items.map(({ json }) => json.error);
	};

	it.each([
		[{}, 'has no folder'],
		[{ folder: 'INBOX' }, 'has no uid'],
		[{ folder: 'INBOX', uid: '1:5' }, 'has no uid'],
		[{ folder: 7, uid: 7 }, 'has no folder'],
	])('is refused without connecting: %j', async (item, words) => {
		expect(await codes(item)).toEqual([expect.stringContaining(words)]);
	});

	it.each([
		[{ uid: '' }, 'UID is empty'],
		[{ uid: '1:*' }, 'must be a UID such as 4711'],
		[{ uid: '1:4294967295' }, 'names 4294967295 messages'],
		[{ uid: '5', uidValidity: 'x' }, 'UID Validity must be a number'],
		[{ uid: '5', folder: '' }, 'Folder is empty'],
	])('is refused with the name of the field: %j', async (parameters, words) => {
		expect(await codes({}, { messageFrom: 'uid', ...parameters })).toEqual([expect.stringContaining(words)]);
	});

	const { user } = { user: 'alice@example.com' };
	const id = referenceTo({ account: user, folder: 'INBOX', uidValidity: '7', uid: asUid(3) })!;
	const credential = { user, password: 'secret', host: 'imap.example.com', port: 993, security: 'tls' };
	const before = (name: string, items: IDataObject[], type = 'n8n-nodes-base.httpRequest') => ({
		name,
		type,
		before: true,
		items,
	});
	/** Whether the node was about to ask the server, that is: knew which message is meant; else what it says. */
	const meant = async (options: Partial<ExecuteOptions>): Promise<unknown> => {
		const { items } = await runNode({
			parameters: { resource: 'message', operation: 'markRead' },
			credential,
			continueOnFail: true,
			connect: async () => {
				throw new SyncError('connectionLost', { reason: 'ended', host: 'imap.example.com' });
			},
			...options,
		});
		return items.map(({ json: { error, details } }) => {
			const { code, uid } = details as IDataObject;
			return code === 'connectionLost' ? (uid ?? 'found') : error;
		});
	};

	it('is known from the id of the item, whatever else it holds', async () => {
		expect(await meant({ items: [{ id, folder: 'Done', uid: 'u-17' }, { id: ` ${id}\n` }] })).toEqual(['found', 'found']);
	});

	it('is known from the nearest item that has one, where other nodes came between', async () => {
		const others = [before('CRM', [{ id: 4711 }, { ok: true }]), before('Trigger', [{ id }, { id }])];
		expect(await meant({ items: [{ id: 'crm-1' }, {}], others })).toEqual(['found', 'found']);
		// What a version without ids handed out counts too.
		const old = [before('Trigger', [{ folder: 'INBOX', uid: 3, uidValidity: '7' }])];
		expect(await meant({ items: [{ status: 200 }], others: old })).toEqual(['found']);
	});

	it.each([
		[[{ id: id.slice(0, -3) }], [], 'is none, or only a part of one'],
		[
			[{ id: referenceTo({ account: 'bob@example.com', folder: 'INBOX', uidValidity: '7', uid: asUid(3) })! }],
			[],
			'is of a message of another account than alice@example.com',
		],
		[
			[{ attributes: { uid: 7 }, textPlain: 'Hi' }],
			[before('Email Trigger', [{ attributes: { uid: 7 } }], 'n8n-nodes-base.emailReadImap')],
			'comes from "Email Trigger", a node of n8n\'s own that gives neither the folder of a message',
		],
		[
			[{ ok: true }],
			[
				before('CRM', [{ ok: true }]),
				before('Gmail Trigger', [{ id: '18c2f1d0', threadId: '18c2' }], 'n8n-nodes-base.gmailTrigger'),
			],
			'comes from "Gmail Trigger", a node of n8n\'s own that names messages by ids of Gmail',
		],
		[
			[{ ok: true }],
			[before('Outlook', [{ internetMessageId: '<x@y>' }], 'n8n-nodes-base.microsoftOutlookTrigger')],
			'comes from "Outlook", a node of n8n\'s own that names messages by ids of Outlook',
		],
		[
			[{ folder: 'Done', previous: { folder: 'INBOX', uid: 3, uidValidity: '7' } }],
			[before('Trigger', [{ id }])],
			'did not say which UID the message has in the folder "Done"',
		],
	] as Array<[IDataObject[], ExecuteOptions['others'], string]>)(
		'is told clearly where it is not known: %j',
		async (items, others, words) => {
			expect(await meant({ items, others })).toEqual([expect.stringContaining(words)]);
		},
	);

	it('is known from ids that were typed, or that a list gives', async () => {
		const parameters = { resource: 'message', operation: 'markRead', messageFrom: 'id' };
		expect(await meant({ parameters: { ...parameters, id: `${id}, ${id}` } })).toEqual(['found']);
		expect(await meant({ parameters: { ...parameters, id: () => [id, id] } })).toEqual(['found']);
		expect(await meant({ parameters: { ...parameters, id: '4711' } })).toEqual([expect.stringContaining('"4711" is none')]);
		expect(await meant({ parameters: { ...parameters, id: '' } })).toEqual(['ID is empty']);
	});

	it('takes each parameter once for an item, however many messages it means', async () => {
		let evaluated = 0;
		const toFolder = (): string => {
			evaluated++;
			return 'Done';
		};
		const parameters = { resource: 'message', operation: 'move', messageFrom: 'uid', uid: '1,3,5,7,9', toFolder };
		await meant({ items: [{}, {}], parameters });
		expect(evaluated).toBeLessThanOrEqual(4);
	});

	it('is an error that ends the node where it is not set to continue, with the item it belongs to', async () => {
		await expect(
			runNode({
				items: [{ folder: 'INBOX', uid: 1 }, {}],
				parameters: { resource: 'message', operation: 'markRead' },
				connect: never,
			}),
		).rejects.toMatchObject({ message: expect.stringContaining('has no folder') as string, context: { itemIndex: 1 } });
	});

	it('gives nothing for no input items, and connects to nothing', async () => {
		expect(
			(await runNode({ items: [], parameters: { resource: 'message', operation: 'markRead' }, connect: never })).items,
		).toEqual([]);
	});
});

describe('the place of a folder', () => {
	const courier = { hierarchy: { prefix: 'INBOX.', delimiter: '.' } };
	const dovecot = { hierarchy: { prefix: '', delimiter: '/' } };

	it.each([
		[dovecot, 'Orders', undefined, 'Orders'],
		[dovecot, 'Orders', 'Work', 'Work/Orders'],
		[courier, 'Orders', undefined, 'INBOX.Orders'],
		[courier, 'INBOX.Orders', undefined, 'INBOX.Orders'],
		[courier, 'Orders', 'INBOX.Work', 'INBOX.Work.Orders'],
	])('%j: "%s" in %s is %s', (server, name, parent, path) => {
		expect(pathOf(server, name, parent)).toBe(path);
	});

	it('is told apart from its name', () => {
		expect(splitPath(courier, 'INBOX.Work.Orders')).toEqual({ parent: 'INBOX.Work', name: 'Orders' });
		expect(splitPath(dovecot, 'Orders')).toEqual({ name: 'Orders' });
	});
});
