import fc from 'fast-check';
import { ACKNOWLEDGED_KEYWORD, type Acknowledge } from '../../sync/settings/acknowledge';
import { withDelivered, uidsToRedeliver, MAX_UNACKNOWLEDGED } from '../../sync/folder/unacknowledged';
import { unacknowledgedUids } from '../../sync/folder/folderState';
import { readFailureReason } from '../../sync/errors/failureReason';
import { SyncError } from '../../sync/errors/syncError';
import { encodeState } from '../../sync/state/state';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import { told, type Ask, type Run } from '../support/account';
import { runs, seedFrom } from '../support/chance';
import type { FakeOptions } from '../support/fakeMailServer';
import { followFake, kindsOfServer, type FollowedFake } from '../support/followFake';
import { mail } from '../support/mail';
import { Replica } from '../support/replica';
import type { SyncEvent } from '../../sync/events/syncEvent';
import type { Unacknowledged } from '../../sync/folder/folderState';

/** Redelivery over the mail server in memory, where the clock is ours; on real servers: test/servers/acknowledgement.test.ts. */
const MINUTE = 60_000;
const begin = Date.parse('2026-11-22T12:00:00Z');
const by = (mark: Acknowledge['by'], more: Partial<Acknowledge> = {}): Acknowledge => ({
	by: mark,
	keyword: ACKNOWLEDGED_KEYWORD,
	redeliverAfter: 60 * MINUTE,
	maxAttempts: 3,
	...more,
});

class World {
	readonly account: FollowedFake['account'];
	readonly followed: FollowedFake['followed'];
	readonly server: FollowedFake['server'];
	private readonly fake: FollowedFake;

	constructor(options: Parameters<typeof followFake>[0] = {}) {
		this.fake = followFake(options);
		({ account: this.account, followed: this.followed, server: this.server } = this.fake);
	}

	now(): number {
		return this.fake.now();
	}

	/** Lets time pass without a run. */
	pass(minutes: number): void {
		this.fake.later(minutes);
	}

	async later(minutes: number, ask: Ask = {}): Promise<Run> {
		this.pass(minutes);
		return await this.followed.run(ask);
	}

	/** What acknowledging by this mark does. */
	acknowledge(mark: Acknowledge['by'], uids: number[]): void {
		if (mark === 'leavesFolder') this.account.expunge('INBOX', uids);
		else this.account.setFlags('INBOX', uids, { add: [mark === 'seen' ? '\\Seen' : ACKNOWLEDGED_KEYWORD] });
	}
}

const attempts = (events: SyncEvent[]): string[] =>
	events.map(({ event, uid, attempt, error }) => `${event} ${uid} #${attempt ?? error?.attempts}`);
const newOnly: Ask['events'] = ['messageNew', 'messageFailed'];

const marks: Array<Acknowledge['by']> = ['keyword', 'seen', 'leavesFolder'];
const all = kindsOfServer.flatMap(([name, kind]) =>
	marks.flatMap((mark) => [
		{ name: `${name}, by ${mark}, all events`, kind, mark, events: undefined },
		{ name: `${name}, by ${mark}, new mail only`, kind, mark, events: newOnly },
	]),
);

