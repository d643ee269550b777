import fc from 'fast-check';
import type { SyncEvent } from '../../sync/model';
import { FollowedAccount } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { Replica } from '../support/replica';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Random histories: somebody else's mail client changes two folders in any order, runs with small limits come in between, some
 * of them cut or their state lost; in the end the copy built from the events equals the mailbox, and no event was illegal.
 */
const folders = ['INBOX', 'Work'];
const flagNames = ['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '\\Draft', '$Label1', 'todo'];

type Act =
	| { act: 'append'; folder: number; flags: string[]; old: boolean }
	| { act: 'flag'; folder: number; which: number; add: string[]; remove: string[] }
	| { act: 'expunge'; folder: number; which: number; run: number }
	| { act: 'move'; folder: number; which: number }
	| { act: 'copy'; folder: number; which: number }
	| { act: 'run'; messages: number; cut?: number; lost: boolean };

const place = { folder: fc.nat({ max: folders.length - 1 }), which: fc.nat({ max: 1_000 }) };
const someFlags = fc.subarray(flagNames, { maxLength: 3 });
const acts: fc.Arbitrary<Act> = fc.oneof(
	{ weight: 5, arbitrary: fc.record({ act: fc.constant('append' as const), folder: place.folder, flags: someFlags, old: fc.boolean() }) },
	{ weight: 4, arbitrary: fc.record({ act: fc.constant('flag' as const), ...place, add: someFlags, remove: someFlags }) },
	{ weight: 3, arbitrary: fc.record({ act: fc.constant('expunge' as const), ...place, run: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 1, arbitrary: fc.record({ act: fc.constant('move' as const), ...place }) },
	{ weight: 1, arbitrary: fc.record({ act: fc.constant('copy' as const), ...place }) },
	{
		weight: 5,
		arbitrary: fc.record(
			{ act: fc.constant('run' as const), messages: fc.integer({ min: 1, max: 6 }), cut: fc.integer({ min: 1, max: 3_000 }), lost: fc.boolean() },
			{ requiredKeys: ['act', 'messages', 'lost'] },
		),
	},
);

/** What makes a message's arrival or deletion the same happening; two updates of one message may be two happenings. */
const nameOf = ({ event, folder, uid, eventId }: SyncEvent): string => (event === 'messageUpdated' ? eventId : `${event} ${folder}/${uid}`);

const seed = Number(process.env.HISTORY_SEED ?? Date.now() % 1_000_000);
const histories = Number(process.env.HISTORIES ?? 40);

describe(`random histories (seed ${seed}, ${histories} for each kind of server; HISTORY_SEED and HISTORIES repeat or prolong them)`, () => {
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

	test.each([
		['QRESYNC', []],
		['CONDSTORE', ['QRESYNC']],
		['CONDSTORE without ESEARCH and LIST-STATUS', ['QRESYNC', 'ESEARCH', 'LIST-STATUS']],
		['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
	])(
		'with %s end in the same mailbox',
		async (_, mask) => {
			await fc.assert(
				fc.asyncProperty(fc.array(acts, { minLength: 3, maxLength: 25 }), fc.nat({ max: 8 }), fc.boolean(), async (history, there, all) => {
					proxy.mask = mask;
					await play(history, there, all);
				}),
				{ seed, numRuns: histories },
			);
		},
		600_000,
	);

	async function play(history: Act[], there: number, all: boolean): Promise<void> {
		const user = dovecot.newUser();
		await dovecot.createFolder(user, 'Work');
		for (const folder of folders) if (there > 0) await dovecot.fill(user, folder, there);
		const account = FollowedAccount.on(
			{ user, password: dovecot.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
			{ selection: { kind: 'chosen', folders }, startFrom: { kind: all ? 'all' : 'now' } },
		);
		const replica = new Replica();
		const lost = new Map<string, string>();
		const other = await dovecot.login(user);
		const uidsOf = async (folder: string): Promise<number[]> => {
			await other.ok(`EXAMINE ${folder}`);
			const { untagged } = await other.ok('UID SEARCH ALL');
			const [line = ''] = untagged.filter((answer) => answer.startsWith('* SEARCH'));
			return line.split(' ').slice(2).filter(Boolean).map(Number);
		};
		if (!all) for (const folder of folders) replica.know(folder, await dovecot.fetchAll(user, folder));
		const take = (events: SyncEvent[]): void => {
			replica.apply(events);
			for (const event of events) if (lost.has(nameOf(event))) expect(event.eventId).toBe(lost.get(nameOf(event)));
		};
		take((await account.run({ limits: { messages: 5 } })).events);

		for (const one of history) {
			if (one.act === 'run') {
				const cut = one.cut === undefined ? undefined : proxy.cutAfter({ direction: 'toClient', phase: 'work', bytes: one.cut });
				try {
					const ask = { limits: { messages: one.messages } };
					if (!one.lost) take((await account.run(ask)).events);
					// The process died after the hand-over: whoever took these events gets them again, under the same ids.
					else for (const event of (await account.runWithoutKeeping(ask)).events) lost.set(nameOf(event), event.eventId);
				} catch (error) {
					if (!cut?.happened) throw error;
				} finally {
					cut?.disarm();
				}
				continue;
			}
			const folder = folders[one.folder];
			const uids = await uidsOf(folder);
			if (one.act === 'append') {
				await dovecot.append(user, folder, 'Message-ID: <same@example.com>\r\nSubject: hello\r\n\r\nhello\r\n', {
					flags: one.flags,
					...(one.old ? { internalDate: new Date('1999-01-01T00:00:00Z') } : {}),
				});
			} else if (uids.length > 0) {
				const at = one.which % uids.length;
				if (one.act === 'flag') await dovecot.flags(user, folder, [uids[at]], { add: one.add, remove: one.remove.filter((flag) => !one.add.includes(flag)) });
				if (one.act === 'expunge') await dovecot.expunge(user, folder, uids.slice(at, at + one.run));
				const target = folders[1 - one.folder];
				if (one.act === 'move') await dovecot.move(user, folder, [uids[at]], target);
				if (one.act === 'copy') await dovecot.copy(user, folder, [uids[at]], target);
			}
		}

		for (let left = 40; ; left--) {
			const { events, unfinished, problems } = await account.run();
			expect(problems).toEqual([]);
			take(events);
			if (!unfinished) break;
			expect(left).toBeGreaterThan(0);
		}
		for (const folder of folders) {
			const expected = Object.fromEntries((await dovecot.fetchAll(user, folder)).map(({ uid, flags }) => [uid, [...flags].sort().join(' ')]));
			expect(replica.messages(folder)).toEqual(expected);
		}
		expect((await account.run()).events).toEqual([]);
		await other.logout();
	}
});
