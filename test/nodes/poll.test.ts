import { ObservableObject, type IDataObject, type INodeExecutionData, type IRun } from 'n8n-workflow';
import { poll } from '../../nodes/ImapSyncTrigger/poll';
import { readMailbox } from '../../nodes/shared/credentials';
import { DescribedError } from '../../nodes/shared/describedError';
import { reportsFor } from '../../nodes/shared/watchReports';
import { SyncError, type SyncErrorCode } from '../../sync/errors/syncError';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { MailServer } from '../../sync/server/mailServer';
import { FakeAccount, FakeMailServer, type FakeHooks } from '../support/fakeMailServer';
import { UidSet } from '../../sync/uids/uidSet';
import { credential, pollContext, type PollContext, type PollContextOptions } from '../support/n8nContext';

const MINUTE = 60_000;
const mail = (subject: string, body = 'Hello'): string =>
	`From: Bob <bob@example.com>\r\nTo: alice@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n${body}\r\n`;

/** n8n, a mail account, and a clock: everything around the node. */
class World {
	readonly account = new FakeAccount();
	now = Date.parse('2026-11-22T12:00:00Z');
	/** What connecting throws. */
	refusal: SyncError | undefined;
	hooks: FakeHooks = {};
	readonly connections: ConnectionSettings[] = [];
	open = 0;
	current: PollContext;
	/** As n8n keeps it in its database. */
	private saved: IDataObject;

	constructor(private readonly options: PollContextOptions = {}) {
		this.saved = options.staticData ?? {};
		this.current = pollContext({ workflowId: `world-${Math.random()}`, ...options, staticData: this.saved });
	}

	/** A new context of the same node: the workflow was published again, n8n was restarted, or another tick of the scheduler. */
	newContext(options: PollContextOptions = {}): void {
		this.current = pollContext({
			workflowId: this.current.context.getWorkflow().id,
			...this.options,
			staticData: this.current.staticData,
			sharedData: options.staticData ? {} : this.current.sharedData,
			...options,
		});
	}

	async poll(): Promise<INodeExecutionData[]> {
		const result = await poll(this.current.context, { connect: (settings) => this.connect(settings), now: () => this.now });
		expect(this.open).toBe(0);
		if (result === null) return [];
		expect(result).toHaveLength(1);
		expect(result[0].length).toBeGreaterThan(0);
		return result[0];
	}

	async later(minutes: number): Promise<INodeExecutionData[]> {
		this.now += minutes * MINUTE;
		return await this.poll();
	}

	get errors(): string[] {
		return this.current.log.filter(({ level }) => level === 'error').map(({ message }) => message);
	}

	get warnings(): string[] {
		return this.current.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
	}

	server(): FakeMailServer {
		return new FakeMailServer(this.account, { hooks: this.hooks });
	}

	/** Resolves when the connection that is open now is closed. */
	async closed(): Promise<void> {
		await new Promise<void>((resolve) => (this.onClose = resolve));
	}

	private onClose: () => void = () => {};

	private async connect(settings: ConnectionSettings): Promise<MailServer> {
		this.connections.push(settings);
		if (this.refusal !== undefined) throw this.refusal;
		const server = this.server();
		const close = server.close.bind(server);
		this.open++;
		let isOpen = true;
		server.close = async () => {
			if (isOpen) this.open--;
			isOpen = false;
			this.onClose();
			await close();
		};
		return server;
	}
}

const failure = (code: SyncErrorCode, message = `${code} happened`): SyncError =>
	new DescribedError(code, message, 'Do something about it.');
const told = (items: INodeExecutionData[]): string[] => items.map(({ json }) => `${json.event} ${json.folder}/${json.uid}`);

describe('polling', () => {
	it('hands out what arrives after the first poll, once', async () => {
		const world = new World();
		world.account.append('INBOX', mail('old'));
		expect(await world.poll()).toEqual([]);
		world.account.append('INBOX', mail('one'));
		world.account.append('INBOX', mail('two'));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/2', 'messageNew INBOX/3']);
		expect(await world.later(1)).toEqual([]);
	});

	it('reports a defect of this package at once, and logs its stack', async () => {
		const world = new World();
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.hooks.before = ({ method }) => {
			if (method === 'fetch') throw new TypeError('x is not a function');
		};
		await expect(world.later(1)).rejects.toThrow(
			'A defect in this package stopped the work in the folder "INBOX": TypeError: x is not',
		);
		expect(world.errors).toEqual([expect.stringMatching(/TypeError: x is not a function\s+at /)]);
	});

	it('gives the item of the contract', async () => {
		const world = new World();
		await world.poll();
		world.account.append('INBOX', mail('one'), { flags: ['\\Flagged'] });
		const [{ json, binary }] = await world.later(1);
		expect(Object.keys(json).slice(0, 10)).toEqual('subject from fromText to toText date snippet isRead isFlagged id'.split(' '));
		expect(json).toMatchObject({
			event: 'messageNew',
			account: 'alice@example.com',
			folder: 'INBOX',
			uid: 1,
			uidValidity: expect.stringMatching(/^\d+$/),
			origin: 'live',
			messageKey: expect.stringMatching(/^[0-9a-f]{24}$/),
			sequence: 1,
			detectedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
			flags: ['\\Flagged'],
			messageId: '<one@example.com>',
			subject: 'one',
			from: { name: 'Bob', address: 'bob@example.com' },
			date: '2026-11-22T10:00:00.000Z',
			text: expect.stringContaining('Hello'),
			attachments: [],
		});
		expect(JSON.parse(JSON.stringify(json))).toEqual(json);
		expect(json).not.toHaveProperty('oversize');
		expect(binary).toBeUndefined();
	});

	it('hands out updates and deletions', async () => {
		const world = new World({ parameters: { triggerOn: ['messageUpdated', 'messageDeleted'], output: 'reference' } });
		world.account.append('INBOX', mail('one'));
		world.account.append('INBOX', mail('two'));
		await world.poll();
		world.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		world.account.expunge('INBOX', [2]);
		const items = await world.later(1);
		expect(told(items).sort()).toEqual(['messageDeleted INBOX/2', 'messageUpdated INBOX/1']);
		expect(items.find(({ json }) => json.event === 'messageUpdated')?.json).toMatchObject({
			flagsAdded: ['\\Seen'],
			flagsRemoved: [],
		});
	});

	it('leaves for the next poll what is above the limit', async () => {
		const world = new World({ parameters: { startFrom: 'all', options: { maxMessages: 2 } } });
		for (let i = 1; i <= 5; i++) world.account.append('INBOX', mail(`m${i}`));
		const seen = [await world.poll(), await world.later(1), await world.later(1), await world.later(1)].map(
			(items) => items.length,
		);
		expect(seen).toEqual([2, 2, 1, 0]);
	});

	it('hands out the whole message as a file', async () => {
		const world = new World({ parameters: { startFrom: 'all', output: 'raw' } });
		const source = mail('a/b: "c"?');
		world.account.append('INBOX', source);
		const [{ binary }] = await world.poll();
		expect(binary?.message).toMatchObject({ mimeType: 'message/rfc822', fileName: 'a_b_ _c__.eml' });
		expect(world.current.fileOf(binary?.message).toString()).toBe(source);
	});

	it('keeps the budget that n8n tells', async () => {
		const world = new World({ pollBudgetMs: 36_000 });
		await world.poll();
		expect(world.connections[0]).toMatchObject({ connectTimeoutMs: 10_800, commandTimeoutMs: 14_400 });
	});
});