describe.each(all)('acknowledgement with $name', ({ kind, mark, events }) => {
	const world = (acknowledge: Partial<Acknowledge> = {}): World =>
		new World({ ...kind, ask: { acknowledge: by(mark, acknowledge), ...(events ? { events } : {}) } });

	test('what is not acknowledged in time comes again under the same id, what is does not', async () => {
		const here = world();
		await here.later(0);
		for (const name of ['a', 'b', 'c']) here.account.append('INBOX', mail(name));
		const first = await here.later(1);
		expect(attempts(first.events)).toEqual(['messageNew 1 #1', 'messageNew 2 #1', 'messageNew 3 #1']);
		here.acknowledge(mark, [2]);
		expect((await here.later(59)).events).toEqual([]);
		const again = await here.later(6);
		expect(attempts(again.events)).toEqual(['messageNew 1 #2', 'messageNew 3 #2']);
		expect(again.events.map(({ eventId }) => eventId)).toEqual([first.events[0].eventId, first.events[2].eventId]);
		here.acknowledge(mark, [1, 3]);
		expect((await here.later(70)).events).toEqual([]);
		expect(here.followed.stored).not.toHaveProperty('f.INBOX.k.1');
		expect((await here.later(70)).changed).toBe(false);
	});

	test('after the last attempt it is reported as failed, once, and what to check', async () => {
		const here = world();
		await here.later(0);
		here.account.append('INBOX', mail('a'));
		const events: SyncEvent[] = [];
		for (let i = 0; i < 8; i++) events.push(...(await here.later(65)).events);
		expect(attempts(events)).toEqual(['messageNew 1 #1', 'messageNew 1 #2', 'messageNew 1 #3', 'messageFailed 1 #3']);
		expect(readFailureReason(events[3].error?.message ?? '')).toMatchObject({
			code: 'acknowledgementMissing',
			data: { reason: 'message', attempts: 3 },
		});
		expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
	});

	test('a process that dies between hand-over and saving hands over the same, with the same id and attempt', async () => {
		const here = world();
		await here.later(0);
		here.account.append('INBOX', mail('a'));
		for (const minutes of [1, 65]) {
			here.pass(minutes);
			const lost = await here.followed.runWithoutKeeping();
			const kept = await here.followed.run();
			expect(lost.events).toHaveLength(1);
			expect(kept.events).toEqual(lost.events);
		}
	});

	test('nothing is asked before a message is due, and then one FETCH', async () => {
		const here = world();
		await here.later(0);
		for (let i = 0; i < 5; i++) here.account.append('INBOX', mail(`m${i}`));
		await here.later(1);
		await here.later(30);
		const quiet = here.server.last.calls.map(({ method }) => method);
		here.acknowledge(mark, [1, 2, 3, 4, 5]);
		// Where flags and deletions are followed, this look ends the waiting.
		await here.later(1);
		expect(quiet.filter((method) => method === 'fetch')).toEqual([]);
		const run = await here.later(65);
		expect(run.events).toEqual([]);
		const fetches = here.server.last.count('fetch');
		expect(fetches).toBe(events ? 1 : 0);
	});

	test('a filter that the message does not pass any more does not keep it from coming again', async () => {
		const here = world();
		const ask: Ask = { filter: { flags: { '\\Flagged': false } } };
		await here.later(0, ask);
		here.account.append('INBOX', mail('a'));
		expect(attempts((await here.later(1, ask)).events)).toEqual(['messageNew 1 #1']);
		here.account.setFlags('INBOX', [1], { add: ['\\Flagged'] });
		const later = (await here.later(65, ask)).events.filter(({ event }) => event === 'messageNew');
		expect(attempts(later)).toEqual(['messageNew 1 #2']);
	});

	test('older messages wait for it too, and limits lose none', async () => {
		const here = world({ maxAttempts: 2 });
		for (let i = 1; i <= 5; i++) here.account.append('INBOX', mail(`m${i}`));
		const ask: Ask = { startFrom: { kind: 'all' }, limits: { messages: 2 } };
		const events: SyncEvent[] = [];
		for (let i = 0; i < 3; i++) events.push(...(await here.later(1, ask)).events);
		expect(attempts(events)).toEqual([5, 4, 3, 2, 1].map((uid) => `messageNew ${uid} #1`));
		const again: SyncEvent[] = [];
		for (let i = 0; i < 4; i++) again.push(...(await here.later(i === 0 ? 65 : 1, ask)).events);
		expect(attempts(again).sort()).toEqual([1, 2, 3, 4, 5].map((uid) => `messageNew ${uid} #2`));
	});

	test('switched off, nothing comes again; switched on, only what comes from then on', async () => {
		const here = world();
		await here.later(0);
		here.account.append('INBOX', mail('a'));
		expect(attempts((await here.later(1)).events)).toEqual(['messageNew 1 #1']);
		here.account.append('INBOX', mail('b'));
		const off = await here.later(65, { acknowledge: undefined });
		expect(attempts(off.events)).toEqual(['messageNew 2 #undefined']);
		expect(off.events[0]).not.toHaveProperty('attempt');
		expect(JSON.stringify(here.followed.stored)).not.toContain('"k"');
		here.account.append('INBOX', mail('c'));
		expect(attempts((await here.later(65)).events)).toEqual(['messageNew 3 #1']);
		expect(attempts((await here.later(65)).events)).toEqual(['messageNew 3 #2']);
	});

	test('with another mark, what waited waits for that', async () => {
		const here = world();
		await here.later(0);
		here.account.append('INBOX', mail('a'));
		here.account.append('INBOX', mail('b'));
		await here.later(1);
		const acknowledge = by('keyword', { keyword: 'other' });
		expect((await here.later(1, { acknowledge })).events).toEqual([]);
		here.account.setFlags('INBOX', [1], { add: ['other'] });
		expect(attempts((await here.later(65, { acknowledge })).events)).toEqual(['messageNew 2 #2']);
	});

	test('a message that cannot be read when it is due comes when it can, with its own number', async () => {
		const here = world();
		const ask: Ask = { output: 'content' };
		await here.later(0, ask);
		here.account.append('INBOX', mail('a'));
		expect(attempts((await here.later(1, ask)).events)).toEqual(['messageNew 1 #1']);
		const failing: Ask = {
			...ask,
			onEvent: () => {
				throw new SyncError('messageUnreadable', { reason: 'nothingSent', uid: 1 });
			},
		};
		const broken = await here.later(65, failing);
		expect(broken.events).toEqual([]);
		expect(broken.state.folders.INBOX.failed).toMatchObject([{ uid: 1, attempts: 1 }]);
		const mended = await here.later(2, ask);
		expect(attempts(mended.events)).toEqual(['messageNew 1 #2']);
		expect(mended.state.folders.INBOX.failed).toEqual([]);
	});

	test('more than a bounded number do not wait at once; acknowledged ones make room at once', async () => {
		const here = world();
		const ask: Ask = { limits: { messages: 5_000 } };
		await here.later(0, ask);
		for (let i = 0; i < MAX_UNACKNOWLEDGED + 20; i++) here.account.append('INBOX', mail(`m${i}`));
		expect((await here.later(1, ask)).events).toHaveLength(MAX_UNACKNOWLEDGED);
		const held = await here.later(1, ask);
		expect(held.events).toEqual([]);
		expect(held.problems).toEqual([]);
		here.acknowledge(mark, [1, 2, 3]);
		const more = (await here.later(1, ask)).events;
		expect(attempts(more)).toEqual([1, 2, 3].map((i) => `messageNew ${MAX_UNACKNOWLEDGED + i} #1`));
		const again = await here.later(65, ask);
		expect(again.events.length).toBeGreaterThan(MAX_UNACKNOWLEDGED - 20);
		const problems = (await here.later(1, ask)).problems.map(({ code }) => code);
		expect(problems).toEqual(['acknowledgementMissing']);
	});

	test('after a UIDVALIDITY change nothing that waited is lost', async () => {
		const here = world();
		await here.later(0);
		for (const name of ['a', 'b', 'c']) here.account.append('INBOX', mail(name));
		await here.later(1);
		here.account.setUidValidity('INBOX', 5_000);
		const seen: SyncEvent[] = [];
		for (let i = 0; i < 3; i++) seen.push(...(await here.later(i === 0 ? 1 : 65)).events);
		const uids = seen.filter(({ event }) => event === 'messageNew').map(({ uid }) => uid);
		expect([...new Set(uids)].sort()).toEqual([1, 2, 3]);
	});
});

