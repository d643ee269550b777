import { ImapFlow, type ExpungeEvent, type FlagsEvent, type ImapFlowOptions } from 'imapflow';

import { version } from 'imapflow/package.json';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const mail = (subject: string): string => `Subject: ${subject}\r\n\r\n${subject}\r\n`;

/** What sync/imap uses beyond imapflow's promises; the same names as in sync/imap/internals.ts. */
interface Internals {
	folders: Map<string, unknown>;
	skipLsub?: boolean;
	skipListStatusArgs?: boolean;
	sectionHandlers: Record<string, (section: unknown) => Promise<void>>;
	throttleWait(delay: number): Promise<boolean>;
	exec(...args: unknown[]): Promise<unknown>;
	untaggedVanished(untagged: { attributes: unknown[] }, folder: unknown): Promise<void>;
}

/**
 * Each behaviour of imapflow that sync/imap relies on, or works around, on its own: when one of these fails after an upgrade,
 * its name says which part of sync/imap has to change.
 */
describe('imapflow', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	const clients: ImapFlow[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(() => dovecot?.stop());
	beforeEach(async () => {
		user = dovecot.newUser('flow');
		proxy = await startProxy(dovecot);
		await dovecot.appendMany(user, 'INBOX', ['one', 'two', 'three'].map(mail));
	});
	afterEach(async () => {
		for (const client of clients.splice(0)) client.close();
		await proxy.stop();
	});

	const connect = async (options: ImapFlowOptions = {}): Promise<ImapFlow & Internals> => {
		const client = new ImapFlow({
			host: proxy.host,
			port: proxy.port,
			secure: false,
			doSTARTTLS: false,
			auth: { user, pass: dovecot.password },
			logger: false,
			qresync: true,
			disableIMAP4rev2: true,
			disableAutoIdle: true,
			...options,
		});
		clients.push(client);
		client.on('error', () => undefined);
		await client.connect();
		proxy.reset();
		return client as unknown as ImapFlow & Internals;
	};
	const commands = (): string[] =>
		[...proxy.transcript().matchAll(/C[:~] \S+ (\S+(?: (?:FETCH|SEARCH))?)/g)].map(([, name]) => name);

	it('has the version that all this was read in', () => {
		expect(version).toBe('2.10.2');
	});

	describe('inside', () => {
		it('lists before it opens a folder it has not seen, unless the folder is in `folders`', async () => {
			const client = await connect();
			expect(client.folders).toBeInstanceOf(Map);
			await client.mailboxOpen('INBOX', { readOnly: true });
			expect(commands()).toContain('LIST');
			proxy.reset();
			client.folders.set('INBOX', { path: 'INBOX', flags: new Set(), listed: true });
			await client.mailboxOpen('INBOX', { readOnly: true });
			expect(commands()).toEqual(['EXAMINE']);
		});

		it('sends LSUB when nothing is subscribed, unless `skipLsub` is set', async () => {
			const client = await connect();
			await client.list();
			expect(commands()).toEqual(['LIST', 'LSUB']);
			client.skipLsub = true;
			proxy.reset();
			await client.list();
			expect(commands()).toEqual(['LIST']);
		});

		it('asks LIST for subscriptions and children only where the capabilities say so', async () => {
			const client = await connect();
			client.skipLsub = true;
			await client.list({ statusQuery: { messages: true } });
			expect(proxy.transcript()).toMatch(/RETURN \(STATUS \(MESSAGES\)( SPECIAL-USE)? CHILDREN SUBSCRIBED\)/);
			proxy.reset();
			client.capabilities.delete('LIST-EXTENDED');
			client.capabilities.delete('CHILDREN');
			await client.list({ statusQuery: { messages: true } });
			expect(proxy.transcript()).toMatch(/RETURN \(STATUS \(MESSAGES\)( SPECIAL-USE)?\)/);
			expect(commands()).toEqual(['LIST']);
		});

		it('sends a STATUS for each folder when LIST cannot tell it, and notes a refused RETURN (STATUS)', async () => {
			await dovecot.createFolder(user, 'Work');
			proxy.mask = ['LIST-STATUS', 'LIST-EXTENDED'];
			const poor = await connect();
			await poor.list({ statusQuery: { messages: true } });
			expect(commands().filter((name) => name === 'STATUS')).toHaveLength(2);
			proxy.mask = [];
			const lying = await connect();
			proxy.onClientLine = (line, { toClient }) => {
				if (!/RETURN \(.*STATUS/.test(line)) return undefined;
				toClient(`${line.split(' ')[0]} BAD unknown option`);
				return null;
			};
			await lying.list({ statusQuery: { messages: true } });
			expect(lying.skipListStatusArgs).toBe(true);
		});

		it('calls a handler for the response code [CLOSED]', async () => {
			await dovecot.createFolder(user, 'Other');
			const client = await connect();
			let closed = 0;
			client.sectionHandlers.CLOSED = async () => {
				closed++;
			};
			await client.mailboxOpen('INBOX', { readOnly: true });
			expect(closed).toBe(0);
			await client.mailboxOpen('Other', { readOnly: true });
			expect(closed).toBe(1);
		});

		it('takes VANISHED through `untaggedVanished`, with the tag and the set as tokens', async () => {
			const client = await connect();
			const { uidValidity } = await client.mailboxOpen('INBOX', { readOnly: true });
			await dovecot.expunge(user, 'INBOX', [1, 2]);
			const taken: unknown[][] = [];
			client.untaggedVanished = async ({ attributes }) => {
				taken.push(attributes);
			};
			await client.mailboxOpen('INBOX', { readOnly: true, changedSince: 1, uidValidity });
			expect(taken).toEqual([[[expect.objectContaining({ value: 'EARLIER' })], expect.objectContaining({ value: '1:2' })]]);
		});

		it('waits for a throttling server through `throttleWait`, and gives up a FETCH when that says true', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			const waits: number[] = [];
			client.throttleWait = async (delay) => {
				waits.push(delay);
				return waits.length > 1;
			};
			proxy.onServerLine = (line, { command }) => (/SEARCH|FETCH/.test(command?.name ?? '') && line.startsWith(`${command?.tag} OK`) ? `${command?.tag} BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds` : undefined); // prettier-ignore
			await expect(client.search({ all: true }, { uid: true })).rejects.toMatchObject({
				code: 'ETHROTTLE',
				throttleReset: 5_000,
			});
			expect(waits).toEqual([5_000]);
			waits.length = 0;
			await expect(client.fetchAll('1:3', { uid: true }, { uid: true })).rejects.toMatchObject({ code: 'NoConnection' });
			expect(waits).toHaveLength(2);
		});
	});

	describe('opening', () => {
		it('hands out the QRESYNC answer as events before mailboxOpen resolves, new messages among them', async () => {
			const client = await connect();
			const { uidValidity, highestModseq } = await client.mailboxOpen('INBOX', { readOnly: true });
			await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
			await dovecot.expunge(user, 'INBOX', [2]);
			await dovecot.append(user, 'INBOX', mail('four'));
			const seen: string[] = [];
			client.on('flags', ({ uid }: FlagsEvent) => seen.push(`flags ${uid}`));
			client.on('expunge', ({ uid, earlier }: ExpungeEvent) => seen.push(`expunge ${uid} ${earlier}`));
			const fresh = await connect();
			fresh.on('flags', ({ uid }: FlagsEvent) => seen.push(`flags ${uid}`));
			fresh.on('expunge', ({ uid, earlier }: ExpungeEvent) => seen.push(`expunge ${uid} ${earlier}`));
			fresh.on('mailboxOpen', () => seen.push('open'));
			const mailbox = await fresh.mailboxOpen('INBOX', { readOnly: true, changedSince: highestModseq, uidValidity });
			expect(seen.sort()).toEqual(['expunge 2 true', 'flags 1', 'flags 4', 'open']);
			expect(mailbox).toMatchObject({ qresync: true, exists: 3, readOnly: true });
		});

		it('says qresync false when UIDVALIDITY is another', async () => {
			const client = await connect();
			const mailbox = await client.mailboxOpen('INBOX', { readOnly: true, changedSince: 1, uidValidity: 1n });
			expect((mailbox as { qresync?: boolean }).qresync).toBe(false);
		});

		it('gives no mailboxOpen event for a folder that is opened twice in a row', async () => {
			const client = await connect();
			let opened = 0;
			client.on('mailboxOpen', () => opened++);
			await client.mailboxOpen('INBOX', { readOnly: true });
			await client.mailboxOpen('INBOX', { readOnly: true });
			expect([opened, commands().filter((name) => name === 'EXAMINE').length]).toEqual([1, 2]);
		});

		it('gives one object for the folder that moves with every FETCH', async () => {
			const client = await connect();
			const mailbox = await client.mailboxOpen('INBOX', { readOnly: true });
			const before = mailbox.highestModseq;
			await dovecot.flags(user, 'INBOX', [1], { add: ['\\Seen'] });
			await client.fetchAll('1:3', { uid: true, flags: true }, { uid: true });
			expect(mailbox.highestModseq).toBeGreaterThan(before ?? 0n);
		});

		it('says mailboxMissing for a folder that is not listed', async () => {
			const client = await connect();
			await expect(client.mailboxOpen('gone', { readOnly: true })).rejects.toMatchObject({ mailboxMissing: true });
		});

		it('puts the prefix of the personal namespace before paths, unless it is taken away', async () => {
			proxy.onServerLine = (line) => (line.startsWith('* NAMESPACE') ? '* NAMESPACE (("INBOX." ".")) NIL NIL' : undefined);
			const client = await connect();
			await client.list();
			expect(proxy.transcript()).toMatch(/LIST "?INBOX\."? /);
			proxy.reset();
			client.namespace = { prefix: '', delimiter: '.' };
			await client.list();
			expect(proxy.transcript()).toMatch(/LIST "" /);
		});
	});

	describe('changing', () => {
		it('answers false to a refused STORE, COPY and MOVE, and sends each through `exec`', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX');
			const names: string[] = [];
			const { exec } = client;
			client.exec = (...args: unknown[]) => {
				names.push(String(args[0]));
				return exec.apply(client, args);
			};
			expect(await client.messageCopy('1', 'Nowhere', { uid: true })).toBe(false);
			expect(await client.messageMove('1', 'Nowhere', { uid: true })).toBe(false);
			proxy.onClientLine = (line, { toClient }) => {
				if (!/UID STORE/.test(line)) return undefined;
				toClient(`${line.split(' ')[0]} NO [NOPERM] no`);
				return null;
			};
			expect(await client.messageFlagsAdd('1', ['\\Seen'], { uid: true })).toBe(false);
			expect(names).toEqual(['UID COPY', 'UID MOVE', 'UID STORE']);
		});

		it('removes messages by a plain EXPUNGE where the server has no UIDPLUS', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX');
			client.capabilities.delete('UIDPLUS');
			await dovecot.flags(user, 'INBOX', [3], { add: ['\\Deleted'] });
			expect(await client.messageDelete('1', { uid: true })).toBe(true);
			expect((await dovecot.fetchAll(user, 'INBOX')).map(({ uid }) => uid)).toEqual([2]);
		});

		it('leaves out keywords that the folder does not keep, without a word', async () => {
			const client = await connect();
			proxy.onServerLine = (line) => line.replace(/(PERMANENTFLAGS \(.*) \\\*\)/, '$1)');
			await client.mailboxOpen('INBOX');
			expect(await client.messageFlagsAdd('1', ['\\Seen', 'unheard-of'], { uid: true })).toBe(true);
			expect((await dovecot.fetchAll(user, 'INBOX'))[0].flags).toEqual(['\\Seen']);
		});

		it('tells the rows that come with a STORE as events, before it resolves', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX');
			const rows: FlagsEvent[] = [];
			client.on('flags', (row: FlagsEvent) => rows.push(row));
			await client.messageFlagsAdd('1:3', ['\\Flagged'], { uid: true });
			expect(rows.map(({ uid }) => uid)).toEqual([1, 2, 3]);
		});

		it('subscribes to a folder that it makes', async () => {
			const client = await connect();
			await client.mailboxCreate('Made');
			expect(proxy.transcript()).toMatch(/SUBSCRIBE Made/);
		});
	});

	describe('searching', () => {
		it('answers false to a refused search, and undefined without an open folder', async () => {
			const client = await connect();
			expect(await client.search({ all: true }, { uid: true })).toBeUndefined();
			await client.mailboxOpen('INBOX', { readOnly: true });
			proxy.onServerLine = (line, { command }) =>
				command?.name === 'UID SEARCH' && line.startsWith(command.tag) ? `${command.tag} NO no` : undefined;
			expect(await client.search({ all: true }, { uid: true })).toBe(false);
			expect(await client.search({ all: true }, { uid: true, returnOptions: ['ALL', 'COUNT'] })).toBe(false);
		});

		it('leaves out criteria that are empty or 0', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			expect(await client.search({ larger: 0, subject: '', seen: false }, { uid: true })).toEqual([1, 2, 3]);
			expect(proxy.transcript()).not.toMatch(/LARGER|SUBJECT/);
		});

		it('writes an "or" of one operand as a group that has to match too', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			await client.search({ keyword: 'a', or: [{ keyword: 'b', or: [{ keyword: 'c' }] }] }, { uid: true });
			expect(proxy.transcript()).toMatch(/UID SEARCH KEYWORD a \(KEYWORD b KEYWORD c\)/);
		});

		it('sends ages instead of dates where the server has WITHIN', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			await client.search({ since: new Date(Date.now() - 3_600_000) }, { uid: true });
			expect(proxy.transcript()).toMatch(/UID SEARCH YOUNGER 3600/);
		});

		it('sends CHARSET UTF-8 and a literal for texts that are not ASCII', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			await client.search({ subject: 'Grüße' }, { uid: true });
			expect(proxy.transcript()).toMatch(/UID SEARCH CHARSET UTF-8 SUBJECT \{7\+?\}/);
		});
	});

	describe('fetching', () => {
		it('leaves out CHANGEDSINCE without CONDSTORE, and reads everything', async () => {
			proxy.mask = ['CONDSTORE', 'QRESYNC'];
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			expect(await client.fetchAll('1:3', { uid: true, flags: true }, { uid: true, changedSince: 999n })).toHaveLength(3);
		});

		it('gives false for NIL and undefined for what is missing', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			proxy.onServerLine = (line) => {
				if (line.startsWith('* 1 FETCH')) return '* 1 FETCH (UID 1 BODY[] NIL)';
				if (line.startsWith('* 2 FETCH')) return '* 2 FETCH (UID 2)';
				return undefined;
			};
			const rows = await client.fetchAll('1:2', { uid: true, source: true }, { uid: true });
			expect(rows.map(({ source }) => source)).toEqual([false, undefined]);
		});

		it('rejects what runs when it is closed', async () => {
			const client = await connect();
			await client.mailboxOpen('INBOX', { readOnly: true });
			proxy.stall();
			const running = client.search({ all: true }, { uid: true });
			client.close();
			await expect(running).rejects.toMatchObject({ code: 'NoConnection' });
			expect(client.usable).toBe(false);
		});

		it('counts the bytes it received', async () => {
			const client = await connect();
			const { received } = client.stats();
			await client.noop();
			expect(client.stats().received).toBeGreaterThan(received);
		});
	});
});
