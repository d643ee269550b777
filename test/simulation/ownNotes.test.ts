import fc from 'fast-check';
import { readChangeNote, writeChangeNote, type ChangeNote } from '../../sync/ownChanges/changeNote';
import { SyncError } from '../../sync/errors/syncError';
import { NoteReader } from '../../sync/ownChanges/noteReader';
import { NoteWriter } from '../../sync/ownChanges/noteWriter';
import { OwnChangeLog } from '../../sync/ownChanges/ownChangeLog';
import type { OwnChanges } from '../../sync/ownChanges/ownChanges';
import { RecordingWriter } from '../../sync/ownChanges/recordingWriter';
import { decodeState } from '../../sync/state/state';
import { flagsOf, noFlags } from '../../sync/folder/flagSets';
import { asUid } from '../../sync/uids/uid';
import type { Sealing } from '../../sync/state/keptMessage';
import { UidSet } from '../../sync/uids/uidSet';
import type { MailboxWriter } from '../../sync/changing/writing';
import { told, type Ask } from '../support/account';
import { sealBy } from '../support/accountSeal';
import { histories, runs, seedFrom } from '../support/chance';
import { FakeMailServer, FakeWriter, type FakeOptions } from '../support/fakeMailServer';
import { mail } from '../support/mail';
import { followFake, kindsOfServer, type FollowedFake } from '../support/followFake';

/** Two n8n processes over an account in memory: a worker that changes messages and notes it, and one that follows the account. */
const SEAL = sealBy('right');
const NOTES = 'Notes';
const MINUTE = 60_000;

interface Processes extends FollowedFake {
	/** One session of the worker. `before` is called before each of its commands; `dies` leaves out what it does in the end. */
	work(
		use: (writer: MailboxWriter) => Promise<unknown>,
		how?: { before?: (command: string) => void | Promise<void>; dies?: boolean; mayTidy?: boolean },
	): Promise<FakeWriter>;
	/** What the last session said was wrong with its notes. */
	problem(): SyncError | undefined;
	run(ask?: Ask): Promise<string[]>;
	/** What went wrong beside the last run. */
	problems(): string[];
}

function processes(options: FakeOptions = {}, ask: Ask = {}): Processes {
	const fake = followFake(options);
	const notesHere = new NoteReader(new OwnChangeLog(fake.now), NOTES, 'here', fake.now);
	const here: OwnChanges = {
		inFolder: (folder, uidValidity) => notesHere.inFolder(folder, uidValidity),
		readNotes: (connection, hierarchy) => notesHere.readNotes(connection, hierarchy, SEAL),
	};
	const workerLog = new OwnChangeLog(fake.now);
	let sessions = 0;
	let problem: SyncError | undefined;
	let problems: string[] = [];
	fake.account.createFolder('Work');
	return {
		...fake,
		problem: () => problem,
		async work(use, { before, dies = false, mayTidy = false } = {}) {
			const plain = new FakeWriter(fake.account, fake.now, before);
			const writer = plain as unknown as MailboxWriter;
			const settings = {
				folder: NOTES,
				seal: SEAL,
				process: 'worker',
				now: fake.now,
				chance: () => `session${++sessions}`,
				mayTidy: () => mayTidy,
			};
			const notes = new NoteWriter(writer, settings);
			await use(new RecordingWriter(writer, workerLog, notes)).catch((error: unknown) => {
				if (!(error instanceof SyncError)) throw error;
			});
			if (!dies) await notes.close(new FakeMailServer(fake.account, options));
			problem = notes.problem;
			return plain;
		},
		async run(more = {}) {
			const run = await fake.followed.run({ ownChanges: here, notesFolder: NOTES, selection: { kind: 'all' }, ...ask, ...more });
			problems = run.problems.map(({ code, data }) => `${code} ${data.folder}`);
			return told(run.events);
		},
		problems: () => problems,
	};
}

const lost = (): never => {
	throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
};
const add =
	(flag: string, ...uids: number[]) =>
	async (writer: MailboxWriter): Promise<unknown> =>
		(await writer.open('INBOX')).store(UidSet.of(uids), { mode: 'add', flags: [flag] });

async function filled(count: number, options: FakeOptions = {}, ask: Ask = {}): Promise<Processes> {
	const both = processes(options, ask);
	for (let i = 1; i <= count; i++) both.account.append('INBOX', mail(`m${i}`));
	await both.run();
	return both;
}