describe('who has the same credential', () => {
	const key = (password: string): string => readMailbox({ ...credential, password }, 'imapSyncApi', '1').credentialKey;
	/** What this world's trigger says of itself. */
	const askAt = (world: World, password: string): IDataObject[] => {
		const { id } = world.current.context.getWorkflow();
		return reportsFor('polling', key(password), world.now).filter(({ workflowId }) => workflowId === id);
	};
	const withPassword = (password: string, options: PollContextOptions = {}): World =>
		new World({ ...options, credential: { ...credential, password } });

	it('learns when the trigger looked, what waits, and what went wrong', async () => {
		const world = withPassword('first', { parameters: { options: { maxMessages: 1 } } });
		await world.poll();
		for (const subject of ['one', 'two', 'three']) world.account.append('INBOX', mail(subject));
		await world.later(1);
		const [first, ...others] = askAt(world, 'first');
		expect(others).toEqual([]);
		expect(first).toMatchObject({ node: 'Mailbox', lastLook: new Date(world.now).toISOString(), folders: 1, waiting: 2 });
		expect(first).toMatchObject({ reached: true, reachedAt: new Date(world.now).toISOString(), quarantined: 0 });
		expect(first).toMatchObject({ status: 'watching' });
		expect(first).not.toHaveProperty('whatToDo');
		expect(first).not.toHaveProperty('lastError');

		world.refusal = failure('loginRefused', 'The login was refused');
		await world.later(1).catch(() => undefined);
		const [then] = askAt(world, 'first');
		expect(then).toMatchObject({ reached: false, lastError: 'The login was refused', waiting: 2 });
		expect(then).toMatchObject({ status: 'paused', whatToDo: expect.stringMatching(/./) as string });
		expect(Date.parse(String(then.pausedUntil))).toBeGreaterThan(world.now);
		expect(JSON.stringify(then)).not.toContain('first');
	});

	it('alone learns of it, and after a day without a look nobody', async () => {
		const world = withPassword('second');
		await world.poll();
		expect(askAt(world, 'another')).toEqual([]);
		world.now += 23 * 60 * MINUTE;
		expect(askAt(world, 'second')).toHaveLength(1);
		world.now += 60 * MINUTE;
		expect(askAt(world, 'second')).toEqual([]);
	});

	it('learns that the trigger stopped where its position cannot be read, and what to do', async () => {
		const world = withPassword('fourth');
		await world.poll();
		world.account.append('INBOX', mail('one'));
		await world.later(1);
		expect(askAt(world, 'fourth')).toMatchObject([{ status: 'watching', folders: 1, waiting: 0 }]);

		world.newContext({ staticData: { imapSync: 'garbage' } });
		await world.later(1).catch(() => undefined);
		const [stopped, ...others] = askAt(world, 'fourth');
		expect(others).toEqual([]);
		expect(stopped).toMatchObject({ status: 'stopped', lastLook: new Date(world.now).toISOString() });
		expect(stopped.lastError).toMatch(/^The saved position of this node cannot be read/);
		expect(stopped.whatToDo).toMatch(/To start over, duplicate this node/);
		// What was counted in a position that is no more is not told as if it held.
		expect(stopped).not.toHaveProperty('waiting');

		world.newContext({ staticData: {} });
		await world.later(1);
		expect(askAt(world, 'fourth')).toMatchObject([{ status: 'watching', folders: 1 }]);
		expect(askAt(world, 'fourth')[0]).not.toHaveProperty('whatToDo');
	});

	it('learns nothing of a test in the editor', async () => {
		const world = withPassword('third', { mode: 'manual' });
		world.account.append('INBOX', mail('one'));
		await world.poll();
		expect(askAt(world, 'third')).toEqual([]);
	});
});

