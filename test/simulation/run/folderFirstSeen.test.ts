import { SyncError } from '../../../sync/errors/syncError';
import { told, type Ask } from '../../support/account';
import { followFake, kindsOfServer } from '../../support/followFake';

/** A folder that was not there when the trigger was switched on: all that is in it came since. */

const source = (name: string): string => `Subject: ${name}\r\n\r\nhello\r\n`;

describe.each(kindsOfServer)('with %s', (_kind, options) => {
	const asks: Array<[string, Ask]> = [
		['chosen alone', { selection: { kind: 'chosen', folders: ['Support'] } }],
		['chosen beside another', { selection: { kind: 'chosen', folders: ['INBOX', 'Support'] } }],
		['by a pattern that matched nothing', { selection: { kind: 'pattern', include: ['Supp*'], exclude: [] } }],
		['by a pattern that matched something', { selection: { kind: 'pattern', include: ['INBOX', 'Supp*'], exclude: [] } }],
		['among all', { selection: { kind: 'all' } }],
	];
	describe.each(asks)('%s', (_what, ask) => {
		test.each([1, 3])('after %i runs without it, its mail is told, once', async (runs) => {
			const { account, followed } = followFake({ ...options, ask: { events: ['messageNew'], ...ask } });
			account.append('INBOX', source('old'));
			for (let i = 0; i < runs; i++) await followed.run();
			account.createFolder('Support');
			account.append('Support', source('one'));
			account.append('Support', source('two'));
			expect(told((await followed.run()).events)).toEqual(['messageNew Support/1', 'messageNew Support/2']);
			expect(told((await followed.run()).events)).toEqual([]);
		});
	});

	test('chosen, there and shut at first: what was in it is not told when it opens', async () => {
		const { account, followed } = followFake({ ...options, ask: asks[1][1] });
		account.createFolder('Support');
		account.append('Support', source('old'));
		account.folder('Support').readable = false;
		await followed.run();
		account.folder('Support').readable = true;
		expect(told((await followed.run()).events)).toEqual([]);
		account.append('Support', source('new'));
		expect(told((await followed.run()).events)).toEqual(['messageNew Support/2']);
	});

	test('chosen, made, and left waiting by the limits in the run that could see it: told whole', async () => {
		const { account, followed } = followFake({ ...options, ask: { events: ['messageNew'], ...asks[1][1] } });
		await followed.run();
		account.createFolder('Support');
		account.append('Support', source('one'));
		for (const name of ['a', 'b']) account.append('INBOX', source(name));
		const seen = [
			...told((await followed.run({ limits: { messages: 1 } })).events),
			...told((await followed.run({ limits: { messages: 1 } })).events),
			...told((await followed.run()).events),
		];
		expect(seen.sort()).toEqual(['messageNew INBOX/1', 'messageNew INBOX/2', 'messageNew Support/1']);
	});

	test.each([
		['shut', { readable: false }],
		['cut off', { readable: true }],
	])('chosen, made, and %s in the run that could see it: told whole', async (_how, { readable }) => {
		const { account, server, followed } = followFake({ ...options, ask: { events: ['messageNew'], ...asks[1][1] } });
		await followed.run();
		account.createFolder('Support');
		account.append('Support', source('one'));
		account.folder('Support').readable = readable;
		server.hooks.before = ({ method, path }) => {
			if (readable && method === 'open' && path === 'Support')
				throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
		};
		for (let i = 0; i < 2; i++) expect(told((await followed.run().catch(() => ({ events: [] }))).events)).toEqual([]);
		server.hooks.before = undefined;
		account.folder('Support').readable = true;
		expect(told((await followed.run()).events)).toEqual(['messageNew Support/1']);
	});

	test('chosen later: it begins as Start From says', async () => {
		const { account, followed } = followFake(options);
		await followed.run();
		account.createFolder('Support');
		account.append('Support', source('old'));
		const selection = { kind: 'chosen' as const, folders: ['INBOX', 'Support'] };
		expect(told((await followed.run({ selection })).events)).toEqual([]);
	});
});