describe.each(kindsOfServer)('the change that an acknowledgement makes, with %s', (_, kind) => {
	const begun = async (mark: Acknowledge['by'], count = 3): Promise<World> => {
		const here = new World({ ...kind, ask: { acknowledge: by(mark) } });
		here.account.append('INBOX', mail('before'));
		await here.later(0);
		for (let i = 1; i <= count; i++) here.account.append('INBOX', mail(`m${i}`));
		await here.later(1);
		return here;
	};

	test('by keyword: coming and going of the keyword is no event, on any message; other changes are', async () => {
		const here = await begun('keyword');
		here.account.setFlags('INBOX', [1, 2], { add: [ACKNOWLEDGED_KEYWORD] });
		here.account.setFlags('INBOX', [3], { add: [ACKNOWLEDGED_KEYWORD, '\\Flagged'] });
		const run = await here.later(1);
		expect(told(run.events)).toEqual(['messageUpdated INBOX/3 +\\Flagged']);
		expect(run.events[0].flags).toEqual(['\\Flagged', ACKNOWLEDGED_KEYWORD]);
		here.account.setFlags('INBOX', [1, 2, 3], { remove: [ACKNOWLEDGED_KEYWORD] });
		expect(told((await here.later(1)).events)).toEqual([]);
		expect(told((await here.later(120)).events)).toEqual(['messageNew INBOX/4']);
	});

	test('by keyword: a message that leaves is told as deleted, and comes no more', async () => {
		const here = await begun('keyword');
		here.account.expunge('INBOX', [2, 3, 4]);
		expect(told((await here.later(1)).events)).toEqual([
			'messageDeleted INBOX/2',
			'messageDeleted INBOX/3',
			'messageDeleted INBOX/4',
		]);
		expect(told((await here.later(120)).events)).toEqual([]);
	});

	test('by reading: reading a message that waits is no event; one that does not, and marking as unread, are', async () => {
		const here = await begun('seen');
		here.account.setFlags('INBOX', [1, 2], { add: ['\\Seen'] });
		here.account.setFlags('INBOX', [3], { add: ['\\Seen', '\\Flagged'] });
		expect(told((await here.later(1)).events)).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/3 +\\Flagged']);
		here.account.setFlags('INBOX', [2], { remove: ['\\Seen'] });
		expect(told((await here.later(1)).events)).toEqual(['messageUpdated INBOX/2 -\\Seen']);
		here.account.setFlags('INBOX', [2], { add: ['\\Seen'] });
		expect(told((await here.later(1)).events)).toEqual(['messageUpdated INBOX/2 +\\Seen']);
	});

	test('by reading: read in the moment of the check is no event either', async () => {
		const here = await begun('seen', 1);
		let fetches = 0;
		here.server.hooks.before = ({ method }) => {
			if (method === 'fetch' && ++fetches === 1) here.account.setFlags('INBOX', [2], { add: ['\\Seen'] });
		};
		expect(told((await here.later(65)).events)).toEqual([]);
		expect(fetches).toBe(1);
		here.server.hooks.before = undefined;
		expect(told((await here.later(1)).events)).toEqual([]);
		expect(told((await here.later(120)).events)).toEqual([]);
	});

	test('by leaving: a message that waits leaves without event; one that does not is told as deleted', async () => {
		const here = await begun('leavesFolder');
		here.account.expunge('INBOX', [1, 2]);
		expect(told((await here.later(1)).events)).toEqual(['messageDeleted INBOX/1']);
		here.account.expunge('INBOX', [3, 4]);
		expect(told((await here.later(65)).events)).toEqual([]);
		expect(told((await here.later(65)).events)).toEqual([]);
	});

	test('a change in the moment of the repetition is told, for whoever passes over the repetition', async () => {
		const here = await begun('keyword', 1);
		here.server.hooks.before = ({ method }) => {
			if (method === 'fetch') here.account.setFlags('INBOX', [2], { add: ['\\Flagged'] });
		};
		expect(told((await here.later(65)).events)).toEqual(['messageNew INBOX/2']);
		here.server.hooks.before = undefined;
		expect(told((await here.later(1)).events)).toEqual(['messageUpdated INBOX/2 +\\Flagged']);
	});

	test('by leaving: gone in the moment of the check is no event either', async () => {
		const here = await begun('leavesFolder', 2);
		let fetches = 0;
		here.server.hooks.before = ({ method }) => {
			if (method === 'fetch' && ++fetches === 1) here.account.expunge('INBOX', [2]);
		};
		expect(told((await here.later(65)).events)).toEqual(['messageNew INBOX/3']);
		here.server.hooks.before = undefined;
		expect(told((await here.later(1)).events)).toEqual([]);
		expect(told((await here.later(65)).events)).toEqual(['messageNew INBOX/3']);
	});

	test('by leaving for another watched folder: neither moved, deleted nor new, also with a run in between', async () => {
		for (const order of ['Archive', 'Zebra']) {
			const selection: Ask = { selection: { kind: 'chosen', folders: ['INBOX', order] } };
			const here = new World({ ...kind, ask: { acknowledge: by('leavesFolder'), ...selection } });
			here.account.createFolder(order);
			here.account.append('INBOX', mail('before'));
			await here.later(0);
			for (const name of ['a', 'b', 'c']) here.account.append('INBOX', mail(name));
			await here.later(1);
			here.account.move('INBOX', [1, 2], order);
			here.account.expunge('INBOX', [3]);
			const moved = [
				...told((await here.later(1)).events),
				...told((await here.later(1)).events),
				...told((await here.later(1)).events),
			];
			expect(moved).toEqual([`messageMoved INBOX/1 -> ${order}/1`]);
			here.account.setFlags(order, [2], { add: ['\\Flagged'] });
			expect(told((await here.later(1)).events)).toEqual([`messageUpdated ${order}/2 +\\Flagged`]);
			expect(told((await here.later(65)).events)).toEqual(['messageNew INBOX/4']);
			const [{ attempt }] = (await here.later(65)).events;
			expect(attempt).toBe(3);
		}
	});

	test('a message that is moved by hand and waits by keyword is told as moved, and comes no more', async () => {
		const here = new World({
			...kind,
			ask: { acknowledge: by('keyword'), selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } },
		});
		here.account.createFolder('Work');
		await here.later(0);
		here.account.append('INBOX', mail('a'));
		await here.later(1);
		here.account.move('INBOX', [1], 'Work');
		const { events } = await here.later(1);
		expect(told(events)).toEqual(['messageMoved INBOX/1 -> Work/1']);
		expect(events[0]).not.toHaveProperty('attempt');
		expect(told((await here.later(65)).events)).toEqual([]);
	});

	test('after a UIDVALIDITY change what is known again goes on waiting; its acknowledgement meanwhile is no event', async () => {
		for (const mark of marks) {
			const here = await begun(mark);
			here.account.setUidValidity('INBOX', 9_000);
			if (mark === 'leavesFolder') here.account.expunge('INBOX', [3]);
			else here.account.setFlags('INBOX', [3], { add: [mark === 'seen' ? '\\Seen' : ACKNOWLEDGED_KEYWORD] });
			expect(told((await here.later(1)).events)).toEqual(['folderReset INBOX']);
			expect(told((await here.later(1)).events)).toEqual([]);
			expect(attempts((await here.later(65)).events)).toEqual(['messageNew 2 #2', 'messageNew 4 #2']);
		}
	});

	test('changes that do not fit into a run are told once, without the acknowledgement', async () => {
		const here = await begun('seen');
		here.account.setFlags('INBOX', [2, 3, 4], { add: ['\\Seen', '\\Flagged'] });
		const events: string[] = [];
		for (let i = 0; i < 4; i++) events.push(...told((await here.later(1, { limits: { messages: 1 } })).events));
		expect(events).toEqual([2, 3, 4].map((uid) => `messageUpdated INBOX/${uid} +\\Flagged`));
	});
});

