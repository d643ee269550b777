import fc from 'fast-check';
import { SyncError } from '../../sync/errors';
import type { Acknowledge, EventName, SearchCriteria, SyncEvent } from '../../sync/model';
import { everyEvent, type Run } from '../support/account';
import { seedFrom } from '../support/chance';
import type { FakeOptions } from '../support/fakeMailServer';
import { followFake, kindsOfServer, mail } from '../support/fakeMailServer/follow';
import { Replica } from '../support/replica';

/**
 * Random histories with the settings that change what is told: a filter, acknowledgement, other events for a while, small limits,
 * messages that fail. In the end the copy built from the events is what the filter finds in the account, and no event was illegal.
 */
const paths = ['INBOX', 'Work', 'Third'];
const flags = ['\\Seen', '\\Flagged', 'todo'];
const step = fc.record({
	act: fc.constantFrom(
		...['append', 'append', 'append', 'flag', 'flag', 'flag', 'expunge', 'move', 'move', 'move', 'copy', 'run', 'run', 'run', 'cutRun', 'lostRun'],
		...['renumber', 'renameThird', 'deleteThird', 'createThird', 'moveWhileRunning', 'acknowledge', 'acknowledge', 'wait', 'failingRun'],
		...['switch', 'switchBack', 'many', 'moveAll', 'expungeAll'],
	),
	from: fc.nat({ max: 2 }),
	to: fc.nat({ max: 2 }),
	which: fc.nat({ max: 50 }),
	count: fc.integer({ min: 1, max: 5 }),
	add: fc.subarray(flags),
	twin: fc.boolean(),
	events: fc.subarray<EventName>(['messageUpdated', 'messageMoved', 'messageDeleted', 'messageMatched', 'messageUnmatched', 'messageFailed', 'folderReset']),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const filters: Array<SearchCriteria | undefined> = [
	undefined,
	{ flags: { todo: true } },
	{ flags: { '\\Seen': false } },
	{ subject: 'made', flags: { '\\Flagged': true } },
	{ subject: 'made' },
];
const mode = fc.record({
	all: fc.boolean(),
	filter: fc.constantFrom(...filters),
	by: fc.constantFrom<Array<Acknowledge['by'] | undefined>>(undefined, 'keyword', 'seen', 'leavesFolder'),
	moves: fc.boolean(),
});
type Mode = typeof mode extends fc.Arbitrary<infer T> ? T : never;

const seed = seedFrom('HISTORY_SEED');
const histories = Number(process.env.HISTORIES ?? 80);
const MINUTE = 60_000;

test.each([...kindsOfServer, ['OBJECTID', { objectIds: true }] as [string, FakeOptions]])(
	`random settings with %s end in the same account (seed ${seed})`,
	async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 40 }), mode, async (history, settings) => play(history, settings, kind)),
			{ seed, numRuns: histories },
		);
	},
	60_000 + histories * 200,
);

