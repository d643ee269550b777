import fc from 'fast-check';
import { noFingerprints, withFingerprintsOf } from '../../../sync/folder/fingerprint';
import { reusedUids, uidGeneration, usedAgain, type ReuseInput } from '../../../sync/folder/uidReuse';
import { asUid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import { told, type Ask } from '../../support/account';
import { histories, seedFrom } from '../../support/chance';
import { FakeAccount } from '../../support/fakeMailServer';
import { kindsOfServer, followFake } from '../../support/followFake';
import { mail } from '../../support/mail';
import type { MessageSummary } from '../../../sync/server/message';
import type { SyncEvent } from '../../../sync/events/syncEvent';

/** A mail store that was restored from a backup goes on counting UIDs where the backup was made, under the same UIDVALIDITY. */
const onlyNew: Ask = { events: ['messageNew'] };

describe('what shows that UIDs are used again', () => {
	const message = (uid: number, id: string | undefined, day = 1, size = 100): MessageSummary => ({
		uid: asUid(uid),
		flags: [],
		size,
		internalDate: new Date(Date.UTC(2026, 0, day)),
		messageId: id,
	});
	const limits = { newest: 24, older: 8 };
	const known = (...messages: MessageSummary[]) => withFingerprintsOf(noFingerprints, messages, limits);
	const asked = (input: Partial<ReuseInput>) =>
		reusedUids({
			before: known(message(1, 'a'), message(2, 'b'), message(3, 'c')),
			uidNext: 4,
			waiting: UidSet.empty,
			read: [],
			complete: true,
			...input,
		});

	test.each<[string, Partial<ReuseInput>, number | undefined]>([
		['nothing was read', {}, undefined],
		['all are the same', { read: [message(1, 'a'), message(2, 'b'), message(3, 'c')] }, undefined],
		['the same with another size, as Exchange tells a more exact one later', { read: [message(3, 'c', 1, 4711)] }, undefined],
		['the last two are others', { read: [message(1, 'a'), message(2, 'x'), message(3, 'y')] }, 2],
		['the last one is another', { read: [message(1, 'a'), message(2, 'b'), message(3, 'y')] }, 3],
		['one in the middle seems to be another', { read: [message(1, 'x'), message(2, 'b'), message(3, 'c')] }, undefined],
		['one lost its Message-ID', { read: [message(3, undefined)] }, undefined],
		[
			'one without a Message-ID came after all that was known',
			{ read: [message(1, 'a'), message(2, 'b'), message(3, undefined, 2)] },
			3,
		],
		['none can be verified', { read: [message(3, 'y')] }, 1],
		['one cannot be verified', { read: [message(1, 'a'), message(2, 'b')] }, undefined],
		['one cannot be verified, and UIDs were taken back', { read: [message(1, 'a')], isRewound: true }, 2],
		['the other one waits to be handed over', { read: [message(3, 'y')], waiting: UidSet.of([3]) }, undefined],
		['the other one is above all that was known', { read: [message(4, 'y', 2)] }, undefined],
		[
			'one that had no mark is younger',
			{ read: [message(2, 'b'), message(3, 'y', 2)], before: known(message(1, 'a'), message(2, 'b')) },
			3,
		],
		[
			'one that had no mark is younger where marks were not kept',
			{ read: [message(3, 'y', 2)], before: known(message(1, 'a')), complete: false },
			undefined,
		],
	])('%s', (_, input, from) => {
		expect(asked(input)?.from).toBe(from);
	});

	test('how often a UID was used is counted', () => {
		const once = usedAgain(undefined, UidSet.range(5, 9));
		const twice = usedAgain(once, UidSet.range(8, 12));
		expect([4, 5, 8, 9, 10, 13].map((uid) => uidGeneration(twice, asUid(uid)))).toEqual([0, 1, 2, 2, 1, 0]);
		expect(usedAgain(undefined, UidSet.empty)).toBeUndefined();
	});
});

function followed(options: object, messages: number, ask: Ask = {}) {
	const fake = followFake({ ...options, ask });
	for (let i = 1; i <= messages; i++) append(fake.account, `m${i}`);
	return { ...fake, node: fake.followed };
}

let minute = 0;
const append = (account: FakeAccount, subject: string, path = 'INBOX'): number =>
	account.append(path, mail(subject), { internalDate: new Date(Date.UTC(2026, 1, 1, 0, ++minute)) });

describe.each(kindsOfServer)('with %s', (_, kind) => {
	/** Three messages come after the backup, are handed over, and then it is restored and so many others come. */
	async function restored(others: number, ask: Ask = {}) {
		const { account, node } = followed(kind, 10, ask);
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 3; i++) append(account, `lost${i}`);
		// More happened to mod-sequences than will after the restore.
		account.setFlags('INBOX', [1], { add: ['\\Flagged'] });
		account.setFlags('INBOX', [1], { remove: ['\\Flagged'] });
		const before = (await node.run()).events;
		account.restoreCopy('INBOX');
		for (let i = 1; i <= others; i++) append(account, `other${i}`);
		const events: SyncEvent[] = [];
		let reused: unknown[] = [];
		for (let run = 1; run <= 3; run++) {
			const { events: more, uidReuses: found } = await node.run();
			events.push(...more);
			reused = [...reused, ...found];
		}
		return { before, events, reused, account, node };
	}

	test.each([1, 2, 3, 4, 6])('%i messages under used UIDs are new, where only new mail is wanted', async (others) => {
		// Equal UIDNEXT and no mod-sequence: only an audit can tell, and there is none where only new mail is wanted.
		if (others === 3 && kind.capabilities?.condstore === false) return;
		const { before, events, reused } = await restored(others, onlyNew);
		expect(told(events)).toEqual(Array.from({ length: others }, (__, i) => `messageNew INBOX/${11 + i}`));
		expect(reused).toEqual([{ path: 'INBOX', from: 11 }]);
		const ids = new Set([...before, ...events].map(({ eventId }) => eventId));
		expect(ids.size).toBe(3 + others);
	});

	test.each([1, 2])(
		'so are they where the newest used UID is that of an old scan without a Message-ID, after %i others',
		async (others) => {
			const { account, node } = followed(kind, 10, onlyNew);
			await node.run();
			account.keepCopy('INBOX');
			for (let i = 1; i <= 3; i++) append(account, `lost${i}`);
			await node.run();
			account.restoreCopy('INBOX');
			for (let i = 1; i <= others; i++) append(account, `other${i}`);
			const scan = { internalDate: new Date('2025-01-01') };
			for (let i = 1; i <= 3; i++) account.append('INBOX', 'Subject: scan\r\n\r\n\r\n', scan);
			const events = [...(await node.run()).events, ...(await node.run()).events];
			expect(told(events)).toEqual(Array.from({ length: others + 3 }, (__, i) => `messageNew INBOX/${11 + i}`));
		},
	);

	test.each([1, 2, 3, 4, 6])('%i messages under used UIDs are new, and what had them is deleted', async (others) => {
		if (others === 3 && kind.capabilities?.condstore === false) return;
		const { before, events } = await restored(others);
		expect(told(events).sort()).toEqual(
			[
				...[11, 12, 13].map((uid) => `messageDeleted INBOX/${uid}`),
				...Array.from({ length: others }, (__, i) => `messageNew INBOX/${11 + i}`),
			].sort(),
		);
		for (const uid of [11, 12, 13].slice(0, others)) {
			const at = (name: string) => events.findIndex((event) => event.event === name && event.uid === uid);
			expect(at('messageDeleted')).toBeLessThan(at('messageNew'));
		}
		expect(new Set([...before, ...events].map(({ eventId }) => eventId)).size).toBe(before.length + events.length);
	});

	test('the second message of a UID is deleted under an id of its own', async () => {
		const { events, account, node } = await restored(2);
		account.expunge('INBOX', [11]);
		const later: SyncEvent[] = [];
		for (let run = 1; run <= 2; run++) later.push(...(await node.run()).events);
		expect(told(later)).toEqual(['messageDeleted INBOX/11']);
		expect(events.map(({ eventId }) => eventId)).not.toContain(later[0].eventId);
	});

	test('one event a run, and runs whose state is lost, give the same events with the same ids', async () => {
		const { account, node } = followed(kind, 6, { limits: { messages: 1 } });
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 3; i++) append(account, `lost${i}`);
		for (let run = 1; run <= 4; run++) await node.run();
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 2; i++) append(account, `other${i}`);
		const events: SyncEvent[] = [];
		for (let run = 1; run <= 12; run++) {
			const lost = (await node.runWithoutKeeping()).events;
			const kept = (await node.run()).events;
			expect(kept.map(({ eventId }) => eventId)).toEqual(lost.map(({ eventId }) => eventId));
			events.push(...kept);
		}
		expect(told(events).sort()).toEqual([
			'messageDeleted INBOX/7',
			'messageDeleted INBOX/8',
			'messageDeleted INBOX/9',
			'messageNew INBOX/7',
			'messageNew INBOX/8',
		]);
	});

	test('a restored copy without other mail after it deletes and repeats nothing else', async () => {
		const { events, reused } = await restored(0);
		expect(told(events)).toEqual([11, 12, 13].map((uid) => `messageDeleted INBOX/${uid}`));
		expect(reused).toEqual([{ path: 'INBOX', from: 11 }]);
	});

	test('what comes again is marked also where its deletions and others take several runs', async () => {
		const { account, node } = followed(kind, 4, { startFrom: { kind: 'all' } });
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 54; i++) append(account, `lost${i}`);
		await node.run();
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 4; i++) append(account, `other${i}`);
		const unmarked: string[] = [];
		for (let run = 1; run <= 20; run++) {
			const { events } = await node.run({ limits: { messages: 5 } });
			unmarked.push(...told(events.filter(({ event, possibleDuplicate }) => event === 'messageNew' && !possibleDuplicate)));
		}
		expect(unmarked).toEqual([5, 6, 7, 8].map((uid) => `messageNew INBOX/${uid}`));
	});

	test.each([0, 2])('a folder that was empty when it was backed up, %i messages after the restore', async (others) => {
		const { account, node } = followed(kind, 3);
		await node.run();
		account.expunge('INBOX', [1, 2, 3]);
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 4; i++) append(account, `lost${i}`);
		const before = (await node.run()).events;
		account.restoreCopy('INBOX');
		for (let i = 1; i <= others; i++) append(account, `other${i}`);
		const events: SyncEvent[] = [];
		for (let run = 1; run <= 3; run++) events.push(...(await node.run()).events);
		append(account, 'next');
		for (let run = 1; run <= 2; run++) events.push(...(await node.run()).events);
		expect(told(events).sort()).toEqual(
			[
				...[4, 5, 6, 7].map((uid) => `messageDeleted INBOX/${uid}`),
				...Array.from({ length: others + 1 }, (__, i) => `messageNew INBOX/${4 + i}`),
			].sort(),
		);
		expect(new Set([...before, ...events].map(({ eventId }) => eventId)).size).toBe(before.length + events.length);
	});

	test('so are UIDs under which a server that counts on tells of no change', async () => {
		const { account, node, server } = followed(kind, 7);
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 2; i++) append(account, `lost${i}`);
		await node.run();
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 28; i++) append(account, `other${i}`);
		account.setFlags('INBOX', [4], { add: ['todo'] });
		// What comes in one go has one mod-sequence, which may be the one that is known.
		server.hooks.row = (row, { method }) => (method === 'open' && row.uid > 7 ? undefined : row);
		const events = [...(await node.run()).events, ...(await node.run()).events, ...(await node.run()).events];
		expect(told(events).sort()).toEqual(
			[
				'messageDeleted INBOX/8',
				'messageDeleted INBOX/9',
				...Array.from({ length: 28 }, (__, i) => `messageNew INBOX/${8 + i}`),
				'messageUpdated INBOX/4 +todo',
			].sort(),
		);
	});

	test.each([
		['only new mail is wanted', onlyNew],
		['everything is wanted', {}],
	])('more than 500 messages after a restore, where %s', async (_wanted, ask) => {
		const { account, node } = followed(kind, 7, { ...ask, limits: { messages: 2_000 } });
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 3; i++) append(account, `lost${i}`);
		await node.run();
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 600; i++) append(account, `other${i}`);
		const events = [...(await node.run()).events, ...(await node.run()).events, ...(await node.run()).events];
		const news = told(events.filter(({ event }) => event === 'messageNew'));
		expect(news).toEqual(Array.from({ length: 600 }, (__, i) => `messageNew INBOX/${8 + i}`));
	});

	test.each<[string, Ask]>([
		['the filter', { filter: { subject: 'o' } }],
		['the events', { events: ['messageNew', 'messageUpdated', 'messageDeleted'] }],
	])('messages that have used UIDs are told also where %s changed meanwhile', async (_what, change) => {
		const { account, node } = followed(kind, 5, { events: ['messageNew', 'messageDeleted'] });
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 2; i++) append(account, `lost${i}`);
		await node.run();
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 4; i++) append(account, `other${i}`);
		const ask: Ask = { events: ['messageNew', 'messageDeleted'], ...change };
		const events = [...(await node.run(ask)).events, ...(await node.run(ask)).events];
		const news = told(events.filter(({ event }) => event === 'messageNew'));
		expect(news).toEqual(expect.arrayContaining([6, 7, 8, 9].map((uid) => `messageNew INBOX/${uid}`)));
	});

	test.each([1, 2])('messages are told that have used UIDs also where the newest %d known ones are deleted', async (deleted) => {
		const { account, node } = followed(kind, 5, { events: ['messageNew', 'messageDeleted'] });
		await node.run();
		account.keepCopy('INBOX');
		for (let i = 1; i <= 4; i++) append(account, `lost${i}`);
		await node.run();
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 9; i++) append(account, `other${i}`);
		account.expunge('INBOX', [9, 8].slice(0, deleted));
		const events = [...(await node.run()).events, ...(await node.run()).events];
		const news = new Set(told(events));
		const there = Array.from({ length: 9 }, (__, i) => 6 + i).filter((uid) => uid < 10 - deleted || uid > 9);
		expect(there.filter((uid) => !news.has(`messageNew INBOX/${uid}`))).toEqual([]);
	});

	test.each([
		[1, 200, onlyNew],
		[1, 2, onlyNew],
		[3, 2, { events: ['messageNew', 'messageUpdated', 'messageDeleted'] }],
		[5, 200, { events: ['messageNew', 'messageDeleted'] }],
	] as Array<[number, number, Ask]>)(
		'exactly as many come as a restore lost, of which %i were told and the others waited: all are told, %i a run',
		async (alreadyTold, messages, ask) => {
			const { account, node } = followed(kind, 5, ask);
			await node.run();
			account.keepCopy('INBOX');
			for (let i = 1; i <= 6; i++) append(account, `lost${i}`);
			expect((await node.run({ limits: { messages: alreadyTold } })).events).toHaveLength(alreadyTold);
			account.restoreCopy('INBOX');
			for (let i = 1; i <= 6; i++) append(account, `other${i}`);
			const events: SyncEvent[] = [];
			for (let run = 1; run <= 3; run++) events.push(...(await node.run({ limits: { messages } })).events);
			append(account, 'later');
			for (let run = 1; run <= 9; run++) events.push(...(await node.run({ limits: { messages } })).events);
			const news = new Set(told(events));
			expect(Array.from({ length: 7 }, (__, i) => `messageNew INBOX/${6 + i}`).filter((name) => !news.has(name))).toEqual([]);
		},
	);

	test.each([20, 200])(
		'messages are told that took the first of %d UIDs that a restore lost, while others were skipped',
		async (lost) => {
			const acknowledge = { by: 'keyword' as const, keyword: 'done', redeliverAfter: 3_600_000, maxAttempts: 3 };
			const { account, node } = followed(kind, 5, { ...onlyNew, acknowledge });
			await node.run();
			account.keepCopy('INBOX');
			for (let i = 1; i <= lost; i++) append(account, `lost${i}`);
			await node.run();
			account.restoreCopy('INBOX');
			for (let i = 1; i <= 2; i++) append(account, `other${i}`);
			account.skipUids('INBOX', 1_000);
			append(account, 'later');
			const news = new Set<string>();
			for (let run = 1; run <= 3; run++) for (const name of told((await node.run()).events)) news.add(name);
			expect([6, 7].filter((uid) => !news.has(`messageNew INBOX/${uid}`))).toEqual([]);
		},
	);

	test('messages are told that have used UIDs in a folder that was renumbered, and of which most is not told yet', async () => {
		const { account, node } = followed(kind, 1, { ...onlyNew, limits: { messages: 3 } });
		await node.run();
		account.setUidValidity('INBOX', 9_999);
		append(account, 'first');
		account.keepCopy('INBOX');
		for (let i = 1; i <= 40; i++) append(account, `lost${i}`);
		expect(told((await node.run()).events)).toEqual(['messageNew INBOX/2', 'messageNew INBOX/3', 'messageNew INBOX/4']);
		account.restoreCopy('INBOX');
		for (let i = 1; i <= 60; i++) append(account, `other${i}`);
		const events: SyncEvent[] = [];
		for (let run = 1; run <= 4; run++) events.push(...(await node.run({ limits: { messages: 200 } })).events);
		const news = new Set(told(events));
		expect(Array.from({ length: 60 }, (__, i) => `messageNew INBOX/${3 + i}`).filter((name) => !news.has(name))).toEqual([]);
	});

	test('a server that tells a lower UIDNEXT for a while is not believed to have other messages', async () => {
		const { account, node } = followed(kind, 10);
		await node.run();
		account.folder('INBOX').uidNext = 5;
		expect((await node.run()).events).toEqual([]);
		account.folder('INBOX').uidNext = 11;
		append(account, 'next');
		expect(told((await node.run()).events)).toEqual(['messageNew INBOX/11']);
	});
});