test('a message that comes again after its folder was renamed, there and back, has the id it had', async () => {
	const here = new World({ ask: { acknowledge: by('keyword', { maxAttempts: 4 }), selection: { kind: 'all' } } });
	here.account.createFolder('Work');
	await here.later(0);
	here.account.append('Work', mail('a'));
	const [{ eventId }] = (await here.later(1)).events;
	const ids: Array<[string, string]> = [];
	for (const [from, to] of [
		['Work', 'Office'],
		['Office', 'Home'],
		['Home', 'Work'],
	]) {
		here.account.renameFolder(from, to);
		const lost = await here.followed.runWithoutKeeping({ now: () => here.now() + 65 * MINUTE });
		const { events } = await here.later(65);
		expect(events).toEqual(lost.events);
		ids.push(
			...events.flatMap((event): Array<[string, string]> =>
				event.event === 'messageNew' ? [[event.folder, event.eventId]] : [],
			),
		);
	}
	expect(ids).toEqual([
		['Office', eventId],
		['Home', eventId],
		['Work', eventId],
	]);
});

test('a message that left while deletions were not followed is waited for no longer once they are', async () => {
	const here = new World({ ask: { acknowledge: by('keyword') } });
	await here.followed.run({ events: newOnly });
	here.account.append('INBOX', mail('a'));
	await here.followed.run({ events: newOnly });
	here.account.expunge('INBOX', [1]);
	expect((await here.followed.run()).events).toEqual([]);
	const { state } = await here.later(120);
	expect(unacknowledgedUids(state.folders.INBOX.unacknowledged).size).toBe(0);
	expect((await here.later(1)).folders).toEqual([]);
});

