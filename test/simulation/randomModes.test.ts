import fc from 'fast-check';
import { SyncError } from '../../sync/errors/syncError';
import type { Run } from '../support/account';
import { histories, seedFrom } from '../support/chance';
import type { FakeOptions } from '../support/fakeMailServer';
import { followFake, kindsOfServer } from '../support/followFake';
import { mail } from '../support/mail';
import { HandOvers } from '../support/handOvers';
import { ModeOracle, modes, type Mode, type ToldMessage } from '../support/modes';
import type { EventName, SyncEvent } from '../../sync/events/syncEvent';

/**
 * Random histories with the settings that change what is told: a filter, acknowledgement, other events for a while, small limits,
 * messages that fail. In the end the copy built from the events is what the filter finds in the account, and no event was illegal.
 */
const paths = ['INBOX', 'Work', 'Third'];
const flags = ['\\Seen', '\\Flagged', 'todo'];
const step = fc.record({
	act: fc.constantFrom(
		...[
			'append',
			'append',
			'append',
			'flag',
			'flag',
			'flag',
			'expunge',
			'move',
			'move',
			'move',
			'copy',
			'run',
			'run',
			'run',
			'cutRun',
			'lostRun',
		],
		...[
			'renumber',
			'renameThird',
			'deleteThird',
			'createThird',
			'moveWhileRunning',
			'acknowledge',
			'acknowledge',
			'wait',
			'failingRun',
		],
		...['switch', 'switchBack', 'many', 'moveAll', 'expungeAll'],
	),
	from: fc.nat({ max: 2 }),
	to: fc.nat({ max: 2 }),
	which: fc.nat({ max: 50 }),
	count: fc.integer({ min: 1, max: 5 }),
	add: fc.subarray(flags),
	twin: fc.boolean(),
	events: fc.subarray<EventName>([
		'messageUpdated',
		'messageMoved',
		'messageDeleted',
		'messageMatched',
		'messageUnmatched',
		'messageFailed',
		'folderReset',
	]),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const seed = seedFrom('HISTORY_SEED');
const numRuns = histories(80);
const MINUTE = 60_000;

test.each([...kindsOfServer, ['OBJECTID', { objectIds: true }] as [string, FakeOptions]])(
	`random settings with %s end in the same account (seed ${seed})`,
	async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 40 }), modes, async (history, settings) => play(history, settings, kind)),
			{ seed, numRuns },
		);
	},
	60_000 + numRuns * 200,
);