describe('messages that are odd', () => {
	it.each([
		['without a header', '\r\nonly a body'],
		['without a date', 'Subject: x\r\n\r\nbody'],
		['with a date in 2038', 'Subject: x\r\nDate: Tue, 19 Jan 2038 03:14:08 +0000\r\n\r\nbody'],
		['of 0 bytes', ''],
	])('%s come too, and so does the next one', async (_name, source) => {
		const world = new World({ parameters: { startFrom: 'all', triggerOn: ['messageNew', 'messageFailed'] } });
		world.account.append('INBOX', source);
		world.account.append('INBOX', mail('normal'));
		const items = await world.poll();
		expect(items.map(({ json }) => json.event)).toEqual(['messageNew', 'messageNew']);
		for (const { json } of items) if (json.date !== undefined) expect(String(json.date)).toMatch(/^20\d\d-.*Z$/);
	});

	it('larger than the limit come with their header, and say so', async () => {
		const world = new World({ parameters: { startFrom: 'all', output: 'raw', options: { maxMessageSize: 0.001 } } });
		world.account.append('INBOX', mail('big', 'x'.repeat(5000)));
		const [{ json, binary }] = await world.poll();
		expect(json).toMatchObject({ subject: 'big', oversize: true });
		expect(binary).toBeUndefined();
	});

	it('larger than the limit are whole where the header is all that was asked for', async () => {
		const world = new World({ parameters: { startFrom: 'all', output: 'metadata', options: { maxMessageSize: 0.001 } } });
		world.account.append('INBOX', mail('big', 'x'.repeat(5000)));
		const [{ json }] = await world.poll();
		expect(json).not.toHaveProperty('oversize');
		expect(json).not.toHaveProperty('cut');
	});

	it('that vanish between listing and fetch cost nothing but themselves', async () => {
		const world = new World({ parameters: { startFrom: 'all' } });
		world.account.append('INBOX', mail('gone'));
		world.account.append('INBOX', mail('stays'));
		let armed = true;
		world.hooks = {
			before: ({ method }) => {
				if (method !== 'fetch' || !armed) return;
				armed = false;
				world.account.expunge('INBOX', [1]);
			},
		};
		const items = [...(await world.poll()), ...(await world.later(1)), ...(await world.later(30))];
		expect(told(items)).toEqual(['messageNew INBOX/2']);
	});

	it('in folders with non-ASCII names come with the name', async () => {
		const world = new World({ parameters: { startFrom: 'all', folders: ['Entwürfe 日本'] } });
		world.account.createFolder('Entwürfe 日本');
		world.account.append('Entwürfe 日本', mail('one'));
		expect(told(await world.poll())).toEqual(['messageNew Entwürfe 日本/1']);
	});
});

describe('a try in the editor', () => {
	it('shows the newest message and touches no state', async () => {
		const world = new World({ mode: 'manual' });
		world.account.append('INBOX', mail('old'));
		world.account.append('INBOX', mail('newest'));
		const [first, second] = [await world.poll(), await world.poll()];
		expect(first.map(({ json }) => json.subject)).toEqual(['newest']);
		expect(second).toEqual(first);
		expect(world.current.staticData).toEqual({});
	});

	it.each([
		[false, undefined],
		[true, 'one'],
	])(
		'shows an update where that is all that is asked for, with its content only if asked for: %s',
		async (updatedContent, subject) => {
			const world = new World({ mode: 'manual', parameters: { triggerOn: ['messageUpdated'], options: { updatedContent } } });
			world.account.append('INBOX', mail('one'), { flags: ['\\Seen'] });
			const [{ json }] = await world.poll();
			expect(json).toMatchObject({ event: 'messageUpdated', uid: 1, flagsAdded: ['\\Seen'], flagsRemoved: [] });
			expect(json.subject).toBe(subject);
		},
	);

	it('says so when there is no message', async () => {
		await expect(new World({ mode: 'manual' }).poll()).rejects.toThrow('There is no message to show as a sample');
	});

	it('throws every error', async () => {
		const world = new World({ mode: 'manual' });
		world.refusal = failure('connectionTimedOut');
		await expect(world.poll()).rejects.toThrow('connectionTimedOut happened');
		world.refusal = failure('loginRefused');
		await expect(world.poll()).rejects.toThrow('loginRefused happened');
		await expect(world.poll()).rejects.toThrow('loginRefused happened');
		expect(world.connections).toHaveLength(3);
	});

	it('works while the trigger is polled', async () => {
		const world = new World();
		world.account.append('INBOX', mail('one'));
		await world.poll();
		const state = JSON.stringify(world.current.staticData);
		world.newContext({ mode: 'manual' });
		expect(await world.poll()).toHaveLength(1);
		expect(JSON.stringify(world.current.staticData)).toBe(state);
	});
});