describe('a folder that does not keep the mark', () => {
	const problemsOf = async (acknowledge: Acknowledge, permanentFlags: string[]): Promise<SyncError[]> => {
		const here = new World({ ask: { acknowledge } });
		here.account.folder('INBOX').permanentFlags = permanentFlags;
		const { problems, state } = await here.later(0);
		if (problems.length > 0) expect(state.folders).toEqual({});
		return problems;
	};

	test('is refused with the other choices named', async () => {
		const [problem] = await problemsOf(by('keyword'), ['\\Seen', '\\Deleted']);
		expect(problem).toMatchObject({ code: 'markNotKept', scope: 'folder', passing: false });
		expect(problem.data).toEqual({ reason: 'keyword', keyword: ACKNOWLEDGED_KEYWORD, folder: 'INBOX' });
		const [unread] = await problemsOf(by('seen'), []);
		expect(unread.data).toEqual({ reason: 'seen', folder: 'INBOX' });
	});

	test.each([
		['any keyword', by('keyword'), ['\\*']],
		['this keyword', by('keyword'), [ACKNOWLEDGED_KEYWORD.toUpperCase()]],
		['\\Seen', by('seen'), ['\\seen']],
		['nothing, where leaving is the mark', by('leavesFolder'), []],
	])('but one that keeps %s is not', async (_, acknowledge, permanentFlags) => {
		expect(await problemsOf(acknowledge, permanentFlags)).toEqual([]);
	});

	test('is asked once for each mark, never while watching', async () => {
		const here = new World();
		const asked = async (acknowledge?: Acknowledge): Promise<number> => {
			await here.later(1, { acknowledge });
			return here.server.last.count('keepsFlag');
		};
		expect(await asked()).toBe(0);
		expect(await asked(by('keyword'))).toBe(1);
		expect(await asked(by('keyword'))).toBe(0);
		expect(await asked(by('keyword', { keyword: 'mine' }))).toBe(1);
		expect(await asked(by('seen'))).toBe(1);
		expect(await asked(by('leavesFolder'))).toBe(0);
	});
});