async function play(history: Step[], mode: Mode, kind: FakeOptions): Promise<void> {
	const { all, filter, moves } = mode;
	const oracle = new ModeOracle(mode);
	const { mark } = oracle;
	const handOvers = oracle.acknowledge && new HandOvers(oracle.acknowledge);
	let clock = Date.parse('2026-02-01T00:00:00Z');
	const { account, server, followed } = followFake({
		...kind,
		ask: { ...oracle.ask, selection: { kind: 'all' }, startFrom: { kind: all ? 'all' : 'now' }, now: () => clock },
	});
	/** While other events are asked for the copy is not built. */
	let switched: EventName[] | undefined;
	let third: string | undefined = 'Third';
	let made = 0;
	let failures = 0;
	/** Each message that there was, by its numbers. */
	const subjects = new Map<string, string>();
	/** Messages that carried the mark at some time, by their numbers, and those that carry it now. */
	const everMarked = new Set<string>();
	let marked = new Set<string>();
	const note = (): void => {
		marked = new Set();
		for (const { uidValidity, messages } of account.all) {
			for (const { uid, source, flags: carried } of messages) {
				const name = `${uidValidity}/${uid}`;
				subjects.set(name, source.toString());
				if (mark === undefined || !carried.has(mark)) continue;
				everMarked.add(name);
				marked.add(name);
			}
		}
	};
	for (const path of paths.slice(1)) account.createFolder(path);
	for (const path of paths) for (let i = 0; i < 3; i++) account.append(path, mail(`first${path}${i}`));
	const rows = (path: string): ToldMessage[] =>
		account.folder(path).messages.map(({ uid, flags: carried, source }) => ({ uid, flags: carried, source: source.toString() }));
	const here = (): string[] => paths.slice(0, 2).concat(third ?? []);
	const knowAll = (nothing = false): void =>
		oracle.know(Object.fromEntries(here().map((path) => [path, nothing ? [] : rows(path)])));
	knowAll(all);
	const take = (run: Run): void => {
		oracle.take(run, ({ uidValidity, uid }) => subjects.get(`${uidValidity}/${uid}`), switched === undefined);
		if (switched) handOvers?.loseTrack(here());
		handOvers?.take(run.events, clock, true);
	};
	const ask = () => (switched ? { events: switched } : {});
	const sync = async (messages: number): Promise<void> => {
		note();
		const before = marked;
		const run = await followed.run({ ...ask(), limits: { messages } });
		take(run);
		for (const { attempt = 1, uidValidity, uid } of run.events)
			if (attempt > 1) expect(before).not.toContain(`${uidValidity}/${uid}`);
	};
	const drain = async (): Promise<void> => {
		for (let left = 80; ; left--) {
			note();
			const run = await followed.run(ask());
			expect(run.problems).toEqual([]);
			take(run);
			clock += 300 * MINUTE;
			if (oracle.isThrough(run)) return;
			expect(left).toBeGreaterThan(0);
		}
	};
	const back = async (): Promise<void> => {
		switched = oracle.events;
		await drain();
		switched = undefined;
		knowAll();
	};
	await sync(20);
	for (const { act, from, to, which, count, add, twin, events } of history) {
		const at = (index: number): string | undefined => (index === 2 ? third : paths[index]);
		const source = at(from);
		const target = at(to);
		const uids = source === undefined ? [] : account.folder(source).messages.map(({ uid }) => uid);
		const uid = uids[which % Math.max(uids.length, 1)];
		const move = (list = [uid]): void =>
			void (source && target && source !== target && uid && account.move(source, list, target));
		if (act === 'append' && source)
			for (let i = 0; i < count; i++) account.append(source, mail(twin ? 'twin' : `made${++made}`), { flags: add });
		if (act === 'many' && source && made < 300)
			for (let i = 0; i < 60; i++) account.append(source, mail(`made${++made}`), { flags: add });
		if (act === 'flag' && source && uid) account.setFlags(source, [uid], { set: [...add, ...(twin && mark ? [mark] : [])] });
		if (act === 'acknowledge' && source && uid && mark)
			account.setFlags(source, uids.slice(which % uids.length, (which % uids.length) + count), { add: [mark] });
		if (act === 'expunge' && source && uid)
			account.expunge(source, uids.slice(which % uids.length, (which % uids.length) + count));
		if (act === 'expungeAll' && source && twin) account.expunge(source, uids);
		if (act === 'move') move();
		if (act === 'moveAll') move(uids);
		if (act === 'copy' && source && target && source !== target && uid) account.copy(source, [uid], target);
		if (act === 'renumber' && source && uids.length > 0)
			account.setUidValidity(source, account.folder(source).uidValidity + 10_000);
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
		if (act === 'lostRun') {
			const { events: lost } = await followed.runWithoutKeeping({ ...ask(), limits: { messages: count } });
			if (switched) handOvers?.loseTrack(here());
			handOvers?.take(lost, clock, false);
		}
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
				} else throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
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
	for (const path of here()) {
		oracle.expectCopy(path, rows(path));
		// Nothing was forgotten that nobody acknowledged.
		const { uidValidity, messages } = account.folder(path);
		for (const { uid } of messages) {
			if (handOvers?.isUnderWay({ folder: path, uidValidity, uid })) expect(everMarked).toContain(`${uidValidity}/${uid}`);
		}
	}
	// Who did not ask for matches for a while was not told of those that began then.
	const did = (act: Step['act']): boolean => history.some((one) => one.act === act);
	const wasFollowed = !filter?.flags || !did('switch');
	// What the server calls the same folder is not emitted again, though nothing of it is known again and it may be new.
	const isSure = wasFollowed && !(kind.objectIds === true && did('renumber'));
	for (const path of isSure ? here() : []) {
		for (const message of rows(path)) {
			if (oracle.passes(message) && (all || !message.source.includes('Subject: first'))) oracle.expectTold(message.source);
		}
	}
	expect((await followed.run()).events).toEqual([]);
}