describe('the state', () => {
	it('is one key of plain JSON, and is not touched when nothing changed', async () => {
		const world = new World();
		await world.poll();
		expect(Object.keys(world.current.staticData)).toEqual(['imapSync']);
		const { imapSync } = world.current.staticData;
		expect(JSON.parse(JSON.stringify(imapSync))).toEqual(imapSync);
		await world.later(1);
		expect(world.current.staticData.imapSync).toBe(imapSync);
	});

	it('is replaced, never changed in place', async () => {
		const world = new World();
		await world.poll();
		const before = world.current.staticData.imapSync;
		const copy = JSON.stringify(before);
		world.account.append('INBOX', mail('one'));
		await world.later(1);
		expect(world.current.staticData.imapSync).not.toBe(before);
		expect(JSON.stringify(before)).toBe(copy);
	});

	it('survives a scheduler that drops it when a poll hands nothing out', async () => {
		const world = new World({ activationMode: 'update' });
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.newContext({ staticData: {} });
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		expect(world.current.staticData).toHaveProperty('imapSync');
	});

	it('hands nothing over twice when n8n read it before it wrote it', async () => {
		// As n8n saves it with the workflow: it watches what changes.
		const copyOf = (data: IDataObject): { staticData: IDataObject; sharedData: IDataObject } => {
			const watched = ObservableObject.create({}, undefined, { ignoreEmptyOnFirstChild: true }) as Record<string, IDataObject>;
			const { own, shared } = structuredClone(data) as Record<string, IDataObject>;
			for (const [key, value] of Object.entries({ own, shared }))
				watched[key] = ObservableObject.create(value as never, watched as never) as IDataObject;
			return { staticData: watched.own, sharedData: watched.shared };
		};
		const held = (): IDataObject =>
			structuredClone({ own: { ...world.current.staticData }, shared: { ...world.current.sharedData } });
		const world = new World({ activationMode: 'update', ...copyOf({ own: {}, shared: {} }) });
		await world.poll();
		const read = held();
		world.account.append('INBOX', mail('one'));
		world.newContext(copyOf(read));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		const written = held();
		// A tick that came to its turn late.
		world.newContext(copyOf(read));
		expect(await world.poll()).toEqual([]);
		world.newContext(copyOf(written));
		expect(await world.later(1)).toEqual([]);

		world.account.append('INBOX', mail('two'));
		world.newContext(copyOf(written));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/2']);
		// Where it never was written, it comes again.
		world.newContext(copyOf(written));
		expect(await world.poll()).toEqual([]);
		world.newContext(copyOf(written));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/2']);
	});

	it('does not move past items that n8n dropped together with it', async () => {
		const world = new World({ activationMode: 'update', parameters: { startFrom: 'all' } });
		world.account.append('INBOX', mail('one'));
		expect(await world.poll()).toHaveLength(1);
		world.newContext({ staticData: {} });
		expect(await world.later(1)).toHaveLength(1);
	});

	it('begins anew when somebody cleared it and published again', async () => {
		const world = new World({ parameters: { startFrom: 'all' } });
		await world.poll();
		world.account.append('INBOX', mail('one'));
		await world.later(1);
		world.newContext({ staticData: {} });
		expect(await world.later(1)).toHaveLength(1);
	});

	it.each([[{ v: 99 }], ['garbage'], [42], [[]], [{ v: 1, a: [] }]])(
		'is an error, not a first run, when it cannot be read: %j',
		async (imapSync) => {
			const world = new World({ staticData: { imapSync: imapSync as IDataObject } });
			await expect(world.poll()).rejects.toThrow('cannot be read');
			expect(world.current.staticData).toEqual({ imapSync });
			expect(world.connections).toHaveLength(0);
		},
	);

	it('of another account is not mixed with this one', async () => {
		const world = new World();
		for (let i = 1; i <= 3; i++) world.account.append('INBOX', mail(`m${i}`));
		await world.poll();
		world.newContext({ credential: { ...credential, user: 'carol@example.com' }, activationMode: 'update' });
		expect(await world.later(1)).toEqual([]);
		expect(world.current.log.find(({ level }) => level === 'info')?.message).toContain('carol@example.com');
		world.account.append('INBOX', mail('new'));
		expect((await world.later(1)).map(({ json }) => json.account)).toEqual(['carol@example.com']);
	});
});

describe('the start', () => {
	it.each(['hostNotFound', 'connectionRefused', 'tlsNotTrusted', 'startTlsNotOffered', 'loginRefused'] as const)(
		'fails with %s, and saves nothing',
		async (code) => {
			const world = new World();
			world.refusal = failure(code);
			await expect(world.poll()).rejects.toMatchObject({ message: `${code} happened`, description: 'Do something about it.' });
			expect(world.current.staticData).toEqual({});
		},
	);

	it.each([
		['is not there', () => {}],
		['holds no messages', (account: FakeAccount) => account.createFolder('Orders', { selectable: false })],
		['may not be read', (account: FakeAccount) => account.createFolder('Orders', { readable: false })],
	])('fails when a chosen folder %s, and begins with none of them', async (_name, prepare) => {
		const world = new World({ parameters: { folders: ['INBOX', 'Orders'] } });
		prepare(world.account);
		for (let i = 0; i < 2; i++) {
			await expect(world.poll()).rejects.toMatchObject({
				message: expect.stringMatching(/"Orders".*\. Nothing was started\.$/),
				description: expect.stringMatching(/./),
			});
		}
		expect(world.current.staticData).toEqual({});
	});

	it('succeeds when a folder of a pattern cannot be read', async () => {
		const world = new World({ parameters: { folderSelection: 'all' } });
		world.account.createFolder('Secret', { readable: false });
		expect(await world.poll()).toEqual([]);
		expect(world.warnings).toHaveLength(1);
		expect(world.current.staticData).toHaveProperty('imapSync');
		await expect(world.later(1)).rejects.toThrow('Secret');
		expect(await world.later(1)).toEqual([]);
	});

	it('does not succeed at the second of the tries that n8n makes', async () => {
		const world = new World();
		world.refusal = failure('loginRefused');
		for (let i = 0; i < 5; i++) {
			world.newContext();
			await expect(world.poll()).rejects.toThrow('loginRefused');
			world.now += 1000 * 2 ** i;
		}
		expect(world.connections).toHaveLength(1);
		await expect(world.poll()).rejects.toThrow('loginRefused');
		expect(world.connections).toHaveLength(2);
	});

	it('with a folder that was added since fails when it is not there', async () => {
		const world = new World();
		await world.poll();
		world.newContext({ parameters: { folders: ['INBOX', 'Orders'] }, activationMode: 'update' });
		await expect(world.poll()).rejects.toThrow('"Orders"');
	});

	it('fails for a wrong field before anything is contacted', async () => {
		const world = new World({ parameters: { startFrom: 'date', startDate: '2027-01-01' } });
		await expect(world.poll()).rejects.toThrow('Start Date lies in the future');
		expect(world.connections).toHaveLength(0);
	});

	it.each(['init', 'leadershipChange'] as const)(
		'after a restart (%s) waits for a server that is down',
		async (activationMode) => {
			const world = new World();
			await world.poll();
			world.account.append('INBOX', mail('meanwhile'));
			world.newContext({ activationMode });
			world.refusal = failure('connectionRefused');
			expect(await world.poll()).toEqual([]);
			expect(world.warnings).toEqual(['Mailbox: connectionRefused happened. Do something about it.']);
			world.refusal = undefined;
			expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		},
	);

	it('after a restart of a node that never ran waits too, quietly', async () => {
		const world = new World({ activationMode: 'init' });
		world.refusal = failure('connectionRefused');
		expect(await world.poll()).toEqual([]);
		expect(await world.later(1)).toEqual([]);
	});
});

