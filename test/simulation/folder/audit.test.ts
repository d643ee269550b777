import fc from 'fast-check';
import { isAuditDue } from '../../../sync/folder/audit';
import { SyncError } from '../../../sync/errors/syncError';
import { UidSet } from '../../../sync/uids/uidSet';
import { told, type Run } from '../../support/account';
import { runs, seedFrom } from '../../support/chance';
import type { FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer, type FollowedFake } from '../../support/followFake';
import { Replica } from '../../support/replica';
import type { FolderState } from '../../../sync/folder/folderState';

const HOUR = 60;
const source = (name: string | number): string => `Subject: ${name}\r\n\r\nhello\r\n`;

async function filled(options: FakeOptions, messages: number, ask = {}): Promise<FollowedFake> {
	const fake = followFake({ ...options, ask });
	for (let i = 1; i <= messages; i++) fake.account.append('INBOX', source(i));
	await fake.followed.run();
	return fake;
}

/** Commands of the next run. */
async function commandsOf(fake: FollowedFake): Promise<string[]> {
	expect((await fake.followed.run()).events).toEqual([]);
	return fake.server.last.calls.map(({ method }) => method);
}

describe('an audit', () => {
	const state = { knownUids: UidSet.empty, auditedAt: 0, missing: false } as FolderState;
	const minute = 60_000;

	test('is due six to eight hours after everything was read, for each folder at its own time', () => {
		const due = ['INBOX', 'Work', 'Archive/2026', 'Entwürfe', 'Ä'].map((path) => {
			let at = 0;
			while (at < 24 * HOUR && !isAuditDue(path, state, at * minute)) at++;
			return at;
		});
		for (const at of due) expect(at >= 6 * HOUR && at <= 8 * HOUR).toBe(true);
		expect(new Set(due).size).toBe(due.length);
	});

	test('is never due of a folder of which no set of UIDs is kept, nor of one that is gone', () => {
		expect(isAuditDue('INBOX', { ...state, knownUids: undefined }, 1e15)).toBe(false);
		expect(isAuditDue('INBOX', { ...state, missing: true }, 1e15)).toBe(false);
		expect(isAuditDue('INBOX', undefined, 1e15)).toBe(false);
	});

	test('is due when the last one lies ahead, as after a clock that was wrong', () => {
		expect(isAuditDue('INBOX', { ...state, auditedAt: 1e14 }, 1e12)).toBe(true);
	});
});

describe.each(kindsOfServer)('with %s', (_name, kind) => {
	test('a run in which nothing happened costs what it costs, but for one in six hours', async () => {
		const fake = await filled(kind, 300);
		const usual = await commandsOf(fake);
		for (let i = 0; i < 5; i++) {
			fake.later(HOUR);
			expect(await commandsOf(fake)).toEqual(usual);
		}
		fake.later(3 * HOUR);
		expect((await commandsOf(fake)).length).toBeGreaterThan(usual.length);
		fake.later(1);
		expect(await commandsOf(fake)).toEqual(usual);
	});

	test('of new messages only there is no audit', async () => {
		const fake = await filled(kind, 300, { events: ['messageNew'] });
		const usual = await commandsOf(fake);
		fake.later(30 * HOUR);
		expect(await commandsOf(fake)).toEqual(usual);
		expect(JSON.stringify(fake.followed.stored)).not.toContain('"a":2');
	});

	test('a message that appears below UIDNEXT is told as new, and one that went unnoticed as deleted', async () => {
		const fake = await filled(kind, 300);
		const { messages } = fake.account.folder('INBOX');
		const [hidden] = messages.splice(49, 1);
		expect(told((await fake.followed.run()).events)).toEqual(['messageDeleted INBOX/50']);
		// One for one: the message count proves nothing.
		const [other] = messages.splice(99, 1, hidden);
		messages.sort((a, b) => a.uid - b.uid);
		expect((await fake.followed.run()).events).toEqual([]);
		fake.later(9 * HOUR);
		const audited = await fake.followed.run();
		expect(told(audited.events)).toEqual([`messageNew INBOX/${hidden.uid}`, `messageDeleted INBOX/${other.uid}`]);
		expect(audited.corrections).toEqual([{ path: 'INBOX', arrivals: 1, deletions: 1, flags: 0 }]);
		fake.later(9 * HOUR);
		const again = await fake.followed.run();
		expect([again.events, again.corrections]).toEqual([[], []]);
	});
});

