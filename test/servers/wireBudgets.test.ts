import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import { everyEvent, FollowedAccount, told, type Ask } from '../support/account';

/**
 * What a run costs on the wire, after login: round trips and bytes, which noise does not reach. The poorer servers are the same
 * Dovecot with capabilities hidden by the proxy.
 */
describe('a run costs on the wire', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;

	beforeAll(async () => {
		dovecot = await startDovecot();
		proxy = await startProxy(dovecot);
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(() => {
		proxy.mask = [];
	});

	const follow = (user: string, defaults: Ask = {}) =>
		FollowedAccount.on(
			{ user, password: dovecot.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
			{ events: ['messageNew', 'messageUpdated', 'messageDeleted'], ...defaults },
		);
	const cost = () => {
		const { work } = proxy.totals();
		return { roundTrips: work.roundTrips, bytes: work.toServer + work.toClient };
	};
	/** One new message, and then twenty, in an INBOX of 200: so many round trips at most, on one connection. */
	const newMessagesCost = async (user: string, account: FollowedAccount, roundTrips: number) => {
		for (const [first, count] of [
			[201, 1],
			[202, 20],
		]) {
			await dovecot.fill(user, 'INBOX', count);
			proxy.reset();
			const { events } = await account.run();
			expect(told(events)).toEqual(Array.from({ length: count }, (__, i) => `messageNew INBOX/${first + i}`));
			expect(cost().roundTrips).toBeLessThanOrEqual(roundTrips);
			expect(proxy.totals().connections).toBe(1);
		}
	};
	const noQresync = ['QRESYNC'];
	const neither = ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'];

	test.each([
		['QRESYNC', []],
		['CONDSTORE only', noQresync],
	])('1 round trip and at most 400 bytes when nothing changed in one folder, with %s', async (_, mask) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 500);
		const account = follow(user);
		await account.run();
		proxy.reset();
		expect((await account.run()).events).toEqual([]);
		expect(cost().roundTrips).toBe(1);
		expect(cost().bytes).toBeLessThanOrEqual(400);
	});

	test('4 round trips from the first command to the last when nothing changed', async () => {
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 50);
		await dovecot.createFolder(user, 'Work');
		for (const selection of [{ kind: 'all' }, { kind: 'chosen', folders: ['INBOX'] }] satisfies Array<Ask['selection']>) {
			const account = follow(user, { selection });
			await account.run();
			proxy.reset();
			expect((await account.run()).events).toEqual([]);
			const { login, work, logout } = proxy.totals();
			expect(login.roundTrips + work.roundTrips + logout.roundTrips).toBeLessThanOrEqual(4);
		}
	});

	test('1 round trip and at most 400 bytes when nothing changed, new mail wanted only, on the poorest server', async () => {
		proxy.mask = neither;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 500);
		const account = follow(user, { events: ['messageNew'] });
		await account.run();
		proxy.reset();
		expect((await account.run()).events).toEqual([]);
		expect(cost().roundTrips).toBe(1);
		expect(cost().bytes).toBeLessThanOrEqual(400);
	});

	test('1 round trip and at most 130 bytes a folder when nothing changed in 100 folders', async () => {
		const user = dovecot.newUser();
		const folders = Array.from({ length: 99 }, (_, i) => `Project ${String(i).padStart(2, '0')}`);
		for (const folder of folders) await dovecot.createFolder(user, folder);
		for (const folder of ['INBOX', ...folders.slice(0, 20)])
			await dovecot.append(user, folder, 'Subject: hello\r\n\r\nhello\r\n');
		for (const selection of [{ kind: 'all' } as const, { kind: 'chosen', folders: ['INBOX', ...folders] } as const]) {
			const account = follow(user, { selection });
			await account.run();
			proxy.reset();
			expect((await account.run()).events).toEqual([]);
			expect(cost().roundTrips).toBe(1);
			expect(cost().bytes / 100).toBeLessThanOrEqual(130);
		}
	});

	test.each<[string, Ask['selection'] & object, number]>([
		['patterns', { kind: 'all' }, 2],
		['chosen folders', { kind: 'chosen', folders: [] }, 1],
	])('nothing changed in 100 folders without LIST-STATUS: %s', async (_, selection, roundTrips) => {
		for (const [mask, events] of [
			[['LIST-STATUS'], ['messageNew', 'messageUpdated', 'messageDeleted']],
			[neither, ['messageNew', 'messageDeleted']],
		] satisfies Array<[string[], Ask['events']]>) {
			proxy.mask = mask;
			const user = dovecot.newUser();
			const folders = ['INBOX', ...Array.from({ length: 99 }, (__, i) => `Project ${i}`)];
			for (const folder of folders.slice(1)) await dovecot.createFolder(user, folder);
			await dovecot.append(user, 'Project 7', 'Subject: hello\r\n\r\nhello\r\n');
			const account = follow(user, { selection: selection.kind === 'chosen' ? { ...selection, folders } : selection, events });
			await account.run();
			proxy.reset();
			expect((await account.run()).events).toEqual([]);
			expect(cost().roundTrips).toBe(roundTrips);
			await dovecot.append(user, 'Project 8', 'Subject: hello\r\n\r\nhello\r\n');
			expect(told((await account.run()).events)).toEqual(['messageNew Project 8/1']);
		}
	});

	test.each([
		['LIST-STATUS', [], 1],
		['STATUS of each folder', ['LIST-STATUS'], 2],
	])('the first contact with 100 folders, for new mail from now on, with %s', async (_, mask, roundTrips) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		for (let i = 0; i < 99; i++) await dovecot.createFolder(user, `Project ${i}`);
		await dovecot.append(user, 'Project 7', 'Subject: hello\r\n\r\nhello\r\n');
		const account = follow(user, { selection: { kind: 'all' }, events: ['messageNew'] });
		proxy.reset();
		expect((await account.run()).events).toEqual([]);
		expect(cost().roundTrips).toBe(roundTrips);
		await dovecot.append(user, 'Project 7', 'Subject: hello\r\n\r\nhello\r\n');
		expect(told((await account.run()).events)).toEqual(['messageNew Project 7/2']);
	});

	const allEvents: Ask['events'] = ['messageNew', 'messageUpdated', 'messageDeleted'];
	test.each<[string, string[], Ask]>([
		['content, all events', [], { output: 'content', events: allEvents }],
		['metadata, all events, without QRESYNC', noQresync, { output: 'metadata', events: allEvents }],
		['raw, new mail only', [], { output: 'raw', events: ['messageNew'] }],
		['metadata, new mail only, on the poorest server', neither, { output: 'metadata', events: ['messageNew'] }],
		['reference, all events', [], { output: 'reference', events: allEvents }],
	])('2 round trips, or 3 without LIST-STATUS, for new messages in one of the folders: %s', async (_, mask, ask) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 200);
		await dovecot.createFolder(user, 'Work');
		const account = follow(user, { selection: { kind: 'all' }, ...ask });
		await account.run();
		await newMessagesCost(user, account, mask.includes('LIST-STATUS') ? 3 : 2);
	});

	test.each<[string, string[], Ask]>([
		['content, all events', [], { output: 'content', events: allEvents }],
		['metadata, all events', [], { output: 'metadata', events: allEvents }],
		['raw, new mail only', [], { output: 'raw', events: ['messageNew'] }],
		['content, new mail only, on the poorest server', neither, { output: 'content', events: ['messageNew'] }],
	])('2 round trips for new messages in the only folder that is watched: %s', async (_, mask, ask) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 200);
		const account = follow(user, ask);
		await account.run();
		await newMessagesCost(user, account, 2);
	});

	test.each<[string, string[], Ask]>([
		['new mail only', [], { output: 'content', events: ['messageNew'] }],
		['all events', [], { output: 'content', events: allEvents }],
		['metadata, all events', [], { output: 'metadata', events: allEvents }],
		['new mail only, no LIST-STATUS', ['LIST-STATUS'], { output: 'content', events: ['messageNew'] }],
	])('200 new messages in 40 folders: %s', async (_, mask, ask) => {
		const roundTrips = mask.length > 0 ? 3 : 2;
		proxy.mask = mask;
		const user = dovecot.newUser();
		const folders = Array.from({ length: 40 }, (__, i) => `Project ${i}`);
		for (const folder of folders) await dovecot.createFolder(user, folder);
		const account = follow(user, { selection: { kind: 'all' }, ...ask });
		await account.run();
		const source = (folder: string, i: number) => `Subject: ${folder} ${i}\r\n\r\n${'hello '.repeat(300)}\r\n`;
		for (const folder of folders) {
			await dovecot.appendMany(
				user,
				folder,
				Array.from({ length: 5 }, (__, i) => source(folder, i)),
			);
		}
		proxy.reset();
		const { events: came } = await account.run();
		expect(told(came).sort()).toEqual(
			folders.flatMap((folder) => [1, 2, 3, 4, 5].map((uid) => `messageNew ${folder}/${uid}`)).sort(),
		);
		expect(cost().roundTrips).toBeLessThanOrEqual(roundTrips);
		expect(proxy.totals().connections).toBe(1);
		proxy.reset();
		expect((await account.run()).events).toEqual([]);
		expect(cost().roundTrips).toBeLessThanOrEqual(roundTrips);
	});

	test.each([
		['CONDSTORE only', noQresync, 2],
		['neither', neither, 2],
	])('all events of 100 folders without QRESYNC: %s', async (_, mask, roundTrips) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		const folders = Array.from({ length: 99 }, (__, i) => `Project ${i}`);
		for (const folder of folders) await dovecot.createFolder(user, folder);
		for (const folder of ['INBOX', ...folders.slice(0, 30)]) await dovecot.fill(user, folder, 10);
		const account = follow(user, { selection: { kind: 'all' } });
		await account.run();
		proxy.reset();
		expect((await account.run()).events).toEqual([]);
		expect(cost().roundTrips).toBeLessThanOrEqual(roundTrips);
		expect(cost().bytes / 100).toBeLessThanOrEqual(1_000);
		for (const folder of folders.slice(0, 10)) await dovecot.flags(user, folder, [3, 7], { add: ['\\Flagged'] });
		for (const folder of folders.slice(5, 15)) await dovecot.expunge(user, folder, [10]);
		for (const folder of folders.slice(12, 22)) await dovecot.append(user, folder, 'Subject: hello\r\n\r\nhello\r\n');
		proxy.reset();
		const { events } = await account.run();
		expect(told(events).sort()).toEqual(
			[
				...folders.slice(0, 10).flatMap((folder) => [3, 7].map((uid) => `messageUpdated ${folder}/${uid} +\\Flagged`)),
				...folders.slice(5, 15).map((folder) => `messageDeleted ${folder}/10`),
				...folders.slice(12, 22).map((folder) => `messageNew ${folder}/11`),
			].sort(),
		);
		// A deletion is found by searching its folder.
		expect(cost().roundTrips).toBeLessThanOrEqual(roundTrips + 1 + 2 * 10);
	});

	test('at most 2 round trips and 65 kB for 1,000 flag changes, as they are told by default', async () => {
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 1_000);
		const account = follow(user, { output: 'content', limits: { messages: 1_000 } });
		await account.run();
		await dovecot.flags(
			user,
			'INBOX',
			Array.from({ length: 1_000 }, (_, i) => i + 1),
			{ add: ['\\Flagged'] },
		);
		proxy.reset();
		expect((await account.run()).events).toHaveLength(1_000);
		expect(cost().roundTrips).toBeLessThanOrEqual(2);
		expect(cost().bytes).toBeLessThanOrEqual(65_000);
	});

	test('no round trip more for 14 flag changes and 5 deletions with QRESYNC', async () => {
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 1_000);
		const account = follow(user);
		await account.run();
		const flagged = Array.from({ length: 14 }, (_, i) => 100 + i * 50);
		await dovecot.flags(user, 'INBOX', flagged, { add: ['\\Flagged'] });
		await dovecot.expunge(user, 'INBOX', [3, 4, 5, 501, 1_000]);
		proxy.reset();
		const { events } = await account.run();
		expect(told(events)).toEqual([
			...flagged.map((uid) => `messageUpdated INBOX/${uid} +\\Flagged`),
			...[3, 4, 5, 501, 1_000].map((uid) => `messageDeleted INBOX/${uid}`),
		]);
		expect(cost().roundTrips).toBe(1);
	});

	test.each<[string, string[], Ask]>([
		['CONDSTORE, ESEARCH, all events', noQresync, {}],
		['CONDSTORE without ESEARCH, all events', [...noQresync, 'ESEARCH'], {}],
		['neither, deletions and new mail', neither, { events: ['messageNew', 'messageDeleted'] }],
	])('at most 4 round trips and 8 kB for 1 deletion in 50,000 without QRESYNC: %s', async (_, mask, ask) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 50_000);
		const account = follow(user, ask);
		await account.run();
		for (const uid of [31_416, 50_000, 1]) {
			await dovecot.expunge(user, 'INBOX', [uid]);
			proxy.reset();
			const { events } = await account.run();
			expect(told(events)).toEqual([`messageDeleted INBOX/${uid}`]);
			expect(cost().roundTrips).toBeLessThanOrEqual(4);
			expect(cost().bytes).toBeLessThanOrEqual(8_000);
		}
	});

	test('at most 6 round trips and 40 kB for 50 flag changes in 50,000 without CONDSTORE', async () => {
		proxy.mask = neither;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 50_000, { source: 'Subject: hello\r\n\r\nhello\r\n', flags: ['\\Seen'] });
		const spread = (count: number, offset: number) =>
			Array.from({ length: count }, (_, i) => offset + i * Math.floor(49_900 / count));
		// 4 % unseen, 1 % flagged, 6 % answered: the mailbox of imap.md section 4.6.
		await dovecot.flags(user, 'INBOX', spread(2_000, 1), { remove: ['\\Seen'] });
		await dovecot.flags(user, 'INBOX', spread(500, 2), { add: ['\\Flagged'] });
		await dovecot.flags(user, 'INBOX', spread(3_000, 3), { add: ['\\Answered'] });
		const account = follow(user);
		await account.run();
		// Each of them seen, not flagged and not a draft before.
		const changed = spread(50, 7).map((uid) => ((uid - 1) % 24 === 0 || (uid - 2) % 99 === 0 ? uid + 3 : uid));
		await dovecot.flags(user, 'INBOX', changed.slice(0, 25), { add: ['\\Flagged'] });
		await dovecot.flags(user, 'INBOX', changed.slice(25), { remove: ['\\Seen'], add: ['\\Draft'] });
		proxy.reset();
		const { events } = await account.run();
		const expected = changed.map((uid, i) => `messageUpdated INBOX/${uid}${i < 25 ? ' +\\Flagged' : ' +\\Draft -\\Seen'}`);
		expect(told(events)).toEqual(expected);
		expect(cost().roundTrips).toBeLessThanOrEqual(6);
		expect(cost().bytes).toBeLessThanOrEqual(40_000);
	});

	test.each<[string, string[], number]>([
		['QRESYNC', [], 4_000],
		['CONDSTORE only', noQresync, 4_000],
		// Without ESEARCH a listing is six bytes a message.
		['neither', neither, 400_000],
	])('at most 8 round trips for the audit of 50,000 messages, once in six hours, with %s', async (_, mask, bytes) => {
		proxy.mask = mask;
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 50_000);
		const account = follow(user);
		await account.run();
		const begun = Date.now();
		const hours = async (after: number) => {
			proxy.reset();
			const run = await account.run({ now: () => begun + after * 60 * 60_000 });
			expect([run.events, run.corrections]).toEqual([[], []]);
			return cost();
		};
		const usual = await hours(0.1);
		expect((await hours(5.9)).roundTrips).toBe(usual.roundTrips);
		const audit = await hours(8.1);
		expect(audit.roundTrips).toBeGreaterThan(usual.roundTrips);
		expect(audit.roundTrips).toBeLessThanOrEqual(8);
		expect(audit.bytes).toBeLessThanOrEqual(bytes);
		expect((await hours(8.2)).roundTrips).toBe(usual.roundTrips);
	});

	test('1 opening more for a folder that was emptied', async () => {
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 1_000);
		const account = follow(user, { limits: { messages: 2_000 } });
		await account.run();
		await dovecot.expunge(
			user,
			'INBOX',
			Array.from({ length: 1_000 }, (__, i) => i + 1),
		);
		proxy.reset();
		expect((await account.run()).events).toHaveLength(1_000);
		expect(cost().roundTrips).toBeLessThanOrEqual(4);
	});

	test('nothing is written: every command is one of reading', async () => {
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', 'Subject: hello\r\n\r\nhello\r\n');
		const account = follow(user, { events: everyEvent, output: 'content', startFrom: { kind: 'all' } });
		await account.run();
		await dovecot.append(user, 'INBOX', 'Subject: again\r\n\r\nhello\r\n');
		await account.run();
		const verbs = [...proxy.transcript().matchAll(/C: [0-9A-F]+ ((?:UID )?[A-Z]+)/g)].map((match) => match[1]);
		expect(verbs).toContain('EXAMINE');
		expect(
			verbs.filter((verb) => /(?<!UN)SELECT|STORE|APPEND|COPY|MOVE|EXPUNGE|CREATE|DELETE|RENAME|SUBSCRIBE/.test(verb)),
		).toEqual([]);
		expect(proxy.transcript()).not.toMatch(/C: .* BODY\[/);
		expect((await dovecot.fetchAll(user, 'INBOX')).map(({ flags }) => flags)).toEqual([[], []]);
	});
});