async function play(history: Step[], { all, filter, by, moves }: Mode, kind: FakeOptions): Promise<void> {
	const acknowledge: Acknowledge | undefined = by && { by, keyword: 'done', redeliverAfter: 30 * MINUTE, maxAttempts: 3 };
	const mark = by === 'keyword' ? 'done' : by === 'seen' ? '\\Seen' : undefined;
	/** An acknowledgement by which a message leaves the folder, or the filter, is told of by nothing. */
	const leavesSilently = by === 'leavesFolder' || (mark !== undefined && filter?.flags?.[mark] !== undefined);
	let clock = Date.parse('2026-02-01T00:00:00Z');
	const strict: EventName[] = everyEvent.filter((name) => moves || name !== 'messageMoved');
	const { account, server, followed } = followFake({
		...kind,
		ask: { selection: { kind: 'all' }, startFrom: { kind: all ? 'all' : 'now' }, filter, acknowledge, now: () => clock, events: strict },
	});
	let replica = new Replica(mark);
	/** While other events are asked for the copy is not built. */
	let switched: EventName[] | undefined;
	let third: string | undefined = 'Third';
	let made = 0;
	let failures = 0;
	/** Messages that were told of as new, moved or matching, by what they say. */
	const told = new Set<string>();
	const subjects = new Map<string, string>();
	const note = (): void => {
		for (const { uidValidity, messages } of account.all) for (const { uid, source } of messages) subjects.set(`${uidValidity}/${uid}`, source.toString());
	};
	for (const path of paths.slice(1)) account.createFolder(path);
	for (const path of paths) for (let i = 0; i < 3; i++) account.append(path, mail(`first${path}${i}`));
	const passes = (source: Buffer, carried: Set<string>): boolean =>
		(filter?.subject === undefined || source.toString().includes(`Subject: ${filter.subject}`)) &&
		Object.entries(filter?.flags ?? {}).every(([flag, wanted]) => carried.has(flag) === wanted);
	const rows = (path: string) =>
		account
			.folder(path)
			.messages.filter((message) => passes(message.source, message.flags))
			.map(({ uid, flags: set }) => ({ uid, flags: [...set].filter((flag) => flag !== mark) }));
	const here = (): string[] => paths.slice(0, 2).concat(third ?? []);
	const knowAll = (): void => {
		replica = new Replica(mark);
		for (const path of here()) replica.know(path, rows(path));
	};
	knowAll();
	if (all) for (const path of here()) replica.know(path, []);
	const take = (run: Run): void => {
		for (const { event, uidValidity, uid } of run.events) {
			if (event === 'messageNew' || event === 'messageMoved' || event === 'messageMatched') told.add(subjects.get(`${uidValidity}/${uid}`) ?? '');
		}
		if (switched || leavesSilently) return;
		replica.takeRun({ events: run.events.filter(({ attempt }) => (attempt ?? 1) === 1), state: run.state });
	};
	const ask = () => (switched ? { events: switched } : {});
	const sync = async (messages: number): Promise<void> => {
		note();
		take(await followed.run({ ...ask(), limits: { messages } }));
	};
	const drain = async (): Promise<void> => {
		for (let left = 80; ; left--) {
			note();
			const run = await followed.run(ask());
			expect(run.problems).toEqual([]);
			take(run);
			clock += 300 * MINUTE;
			const waits = Object.values(run.state.folders).some(
				({ missing, departed, failed, awaiting }) => departed.length > 0 || (!missing && (failed.length > 0 || (awaiting?.groups.length ?? 0) > 0)),
			);
			if (!run.unfinished && !waits) return;
			expect(left).toBeGreaterThan(0);
		}
	};
	const back = async (): Promise<void> => {
		switched = undefined;
		const building = replica;
		switched = strict;
		await drain();
		switched = undefined;
		expect(building).toBe(replica);
		knowAll();
	};
	await sync(20);
	for (const { act, from, to, which, count, add, twin, events } of history) {
		const at = (index: number): string | undefined => (index === 2 ? third : paths[index]);
		const source = at(from);
		const target = at(to);
		const uids = source === undefined ? [] : account.folder(source).messages.map(({ uid }) => uid);
		const uid = uids[which % Math.max(uids.length, 1)];
		const move = (list = [uid]): void => void (source && target && source !== target && uid && account.move(source, list, target));
		if (act === 'append' && source) for (let i = 0; i < count; i++) account.append(source, mail(twin ? 'twin' : `made${++made}`), { flags: add });
		if (act === 'many' && source && made < 300) for (let i = 0; i < 60; i++) account.append(source, mail(`made${++made}`), { flags: add });
		if (act === 'flag' && source && uid) account.setFlags(source, [uid], { set: [...add, ...(twin && mark ? [mark] : [])] });
		if (act === 'acknowledge' && source && uid && mark) account.setFlags(source, uids.slice(which % uids.length, (which % uids.length) + count), { add: [mark] });
		if (act === 'expunge' && source && uid) account.expunge(source, uids.slice(which % uids.length, (which % uids.length) + count));
		if (act === 'expungeAll' && source && twin) account.expunge(source, uids);
		if (act === 'move') move();
		if (act === 'moveAll') move(uids);
		if (act === 'copy' && source && target && source !== target && uid) account.copy(source, [uid], target);
		if (act === 'renumber' && source && uids.length > 0) account.setUidValidity(source, account.folder(source).uidValidity + 10_000);
		if (act === 'renameThird' && third) {
			const name: string = third === 'Third' ? 'Other' : 'Third';
			account.renameFolder(third, name);
			third = name;
		}
		if (act === 'deleteThird' && third) {
			account.deleteFolder(third);
			third = undefined;
		}
		if (act === 'createThird' && !third) {
			third = twin ? 'Third' : 'Other';
			account.createFolder(third);
		}
		if (act === 'wait') clock += 10 * count * MINUTE;
		if (act === 'switch') switched = ['messageNew', ...events.filter((name) => moves || name !== 'messageMoved')];
		if (act === 'switchBack' && switched) await back();
		note();
		if (act === 'run') await sync(count);
		if (act === 'lostRun') await followed.runWithoutKeeping({ ...ask(), limits: { messages: count } });
		if (act === 'failingRun' && ++failures <= 4) {
			const onEvent = (event: SyncEvent): void => {
				if (event.event === 'messageNew' && (event.uid ?? 0) % 3 === which % 3) throw new Error('it cannot be read');
			};
			take(await followed.run({ ...ask(), onEvent, limits: { messages: count } }));
		}
		if (act === 'cutRun' || act === 'moveWhileRunning') {
			let calls = 0;
			server.hooks.before = () => {
				if (++calls !== count * 2 && !(act === 'cutRun' && calls > count * 2)) return;
				if (act === 'moveWhileRunning') {
					move();
					note();
				} else throw new SyncError('connectionLost', 'The connection broke.', 'Wait.');
			};
			await sync(5).catch((error: unknown) => {
				if (!(error instanceof SyncError)) throw error;
			});
			server.hooks.before = undefined;
		}
	}
	if (switched) {
		await back();
	}
	await drain();
	if (!leavesSilently) {
		for (const path of here()) {
			expect({ path, messages: replica.messages(path) }).toEqual({
				path,
				messages: Object.fromEntries(rows(path).map(({ uid, flags: set }) => [uid, set.sort().join(' ')])),
			});
		}
	}
	// Who did not ask for matches for a while was not told of those that began then.
	const did = (act: Step['act']): boolean => history.some((one) => one.act === act);
	const wasFollowed = !filter?.flags || !did('switch');
	// What the server calls the same folder is not emitted again, though nothing of it is known again and it may be new.
	const isSure = wasFollowed && !(kind.objectIds === true && did('renumber'));
	for (const path of isSure ? here() : []) {
		for (const { source, flags: carried } of account.folder(path).messages) {
			const text = source.toString();
			if (passes(source, carried) && (all || !text.includes('Subject: first'))) expect(told).toContain(text);
		}
	}
	expect((await followed.run()).events).toEqual([]);
}