describe('later', () => {
	const started = async (options: PollContextOptions = {}): Promise<World> => {
		const world = new World(options);
		await world.poll();
		return world;
	};

	it('a server that is down for a while is a quiet retry', async () => {
		const world = await started();
		world.refusal = failure('connectionTimedOut');
		for (let i = 0; i < 10; i++) expect(await world.later(1)).toEqual([]);
		await expect(world.later(1)).rejects.toThrow('connectionTimedOut happened');
		expect(await world.later(1)).toEqual([]);
		expect(world.warnings).toHaveLength(11);
		world.refusal = undefined;
		world.account.append('INBOX', mail('after'));
		expect(await world.later(1)).toHaveLength(1);
	});

	it('a refused login is reported and then not tried blindly', async () => {
		const world = await started();
		world.refusal = failure('loginRefused');
		await expect(world.later(1)).rejects.toThrow('loginRefused');
		expect(await world.later(0.5)).toEqual([]);
		await expect(world.later(0.5)).rejects.toThrow('loginRefused');
		expect(await world.later(1)).toEqual([]);
		expect(world.connections).toHaveLength(3);
		world.refusal = undefined;
		world.account.append('INBOX', mail('one'));
		world.newContext({ credential: { ...credential, password: 'new' } });
		expect(await world.poll()).toHaveLength(1);
	});

	it('a folder that is gone does not stop the others', async () => {
		const world = new World({ parameters: { folders: ['INBOX', 'Orders'] } });
		world.account.createFolder('Orders');
		await world.poll();
		world.account.deleteFolder('Orders');
		world.account.append('INBOX', mail('one'));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		expect(world.warnings.join()).toContain('Orders');
		await expect(world.later(1)).rejects.toThrow('Orders');
		expect(await world.later(1)).toEqual([]);
		world.account.append('INBOX', mail('two'));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/2']);
		await expect(world.later(60)).rejects.toThrow('Orders');
	});

	it('a connection that breaks in the middle hands out what came before', async () => {
		const world = new World({ parameters: { folders: ['INBOX', 'Orders'] } });
		world.account.createFolder('Orders');
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.account.append('Orders', mail('two'));
		world.hooks = {
			before: ({ method, path }) => {
				if (method !== 'listFolders' && path !== 'INBOX') throw failure('connectionLost');
			},
		};
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		expect(await world.later(1)).toEqual([]);
		world.hooks = {};
		expect(told(await world.later(1))).toEqual(['messageNew Orders/1']);
	});
});

describe('a mail server that asks to be left alone', () => {
	const busy = (minutes?: number): SyncError =>
		new SyncError('serverBusy', {
			reason: 'slowDown',
			host: 'mail.example.com:993',
			retryAfterMs: minutes === undefined ? undefined : minutes * MINUTE,
		});
	const throttled = async (minutes = 20): Promise<World> => {
		const world = new World({ activationMode: 'init' });
		await world.poll();
		world.refusal = busy(minutes);
		expect(await world.later(1)).toEqual([]);
		world.refusal = undefined;
		world.account.append('INBOX', mail('one'));
		return world;
	};
	/** As another process: nothing is in memory under the new id, and what n8n saved says the same of it. */
	const restarted = (world: World, options: PollContextOptions = {}): void => {
		const workflowId = `restarted-${Math.random()}`;
		const { staticData, context } = world.current;
		const saved = JSON.stringify(staticData).replaceAll(String(context.getWorkflow().id), workflowId);
		world.newContext({ workflowId, activationMode: 'init', staticData: JSON.parse(saved) as IDataObject, ...options });
	};

	it('is left alone until then, also after a restart of n8n', async () => {
		const world = await throttled();
		expect(await world.later(10)).toEqual([]);
		restarted(world);
		expect(await world.later(5)).toEqual([]);
		expect(world.connections).toHaveLength(2);
		expect(told(await world.later(5))).toEqual(['messageNew INBOX/1']);
		expect(Object.keys(world.current.staticData)).toEqual(['imapSync']);
	});

	it('before the first run came to an end is left alone too', async () => {
		const world = new World({ activationMode: 'init' });
		world.refusal = busy(20);
		expect(await world.poll()).toEqual([]);
		restarted(world);
		expect(await world.later(10)).toEqual([]);
		expect(world.connections).toHaveLength(1);
	});

	it('keeps what the run had got done, and waits for the rest', async () => {
		const world = new World({ parameters: { folders: ['INBOX', 'Orders'] }, activationMode: 'init' });
		world.account.createFolder('Orders');
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.account.append('Orders', mail('two'));
		world.hooks = {
			before: ({ method, path }) => {
				if (method !== 'listFolders' && path !== 'INBOX') throw busy(20);
			},
		};
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		world.hooks = {};
		restarted(world);
		expect(await world.later(19)).toEqual([]);
		expect(told(await world.later(1))).toEqual(['messageNew Orders/1']);
	});

	it('is asked at once by a test run, by a publication, and with another credential', async () => {
		const world = await throttled();
		world.newContext({ mode: 'manual' });
		expect(await world.poll()).toHaveLength(1);
		world.newContext({ activationMode: 'init', credential: { ...credential, password: 'new' } });
		expect(told(await world.poll())).toEqual(['messageNew INBOX/1']);

		const published = await throttled();
		published.newContext({ activationMode: 'activate' });
		expect(told(await published.poll())).toEqual(['messageNew INBOX/1']);

		const moved = await throttled();
		restarted(moved, { credential: { ...credential, host: 'imap.example.net' } });
		expect(told(await moved.poll())).toEqual(['messageNew INBOX/1']);
	});

	it('and stays so is reported after ten minutes, though it breaks off only in the middle', async () => {
		const world = new World({ parameters: { folders: ['INBOX', 'Orders'] } });
		world.account.createFolder('Orders');
		await world.poll();
		world.hooks = {
			before: ({ path }) => {
				if (path === 'Orders') throw busy(1);
			},
		};
		world.account.append('Orders', mail('one'));
		world.account.setFlags('INBOX', [], {});
		world.account.append('INBOX', mail('two'));
		expect(await world.later(1)).toHaveLength(1);
		for (let i = 0; i < 10; i++) expect(await world.later(1)).toEqual([]);
		await expect(world.later(1)).rejects.toThrow('slow down');
	});
});