describe('what only an audit finds', () => {
	test.each(kindsOfServer.slice(0, 2))('a row left out of an answer, with %s', async (_name, kind) => {
		const fake = await filled(kind, 300);
		fake.server.hooks.row = (row, { method }) =>
			(method === 'open' || method === 'changedSince') && row.uid === 7 ? undefined : row;
		fake.account.setFlags('INBOX', [7, 8], { add: ['\\Seen'] });
		expect(told((await fake.followed.run()).events)).toEqual(['messageUpdated INBOX/8 +\\Seen']);
		fake.later(5 * HOUR);
		expect((await fake.followed.run()).events).toEqual([]);
		fake.later(4 * HOUR);
		const audited = await fake.followed.run();
		expect(told(audited.events)).toEqual(['messageUpdated INBOX/7 +\\Seen']);
		expect(audited.corrections).toEqual([{ path: 'INBOX', arrivals: 0, deletions: 0, flags: 1 }]);
		expect(audited.folders).toMatchObject([{ reason: 'auditDue' }]);
		expect((await fake.followed.run()).events).toEqual([]);
	});

	test('a living message that VANISHED swaps for a deleted one: it comes again, as another happening', async () => {
		const fake = await filled({}, 20);
		const replica = new Replica();
		replica.know(
			'INBOX',
			fake.account.folder('INBOX').messages.map(({ uid }) => ({ uid, flags: [] })),
		);
		fake.account.append('INBOX', source('new'));
		const arrived = await fake.followed.run();
		replica.apply(arrived.events);
		fake.account.expunge('INBOX', [3]);
		fake.server.hooks.vanished = () => UidSet.of([21]);
		const lied = await fake.followed.run();
		expect(told(lied.events)).toEqual(['messageDeleted INBOX/21']);
		replica.apply(lied.events);
		fake.server.hooks.vanished = undefined;
		fake.later(9 * HOUR);
		// The state of the first try is lost: what comes again has the same id.
		const lost = await fake.followed.runWithoutKeeping();
		const audited = await fake.followed.run();
		expect(audited.events.map(({ eventId }) => eventId)).toEqual(lost.events.map(({ eventId }) => eventId));
		expect(told(audited.events)).toEqual(['messageNew INBOX/21', 'messageDeleted INBOX/3']);
		expect(audited.events[0].eventId).not.toBe(arrived.events[0].eventId);
		replica.apply(audited.events);
		const there = fake.account.folder('INBOX').messages.map(({ uid }) => [uid, '']);
		expect(replica.messages('INBOX')).toEqual(Object.fromEntries(there));
	});

	test('a living message that VANISHED swaps for a deleted one, before it was told: it is neither deleted nor new', async () => {
		const fake = followFake({ ask: { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } } });
		fake.account.createFolder('Work');
		for (const path of ['INBOX', 'Work'])
			for (let i = 1; i <= 20; i++) fake.account.append(path, `Message-ID: <${path}${i}@example.com>\r\n\r\nx\r\n`);
		await fake.followed.run();
		fake.account.expunge('INBOX', [3]);
		fake.server.hooks.vanished = (vanished, path) => (path === 'INBOX' ? UidSet.of([20]) : vanished);
		const lied = await fake.followed.run();
		fake.server.hooks.vanished = undefined;
		fake.later(9 * HOUR);
		const events = [...told(lied.events)];
		for (let i = 0; i < 4; i++) events.push(...told((await fake.followed.run()).events));
		expect(events).toEqual(['messageDeleted INBOX/3']);
	});

	test('comes over several runs where the limits want it, and is counted once', async () => {
		const fake = await filled({}, 300);
		fake.account.setFlags('INBOX', [1, 2, 3], { add: ['\\Flagged'] });
		fake.server.hooks.row = (row, { method }) => (method === 'open' && row.uid < 3 ? undefined : row);
		await fake.followed.run();
		fake.later(9 * HOUR);
		const limits = { messages: 1 };
		for (const uid of [1, 2]) {
			const { events, corrections } = await fake.followed.run({ limits });
			expect(told(events)).toEqual([`messageUpdated INBOX/${uid} +\\Flagged`]);
			expect(corrections).toEqual([{ path: 'INBOX', arrivals: 0, deletions: 0, flags: 1 }]);
		}
		const usual = await commandsOf(fake);
		fake.later(1);
		expect(await commandsOf(fake)).toEqual(usual);
	});
});