describe.each(kindsOfServer)('with %s', (_, kind) => {
	test('what is announced waits as long as nobody knows what became of it, and the rest is told', async () => {
		const both = await filled(6, kind);
		const duringIt: string[][] = [];
		await both.work(add('\\Seen', 1, 2, 3), {
			before: async (command) => {
				if (!command.startsWith('store')) return;
				// Somebody else is faster with one of them, and does something else too.
				both.account.setFlags('INBOX', [2, 5], { add: ['\\Seen'] });
				both.account.setFlags('INBOX', [3], { add: ['\\Flagged'] });
				duringIt.push(await both.run());
			},
		});
		expect(duringIt).toEqual([['messageUpdated INBOX/3 +\\Flagged', 'messageUpdated INBOX/5 +\\Seen']]);
		expect(await both.run()).toEqual([]);
		// It waits no longer than until the outcome is noted.
		expect(decodeState(both.followed.stored)?.folders.INBOX.unfinished).toBe(false);
	});

	test('a process that dies before the change hides nothing that others do', async () => {
		const both = await filled(6, kind, { events: ['messageUpdated', 'messageDeleted', 'messageNew'] });
		await both.work(add('\\Seen', 1), { dies: true, before: (command) => (command.startsWith('store') ? lost() : undefined) });
		const remove = async (writer: MailboxWriter): Promise<unknown> => (await writer.open('INBOX')).remove(UidSet.of([2, 3]));
		await both.work(remove, { dies: true, before: (command) => (command.startsWith('remove') ? lost() : undefined) });
		both.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		both.account.expunge('INBOX', [2, 4]);
		expect(await both.run()).toEqual(['messageDeleted INBOX/4']);
		expect(await both.run()).toEqual([]);
		both.later(3);
		expect(await both.run()).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageDeleted INBOX/2']);
		both.account.expunge('INBOX', [3]);
		expect(await both.run()).toEqual(['messageDeleted INBOX/3']);
	});

	test('of a message with an own change and one that may be one, the first is known at once, and the other waits', async () => {
		const both = await filled(4, kind);
		await both.work(add('\\Seen', 3), { dies: true });
		await both.work(add('\\Flagged', 3));
		expect(await both.run()).toEqual([]);
		both.later(3);
		expect(await both.run()).toEqual(['messageUpdated INBOX/3 +\\Seen']);
	});

	test('a change that the server refused was none', async () => {
		const both = await filled(3, kind);
		const refuse = (command: string): void => {
			if (command.startsWith('store'))
				throw new SyncError('commandRefused', { reason: 'refused', host: 'mail.example.com:993', answer: 'no' });
		};
		await both.work(add('\\Seen', 1), { before: refuse });
		both.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		expect(await both.run()).toEqual(['messageUpdated INBOX/1 +\\Seen']);
	});
});

test('with moves wanted, what another process moves is silent at both ends, looked at in the middle too', async () => {
	const both = await filled(4);
	const run: string[][] = [];
	const move = async (writer: MailboxWriter): Promise<unknown> => (await writer.open('INBOX')).move(UidSet.of([1, 2]), 'Work');
	await both.work(move, { before: async (command) => void (command.startsWith('move') && run.push(await both.run())) });
	both.account.move('INBOX', [3], 'Work');
	for (let i = 0; i < 3; i++) run.push(await both.run());
	expect(run.flat()).toEqual(['messageMoved INBOX/3 -> Work/3']);
});

test('one note before each change and the last outcome in the end; what is stored in a row is noted together', async () => {
	const both = await filled(9);
	const commands = (writer: FakeWriter): string[] => writer.asked.filter((command) => !command.startsWith('open'));
	const one = await both.work(add('\\Seen', 1, 2, 3));
	expect(commands(one)).toEqual([
		`append ${NOTES}`,
		`create ${NOTES}`,
		`append ${NOTES}`,
		'store add \\Seen 1:3',
		`append ${NOTES}`,
	]);
	const three = await both.work(async (writer) => {
		const folder = await writer.open('INBOX');
		for (const uid of [4, 5, 6]) await folder.store(UidSet.of([uid]), { mode: 'add', flags: ['todo'] });
	});
	expect(commands(three).filter((command) => command.startsWith('append'))).toHaveLength(4);
	const many = await both.work(async (writer) => {
		for (let i = 0; i < 500; i++) await writer.append('Work', { source: Buffer.from(mail(`s${i}`)), flags: [] });
	});
	expect(commands(many).filter((command) => command === `append ${NOTES}`).length).toBeLessThanOrEqual(7);
	expect(await both.run()).toEqual([]);
});