describe('what a poll notices beside the mail', () => {
	it('is logged: what an audit healed, and what the server is not believed any more', async () => {
		const world = new World({
			parameters: { triggerOn: ['messageNew', 'messageUpdated', 'messageDeleted'], output: 'reference' },
		});
		for (let i = 1; i <= 5; i++) world.account.append('INBOX', mail(`m${i}`));
		await world.poll();
		world.hooks = { row: (row, { method }) => (method === 'open' && row.uid === 2 ? undefined : row) };
		world.account.setFlags('INBOX', [1, 2], { add: ['\\Seen'] });
		expect(told(await world.later(1))).toEqual(['messageUpdated INBOX/1']);
		expect(told(await world.later(9 * 60))).toEqual(['messageUpdated INBOX/2']);
		expect(world.warnings).toEqual([
			'Mailbox: the audit of "INBOX" found what the mail server had not reported: 0 new, 0 deleted and 1 updated messages; they are emitted now',
		]);
		world.hooks = { vanished: () => UidSet.range(1, 5) };
		world.account.expunge('INBOX', [3]);
		expect(told(await world.later(1))).toEqual(['messageDeleted INBOX/3']);
		expect(world.warnings[1]).toMatch(
			/^Mailbox: the mail server is not believed about QRESYNC until 2026-11-29T21:02:00.000Z, since it named messages as vanished that are there; /,
		);
		expect(await world.later(1)).toEqual([]);
		expect(world.warnings).toHaveLength(2);
	});
});

describe('two polls at once', () => {
	it('are one: the second hands out nothing', async () => {
		const world = new World({ parameters: { startFrom: 'all' } });
		world.account.append('INBOX', mail('one'));
		let release = (): void => {};
		const gate = new Promise<void>((resolve) => (release = resolve));
		let waited = false;
		world.hooks = {
			before: async () => {
				if (!waited) {
					waited = true;
					await gate;
				}
			},
		};
		const first = poll(world.current.context, {
			connect: async () => new FakeMailServer(world.account, { hooks: world.hooks }),
			now: () => world.now,
		});
		expect(await world.poll()).toEqual([]);
		expect(world.connections).toHaveLength(0);
		release();
		expect((await first)?.[0]).toHaveLength(1);
	});
});

describe('a poll that n8n would give up', () => {
	it('ends in time with what it has, though the mail server does not answer any more', async () => {
		const world = new World({ parameters: { folders: ['INBOX', 'Orders'] }, pollBudgetMs: 36_000 });
		world.account.createFolder('Orders');
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.account.append('Orders', mail('two'));
		world.newContext({ pollBudgetMs: 400, activationMode: 'update' });
		world.hooks = {
			before: async ({ method, path }) => {
				if (method === 'listFolders' || path === 'INBOX') return;
				await world.closed();
				throw failure('connectionLost');
			},
		};
		expect(told(await world.poll())).toEqual(['messageNew INBOX/1']);
		world.hooks = {};
		world.newContext({ pollBudgetMs: 36_000, activationMode: 'update' });
		expect(told(await world.later(1))).toEqual(['messageNew Orders/1']);
	});

	it('ends without anything when nothing else helps, and changes nothing that a later one trusts', async () => {
		const world = new World({ pollBudgetMs: 36_000 });
		await world.poll();
		world.account.append('INBOX', mail('one'));
		const before = JSON.stringify([world.current.staticData, world.current.sharedData]);
		world.newContext({ pollBudgetMs: 400, activationMode: 'update' });
		let goOn = (): void => {};
		const stuck = new Promise<void>((resolve) => (goOn = resolve));
		world.hooks = { before: () => stuck };
		expect(await poll(world.current.context, { connect: async () => world.server(), now: () => world.now })).toBeNull();
		expect(world.warnings).toEqual([expect.stringContaining('given up after 0 seconds')]);
		world.hooks = {};
		goOn();
		expect(JSON.stringify([world.current.staticData, world.current.sharedData])).toBe(before);
		world.newContext({ pollBudgetMs: 36_000, activationMode: 'update' });
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
	});

	it('that ended too late counts for nothing', async () => {
		const world = new World({ pollBudgetMs: 36_000 });
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.newContext({ pollBudgetMs: 36_000, activationMode: 'update' });
		world.hooks = {
			before: ({ method }) => {
				if (method === 'fetch') world.now += 40_000;
			},
		};
		expect(await world.later(1)).toEqual([]);
		world.hooks = {};
		world.newContext({ pollBudgetMs: 36_000, activationMode: 'update' });
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
	});
});

describe('an error at a poll time', () => {
	/** As n8n 2.41 has it: the errors that a poll reports go into executions of their own. */
	const reporting = async (options: PollContextOptions = {}): Promise<{ world: World; reported: Error[] }> => {
		const reported: Error[] = [];
		const world = new World({ pollBudgetMs: 36_000, ...options, emitError: (error) => reported.push(error) });
		await world.poll();
		world.newContext({ activationMode: 'update' });
		return { world, reported };
	};

	it('is reported as a failed execution, and never thrown: n8n would leave the trigger alone for it', async () => {
		const { world, reported } = await reporting();
		world.refusal = failure('loginRefused');
		expect(await world.later(1)).toEqual([]);
		expect(reported.map(({ message }) => message)).toEqual(['loginRefused happened']);
		world.refusal = undefined;
		world.account.append('INBOX', mail('one'));
		world.newContext({ activationMode: 'update', credential: { ...credential, password: 'new' } });
		expect(told(await world.later(0.1))).toEqual(['messageNew INBOX/1']);
	});

	it('about one folder does not keep what was found of the others from being saved', async () => {
		const { world, reported } = await reporting({ parameters: { folderSelection: 'all' } });
		world.account.createFolder('Secret', { readable: false });
		world.account.createFolder('Orders');
		expect(await world.later(1)).toEqual([]);
		expect(reported.map(({ message }) => message)).toEqual([expect.stringContaining('Secret')]);
		expect(JSON.stringify(world.current.staticData)).toContain('Orders');
	});

	it('about one folder is reported beside what the others brought', async () => {
		const { world, reported } = await reporting({ parameters: { folderSelection: 'all' } });
		world.account.createFolder('Secret', { readable: false });
		world.account.append('INBOX', mail('one'));
		expect(told(await world.later(1))).toEqual(['messageNew INBOX/1']);
		expect(reported.map(({ message }) => message)).toEqual([expect.stringContaining('Secret')]);
	});

	it('of n8n itself, such as a credential that is gone, is reported in its own words', async () => {
		const { world, reported } = await reporting();
		const gone = new Error('There is no such credential');
		world.newContext({ activationMode: 'update', credential: gone });
		expect(await world.later(1)).toEqual([]);
		expect(reported).toEqual([gone]);
	});

	it('that is thrown at the start says nothing by which n8n would wait for half an hour', async () => {
		const world = new World();
		world.refusal = failure('loginRefused');
		await expect(world.poll()).rejects.toMatchObject({ failure: { cause: 'temporarily-unavailable' } });
	});
});

