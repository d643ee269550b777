import fc from 'fast-check';
import { SyncError } from '../../sync/errors/syncError';
import type { FakeOptions } from '../support/fakeMailServer';
import { followFake, kindsOfServer } from '../support/followFake';
import { mail } from '../support/mail';
import { Replica } from '../support/replica';
import { histories, seedFrom } from '../support/chance';

/**
 * Random histories of three folders in memory: messages go from one to another, folders are renamed, deleted, made again and
 * renumbered, runs have small limits and break off. In the end the copy built from the events is the account, and no event was illegal.
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
		...['renumber', 'renameThird', 'deleteThird', 'createThird', 'moveWhileRunning'],
	),
	from: fc.nat({ max: 2 }),
	to: fc.nat({ max: 2 }),
	which: fc.nat({ max: 50 }),
	count: fc.integer({ min: 1, max: 5 }),
	add: fc.subarray(flags),
	twin: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const seed = seedFrom('HISTORY_SEED');
const numRuns = histories(200);

test.each([...kindsOfServer, ['OBJECTID', { objectIds: true }] as [string, FakeOptions]])(
	`random moves with %s end in the same account (seed ${seed})`,
	async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (history, all) => play(history, all, kind)),
			{ seed, numRuns },
		);
	},
	60_000 + numRuns * 100,
);

async function play(history: Step[], all: boolean, kind: FakeOptions): Promise<void> {
	const { account, server, followed } = followFake({
		...kind,
		ask: { selection: { kind: 'all' }, startFrom: { kind: all ? 'all' : 'now' } },
	});
	const replica = new Replica();
	let third: string | undefined = 'Third';
	let made = 0;
	for (const path of paths.slice(1)) account.createFolder(path);
	for (const path of paths) for (let i = 0; i < 3; i++) account.append(path, mail(`first${path}${i}`));
	const rows = (path: string) => account.folder(path).messages.map(({ uid, flags: set }) => ({ uid, flags: [...set] }));
	for (const path of paths) replica.know(path, all ? [] : rows(path));
	// fast-check shrinks better when a folder that is not there makes a step do nothing.
	const at = (index: number): string | undefined => (index === 2 ? third : paths[index]);
	const sync = async (messages: number): Promise<void> => {
		replica.takeRun(await followed.run({ limits: { messages } }));
	};
	await sync(20);
	for (const { act, from, to, which, count, add, twin } of history) {
		const source = at(from);
		const target = at(to);
		const uids = source === undefined ? [] : account.folder(source).messages.map(({ uid }) => uid);
		const uid = uids[which % Math.max(uids.length, 1)];
		const move = (): void => void (source && target && source !== target && uid && account.move(source, [uid], target));
		if (act === 'append' && source)
			for (let i = 0; i < count; i++) account.append(source, mail(twin ? 'twin' : `made${++made}`), { flags: add });
		if (act === 'flag' && source && uid) account.setFlags(source, [uid], { set: add });
		if (act === 'expunge' && source && uid)
			account.expunge(source, uids.slice(which % uids.length, (which % uids.length) + count));
		if (act === 'move') move();
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
		if (act === 'run') await sync(count);
		if (act === 'lostRun') await followed.runWithoutKeeping({ limits: { messages: count } });
		if (act === 'cutRun' || act === 'moveWhileRunning') {
			let calls = 0;
			server.hooks.before = () => {
				if (++calls !== count * 2 && !(act === 'cutRun' && calls > count * 2)) return;
				if (act === 'moveWhileRunning') move();
				else throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
			};
			await sync(5).catch((error: unknown) => {
				if (!(error instanceof SyncError)) throw error;
			});
			server.hooks.before = undefined;
		}
	}
	for (let left = 80; ; left--) {
		const run = await followed.run();
		expect(run.problems).toEqual([]);
		replica.takeRun(run);
		if (
			!run.unfinished &&
			Object.values(run.state.folders).every(({ tombstones, mayBeMissing }) => tombstones.length === 0 && !mayBeMissing)
		)
			break;
		expect(left).toBeGreaterThan(0);
	}
	for (const path of paths.slice(0, 2).concat(third ?? [])) {
		expect({ path, messages: replica.messages(path) }).toEqual({
			path,
			messages: Object.fromEntries(rows(path).map(({ uid, flags: set }) => [uid, set.sort().join(' ')])),
		});
	}
	expect((await followed.run()).events).toEqual([]);
}