test('the folder for notes is opened only when there is something to tell, and only what is new in it is read', async () => {
	const both = await filled(4);
	const opened = (): string[] =>
		both.server.last.calls.flatMap(({ method, path }) =>
			['open', 'search', 'fetch'].includes(method) ? [`${method} ${path}`] : [],
		);
	await both.work(add('\\Seen', 1));
	await both.run();
	expect(opened()).toEqual(['open INBOX', `open ${NOTES}`, `search ${NOTES}`, `fetch ${NOTES}`, 'open INBOX']);
	await both.run();
	expect(opened()).toEqual([]);
	both.account.setFlags('INBOX', [2], { add: ['\\Seen'] });
	await both.run();
	expect(opened()).toEqual(['open INBOX', `open ${NOTES}`, 'open INBOX']);
	// More of what others do comes with the notes of two changes, and no older ones.
	await both.work(add('\\Seen', 3));
	await both.run();
	expect(both.server.last.calls.filter(({ method }) => method === 'fetch')).toHaveLength(1);
});

test('notes that cannot be written keep nothing from being changed, and are given up for the session', async () => {
	const both = await filled(4);
	const full = (command: string): void => {
		if (command.startsWith('append'))
			throw new SyncError('folderFull', { folder: 'A', target: 'B', host: 'mail.example.com:993' });
	};
	const writer = await both.work(
		async (recording) => {
			await add('\\Seen', 1)(recording);
			await add('\\Seen', 2)(recording);
		},
		{ before: full },
	);
	expect(writer.asked.filter((command) => command.startsWith('append'))).toHaveLength(1);
	expect(both.problem()).toMatchObject({ code: 'notesNotKept', data: { folder: NOTES } });
	expect(both.account.folder('INBOX').messages.map(({ flags }) => [...flags])).toEqual([['\\Seen'], ['\\Seen'], [], []]);
	expect(await both.run()).toEqual(['messageUpdated INBOX/1 +\\Seen', 'messageUpdated INBOX/2 +\\Seen']);
});

test('a folder for notes that cannot be read is a problem of the run, and what is there to tell is told', async () => {
	const both = await filled(2);
	both.account.createFolder(NOTES, { readable: false });
	both.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
	expect(await both.run()).toEqual(['messageUpdated INBOX/1 +\\Seen']);
	expect(both.problems()).toEqual([`folderForbidden ${NOTES}`]);
});

test('old notes are removed by who writes new ones, and nothing else', async () => {
	const both = await filled(3);
	await both.work(add('\\Seen', 1));
	both.account.append(NOTES, mail('of somebody'), { internalDate: new Date(both.now()) });
	both.later(49 * 60);
	await both.work(add('\\Seen', 2), { mayTidy: true });
	const left = both.account.folder(NOTES).messages.map(({ source }) => source.toString().includes('IMAP SYNC NOTE'));
	expect(left).toEqual([false, true, true]);
	expect(both.problem()).toBeUndefined();
});

const uidSet = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 50 }).map((uids) => UidSet.of(uids));
const place = { folder: fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }), uidValidity: fc.nat().map(String) };
const id = fc.nat();
const note: fc.Arbitrary<ChangeNote> = fc.record({
	process: fc.uuid(),
	session: fc.uuid(),
	number: fc.nat(),
	at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
	announced: fc.array(
		fc.record({
			id,
			...place,
			change: fc.oneof(
				fc.record({ kind: fc.constant('left' as const), uids: uidSet }),
				fc.record({
					kind: fc.constant('flags' as const),
					uids: uidSet,
					mode: fc.constantFrom('add', 'remove', 'set'),
					names: fc.subarray(['\\Seen', 'todo']),
					labels: fc.constant(false),
				}),
			),
		}),
		{ maxLength: 5 },
	),
	settled: fc.array(fc.record({ id, done: fc.boolean(), at: fc.nat() }), { maxLength: 5 }),
	came: fc.array(fc.record({ ...place, uids: uidSet }), { maxLength: 5 }),
});