describe('an execution for each message', () => {
	const options = { perExecution: 'message' };

	it('is started for all but the last, before anything is saved', async () => {
		const emitted: Array<{ subject: unknown; saved: string }> = [];
		const world: World = new World({
			parameters: { options },
			emit: ([[item]], _response, done) => {
				const { subject } = item.json;
				// Executions end in their own time, and may fail.
				setImmediate(() => {
					emitted.push({ subject, saved: JSON.stringify(world.current.staticData) });
					if (subject === 'one') done.reject(new Error('cancelled'));
					else done.resolve({} as IRun);
				});
			},
		});
		await world.poll();
		const before = JSON.stringify(world.current.staticData);
		for (const subject of ['one', 'two', 'three']) world.account.append('INBOX', mail(subject));
		expect((await world.later(1)).map(({ json }) => json.subject)).toEqual(['three']);
		expect(emitted).toEqual(['one', 'two'].map((subject) => ({ subject, saved: before })));
		expect(await world.later(1)).toEqual([]);
	});

	it('is not waited for longer than the poll may take', async () => {
		const world = new World({ parameters: { options }, emit: () => {} });
		await world.poll();
		for (const subject of ['one', 'two']) world.account.append('INBOX', mail(subject));
		world.newContext({ pollBudgetMs: 400, activationMode: 'update' });
		expect((await world.later(1)).map(({ json }) => json.subject)).toEqual(['two']);
	});

	it('is one for all where n8n has no way to start several', async () => {
		const world = new World({ parameters: { options } });
		await world.poll();
		for (const subject of ['one', 'two']) world.account.append('INBOX', mail(subject));
		expect(await world.later(1)).toHaveLength(2);
	});
});

describe('a trigger that is published again while it polls', () => {
	it('knows where it begins at once, and what the earlier poll finds counts for nothing', async () => {
		const world = new World();
		await world.poll();
		world.account.createFolder('Orders');
		world.account.append('INBOX', mail('one'));
		let goOn = (): void => {};
		const stuck = new Promise<void>((resolve) => (goOn = resolve));
		world.hooks = { before: () => stuck };
		const earlier = poll(world.current.context, { connect: async () => world.server(), now: () => world.now });
		await new Promise((resolve) => setImmediate(resolve));
		world.hooks = {};
		world.newContext({ parameters: { folders: ['INBOX', 'Orders'] }, activationMode: 'update' });
		const begun = await world.poll();
		world.account.append('Orders', mail('two'));
		goOn();
		expect(await earlier).toBeNull();
		expect(told([...begun, ...(await world.later(1))])).toEqual(['messageNew INBOX/1', 'messageNew Orders/1']);
	});
});

describe('a search folder', () => {
	const triggerOn = ['messageMatched', 'messageUnmatched'];

	it('hands out what starts to match, with its content, and what stops to', async () => {
		const world = new World({ parameters: { triggerOn, options: { filter: { flagged: 'yes' } } } });
		world.account.append('INBOX', mail('one'));
		await world.poll();
		world.account.setFlags('INBOX', [1], { add: ['\\Flagged'] });
		const [started] = await world.later(1);
		expect(started.json).toMatchObject({
			event: 'messageMatched',
			uid: 1,
			flags: ['\\Flagged'],
			subject: 'one',
			text: 'Hello\n',
		});
		world.account.setFlags('INBOX', [1], { remove: ['\\Flagged'] });
		const [stopped] = await world.later(1);
		expect(stopped.json).toMatchObject({ event: 'messageUnmatched', uid: 1, flags: [] });
		expect(stopped.json).not.toHaveProperty('subject');
		expect(await world.later(1)).toEqual([]);
	});

	it('does not start without a filter, and nothing is contacted', async () => {
		const world = new World({ parameters: { triggerOn } });
		await expect(world.poll()).rejects.toMatchObject({ message: expect.stringContaining('there is no filter') });
	});
});