describe('an audit', () => {
	test('does not count what changes while it looks', async () => {
		const fake = await filled({}, 300);
		fake.later(9 * HOUR);
		let searches = 0;
		fake.server.hooks.before = ({ method }) => {
			if (method === 'search' && ++searches === 1) fake.account.setFlags('INBOX', [7], { add: ['\\Seen'] });
		};
		const audited = await fake.followed.run();
		expect([audited.events, audited.corrections]).toEqual([[], []]);
		fake.server.hooks.before = undefined;
		expect(told((await fake.followed.run()).events)).toEqual(['messageUpdated INBOX/7 +\\Seen']);
	});

	test('that cannot be made is a problem, and what else happened is told', async () => {
		const fake = await filled({}, 300);
		fake.later(9 * HOUR);
		fake.account.append('INBOX', source('new'));
		fake.account.setFlags('INBOX', [7], { add: ['\\Seen'] });
		fake.server.hooks.before = ({ method }) => {
			if (method === 'search') throw new SyncError('searchFailed', { reason: 'refusedSilently', host: 'mail.example.com:993' });
		};
		const run = await fake.followed.run();
		expect(told(run.events)).toEqual(['messageNew INBOX/301', 'messageUpdated INBOX/7 +\\Seen']);
		expect(run.problems.map(({ code }) => code)).toEqual(['searchFailed']);
		// Tried again when the next one is due, not with every run.
		expect((await fake.followed.run()).problems).toEqual([]);
	});

	test('of a hundred folders that were begun together is made over several runs', async () => {
		const fake = followFake({ ask: { selection: { kind: 'all' } } });
		for (let i = 0; i < 99; i++) fake.account.createFolder(`Folder ${i}`);
		for (const { path } of fake.account.all) for (let i = 0; i < 3; i++) fake.account.append(path, source(i));
		await fake.followed.run();
		fake.later(6 * HOUR);
		const audits: number[] = [];
		for (let minutes = 0; minutes < 2 * HOUR + 20; minutes += 5) {
			const { folders } = await fake.followed.run();
			expect(folders.every(({ reason }) => reason === 'auditDue')).toBe(true);
			audits.push(folders.length);
			fake.later(5);
		}
		expect(audits.reduce((sum, count) => sum + count, 0)).toBe(100);
		expect(Math.max(...audits)).toBeLessThanOrEqual(8);
	});

	test('leaves what is known of a filter as it was', async () => {
		const fake = followFake({ ask: { filter: { subject: 'order' }, events: ['messageUpdated', 'messageDeleted'] } });
		for (let i = 1; i <= 20; i++) fake.account.append('INBOX', source(i % 2 === 0 ? `order ${i}` : i));
		await fake.followed.run();
		// Found by a listing, since VANISHED leaves it out; and a message comes along.
		fake.server.hooks.vanished = () => UidSet.empty;
		fake.account.expunge('INBOX', [4]);
		fake.account.append('INBOX', source('order 21'));
		expect(told((await fake.followed.run()).events)).toEqual(['messageDeleted INBOX/4']);
		fake.server.hooks.vanished = undefined;
		fake.later(9 * HOUR);
		expect((await fake.followed.run()).corrections).toEqual([]);
		fake.account.setFlags('INBOX', [1, 2, 21], { add: ['\\Seen'] });
		expect(told((await fake.followed.run()).events)).toEqual([
			'messageUpdated INBOX/2 +\\Seen',
			'messageUpdated INBOX/21 +\\Seen',
		]);
	});
});