test('given up without anybody hearing of failed messages, there is a problem to be seen', async () => {
	const here = new World({ ask: { acknowledge: by('keyword', { maxAttempts: 1 }), events: ['messageNew'] } });
	await here.later(0);
	here.account.append('INBOX', mail('a'));
	await here.later(1);
	const { events, problems, state } = await here.later(65);
	expect(events).toEqual([]);
	expect(problems.map(({ code }) => code)).toEqual(['acknowledgementMissing']);
	expect(unacknowledgedUids(state.folders.INBOX.unacknowledged).isEmpty).toBe(true);
	expect((await here.later(65)).problems).toEqual([]);
});

/**
 * Any order of mail, acknowledgements, other changes and broken runs: hand-overs of a message count up without a gap and end with the
 * mark or with messageFailed; and the copy built from the events is the mailbox, but for the marks.
 */
describe('random histories with acknowledgement', () => {
	type Act = { act: string; which: number; count: number; flag: string };
	const acts = fc.array(
		fc.record({
			act: fc.constantFrom(
				'append',
				'append',
				'acknowledge',
				'acknowledge',
				'flag',
				'expunge',
				'run',
				'run',
				'later',
				'later',
				'cutRun',
				'lostRun',
			),
			which: fc.nat({ max: 100 }),
			count: fc.integer({ min: 1, max: 4 }),
			flag: fc.constantFrom('\\Flagged', 'todo'),
		}),
		{ maxLength: 40 },
	);
	const seed = seedFrom('HISTORY_SEED');
	const cases = kindsOfServer.flatMap(([name, kind]) => marks.map((mark) => ({ name: `${name}, by ${mark}`, kind, mark })));

	test.each(cases)(`with $name (seed ${seed})`, async ({ kind, mark }) => {
		await fc.assert(
			fc.asyncProperty(acts, fc.boolean(), async (history, updates) => play(history, mark, kind, updates)),
			{ seed, numRuns: runs(60) },
		);
	});

	async function play(history: Act[], mark: Acknowledge['by'], kind: FakeOptions, updates: boolean): Promise<void> {
		const ask: Ask = { acknowledge: by(mark), ...(updates ? {} : { events: newOnly }) };
		const here = new World({ ...kind, ask });
		const {
			account,
			server: { hooks },
			followed,
		} = here;
		await here.later(0);
		const replica = new Replica();
		const last = new Map<number, number>();
		const failed = new Set<number>();
		const acknowledged = new Set<number>();
		const flagOf = { keyword: ACKNOWLEDGED_KEYWORD, seen: '\\Seen', leavesFolder: '' }[mark];
		const others = (flags: string[] = []): string[] => flags.filter((flag) => flag !== flagOf);
		const take = ({ events }: { events: SyncEvent[] }): void => {
			for (const event of events) {
				const { uid = 0, attempt = 0 } = event;
				if (event.event === 'messageNew') {
					expect(attempt).toBe((last.get(uid) ?? 0) + 1);
					expect(attempt > 1 && acknowledged.has(uid)).toBe(false);
					last.set(uid, attempt);
				} else if (event.event === 'messageFailed') {
					expect(last.get(uid)).toBe(3);
					failed.add(uid);
				} else {
					expect([...(event.flagsAdded ?? []), ...(event.flagsRemoved ?? [])]).not.toContain(flagOf);
				}
			}
			replica.apply(events.map((event) => ({ ...event, flags: others(event.flags) })));
		};
		for (const { act, which, count, flag } of history) {
			const uids = account.folder('INBOX').messages.map(({ uid }) => uid);
			const uid = uids.length > 0 ? uids[which % uids.length] : 0;
			const waits = last.has(uid) && !failed.has(uid) && !acknowledged.has(uid);
			if (act === 'append') for (let i = 0; i < count; i++) account.append('INBOX', mail('x'));
			if (act === 'acknowledge' && uid && waits) {
				here.acknowledge(mark, [uid]);
				acknowledged.add(uid);
			}
			if (act === 'flag' && uid) account.setFlags('INBOX', [uid], count % 2 ? { add: [flag] } : { remove: [flag] });
			if (act === 'expunge' && uid && (mark !== 'leavesFolder' || !last.has(uid))) account.expunge('INBOX', [uid]);
			if (act === 'run') take(await here.later(1, { limits: { messages: count } }));
			if (act === 'later') take(await here.later(25 * count));
			if (act === 'lostRun') await followed.runWithoutKeeping({ limits: { messages: count } });
			if (act === 'cutRun') {
				let calls = 0;
				hooks.before = () => {
					if (++calls > count) throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
				};
				await here.later(1, { limits: { messages: 5 } }).then(take, (error: unknown) => {
					if (!(error instanceof SyncError)) throw error;
				});
				hooks.before = undefined;
			}
		}
		for (let i = 0; i < 6; i++) {
			const run = await here.later(70);
			expect(run.problems).toEqual([]);
			take(run);
		}
		const left = account.folder('INBOX').messages;
		for (const { uid } of left)
			expect([uid, last.get(uid), failed.has(uid)]).toEqual([
				uid,
				acknowledged.has(uid) ? last.get(uid) : 3,
				!acknowledged.has(uid),
			]);
		const quiet = await here.later(70);
		expect(quiet.events).toEqual([]);
		expect(unacknowledgedUids(quiet.state.folders.INBOX.unacknowledged).isEmpty).toBe(true);
		if (!updates) return;
		const copy = Object.entries(replica.messages('INBOX')).filter(
			([uid]) => mark !== 'leavesFolder' || !acknowledged.has(Number(uid)),
		);
		expect(Object.fromEntries(copy)).toEqual(
			Object.fromEntries(
				left.map(({ uid, flags }) => [
					uid,
					others([...flags])
						.sort()
						.join(' '),
				]),
			),
		);
	}
});

