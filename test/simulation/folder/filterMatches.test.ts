import fc from 'fast-check';
import { ACKNOWLEDGED_KEYWORD } from '../../../sync/settings/acknowledge';
import { SyncError } from '../../../sync/errors/syncError';
import type { FolderConnection } from '../../../sync/server/mailServer';
import { ContentMatchesByFolder } from '../../../sync/search/contentMatches';
import { wantedMatches } from '../../../sync/folder/filterMatches';
import { asUid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import { everyEvent, FollowedAccount, told, type Ask } from '../../support/account';
import { runs, seedFrom } from '../../support/chance';
import { FakeAccount, FakeMailServer, type FakeHooks, type FakeOptions } from '../../support/fakeMailServer';
import { kindsOfServer } from '../../support/followFake';
import { mail } from '../../support/mail';
import { Replica } from '../../support/replica';
import type { SearchCriteria } from '../../../sync/server/searchCriteria';
import type { EventName, SyncEvent } from '../../../sync/events/syncEvent';
import { hasStoppedMatching, evaluate } from '../../../sync/search/evaluate';

/** Search folders over the mail server in memory; on real ones: test/servers/searchFolder.test.ts. */
const withFile = (subject: string): string =>
	[
		`Subject: ${subject}`,
		'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=b',
		'',
		'--b',
		'Content-Type: text/plain',
		'',
		'see the file',
		'--b',
		'Content-Type: application/pdf',
		'Content-Disposition: attachment; filename=a.pdf',
		'',
		'pdf',
		'--b--',
		'',
	].join('\r\n');
const flagged: SearchCriteria = { flags: { '\\Flagged': true } };
const matchOnly: EventName[] = ['messageMatched', 'messageUnmatched'];

class World {
	readonly account = new FakeAccount();
	readonly hooks: FakeHooks = {};
	server: FakeMailServer | undefined;
	/** The criteria of the search that runs. */
	asked: SearchCriteria | undefined;
	/** What the server's search answers instead, given what is true. */
	fault: ((found: UidSet, criteria: SearchCriteria) => UidSet) | undefined;
	readonly followed: FollowedAccount;

	constructor(options: FakeOptions & { ask?: Ask } = {}) {
		this.followed = new FollowedAccount(
			async () => {
				this.server = new FakeMailServer(this.account, { ...options, hooks: this.hooks });
				const visit = this.server.visitFolders.bind(this.server);
				this.server.visitFolders = ((paths: string[], work: (path: string, connection: FolderConnection) => Promise<unknown>) =>
					visit(paths, (path, connection) => work(path, this.lying(connection)))) as typeof visit;
				return this.server;
			},
			'alice@example.com',
			'mail.example.com:993',
			{ filter: flagged, ...options.ask },
		);
	}

	async run(ask: Ask = {}): Promise<string[]> {
		const run = await this.followed.run(ask);
		expect(run.problems).toEqual([]);
		return told(run.events);
	}

	fill(count: number, flags: string[] = []): void {
		for (let i = 1; i <= count; i++) this.account.append('INBOX', mail(`m${i}`), { flags });
	}

	flag(uids: number[], ...flags: string[]): void {
		this.account.setFlags('INBOX', uids, { add: flags });
	}

	unflag(uids: number[], ...flags: string[]): void {
		this.account.setFlags('INBOX', uids, { remove: flags });
	}

	private lying(connection: FolderConnection): FolderConnection {
		return {
			...connection,
			keepsFlag: connection.keepsFlag.bind(connection),
			open: async (path, since) => {
				const folder = await connection.open(path, since);
				const search = folder.search.bind(folder);
				folder.search = async (criteria, within) => {
					this.asked = criteria;
					const found = await search(criteria, within);
					return this.fault && Object.keys(criteria).length > 0 ? this.fault(found, criteria) : found;
				};
				return folder;
			},
		};
	}
}

describe.each(kindsOfServer)('a search folder with %s', (_, kind) => {
	const world = (ask: Ask = {}): World => new World({ ...kind, ask });

	test('tells of messages that start and stop to match, once', async () => {
		const here = world({ events: matchOnly });
		here.fill(4);
		here.flag([4], '\\Flagged');
		expect(await here.run()).toEqual([]);
		here.flag([1, 2], '\\Flagged');
		here.flag([3], '\\Seen');
		expect(await here.run()).toEqual(['messageMatched INBOX/1', 'messageMatched INBOX/2']);
		expect(await here.run()).toEqual([]);
		here.unflag([2, 4], '\\Flagged');
		expect(await here.run()).toEqual(['messageUnmatched INBOX/2', 'messageUnmatched INBOX/4']);
		here.flag([2], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/2']);
		expect(await here.run()).toEqual([]);
	});

	test('each start is a happening of its own, and the same one after a crash', async () => {
		const here = world({ events: matchOnly });
		here.fill(1);
		await here.run();
		const ids: string[] = [];
		for (let i = 0; i < 3; i++) {
			here.flag([1], '\\Flagged');
			const lost = await here.followed.runWithoutKeeping();
			const kept = await here.followed.run();
			const numbered = (run: typeof kept) => run.events.map(({ eventId, sequence }) => ({ eventId, sequence }));
			expect(numbered(kept)).toEqual(numbered(lost));
			here.unflag([1], '\\Flagged');
			ids.push(...[...kept.events, ...(await here.followed.run()).events].map(({ eventId }) => eventId));
		}
		expect(ids).toHaveLength(6);
		expect(new Set(ids).size).toBe(6);
	});

	test('a new message that matches is new; one that does not matches later', async () => {
		const here = world();
		await here.run();
		here.fill(1, ['\\Flagged']);
		here.fill(1);
		expect(await here.run()).toEqual(['messageNew INBOX/1']);
		here.flag([2], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/2']);
		here.account.createFolder('Other');
		here.account.append('Other', mail('moved in'), { flags: ['\\Flagged'] });
		here.account.move('Other', [1], 'INBOX');
		expect(await here.run()).toEqual(['messageNew INBOX/3']);
	});

	test('where new messages are not wanted, a new one that matches is told as matching', async () => {
		const here = world({ events: matchOnly });
		await here.run();
		here.fill(1, ['\\Flagged']);
		here.fill(1);
		expect(await here.run()).toEqual(['messageMatched INBOX/1']);
		here.unflag([1], '\\Flagged');
		here.flag([2], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/2', 'messageUnmatched INBOX/1']);
		expect(await here.run()).toEqual([]);
	});

	test('where only the end of a match is wanted, its start is known silently', async () => {
		const here = world({ events: ['messageUnmatched'] });
		here.fill(1);
		await here.run();
		here.flag([1], '\\Flagged');
		here.fill(1, ['\\Flagged']);
		expect(await here.run()).toEqual([]);
		here.unflag([1, 2], '\\Flagged');
		expect(await here.run()).toEqual(['messageUnmatched INBOX/1', 'messageUnmatched INBOX/2']);
	});

	test('where only the start of a match is wanted, its end is known silently, and the next start is one again', async () => {
		const here = world({ events: ['messageMatched'] });
		here.fill(1);
		await here.run();
		for (let i = 0; i < 2; i++) {
			here.flag([1], '\\Flagged');
			expect(await here.run()).toEqual(['messageMatched INBOX/1']);
			here.unflag([1], '\\Flagged');
			expect(await here.run()).toEqual([]);
		}
	});

	test('a deleted message is told as deleted when it matched, never as no longer matching', async () => {
		const here = world();
		here.fill(3);
		here.flag([1, 2], '\\Flagged');
		await here.run();
		here.unflag([2], '\\Flagged');
		expect(await here.run()).toEqual(['messageUpdated INBOX/2 -\\Flagged', 'messageUnmatched INBOX/2']);
		here.account.expunge('INBOX', [1, 2, 3]);
		expect(await here.run()).toEqual(['messageDeleted INBOX/1']);
	});

	test('updates are told of matching messages only; the change that lets one match is not one', async () => {
		const here = world();
		here.fill(2);
		await here.run();
		here.flag([1], '\\Seen');
		expect(await here.run()).toEqual([]);
		here.flag([1], '\\Flagged');
		const { events } = await here.followed.run();
		expect(told(events)).toEqual(['messageMatched INBOX/1']);
		expect(events[0].flags).toEqual(['\\Flagged', '\\Seen']);
		here.flag([1, 2], 'todo');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 +todo']);
	});

	test('a match comes with as much of the message as is asked for; the end of one with its flags', async () => {
		const here = world({ events: matchOnly, output: 'content' });
		here.fill(1);
		await here.run();
		here.flag([1], '\\Flagged', 'todo');
		const started = await here.followed.run();
		expect(started.messages.get(started.events[0])?.source?.toString()).toContain('Subject: m1');
		here.unflag([1], '\\Flagged');
		const stopped = await here.followed.run();
		expect(stopped.events).toMatchObject([{ event: 'messageUnmatched', uid: 1, flags: ['todo'] }]);
		expect(stopped.messages.size).toBe(0);
	});

	test('a match of a message that cannot be read is told without it', async () => {
		const here = world({ events: matchOnly, output: 'content' });
		here.fill(1);
		await here.run();
		here.flag([1], '\\Flagged');
		const run = await here.followed.run({
			onEvent: (_event, message) => {
				if (message) throw new SyncError('messageUnreadable', { reason: 'nothingSent', uid: 1 });
			},
		});
		expect(told(run.events)).toEqual(['messageMatched INBOX/1']);
		expect(run.state.folders.INBOX.failed).toEqual([]);
		expect(await here.run()).toEqual([]);
	});

	test('what does not fit into a run comes in the next ones, each once', async () => {
		const here = world({ events: matchOnly, limits: { messages: 2 } });
		here.fill(6);
		here.flag([4, 5, 6], '\\Flagged');
		await here.run();
		here.flag([1, 2, 3], '\\Flagged');
		here.unflag([4, 5, 6], '\\Flagged');
		const all: string[] = [];
		for (let i = 0; i < 4; i++) all.push(...(await here.run()));
		expect(all).toEqual([
			...[1, 2, 3].map((uid) => `messageMatched INBOX/${uid}`),
			...[4, 5, 6].map((uid) => `messageUnmatched INBOX/${uid}`),
		]);
	});

	test('another filter is taken as it is: nothing is told but what changes afterwards', async () => {
		const here = world({ events: matchOnly });
		here.fill(3);
		here.flag([1], '\\Flagged');
		here.flag([2], '\\Seen');
		await here.run();
		const seen: Ask = { filter: { flags: { '\\Seen': true } } };
		expect(await here.run(seen)).toEqual([]);
		here.flag([3], '\\Seen');
		here.unflag([2], '\\Seen');
		expect(await here.run(seen)).toEqual(['messageMatched INBOX/3', 'messageUnmatched INBOX/2']);
	});

	test('another filter is taken as it is also in a folder that could not be looked at just then', async () => {
		const here = world({ events: matchOnly, selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } });
		here.account.createFolder('Work');
		here.account.append('Work', mail('a'), { flags: ['\\Seen'] });
		await here.run();
		const seen: Ask = { filter: { flags: { '\\Seen': true } } };
		here.account.folder('Work').readable = false;
		expect((await here.followed.run(seen)).problems.map(({ code }) => code)).toEqual(['folderForbidden']);
		here.account.folder('Work').readable = true;
		expect(await here.run(seen)).toEqual([]);
		here.account.setFlags('Work', [1], { remove: ['\\Seen'] });
		expect(await here.run(seen)).toEqual(['messageUnmatched Work/1']);
	});

	test('switched on later, what matched meanwhile is no news', async () => {
		const here = world({ events: ['messageNew', 'messageDeleted'] });
		here.fill(2);
		await here.run();
		here.flag([1], '\\Flagged');
		await here.run();
		expect(await here.run({ events: everyEvent })).toEqual([]);
		here.flag([2], '\\Flagged');
		expect(await here.run({ events: everyEvent })).toEqual(['messageMatched INBOX/2']);
	});

	test('everything that is there: what matches comes as new, or as matching where that is not wanted', async () => {
		for (const [events, name] of [
			[everyEvent, 'messageNew'],
			[matchOnly, 'messageMatched'],
		] as const) {
			const here = world({ events: [...events], startFrom: { kind: 'all' }, limits: { messages: 1 } });
			here.fill(3);
			here.flag([1, 3], '\\Flagged');
			expect([...(await here.run()), ...(await here.run()), ...(await here.run())]).toEqual([
				`${name} INBOX/3`,
				`${name} INBOX/1`,
			]);
			here.flag([2], '\\Flagged');
			expect(await here.run()).toEqual(['messageMatched INBOX/2']);
		}
	});

	test('a start date keeps older messages from being new, not from being known to match', async () => {
		const old = new Date('2025-01-01T00:00:00Z');
		const here = world({ startFrom: { kind: 'date', date: new Date('2026-01-01T00:00:00Z') } });
		here.account.append('INBOX', mail('old'), { internalDate: old, flags: ['\\Flagged'] });
		here.account.append('INBOX', mail('the day before'), {
			internalDate: new Date('2025-12-31T23:00:00Z'),
			flags: ['\\Flagged'],
		});
		here.account.append('INBOX', mail('new'), { internalDate: new Date('2026-01-02T00:00:00Z'), flags: ['\\Flagged'] });
		expect(await here.run()).toEqual(['messageNew INBOX/3']);
		here.flag([1, 2], '\\Seen');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/2 +\\Seen']);
	});

	test('a match in the time in which other events are switched on is told', async () => {
		const here = world({ events: matchOnly });
		here.fill(2);
		await here.run();
		here.flag([1], '\\Flagged');
		expect(await here.run({ events: everyEvent })).toEqual(['messageMatched INBOX/1']);
	});

	test('the period of a filter holds to the second', async () => {
		const since = new Date('2026-03-10T10:00:00Z');
		const here = world({ events: matchOnly, filter: { ...flagged, since } });
		for (const time of ['2026-03-10T09:59:59Z', '2026-03-10T10:00:00Z', '2026-03-12T00:00:00Z'])
			here.account.append('INBOX', mail('x'), { internalDate: new Date(time) });
		await here.run();
		here.flag([1, 2, 3], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/2', 'messageMatched INBOX/3']);
		expect(await here.run()).toEqual([]);
	});

	test('dates that an expression computes move on: messages fall out of the period, and the filter stays the same', async () => {
		const day = 86_400_000;
		const filterSince = (since: Date): Ask => ({ filter: { since }, filterDates: '["={{ $now.minus(7, \\"days\\") }}",""]' });
		const start = Date.parse('2026-06-10T00:00:00Z');
		const here = world({ events: matchOnly });
		for (let i = 0; i < 4; i++) here.account.append('INBOX', mail('x'), { internalDate: new Date(start + i * day) });
		expect(await here.run(filterSince(new Date(start)))).toEqual([]);
		expect(await here.run(filterSince(new Date(start + 2 * day)))).toEqual([
			'messageUnmatched INBOX/1',
			'messageUnmatched INBOX/2',
		]);
		expect(await here.run(filterSince(new Date(start + 2 * day)))).toEqual([]);
		const entered: Ask = { filter: { since: new Date(start) } };
		expect(await here.run(entered)).toEqual([]);
	});

	test('an acknowledgement that ends the match is no event', async () => {
		const acknowledge = { by: 'seen', keyword: ACKNOWLEDGED_KEYWORD, redeliverAfter: 3_600_000, maxAttempts: 5 } as const;
		const here = world({ acknowledge, filter: { flags: { '\\Seen': false } } });
		here.fill(1);
		await here.run();
		here.fill(2);
		expect(await here.run()).toEqual(['messageNew INBOX/2', 'messageNew INBOX/3']);
		here.flag([1, 2], '\\Seen');
		// The first one was there before, nobody waits for it.
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUnmatched INBOX/1']);
		expect(await here.run({ now: () => Date.now() + 2 * 3_600_000 })).toEqual(['messageNew INBOX/3']);
		const byKeyword = {
			acknowledge: { ...acknowledge, by: 'keyword' },
			filter: { flags: { [ACKNOWLEDGED_KEYWORD]: false } },
		} as const;
		const there = world(byKeyword);
		await there.run();
		there.fill(1);
		await there.run();
		there.flag([1], ACKNOWLEDGED_KEYWORD);
		expect(await there.run()).toEqual([]);
		expect(await there.run({ now: () => Date.now() + 2 * 3_600_000 })).toEqual([]);
	});

	test('any condition: a message stops to match when none holds any more, whichever it was', async () => {
		const here = world({ filter: { anyOf: [{ subject: 'm1' }, flagged] }, events: matchOnly });
		here.fill(3, ['\\Flagged']);
		await here.run();
		here.unflag([1, 2], '\\Flagged');
		expect(await here.run()).toEqual(['messageUnmatched INBOX/2']);
		here.flag([2], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/2']);
		here.fill(2);
		expect(await here.run()).toEqual(['messageMatched INBOX/4']);
	});

	test('any condition: a search that leaves a message out for what it says is refuted by reading it', async () => {
		const here = world({ filter: { anyOf: [{ subject: 'm1' }, flagged] }, events: matchOnly });
		here.fill(3, ['\\Flagged']);
		await here.run();
		here.fault = () => UidSet.empty;
		here.unflag([1, 2], '\\Flagged');
		expect(await here.run()).toEqual(['messageUnmatched INBOX/2']);
		here.fault = undefined;
		expect(await here.run()).toEqual([]);
	});

	test('what is excepted stops to match when it is, and starts again', async () => {
		const here = world({
			filter: { subject: 'm', noneOf: [{ anyOf: [{ flags: { todo: true } }, { from: 'nobody@' }] }] },
			events: matchOnly,
		});
		here.fill(2);
		await here.run();
		here.flag([1], 'todo');
		expect(await here.run()).toEqual(['messageUnmatched INBOX/1']);
		here.unflag([1], 'todo');
		expect(await here.run()).toEqual(['messageMatched INBOX/1']);
		here.fill(1, ['todo']);
		expect(await here.run()).toEqual([]);
	});

	test('messages with a file: new ones are told, known ones when they are flagged, and each is read once', async () => {
		const here = world({
			filter: { hasAttachment: true, flags: { '\\Flagged': true } },
			contentMatches: new ContentMatchesByFolder(),
		});
		here.account.append('INBOX', withFile('known'), { flags: ['\\Flagged'] });
		here.fill(1, ['\\Flagged']);
		here.account.append('INBOX', withFile('not flagged'));
		expect(await here.run()).toEqual([]);
		here.account.append('INBOX', withFile('new'), { flags: ['\\Flagged'] });
		here.fill(1, ['\\Flagged']);
		expect(await here.run()).toEqual(['messageNew INBOX/4']);
		here.flag([3], '\\Flagged');
		here.flag([1, 2], 'todo');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 +todo', 'messageMatched INBOX/3']);
		here.unflag([1, 2], '\\Flagged');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 -\\Flagged', 'messageUnmatched INBOX/1']);
		here.flag([2], '\\Flagged');
		expect(await here.run()).toEqual([]);
		here.account.expunge('INBOX', [1, 2, 3]);
		expect(await here.run()).toEqual(['messageDeleted INBOX/3']);
	});

	test('without an attachment, everything that is there, in portions', async () => {
		const here = world({
			filter: { noneOf: [{ hasAttachment: true }] },
			events: ['messageNew'],
			startFrom: { kind: 'all' },
			limits: { messages: 1 },
		});
		here.fill(1);
		here.account.append('INBOX', withFile('x'));
		here.fill(1);
		expect([...(await here.run()), ...(await here.run()), ...(await here.run())]).toEqual([
			'messageNew INBOX/3',
			'messageNew INBOX/1',
		]);
	});

	test('messages that there was no time to read are read by the next runs, and nothing is taken for not matching', async () => {
		const contentMatches = new ContentMatchesByFolder();
		const here = world({ filter: { hasAttachment: true }, contentMatches });
		for (let i = 0; i < 2_500; i++) here.account.append('INBOX', i % 100 === 0 ? withFile('x') : mail('x'));
		const start = Date.now();
		let now = start;
		here.hooks.before = ({ method }) => {
			if (method === 'fetch') now += 40_000;
		};
		const ask: Ask = { now: () => now, limits: { deadline: start + 60_000 } };
		const first = await here.followed.run(ask).catch((error: unknown) => error);
		expect(first).toMatchObject({ problems: [{ code: 'lookUnfinished', passing: true }], events: [] });
		now = start;
		expect(await here.run(ask)).toEqual([]);
		here.hooks.before = undefined;
		here.flag([1, 2, 2401], '\\Seen');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/2401 +\\Seen']);
	}, 30_000);

	test('what keywords say of attachments is not read', async () => {
		const here = world({ filter: { hasAttachment: true } });
		for (const keyword of ['$HasAttachment', '$hasnoattachment'])
			for (let i = 0; i < 50; i++) here.account.append('INBOX', mail('x'), { flags: [keyword] });
		here.account.append('INBOX', withFile('x'));
		const read: number[] = [];
		here.hooks.row = (row, { parts }) => {
			if (parts === 'structure') read.push(row.uid);
			return row;
		};
		expect(await here.run()).toEqual([]);
		expect(read).toEqual([101]);
		here.hooks.row = undefined;
		here.flag([1, 51, 101], '\\Seen');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/101 +\\Seen']);
	});

	test('a text that the server refuses to search for is looked for here', async () => {
		const here = world({ filter: { subject: 'Grüße', flags: { '\\Flagged': true } } });
		here.hooks.before = ({ method }) => {
			if (method === 'search' && here.asked?.subject)
				throw new SyncError('searchFailed', { reason: 'refusedSilently', host: 'mail.example.com:993' });
		};
		const umlaut = 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n';
		here.account.append('INBOX', umlaut);
		here.fill(1);
		await here.run();
		here.account.append('INBOX', umlaut, { flags: ['\\Flagged'] });
		here.fill(1, ['\\Flagged']);
		expect(await here.run()).toEqual(['messageNew INBOX/3']);
		here.flag([1, 2], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/1']);
		here.unflag([1, 2, 3], '\\Flagged');
		expect((await here.run()).filter((line) => line.startsWith('messageUn'))).toEqual([
			'messageUnmatched INBOX/1',
			'messageUnmatched INBOX/3',
		]);
	});

	test('a new message whose flags show that it passes is told, whatever the search says', async () => {
		const here = world();
		await here.run();
		here.fault = () => UidSet.empty;
		here.fill(1, ['\\Flagged']);
		here.fill(1);
		expect(await here.run()).toEqual(['messageNew INBOX/1']);
	});

	test('dates count to the second also where only one of several conditions has to be met', async () => {
		const since = new Date('2026-03-10T10:00:00Z');
		const here = world({
			filter: { anyOf: [{ since }, { subject: 'm' }], noneOf: [{ before: new Date('2026-03-01T12:00:00Z') }] },
			events: matchOnly,
		});
		await here.run();
		for (const time of ['2026-03-01T11:59:59Z', '2026-03-01T12:00:00Z', '2026-03-10T09:59:59Z', '2026-03-10T10:00:00Z']) {
			here.account.append('INBOX', mail('x'), { internalDate: new Date(time) });
			here.account.append('INBOX', mail('m'), { internalDate: new Date(time) });
		}
		expect(await here.run()).toEqual([
			'messageMatched INBOX/4',
			'messageMatched INBOX/6',
			'messageMatched INBOX/7',
			'messageMatched INBOX/8',
		]);
		here.account.expunge('INBOX', [1, 2, 3, 4, 5]);
		expect(await here.run({ events: [...matchOnly, 'messageDeleted'] })).toEqual(['messageDeleted INBOX/4']);
	});

	test('after a UIDVALIDITY change what matches is known', async () => {
		const here = world();
		here.fill(3);
		here.flag([1], '\\Flagged');
		await here.run();
		here.account.setUidValidity('INBOX', 7_000);
		expect(await here.run()).toEqual(['folderReset INBOX']);
		here.flag([2], '\\Flagged');
		here.unflag([1], '\\Flagged');
		expect((await here.run()).filter((line) => !line.startsWith('messageUpdated'))).toEqual([
			'messageMatched INBOX/2',
			'messageUnmatched INBOX/1',
		]);
	});

	test('what starts or stops to match in the time of a UIDVALIDITY change is told after it, each once', async () => {
		const here = world();
		here.fill(4);
		here.flag([1, 2], '\\Flagged');
		await here.run();
		here.unflag([1, 2], '\\Flagged');
		here.flag([3], '\\Flagged');
		here.account.setUidValidity('INBOX', 7_000);
		const lines = [
			...(await here.run({ limits: { messages: 2 } })),
			...(await here.run({ limits: { messages: 2 } })),
			...(await here.run()),
			...(await here.run()),
		];
		expect(lines.filter((line) => !line.startsWith('messageUpdated')).sort()).toEqual([
			'folderReset INBOX',
			'messageMatched INBOX/3',
			'messageUnmatched INBOX/1',
			'messageUnmatched INBOX/2',
		]);
	});

	test('another filter in the time of a UIDVALIDITY change is taken as it is', async () => {
		const here = world();
		here.fill(2);
		here.flag([1], '\\Flagged');
		await here.run();
		here.account.setUidValidity('INBOX', 7_000);
		expect(await here.run({ filter: { flags: { '\\Seen': false } } })).toEqual(['folderReset INBOX']);
	});

	test('a match beside many deletions, which are looked at twice, is told', async () => {
		const here = world();
		here.fill(300);
		here.flag([1, 2], '\\Flagged');
		await here.run();
		here.account.expunge('INBOX', UidSet.range(20, 300));
		here.flag([3], '\\Flagged');
		here.unflag([1], '\\Flagged');
		const run = await here.followed.run();
		expect(run.folders).toMatchObject([{ reason: 'massDeletion' }]);
		expect(told(run.events)).toEqual(['messageUpdated INBOX/1 -\\Flagged', 'messageMatched INBOX/3', 'messageUnmatched INBOX/1']);
		expect(await here.run()).toEqual([]);
	});

	test('an audit finds a match that the server kept to itself', async () => {
		const here = world({ filter: { subject: 'm', ...flagged } });
		here.fill(300);
		await here.run();
		here.hooks.row = (row, { method }) => ((method === 'open' || method === 'changedSince') && row.uid === 7 ? undefined : row);
		here.flag([7, 8], '\\Flagged');
		const first = await here.run();
		const audited = await here.followed.run({ now: () => Date.now() + 9 * 3_600_000 });
		expect([...first, ...told(audited.events)].sort()).toEqual(['messageMatched INBOX/7', 'messageMatched INBOX/8']);
		expect(audited.folders[0].reason).toMatch(/auditDue|noModseq/);
	});

	test('a filter by what never changes asks nothing of messages that are there', async () => {
		const here = world({ filter: { subject: 'm1' }, events: ['messageNew', ...matchOnly] });
		here.fill(3);
		await here.run();
		here.flag([1, 2, 3], '\\Flagged');
		expect(await here.run()).toEqual([]);
		expect(here.server?.count('search')).toBe(0);
	});

	test('a search that the server refuses is a problem of the folder, and no message stops matching', async () => {
		const here = world();
		here.fill(3);
		here.flag([1], '\\Flagged');
		await here.run();
		here.flag([2], '\\Flagged');
		here.hooks.before = ({ method }) => {
			if (method === 'search') throw new SyncError('searchFailed', { reason: 'refusedSilently', host: 'mail.example.com:993' });
		};
		const refused = await here.followed.run();
		expect(refused.events).toEqual([]);
		expect(refused.problems.map(({ code }) => code)).toEqual(['searchFailed']);
		here.hooks.before = undefined;
		expect(await here.run()).toEqual(['messageMatched INBOX/2']);
	});

	test('a search that leaves messages out, or finds too many, is refuted by what is known of them', async () => {
		const here = world();
		here.fill(5);
		here.flag([1, 2], '\\Flagged');
		await here.run();
		here.flag([3], '\\Seen');
		here.fault = () => UidSet.empty;
		expect(await here.run()).toEqual([]);
		here.flag([4], '\\Seen');
		here.fault = () => UidSet.range(1, 5);
		expect(await here.run()).toEqual([]);
		here.fault = undefined;
		here.flag([5], '\\Flagged');
		here.unflag([1], '\\Flagged');
		expect(await here.run()).toEqual(['messageUpdated INBOX/1 -\\Flagged', 'messageMatched INBOX/5', 'messageUnmatched INBOX/1']);
		expect(await here.run()).toEqual([]);
	});

	test('a text search that leaves out what it found before is not believed: texts do not change', async () => {
		const here = world({ filter: { subject: 'm', flags: { '\\Seen': false } }, events: matchOnly });
		here.fill(3);
		await here.run();
		here.fault = () => UidSet.empty;
		here.flag([1], '\\Flagged');
		here.flag([2], '\\Seen');
		expect(await here.run()).toEqual(['messageUnmatched INBOX/2']);
		here.fault = undefined;
		expect(await here.run()).toEqual([]);
		here.unflag([2], '\\Seen');
		expect(await here.run()).toEqual(['messageMatched INBOX/2']);
	});

	test('a QRESYNC answer that leaves out the changes is asked for them', async () => {
		const here = world({ filter: { subject: 'm', ...flagged }, events: matchOnly });
		here.fill(3);
		await here.run();
		here.flag([2], '\\Flagged');
		here.hooks.row = (row, { method }) => (method === 'open' ? undefined : row);
		expect(await here.run()).toEqual(['messageMatched INBOX/2']);
	});

	test('a search that names messages which are not there is refused', async () => {
		const here = world();
		here.fill(3);
		await here.run();
		here.account.expunge('INBOX', [2]);
		here.flag([1], '\\Flagged');
		here.fault = () => UidSet.of([1, 2]);
		const { events, problems } = await here.followed.run();
		expect(events).toEqual([]);
		expect(problems).toMatchObject([{ code: 'searchFailed', scope: 'folder', data: { folder: 'INBOX' } }]);
		here.fault = undefined;
		expect(await here.run()).toEqual(['messageMatched INBOX/1']);
	});
});

describe('what following a search folder costs', () => {
	const calls = async (kind: FakeOptions, filter: SearchCriteria, happen: (here: World) => void): Promise<string[]> => {
		const here = new World({ ...kind, ask: { filter, events: ['messageNew', ...matchOnly] } });
		here.fill(300);
		here.flag([1, 2, 3], '\\Flagged');
		await here.run();
		happen(here);
		await here.run();
		return here.server?.calls.map(({ method }) => method) ?? [];
	};
	const nothing = (): void => undefined;

	test('nothing changed is one round trip, with mod-sequences', async () => {
		expect(await calls({}, flagged, nothing)).toEqual(['open']);
		expect(await calls({ capabilities: { qresync: false } }, flagged, nothing)).toEqual(['open']);
	});

	test('without them a flag shows only in the search, which is asked each time', async () => {
		expect(await calls({ capabilities: { qresync: false, condstore: false } }, flagged, nothing)).toEqual(['open', 'search']);
	});

	test('many folders in which nothing changed are one listing', async () => {
		const here = new World({ ask: { events: matchOnly, selection: { kind: 'all' } } });
		for (let i = 0; i < 20; i++) here.account.createFolder(`F${i}`);
		await here.run();
		await here.run();
		expect(here.server?.calls.map(({ method }) => method)).toEqual(['listFolders']);
	});

	test('where the server must read texts, it is asked about the changed messages only', async () => {
		const asked: Array<UidSet | undefined> = [];
		const here = new World({ ask: { filter: { subject: 'm', ...flagged }, events: ['messageNew', ...matchOnly] } });
		here.fill(50);
		await here.run();
		here.fault = (found) => {
			asked.push(found);
			return found;
		};
		here.flag([7], '\\Flagged');
		expect(await here.run()).toEqual(['messageMatched INBOX/7']);
		expect(asked.map(String)).toEqual(['7', '7']);
	});
});

describe('by what a match may change', () => {
	test.each<[string, SearchCriteria, string | undefined, string]>([
		['a text', { subject: 'x' }, undefined, 'nothing'],
		['a date that was entered', { since: new Date(0) }, undefined, 'nothing'],
		['a flag', { flags: { '\\Seen': true } }, undefined, 'flags'],
		['a text and a flag', { body: 'x', flags: { todo: false } }, undefined, 'flags'],
		["Gmail's query", { gmailQuery: 'label:work' }, undefined, 'flags'],
		["Gmail's query by age", { gmailQuery: 'newer_than:2d' }, undefined, 'time'],
		['a date that an expression computes', { since: new Date(0) }, '={{ $now }}', 'time'],
		['an attachment', { hasAttachment: true }, undefined, 'nothing'],
		['one of several, a flag', { anyOf: [{ subject: 'x' }, flagged] }, undefined, 'flags'],
		['an exception, a flag', { subject: 'x', noneOf: [{ anyOf: [{ from: 'y' }, flagged] }] }, undefined, 'flags'],
		["an exception, Gmail's query by age", { noneOf: [{ gmailQuery: 'older_than:2d' }] }, undefined, 'time'],
	])('%s', (_, filter, filterDates, by) => {
		expect(wantedMatches({ events: new Set(['messageMatched']), filter, filterDates })?.by).toBe(by);
	});

	test('is of no interest without the events, or without a filter', () => {
		expect(wantedMatches({ events: new Set(['messageNew', 'messageUpdated']), filter: flagged })).toBeUndefined();
		expect(wantedMatches({ events: new Set(['messageMatched']) })).toBeUndefined();
	});
});

describe('what is known of a message without reading it', () => {
	const message = { uid: asUid(1), flags: ['\\Flagged'], size: 100, internalDate: new Date('2026-03-10T10:00:00Z') };
	const seen: SearchCriteria = { flags: { '\\Seen': true } };

	test.each<[SearchCriteria, string, string]>([
		[flagged, 'yes', 'no'],
		[seen, 'no', 'yes'],
		[{ ...flagged, larger: 100 }, 'no', 'yes'],
		[{ smaller: 101, since: new Date('2026-03-10T10:00:00Z') }, 'yes', 'no'],
		[{ before: new Date('2026-03-10T10:00:00Z') }, 'no', 'yes'],
		[{ subject: 'x' }, 'unknown', 'no'],
		[{ subject: '' }, 'yes', 'no'],
		[{ subject: 'x', ...flagged }, 'unknown', 'no'],
		[{ subject: 'x', ...seen }, 'no', 'yes'],
		[{ anyOf: [seen, flagged] }, 'yes', 'no'],
		[{ anyOf: [seen] }, 'no', 'yes'],
		[{ anyOf: [] }, 'no', 'yes'],
		[{ anyOf: [{ subject: 'x' }, flagged] }, 'yes', 'no'],
		[{ anyOf: [{ subject: 'x' }, seen] }, 'unknown', 'unknown'],
		[{ anyOf: [{ subject: 'x' }, { hasAttachment: true }] }, 'unknown', 'no'],
		[{ noneOf: [seen] }, 'yes', 'no'],
		[{ noneOf: [{ anyOf: [{ from: 'x' }, flagged] }] }, 'no', 'yes'],
		[{ noneOf: [{ anyOf: [{ from: 'x' }, seen] }] }, 'unknown', 'unknown'],
		[{ subject: 'x', noneOf: [{ from: 'y' }] }, 'unknown', 'no'],
		[{ gmailQuery: 'x', ...flagged }, 'unknown', 'yes'],
		[{ anyOf: [{ gmailQuery: 'x' }, flagged] }, 'yes', 'yes'],
	])('%j: passes %s, stopped to pass %s', (filter, passes, stopped) => {
		expect([evaluate(message, filter), hasStoppedMatching(message, filter)]).toEqual([passes, stopped]);
	});
});

/** The copy holds what matches: it has to end as the server's own search folder, with every event legal on the way. */
describe('random histories of a search folder', () => {
	const flags = ['\\Seen', '\\Flagged', 'todo'];
	type Act = { act: string; which: number; count: number; add: string[]; remove: string[] };
	const acts = fc.array(
		fc.record({
			act: fc.constantFrom('append', 'append', 'flag', 'flag', 'flag', 'expunge', 'run', 'run', 'cutRun', 'lostRun', 'skip'),
			which: fc.nat({ max: 100 }),
			count: fc.integer({ min: 1, max: 4 }),
			add: fc.subarray(flags),
			remove: fc.subarray(flags),
		}),
		{ maxLength: 40 },
	);
	const filters: SearchCriteria[] = [
		flagged,
		{ flags: { '\\Seen': false } },
		{ flags: { todo: true, '\\Seen': false } },
		{ subject: 'even', flags: { '\\Flagged': true } },
		{ anyOf: [{ subject: 'even' }, { flags: { '\\Flagged': true } }] },
		{ noneOf: [{ anyOf: [{ subject: 'even' }, { flags: { todo: true } }] }] },
		{
			anyOf: [{ hasAttachment: true, flags: { '\\Flagged': true } }, { flags: { todo: true } }],
			noneOf: [{ flags: { '\\Seen': true } }],
		},
	];
	const seed = seedFrom('HISTORY_SEED');

	test.each(kindsOfServer)(`with %s end in the same set (seed ${seed})`, async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(acts, fc.constantFrom(...filters), fc.boolean(), fc.boolean(), async (history, filter, all, withNew) =>
				play(history, filter, all, withNew, kind),
			),
			{ seed, numRuns: runs(150) },
		);
	});

	async function play(history: Act[], filter: SearchCriteria, all: boolean, withNew: boolean, kind: FakeOptions): Promise<void> {
		const events = everyEvent.filter((name) => withNew || name !== 'messageNew');
		const here = new World({ ...kind, ask: { filter, events, startFrom: { kind: all ? 'all' : 'now' } } });
		const { account, followed, hooks } = here;
		const append = (add: string[]): void =>
			void account.append('INBOX', account.folder('INBOX').uidNext % 2 ? mail('odd') : withFile('even'), { flags: add });
		const passes = (message: { flags: Set<string>; source: Buffer }, criteria: SearchCriteria): boolean =>
			(!criteria.subject || message.source.includes(criteria.subject)) &&
			(criteria.hasAttachment === undefined || message.source.includes('even') === criteria.hasAttachment) &&
			Object.entries(criteria.flags ?? {}).every(([flag, wanted]) => message.flags.has(flag) === wanted) &&
			(criteria.anyOf === undefined || criteria.anyOf.some((choice) => passes(message, choice))) &&
			!(criteria.noneOf ?? []).some((unwanted) => passes(message, unwanted));
		for (let i = 0; i < 4; i++) append(i < 2 ? ['\\Flagged'] : []);
		const replica = new Replica();
		const matching = () =>
			account
				.folder('INBOX')
				.messages.filter((message) => passes(message, filter))
				.map(({ uid, flags: set }) => ({ uid, flags: [...set] }));
		if (!all) replica.know('INBOX', matching());
		const take = (run: { events: SyncEvent[] }): void => replica.apply(run.events);
		take(await followed.run({ limits: { messages: 2 } }));
		for (const { act, which, count, add, remove } of history) {
			const uids = account.folder('INBOX').messages.map(({ uid }) => uid);
			const uid = uids.length > 0 ? uids[which % uids.length] : 0;
			if (act === 'append') for (let i = 0; i < count; i++) append(add);
			if (act === 'flag' && uid) account.setFlags('INBOX', [uid], { add, remove: remove.filter((flag) => !add.includes(flag)) });
			if (act === 'expunge' && uid) account.expunge('INBOX', [uid]);
			if (act === 'skip') account.skipUids('INBOX', which);
			if (act === 'run') take(await followed.run({ limits: { messages: count } }));
			if (act === 'lostRun') await followed.runWithoutKeeping({ limits: { messages: count } });
			if (act === 'cutRun') {
				let calls = 0;
				hooks.before = () => {
					if (++calls > count) throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
				};
				await followed.run({ limits: { messages: 5 } }).then(take, (error: unknown) => {
					if (!(error instanceof SyncError)) throw error;
				});
				hooks.before = undefined;
			}
		}
		for (let left = 60; ; left--) {
			const run = await followed.run();
			expect(run.problems).toEqual([]);
			take(run);
			if (!run.unfinished) break;
			expect(left).toBeGreaterThan(0);
		}
		expect(replica.messages('INBOX')).toEqual(
			Object.fromEntries(matching().map(({ uid, flags: set }) => [uid, set.sort().join(' ')])),
		);
		expect(told((await followed.run()).events)).toEqual([]);
	}
});