const by = (secret: string, folder = NOTES, ...whose: string[]): Sealing => ({ seal: sealBy(secret, ...whose), folder });

test('a note gives back what was written into it, in lines that every server takes', async () => {
	await fc.assert(
		fc.asyncProperty(note, async (written) => {
			const source = await writeChangeNote(written, by('right'));
			const read = await readChangeNote(source, by('right'));
			expect(JSON.stringify(read)).toBe(JSON.stringify(written));
			expect(source.toString('latin1')).not.toMatch(/[^\r]\n|\r[^\n]|[\x80-\xff\0]|[^\r\n]{999}/);
		}),
		{ numRuns: runs(200), seed: seedFrom('MIME_SEED') },
	);
});

describe('what is no note of ours does nothing', () => {
	const good: ChangeNote = {
		process: 'p',
		session: 's',
		number: 1,
		at: 1,
		announced: [{ id: 1, folder: 'INBOX', uidValidity: '7', change: { kind: 'left', uids: UidSet.of([1]) } }],
		settled: [{ id: 1, done: true, at: 2 }],
		came: [{ folder: 'INBOX', uidValidity: '7', uids: UidSet.of([2]) }],
	};

	test('with another key, or any byte of what is sealed changed', async () => {
		const source = await writeChangeNote(good, by('right'));
		expect(await readChangeNote(source, by('right'))).toBeDefined();
		expect(await readChangeNote(source, by('wrong'))).toBeUndefined();
		const from = source.indexOf('-----BEGIN') + 30;
		for (let at = from; at < source.indexOf('-----END'); at++) {
			if (/\s/.test(String.fromCharCode(source[at]))) continue;
			const changed = Buffer.from(source);
			changed[at] = changed[at] === 0x41 ? 0x42 : 0x41;
			expect(await readChangeNote(changed, by('right'))).toBeUndefined();
		}
	});

	test.each([
		['another folder', by('right', 'Other notes')],
		['another user', by('right', NOTES, 'bob@example.com')],
		['another host', by('right', NOTES, 'alice@example.com', 'mail.example.net')],
	])('sealed for %s', async (_, elsewhere) => {
		expect(await readChangeNote(await writeChangeNote(good, elsewhere), by('right'))).toBeUndefined();
	});

	test('under another number or session than it was sealed with', async () => {
		const source = (await writeChangeNote(good, by('right'))).toString('latin1');
		expect(await readChangeNote(Buffer.from(source.replace('<s.1@', '<s.2@'), 'latin1'), by('right'))).toBeUndefined();
	});

	test('put there a second time, soon or when it is forgotten', async () => {
		const both = await filled(4);
		await both.work(add('\\Seen', 1));
		expect(await both.run()).toEqual([]);
		const copies = both.account.folder(NOTES).messages.map(({ source }) => source);
		// Somebody undoes it, and does the same himself: with the announcement alone it would have to wait.
		const again = async (): Promise<string[]> => {
			both.account.setFlags('INBOX', [1], { remove: ['\\Seen'] });
			expect(await both.run()).toEqual(['messageUpdated INBOX/1 -\\Seen']);
			both.account.append(NOTES, copies[0], { internalDate: new Date(both.now()) });
			both.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
			return await both.run();
		};
		expect(await again()).toEqual(['messageUpdated INBOX/1 +\\Seen']);
		both.later(4 * 24 * 60);
		expect(await again()).toEqual(['messageUpdated INBOX/1 +\\Seen']);
	});

	test('with a field too many, too few, or of another kind, though the seal is right', async () => {
		const { announced, settled } = good;
		const wrong: unknown[] = [
			{ ...good, settled: [{ ...settled[0], more: 1 }] },
			{ ...good, at: undefined },
			{ ...good, at: -1 },
			{ ...good, process: '' },
			{ ...good, session: 'x'.repeat(101) },
			{ ...good, settled: settled[0] },
			{ ...good, settled: Array.from({ length: 201 }, () => settled[0]) },
			{ ...good, settled: [{ id: 1, done: 'yes', at: 1 }] },
			{ ...good, settled: [{ id: 1, done: true, at: 1, modseq: '12345678901234567890' }] },
			{ ...good, came: [{ folder: 'INBOX', uidValidity: '7x', uids: UidSet.of([1]) }] },
			{ ...good, came: [{ folder: 'x'.repeat(1_001), uidValidity: '7', uids: UidSet.of([1]) }] },
			{
				...good,
				announced: [
					{ ...announced[0], change: { kind: 'flags', uids: UidSet.of([1]), mode: 'toggle', names: [], labels: false } },
				],
			},
		];
		for (const one of wrong)
			expect([one, await readChangeNote(await writeChangeNote(one as ChangeNote, by('right')), by('right'))]).toEqual([
				one,
				undefined,
			]);
	});

	test('made by somebody else, broken, huge, with a header that takes long to read, or from the far future', async () => {
		const both = await filled(6);
		both.account.createFolder(NOTES);
		const uidValidity = String(both.account.folder('INBOX').uidValidity);
		const at = both.now();
		const all: ChangeNote = {
			...good,
			at,
			announced: [
				{
					id: 1,
					folder: 'INBOX',
					uidValidity,
					change: { kind: 'flags', uids: UidSet.parse('1:6'), mode: 'add', names: ['\\Seen'], labels: false },
				},
			],
			settled: [],
			came: [],
		};
		const internalDate = new Date(at);
		const put = (source: Buffer | string): void => void both.account.append(NOTES, source, { internalDate });
		const forged = await writeChangeNote(all, by('wrong'));
		put(forged);
		put(forged.subarray(0, forged.length / 2));
		put(Buffer.concat([forged, Buffer.alloc(3_000_000, 'x')]));
		put(`X-IMAP-Sync-Note: 1${' '.repeat(60_000)}x\r\n\r\n`);
		put(
			`X-IMAP-Sync-Note: 1\r\nMessage-ID: <${'@'.repeat(30_000)}\r\n\r\n-----BEGIN IMAP SYNC NOTE-----\r\n${'A\r\n'.repeat(10_000)}`,
		);
		put(await writeChangeNote({ ...all, at: at + 48 * 60 * MINUTE }, by('right')));
		put('');
		both.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
		const begun = process.cpuUsage();
		expect(await both.run()).toEqual(['messageUpdated INBOX/1 +\\Seen']);
		expect(process.cpuUsage(begun).user).toBeLessThan(5_000_000);
		// The very same with the right key is believed: the test is not about something else.
		put(await writeChangeNote(all, by('right')));
		both.account.setFlags('INBOX', [2], { add: ['\\Seen'] });
		expect(await both.run()).toEqual([]);
	});
});