describe('what waits is kept small', () => {
	test('messages that came one a minute, each with attempts of its own, in less than 1.5 kB', async () => {
		const here = new World({ ask: { acknowledge: by('keyword', { maxAttempts: 20 }), events: newOnly } });
		await here.later(0);
		for (let i = 0; i < 200; i++) {
			here.account.append('INBOX', mail(`m${i}`));
			await here.later(1);
		}
		const stored = JSON.stringify((here.followed.stored as { f: { INBOX: { k: unknown } } }).f.INBOX.k);
		expect(unacknowledgedUids((await here.later(1)).state.folders.INBOX.unacknowledged).size).toBe(200);
		expect(stored.length).toBeLessThan(1_500);
	});

	test('and stays exact: nothing is due early, nothing is lost in the groups', () => {
		let unacknowledged: Unacknowledged = { ack: 'seen', groups: [] };
		const waiting = by('seen', { redeliverAfter: 7 * 24 * 60 * MINUTE });
		for (let uid = 1; uid <= 500; uid++)
			unacknowledged = withDelivered(unacknowledged, asUid(uid), waiting, begin + uid * 11 * MINUTE);
		expect(unacknowledgedUids(unacknowledged).equals(UidSet.range(1, 500))).toBe(true);
		expect(unacknowledged.groups.length).toBeLessThan(15);
		for (const { ackDeadline, uids } of unacknowledged.groups) {
			for (const uid of uids) expect(ackDeadline).toBeGreaterThanOrEqual(begin + uid * 11 * MINUTE + waiting.redeliverAfter);
		}
		expect(uidsToRedeliver(unacknowledged, begin + waiting.redeliverAfter, waiting).isEmpty).toBe(true);
	});

	test('without acknowledgement the state says nothing of it', async () => {
		const here = new World({ ask: { events: ['messageNew'] } });
		expect(JSON.stringify(encodeState((await here.later(0)).state))).not.toContain('"k"');
	});
});
