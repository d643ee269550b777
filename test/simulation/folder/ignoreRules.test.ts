import { decodeState } from '../../../sync/state/state';
import { told, type Ask } from '../../support/account';
import { kindsOfServer } from '../../support/followFake';
import { followFake, type FollowedFake } from '../../support/followFake';
import type { EventName } from '../../../sync/events/syncEvent';
import type { IgnoreRules } from '../../../sync/settings/watchSettings';

/** Ignored messages over the mail server in memory; on real ones: test/servers/ignore.test.ts. */
const news = (subject: string): string =>
	`Message-ID: <${subject}@news.example.com>\r\nFrom: News <noreply@news.example.com>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;
const mail = (subject: string, ...lines: string[]): string =>
	[`Message-ID: <${subject}@example.com>`, 'From: Bob <bob@example.com>', `Subject: ${subject}`, ...lines, '', 'hello', ''].join(
		'\r\n',
	);
const ignore: IgnoreRules = { senders: ['*@news.example.com'], subjects: ['lunch'], threads: ['<root@example.com>'] };
const bothFolders: Ask = { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } };

async function lines(fake: FollowedFake, ask: Ask = {}): Promise<string[]> {
	const run = await fake.followed.run(ask);
	expect(run.problems).toEqual([]);
	return told(run.events);
}

describe.each(kindsOfServer)('ignored messages with %s', (_, kind) => {
	const follow = (ask: Ask = {}): FollowedFake => followFake({ ...kind, ask: { ignore, ...ask } });

	test('give no event of any kind, whatever becomes of them', async () => {
		const fake = follow(bothFolders);
		const { account } = fake;
		account.createFolder('Work');
		expect(await lines(fake)).toEqual([]);
		for (const text of [news('a'), mail('b'), mail('Lunch today'), mail('re', 'References: <root@example.com>')])
			account.append('INBOX', text);
		expect(await lines(fake)).toEqual(['messageNew INBOX/2']);
		account.setFlags('INBOX', [1, 2, 3, 4], { add: ['\\Seen'] });
		expect(await lines(fake)).toEqual(['messageUpdated INBOX/2 +\\Seen']);
		account.move('INBOX', [1, 2], 'Work');
		expect(await lines(fake)).toEqual(['messageMoved INBOX/2 -> Work/2']);
		account.setFlags('Work', [1], { add: ['\\Flagged'] });
		account.expunge('INBOX', [3, 4]);
		expect(await lines(fake)).toEqual([]);
		account.expunge('Work', [1, 2]);
		expect([...(await lines(fake)), ...(await lines(fake))]).toEqual(['messageDeleted Work/2']);
		expect(await lines(fake)).toEqual([]);
	});

	test('that were there before are ignored too, when they change, leave or turn up elsewhere', async () => {
		const fake = follow(bothFolders);
		const { account } = fake;
		account.createFolder('Work');
		for (const text of [news('a'), mail('b'), news('c'), news('d')]) account.append('INBOX', text);
		expect(await lines(fake)).toEqual([]);
		account.setFlags('INBOX', [1, 2], { add: ['\\Seen'] });
		account.expunge('INBOX', [3]);
		account.move('INBOX', [4], 'Work');
		expect([...(await lines(fake)), ...(await lines(fake))]).toEqual(['messageUpdated INBOX/2 +\\Seen']);
		account.expunge('INBOX', [1, 2]);
		expect([...(await lines(fake)), ...(await lines(fake))]).toEqual(['messageDeleted INBOX/2']);
	});

	test('a rule that comes and goes repeats nothing, and holds nothing back', async () => {
		const fake = follow();
		const { account } = fake;
		for (const text of [news('a'), mail('b')]) account.append('INBOX', text);
		expect(await lines(fake, { ignore: undefined })).toEqual([]);
		expect(await lines(fake)).toEqual([]);
		account.append('INBOX', news('c'));
		account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		expect(await lines(fake)).toEqual([]);
		expect(await lines(fake, { ignore: undefined })).toEqual([]);
		account.setFlags('INBOX', [1], { add: ['\\Flagged'] });
		expect(await lines(fake, { ignore: undefined })).toEqual(['messageUpdated INBOX/1 +\\Flagged']);
		expect(await lines(fake, { ignore: { senders: ['bob@example.com'], subjects: [], threads: [] } })).toEqual([]);
		account.expunge('INBOX', [1, 2, 3]);
		expect(await lines(fake, { ignore: { senders: ['bob@example.com'], subjects: [], threads: [] } })).toEqual([
			'messageDeleted INBOX/1',
			'messageDeleted INBOX/3',
		]);
	});

	test('neither start nor stop to match', async () => {
		const fake = follow({ filter: { flags: { '\\Flagged': true } } });
		const { account } = fake;
		for (const text of [news('a'), mail('b')]) account.append('INBOX', text);
		await lines(fake);
		account.setFlags('INBOX', [1, 2], { add: ['\\Flagged'] });
		expect(await lines(fake)).toEqual(['messageMatched INBOX/2']);
		account.append('INBOX', news('c'), { flags: ['\\Flagged'] });
		account.append('INBOX', mail('d'), { flags: ['\\Flagged'] });
		expect(await lines(fake)).toEqual(['messageNew INBOX/4']);
		account.setFlags('INBOX', [1, 2, 3], { remove: ['\\Flagged'] });
		expect(await lines(fake)).toEqual(['messageUpdated INBOX/2 -\\Flagged', 'messageUnmatched INBOX/2']);
		expect(await lines(fake)).toEqual([]);
	});

	test('of everything that is there, only the others come, and the limits count only these', async () => {
		const fake = follow({ startFrom: { kind: 'all' }, limits: { messages: 2 } });
		for (let i = 0; i < 6; i++) fake.account.append('INBOX', i % 2 ? mail(`m${i}`) : news(`n${i}`));
		expect([...(await lines(fake)), ...(await lines(fake)), ...(await lines(fake))]).toEqual([
			'messageNew INBOX/6',
			'messageNew INBOX/4',
			'messageNew INBOX/2',
		]);
		fake.account.expunge('INBOX', [1, 2, 3, 4, 5, 6]);
		expect([...(await lines(fake)), ...(await lines(fake))]).toEqual([
			'messageDeleted INBOX/2',
			'messageDeleted INBOX/4',
			'messageDeleted INBOX/6',
		]);
	});

	test('are no longer waited for when nobody acknowledges them', async () => {
		const acknowledge = { by: 'keyword', keyword: 'done', redeliverAfter: 3_600_000, maxAttempts: 3 } as const;
		const fake = follow({ acknowledge, ignore: undefined });
		await lines(fake);
		for (const text of [news('a'), mail('b')]) fake.account.append('INBOX', text);
		expect(await lines(fake)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/2']);
		fake.later(120);
		expect(await lines(fake, { ignore })).toEqual(['messageNew INBOX/2']);
		fake.later(120);
		fake.account.append('INBOX', news('c'));
		expect(await lines(fake, { ignore })).toEqual(['messageNew INBOX/2']);
		expect(
			Object.values(decodeState(fake.followed.stored)?.folders ?? {})[0].unacknowledged?.groups.map(({ uids }) => String(uids)),
		).toEqual(['2']);
	});

	test('stay ignored after a change of UIDVALIDITY', async () => {
		const fake = follow();
		const { account } = fake;
		for (const text of [news('a'), mail('b'), news('c'), mail('d')]) account.append('INBOX', text);
		await lines(fake);
		account.expunge('INBOX', [1, 2]);
		account.setUidValidity('INBOX', 4711);
		expect([...(await lines(fake)), ...(await lines(fake))]).toEqual(['folderReset INBOX', 'messageDeleted INBOX/2']);
		const uids = account.folder('INBOX').messages.map(({ uid }) => uid);
		account.expunge('INBOX', uids);
		expect([...(await lines(fake)), ...(await lines(fake))]).toEqual([`messageDeleted INBOX/${uids[1]}`]);
	});

	test.each<[string, EventName[]]>([
		['only deletions are told', ['messageDeleted']],
		['deletions and updates are told', ['messageDeleted', 'messageUpdated']],
	])('are known where %s', async (_what, events) => {
		const fake = follow({ events });
		await lines(fake);
		for (const text of [news('a'), mail('b')]) fake.account.append('INBOX', text);
		expect(await lines(fake)).toEqual([]);
		fake.account.expunge('INBOX', [1, 2]);
		expect(await lines(fake)).toEqual(['messageDeleted INBOX/2']);
	});

	test('in a large folder are searched for by the server, or read where it refuses', async () => {
		for (const refuses of [false, true]) {
			const fake = follow();
			const { account } = fake;
			for (let i = 1; i <= 1_200; i++) account.append('INBOX', i % 100 === 0 ? news(`n${i}`) : mail(`m${i}`));
			let outlined = 0;
			fake.server.hooks.row = (row, { method }) => {
				if (method === 'fetch' && 'header' in row) outlined++;
				return row;
			};
			if (refuses) account.append('INBOX', news('last'));
			const rules = refuses ? { ...ignore, threads: ['T17'] } : ignore;
			expect(await lines(fake, { ignore: rules })).toEqual([]);
			expect(outlined).toBeLessThan(refuses ? 2_000 : 20);
			account.expunge('INBOX', [100, 101, 200]);
			expect(await lines(fake, { ignore: rules })).toEqual(['messageDeleted INBOX/101']);
		}
	}, 30_000);

	test('a message that cannot be read is not ignored, and does not keep the others from being so', async () => {
		const fake = follow();
		await lines(fake);
		for (const text of [news('a'), news('b'), news('c')]) fake.account.append('INBOX', text);
		fake.server.hooks.row = (row, { method }) => (method === 'fetch' && row.uid === 2 && 'header' in row ? undefined : row);
		expect(await lines(fake)).toEqual(['messageNew INBOX/2']);
	});
});

test('the state keeps them only where deletions or moves are told', async () => {
	const stored = async (events: EventName[], rules: IgnoreRules | undefined): Promise<Record<string, unknown>> => {
		const fake = followFake({ ask: { events, ignore: rules } });
		for (let i = 0; i < 200; i++) fake.account.append('INBOX', i % 2 ? news(`n${i}`) : mail(`m${i}`));
		await lines(fake);
		return (fake.followed.stored as { f: Record<string, Record<string, unknown>> }).f.INBOX;
	};
	expect(await stored(['messageNew'], ignore)).not.toHaveProperty('j');
	expect(await stored(['messageNew', 'messageUpdated'], ignore)).not.toHaveProperty('j');
	expect(await stored(['messageNew', 'messageDeleted'], undefined)).not.toHaveProperty('j');
	const kept = await stored(['messageNew', 'messageDeleted'], ignore);
	expect(typeof kept.j).toBe('string');
	expect((kept.j as string).length).toBeLessThan(50);
});

test('without rules nothing more is asked, with rules one FETCH for what came', async () => {
	const calls = async (rules: IgnoreRules | undefined): Promise<string[]> => {
		const fake = followFake({ ask: { ignore: rules, events: ['messageNew', 'messageUpdated', 'messageDeleted'] } });
		for (let i = 0; i < 5; i++) fake.account.append('INBOX', mail(`m${i}`));
		await lines(fake);
		await lines(fake);
		expect(fake.server.last.calls.map(({ method }) => method)).toEqual(['open']);
		fake.account.append('INBOX', mail('new'));
		await lines(fake);
		return fake.server.last.calls.map(({ method }) => method);
	};
	const without = await calls(undefined);
	expect(await calls(ignore)).toEqual([...without, 'fetch']);
});