/** What somebody does at some point of a worker's session, or between two. */
const happening = fc.record({
	what: fc.constantFrom('poll', 'poll', 'flag', 'flag', 'expunge', 'deliver', 'nothing', 'nothing', 'nothing'),
	uid: fc.integer({ min: 1, max: 8 }),
	flag: fc.constantFrom('\\Seen', '\\Flagged'),
	on: fc.boolean(),
});
const session = fc.record({
	what: fc.constantFrom('flag', 'flag', 'remove', 'move'),
	uids: fc.subarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1, maxLength: 4 }),
	flag: fc.constantFrom('\\Seen', '\\Flagged'),
	on: fc.boolean(),
	/** Which of its commands is not reached any more. */
	diesAt: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
	/** What happens before each of its commands. */
	meanwhile: fc.array(happening, { maxLength: 6 }),
	after: fc.array(happening, { maxLength: 3 }),
});
const seed = seedFrom('HISTORY_SEED');
const numRuns = histories(150);

test.each(kindsOfServer)(
	`whatever happens in between with %s, nothing that others did is lost, and what is known in the end is the account (seed ${seed})`,
	async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 6 }), (sessions) => play(sessions, kind)),
			{ seed, numRuns },
		);
	},
	60_000 + numRuns * 200,
);

type Session = typeof session extends fc.Arbitrary<infer T> ? T : never;
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