describe('a server that is caught lying', () => {
	test('again and again about changes is asked by flags instead, and gets a new chance after a week', async () => {
		const fake = await filled({ capabilities: { qresync: false } }, 300);
		fake.server.hooks.row = (row, { method }) => (method === 'changedSince' ? undefined : row);
		const demoted: string[] = [];
		for (let uid = 1; uid <= 3; uid++) {
			fake.account.setFlags('INBOX', [uid], { add: ['\\Seen'] });
			expect((await fake.followed.run()).events).toEqual([]);
			fake.later(9 * HOUR);
			const run = await fake.followed.run();
			expect(told(run.events)).toEqual([`messageUpdated INBOX/${uid} +\\Seen`]);
			demoted.push(...run.disabled.map(({ capability, reason }) => `${capability}: ${reason}`));
		}
		expect(demoted).toEqual(['condstore: asked for changes, it left some out']);
		fake.account.setFlags('INBOX', [9], { add: ['\\Seen'] });
		const run = await fake.followed.run();
		expect([told(run.events), run.folders]).toEqual([
			['messageUpdated INBOX/9 +\\Seen'],
			[{ path: 'INBOX', kind: 'compare', reason: 'noModseq' }],
		]);
		fake.server.hooks.row = undefined;
		fake.later(8 * 24 * HOUR);
		await fake.followed.run();
		fake.account.setFlags('INBOX', [10], { add: ['\\Seen'] });
		const again = await fake.followed.run();
		expect([told(again.events), again.folders]).toMatchObject([['messageUpdated INBOX/10 +\\Seen'], [{ kind: 'condstore' }]]);
	});

	test('by rows that had not changed is not asked for changes any more', async () => {
		const fake = await filled({ capabilities: { qresync: false } }, 300);
		const demoted: string[] = [];
		fake.server.hooks.row = (row) => ({ ...row, modseq: undefined });
		for (let uid = 1; uid <= 3; uid++) {
			fake.account.setFlags('INBOX', [uid], { add: ['\\Seen'] });
			const run = await fake.followed.run();
			expect(told(run.events)).toEqual([`messageUpdated INBOX/${uid} +\\Seen`]);
			demoted.push(...run.disabled.map(({ capability }) => capability));
		}
		expect(demoted).toEqual(['condstore']);
	});

	test('is forgotten when the account is on another host', async () => {
		const fake = await filled({}, 20);
		fake.server.hooks.vanished = () => UidSet.range(1, 20);
		fake.account.expunge('INBOX', [3]);
		const run = await fake.followed.run();
		expect([told(run.events), run.disabled]).toMatchObject([['messageDeleted INBOX/3'], [{ capability: 'qresync' }]]);
		fake.server.hooks.vanished = undefined;
		await fake.followed.run();
		expect(fake.server.last.capabilities.qresync).toBe(false);
		fake.followed.moveTo('imap.example.net:993');
		const moved = await fake.followed.run();
		expect([moved.events, fake.server.last.capabilities.qresync, moved.state.faultScores]).toEqual([[], true, []]);
	});
});