const seed = seedFrom('HISTORY_SEED');
const numRuns = histories(200);
const step = fc.record({
	act: fc.constantFrom(
		'append',
		'append',
		'append',
		'expunge',
		'flag',
		'copy',
		'keepCopy',
		'restoreCopy',
		'run',
		'run',
		'run',
		'lostRun',
	),
	which: fc.nat({ max: 50 }),
	count: fc.integer({ min: 1, max: 4 }),
});

test.each(kindsOfServer)(
	`random backups with %s: what is known under a UID is the message that has it (seed ${seed})`,
	async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (history, moves) => {
				const events: Ask['events'] = [
					'messageNew',
					'messageUpdated',
					'messageDeleted',
					...(moves ? (['messageMoved'] as const) : []),
				];
				const { account, node, later } = followed(kind, 3, { startFrom: { kind: 'all' }, events });
				const copy = new Map<number, string>();
				const ids = new Set<string>();
				let made = 0;
				const run = async (messages: number, kept = true) => {
					const outcome = await (kept ? node.run({ limits: { messages } }) : node.runWithoutKeeping({ limits: { messages } }));
					if (!kept) return outcome;
					for (const event of outcome.events) {
						if (event.uid === undefined || event.event === 'messageUpdated') continue;
						expect(ids.has(event.eventId)).toBe(false);
						ids.add(event.eventId);
						expect(copy.has(event.uid)).toBe(event.event === 'messageDeleted');
						if (event.event === 'messageDeleted') copy.delete(event.uid);
						// What the event is about is what the folder holds when it is told.
						else copy.set(event.uid, idOf(account, event.uid));
					}
					return outcome;
				};
				await run(20);
				for (const { act, which, count } of history) {
					const { messages } = account.folder('INBOX');
					const uid = messages[which % Math.max(1, messages.length)]?.uid;
					if (act === 'append') for (let i = 0; i < count; i++) append(account, `made${++made}`);
					if (act === 'copy' && uid) account.copy('INBOX', [uid], 'INBOX');
					if (act === 'expunge' && uid) account.expunge('INBOX', [uid]);
					if (act === 'flag' && uid) account.setFlags('INBOX', [uid], { add: ['\\Seen'] });
					if (act === 'keepCopy') account.keepCopy('INBOX');
					if (act === 'restoreCopy') account.restoreCopy('INBOX');
					if (act === 'run' || act === 'lostRun') await run(count, act === 'run');
				}
				// The audit is due: what nothing told of is found by it.
				later(10 * 60);
				for (let left = 60; ; left--) {
					const outcome = await run(20);
					expect(outcome.problems).toEqual([]);
					if (!outcome.unfinished && outcome.events.length === 0 && outcome.state.folders.INBOX.tombstones.length === 0) break;
					expect(left).toBeGreaterThan(0);
				}
				const there = account.folder('INBOX').messages.map(({ uid }): [number, string] => [uid, idOf(account, uid)]);
				expect([...copy].sort(([a], [b]) => a - b)).toEqual(there);
			}),
			{ seed, numRuns },
		);
	},
	60_000 + numRuns * 100,
);

const idOf = (account: FakeAccount, uid: number): string =>
	/^Message-ID: (.*)\r$/m.exec(
		account
			.folder('INBOX')
			.messages.find((message) => message.uid === uid)
			?.source.toString() ?? '',
	)?.[1] ?? 'gone';