async function play(sessions: Session[], kind: FakeOptions): Promise<void> {
	const both = await filled(8, kind, {
		events: ['messageNew', 'messageUpdated', 'messageDeleted'],
		selection: { kind: 'chosen', folders: ['INBOX'] },
	});
	const { account } = both;
	const inbox = account.folder('INBOX');
	/** What the events say, as far as they say it. */
	const toldFlags = new Map<string, boolean>();
	const toldGone = new Set<number>();
	const toldNew = new Set<number>();
	/** Whose doing it may be: what the worker really did, and what others really did. */
	const byWorker = new Set<string>();
	const byOthers = new Set<string>();
	const delivered = new Set<number>();
	/** What the worker may have done without being able to say so. */
	const unsaid = new Set<string>();
	const poll = async (): Promise<void> => {
		for (const line of await both.run()) {
			const [, event, uid, changes] = /^(\w+) INBOX\/(\d+)(.*)$/.exec(line) ?? [];
			if (event === 'messageDeleted') toldGone.add(Number(uid));
			if (event === 'messageNew') toldNew.add(Number(uid));
			for (const [, sign, flag] of changes.matchAll(/ ([+-])(\S+)/g)) toldFlags.set(`${uid} ${flag}`, sign === '+');
		}
	};
	const has = (uid: number): boolean => inbox.messages.some((message) => message.uid === uid);
	const happen = async ({ what, uid, flag, on }: Happening): Promise<void> => {
		const before = inbox.messages.find((message) => message.uid === uid)?.flags.has(flag);
		if (what === 'poll') await poll();
		if (what === 'deliver') delivered.add(account.append('INBOX', mail(`d${inbox.uidNext}`)));
		if (what === 'flag' && before !== undefined && before !== on) {
			account.setFlags('INBOX', [uid], on ? { add: [flag] } : { remove: [flag] });
			byOthers.add(`${uid} ${flag}`);
		}
		if (what === 'expunge' && has(uid)) {
			account.expunge('INBOX', [uid]);
			byOthers.add(`${uid} gone`);
		}
	};
	for (const { what, uids, flag, on, diesAt, meanwhile, after } of sessions) {
		const there = uids.filter(has);
		let commands = 0;
		const acts = what === 'flag' ? there.map((uid) => `${uid} ${flag}`) : there.map((uid) => `${uid} gone`);
		if (there.length > 0) {
			const set = UidSet.of(there);
			let carriedOut = false;
			await both.work(
				async (writer) => {
					const folder = await writer.open('INBOX');
					if (what === 'flag') await folder.store(set, { mode: on ? 'add' : 'remove', flags: [flag] });
					if (what === 'remove') await folder.remove(set);
					if (what === 'move') await folder.move(set, 'Work');
				},
				{
					dies: diesAt !== undefined,
					before: async (command) => {
						commands++;
						const next = meanwhile[commands - 1];
						if (next) await happen(next);
						if (diesAt === commands) lost();
						if (/^(store|remove|move)/.test(command)) {
							carriedOut = true;
							for (const act of acts) byWorker.add(act);
						}
					},
				},
			);
			if (carriedOut && diesAt !== undefined) for (const act of acts) unsaid.add(act);
		}
		both.later(1);
		for (const next of after) await happen(next);
	}
	await poll();
	both.later(5);
	await poll();
	await poll();
	const state = decodeState(both.followed.stored)?.folders.INBOX;
	expect(state?.knownUids?.toArray()).toEqual(inbox.messages.map(({ uid }) => uid));
	for (const { uid, flags } of inbox.messages)
		expect([uid, flagsOf(state?.flags ?? noFlags, asUid(uid)).sort()]).toEqual([uid, [...flags].sort()]);
	for (let uid = 1; uid <= 8; uid++) {
		for (const flag of ['\\Seen', '\\Flagged']) {
			const pair = `${uid} ${flag}`;
			// Only what nobody but others touched can be held against the events.
			if (!byWorker.has(pair) && has(uid))
				expect([pair, toldFlags.get(pair) ?? false]).toEqual([
					pair,
					inbox.messages.find((message) => message.uid === uid)?.flags.has(flag),
				]);
			if (!byOthers.has(pair) && !unsaid.has(pair)) expect([pair, toldFlags.has(pair)]).toEqual([pair, false]);
		}
		if (!byWorker.has(`${uid} gone`)) expect([uid, toldGone.has(uid)]).toEqual([uid, !has(uid)]);
		if (!byOthers.has(`${uid} gone`) && !unsaid.has(`${uid} gone`)) expect([uid, toldGone.has(uid)]).toEqual([uid, false]);
	}
	expect([...toldNew].sort()).toEqual([...delivered].sort());
}