/** Random histories in which an audit is due in most runs. */
describe('an honest server', () => {
	const flags = ['\\Seen', '\\Flagged', 'todo'];
	const acts = fc.array(
		fc.record({
			act: fc.constantFrom('append', 'flag', 'flag', 'expunge', 'skip', 'run', 'run', 'cutRun', 'lostRun'),
			which: fc.nat({ max: 200 }),
			count: fc.integer({ min: 1, max: 5 }),
			hours: fc.integer({ min: 0, max: 9 }),
			flag: fc.constantFrom(...flags),
			add: fc.boolean(),
		}),
		{ maxLength: 30 },
	);
	const seed = seedFrom('HISTORY_SEED');
	const remembers = [true, false];

	test.each(kindsOfServer)(`is healed of nothing and accused of nothing, with %s (seed ${seed})`, async (_name, kind) => {
		await fc.assert(
			fc.asyncProperty(acts, fc.constantFrom(...remembers), fc.constantFrom(8, 120), async (history, remembersExpunges, size) => {
				const fake = await filled({ ...kind, remembersExpunges }, size);
				const replica = new Replica();
				const there = () =>
					fake.account.folder('INBOX').messages.map((message) => ({ uid: message.uid, flags: [...message.flags] }));
				replica.know('INBOX', there());
				const take = ({ events, corrections, disabled }: Run): void => {
					replica.apply(events);
					expect([corrections, disabled]).toEqual([[], []]);
				};
				for (const { act, which, count, hours, flag, add } of history) {
					const uids = there().map(({ uid }) => uid);
					const picked = uids.slice(which % Math.max(1, uids.length)).slice(0, count);
					if (act === 'append')
						for (let i = 0; i < count; i++) fake.account.append('INBOX', source('x'), { flags: add ? [flag] : [] });
					if (act === 'flag') fake.account.setFlags('INBOX', picked, add ? { add: [flag] } : { remove: [flag] });
					if (act === 'expunge') fake.account.expunge('INBOX', picked);
					if (act === 'skip') fake.account.skipUids('INBOX', which);
					fake.later(hours * HOUR);
					const limits = { messages: count };
					if (act === 'run') take(await fake.followed.run({ limits }));
					if (act === 'lostRun') await fake.followed.runWithoutKeeping({ limits });
					if (act !== 'cutRun') continue;
					let calls = 0;
					fake.server.hooks.before = () => {
						if (++calls > count) throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
					};
					await fake.followed.run({ limits }).then(take, (error: unknown) => expect(error).toBeInstanceOf(SyncError));
					fake.server.hooks.before = undefined;
				}
				for (let left = 60; ; left--) {
					const run = await fake.followed.run();
					take(run);
					if (!run.unfinished) break;
					expect(left).toBeGreaterThan(0);
				}
				expect(replica.messages('INBOX')).toEqual(
					Object.fromEntries(there().map((message) => [message.uid, message.flags.sort().join(' ')])),
				);
			}),
			{ seed, numRuns: runs(100) },
		);
	});
});

test.each(kindsOfServer)('a message that comes back from a backup and goes again is told each time, with %s', async (_, kind) => {
	const { account, followed } = await filled(kind, 3);
	const [, , last] = account.folder('INBOX').messages;
	const ids: string[] = [];
	for (const time of [1, 2, 3]) {
		account.expunge('INBOX', [3]);
		const lost = await followed.runWithoutKeeping();
		const { events } = await followed.run();
		expect(told(events)).toEqual(['messageDeleted INBOX/3']);
		expect(lost.events).toEqual(events);
		const folder = account.folder('INBOX');
		folder.messages.push({ ...last, modseq: ++folder.highestModseq });
		folder.expunged = [];
		const back = await followed.run();
		expect(told(back.events)).toEqual(['messageNew INBOX/3']);
		// Of the coming back each has an id of its own; of the going all have one, which a lost run must not change.
		ids.push(...back.events.map(({ eventId }) => eventId));
		expect(new Set(ids).size).toBe(time);
	}
});