describe('acknowledgement', () => {
	const options = { acknowledge: 'keyword', redeliverAfter: 10, maxAttempts: 2 };
	const numbered = (items: INodeExecutionData[]): string[] =>
		items.map(({ json }) => `${json.event} ${json.uid} ${json.attempt}`);

	it('hands out again what no workflow acknowledged, under the same id, then says that it failed', async () => {
		const world = new World({ parameters: { triggerOn: ['messageNew', 'messageFailed'], options } });
		await world.poll();
		world.account.append('INBOX', mail('one'));
		world.account.append('INBOX', mail('two'));
		const first = await world.later(1);
		expect(numbered(first)).toEqual(['messageNew 1 1', 'messageNew 2 1']);
		world.account.setFlags('INBOX', [2], { add: ['n8n-done'] });
		expect(await world.later(5)).toEqual([]);
		const again = await world.later(7);
		expect(numbered(again)).toEqual(['messageNew 1 2']);
		expect(again[0].json).toMatchObject({ eventId: first[0].json.eventId, subject: 'one' });
		const [{ json }] = await world.later(12);
		expect(json).toMatchObject({ event: 'messageFailed', uid: 1, error: { attempts: 2 } });
		expect(await world.later(30)).toEqual([]);
	});

	it('is shared by all processes that poll the mailbox: each sees the mark', async () => {
		const world = new World({ parameters: { options } });
		await world.poll();
		world.account.append('INBOX', mail('one'));
		await world.later(1);
		const saved = JSON.parse(JSON.stringify(world.current.staticData)) as IDataObject;
		world.account.setFlags('INBOX', [1], { add: ['n8n-done'] });
		expect(await world.later(20)).toEqual([]);
		world.newContext({ staticData: saved, activationMode: 'leadershipChange' });
		expect(await world.later(1)).toEqual([]);
	});

	it('does not start where the folder keeps no keywords, and names the other choices', async () => {
		const world = new World({ parameters: { options } });
		world.account.folder('INBOX').permanentFlags = ['\\Seen', '\\Deleted'];
		await expect(world.poll()).rejects.toMatchObject({
			message: expect.stringContaining('keeps no keyword "n8n-done" in the folder "INBOX"'),
			description: expect.stringMatching(/Read .* Leaves Folder/),
		});
		expect(world.current.staticData).toEqual({});
	});

	it('is refused there too when it is switched on later', async () => {
		const world = new World();
		world.account.folder('INBOX').permanentFlags = ['\\Seen', '\\Deleted'];
		await world.poll();
		world.newContext({ parameters: { options } });
		await expect(world.later(1)).rejects.toMatchObject({ message: expect.stringContaining('keeps no keyword') });
		world.newContext({ parameters: { options: { acknowledge: 'seen' } } });
		expect(await world.later(1)).toEqual([]);
	});

	it('shows the number in the sample too', async () => {
		const world = new World({ mode: 'manual', parameters: { options } });
		world.account.append('INBOX', mail('one'));
		expect((await world.poll())[0].json.attempt).toBe(1);
	});
});

describe('secrets', () => {
	it('are in no error, log line, item or state, even where the server repeats them', async () => {
		const { password } = credential;
		const world = new World({ activationMode: 'init' });
		world.refusal = failure('loginRefused', `no: LOGIN alice ${String(password)}`);
		const error = await world.poll().then(
			() => undefined,
			(thrown: unknown) => thrown,
		);
		expect(JSON.stringify(error)).not.toContain(password);
		expect(String((error as Error).stack)).not.toContain(password);
		world.refusal = failure('connectionLost', `bye ${String(password)}`);
		await world.later(1);
		await world.later(1);
		world.refusal = undefined;
		world.account.append('INBOX', mail('one'));
		const items = [...(await world.later(1)), ...(await world.later(1))];
		expect(JSON.stringify([items, world.current.log, world.current.staticData])).not.toContain(password);
	});
});

describe('heartbeats', () => {
	const beats = async (world: World, minutes: number): Promise<Array<Array<Record<string, unknown>>>> => {
		world.now += minutes * MINUTE;
		const result = await poll(world.current.context, { connect: () => Promise.resolve(world.server()), now: () => world.now });
		return (result ?? []).map((output) => output.map(({ json }) => json));
	};

	it('come on an output of their own, as often as they are asked for, with and without messages', async () => {
		const world = new World({ parameters: { options: { heartbeatEvery: 15 } } });
		world.account.append('INBOX', mail('old'));
		expect(await beats(world, 0)).toEqual([]);
		const [messages, [beat]] = await beats(world, 1);
		expect(messages).toEqual([]);
		expect(beat).toEqual({
			event: 'heartbeat',
			trigger: `${world.current.context.getWorkflow().id}/node-1`,
			workflow: 'Test',
			node: 'Mailbox',
			account: 'alice@example.com',
			reached: true,
			reachedAt: '2026-11-22T12:01:00.000Z',
			beatAt: '2026-11-22T12:01:00.000Z',
			folders: 1,
			waiting: 0,
			quarantined: 0,
			unacknowledged: 0,
		});
		expect(await beats(world, 14)).toEqual([]);
		world.account.append('INBOX', mail('one'));
		// n8n's clock is not exact.
		world.now -= 200;
		expect(await beats(world, 1)).toMatchObject([[{ subject: 'one' }], [{ beatAt: '2026-11-22T12:15:59.800Z' }]]);
		world.account.append('INBOX', mail('two'));
		expect(await beats(world, 1)).toMatchObject([[{ subject: 'two' }]]);
	});

	it('say that the mailbox is not reached, and since when', async () => {
		const world = new World({ parameters: { options: { heartbeatEvery: 5 } } });
		await world.poll();
		await beats(world, 1);
		world.refusal = failure('connectionRefused', 'Nobody answers');
		const silent = async (): Promise<unknown> => {
			world.now += 5 * MINUTE;
			return await poll(world.current.context, { connect: () => Promise.reject(world.refusal!), now: () => world.now });
		};
		expect(await silent()).toMatchObject([
			[],
			[{ json: { reached: false, reachedAt: '2026-11-22T12:01:00.000Z', lastError: 'Nobody answers' } }],
		]);
		expect(await beats(world, 5)).toMatchObject([[], [{ reached: true, lastErrorAt: '2026-11-22T12:06:00.000Z' }]]);
	});

	it('write the position of the trigger, so that n8n writes no older one with them', async () => {
		const world = new World({ parameters: { options: { heartbeatEvery: 5 } } });
		await world.poll();
		await beats(world, 1);
		const before = JSON.stringify([world.current.staticData, world.current.sharedData]);
		await beats(world, 5);
		expect(JSON.stringify([world.current.staticData, world.current.sharedData])).not.toBe(before);
	});

	it.each([-1, '15', NaN])('every %p minutes are refused', async (heartbeatEvery) => {
		const world = new World({ parameters: { options: { heartbeatEvery } } });
		await expect(world.poll()).rejects.toThrow('Heartbeat Every (Minutes) must be a number');
	});
});
