import { changeMessages, type Changed, type ChangeTask } from '../../../sync/changing/changeMessages';
import type { StopSignal } from '../../../sync/errors/stopSignal';
import { SyncError } from '../../../sync/errors/syncError';
import { asUid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import type { FlagChange, MailboxWriter, WritableFolder, WritingCapabilities } from '../../../sync/changing/writing';

/** A writer that notes what it is asked and answers as told; what it is not made for fails. What real servers do: test/servers/actions. */
function scripted(
	present: UidSet,
	{
		capabilities = {},
		fail,
	}: { capabilities?: Partial<WritingCapabilities>; fail?: (command: string) => SyncError | undefined } = {},
) {
	const asked: string[] = [];
	const ask = (command: string): void => {
		asked.push(command);
		const error = fail?.(command);
		if (error) throw error;
	};
	const folder = (path: string): WritableFolder => ({
		path,
		uidValidity: '1',
		readOnly: false,
		changesNothing: false,
		assertStorable: () => undefined,
		assertExpungeable: () => undefined,
		async existing(uids) {
			ask(`search ${uids}`);
			return uids.intersect(present);
		},
		async store(uids, { mode, flags }) {
			ask(`store ${mode} ${flags} ${uids}`);
			// As servers may: a row for the first message only.
			const first = uids.intersect(present).first;
			return first === undefined ? [] : [{ uid: first, flags: mode === 'remove' ? [] : flags }];
		},
		async storeLabels(uids) {
			ask(`labels ${uids}`);
		},
		async copy(uids, to) {
			ask(`copy ${uids} ${to}`);
			return { uidValidity: '9', uids: new Map([...uids].map((uid) => [uid, asUid(uid + 100)])) };
		},
		async move(uids, to) {
			ask(`move ${uids} ${to}`);
			return { uids: new Map() };
		},
		async remove(uids) {
			ask(`remove ${uids}`);
		},
	});
	const writer = {
		capabilities: { move: true, uidPlus: true, gmailLabels: false, quota: false, maxSetLength: 1000, ...capabilities },
		async open(path: string) {
			ask(`open ${path}`);
			return folder(path);
		},
	} as unknown as MailboxWriter;
	return { writer, asked };
}

const tasks = (uids: number[], task: ChangeTask['task'], folder = 'A'): ChangeTask[] =>
	uids.map((uid) => ({ address: { folder, uid: asUid(uid) }, task }));

async function run(writer: MailboxWriter, list: ChangeTask[], signal?: StopSignal): Promise<Array<Changed | SyncError>> {
	const answers: Array<Changed | SyncError> = [];
	await changeMessages(writer, list, {
		signal,
		onResult: (place, outcome) => {
			if (answers[place] !== undefined) throw new Error(`task ${place} is told twice`);
			answers[place] = outcome;
		},
	});
	expect(Object.keys(answers)).toHaveLength(list.length);
	return answers;
}

const code = (outcome: Changed | SyncError): string => (outcome instanceof SyncError ? outcome.code : 'done');
const lost = new SyncError('outcomeUnknown', { reason: 'answerLost', check: { kind: 'harmless' } });

it('asks only for what no row came of', async () => {
	const { writer, asked } = scripted(UidSet.parse('1:3'));
	const answers = await run(writer, tasks([1, 2, 4], { kind: 'flags', mode: 'add', flags: ['\\Seen'] }));
	expect(asked).toEqual(['open A', 'store add \\Seen 1:2,4', 'search 2,4']);
	expect(answers.map(code)).toEqual(['done', 'done', 'messageNotFound']);
});

it('cuts a long set, and after a lost connection tries no more of the folder but the next one', async () => {
	const { writer, asked } = scripted(UidSet.parse('1:9'), {
		capabilities: { maxSetLength: 3 },
		fail: (command) => (command.startsWith('store add \\Seen 5') ? lost : undefined),
	});
	const seen: ChangeTask['task'] = { kind: 'flags', mode: 'add', flags: ['\\Seen'] };
	const answers = await run(writer, [...tasks([1, 3, 5, 7, 9], seen), ...tasks([2], { kind: 'look' }), ...tasks([1], seen, 'B')]);
	expect(answers.map(code)).toEqual([
		'done',
		'done',
		'outcomeUnknown',
		'outcomeUnknown',
		'connectionLost',
		'connectionLost',
		'done',
	]);
	expect(answers[4]).toMatchObject({ consequence: { kind: 'notTried' }, cause: lost });
	expect(asked.filter((command) => command.startsWith('open'))).toEqual(['open A', 'open B']);
});

it('changes at most ten thousand messages by one command, however short their range is', async () => {
	const all = Array.from({ length: 25_000 }, (_, i) => i + 1);
	const { writer, asked } = scripted(UidSet.parse('1:25000'));
	const answers = await run(writer, tasks(all, { kind: 'copy', to: 'B' }));
	expect(asked.filter((command) => command.startsWith('copy'))).toEqual([
		'copy 1:10000 B',
		'copy 10001:20000 B',
		'copy 20001:25000 B',
	]);
	expect(new Set(answers.map(code))).toEqual(new Set(['done']));
});

it('goes on with the next set after one was refused', async () => {
	const refused = new SyncError('folderFull', { folder: 'A', target: 'B', host: 'mail.example.com:993' });
	const { writer } = scripted(UidSet.parse('1:9'), {
		capabilities: { maxSetLength: 1 },
		fail: (command) => (command === 'copy 1 B' ? refused : undefined),
	});
	const answers = await run(writer, tasks([1, 3], { kind: 'copy', to: 'B' }));
	expect(answers.map(code)).toEqual(['folderFull', 'done']);
	expect(answers[1]).toMatchObject({
		address: { folder: 'A', uid: 3, uidValidity: '1' },
		target: { folder: 'B', uid: 103, uidValidity: '9' },
	});
});

it('tells all that one command did before what it did not', async () => {
	const { writer } = scripted(UidSet.parse('2:3'));
	const order: string[] = [];
	await changeMessages(writer, tasks([1, 2, 3], { kind: 'flags', mode: 'remove', flags: ['x'] }), {
		onResult: (place, outcome) => order.push(`${place} ${code(outcome)}`),
	});
	expect(order).toEqual(['1 done', '2 done', '0 messageNotFound']);
});

it('stops between two commands', async () => {
	const { writer, asked } = scripted(UidSet.parse('1:9'), { capabilities: { maxSetLength: 1 } });
	const afterTheFirst = {
		get aborted() {
			return asked.some((command) => command.startsWith('store'));
		},
	};
	const answers = await run(writer, tasks([1, 3, 5], { kind: 'flags', mode: 'set', flags: [] }), afterTheFirst);
	expect(answers.map(code)).toEqual(['done', 'runStopped', 'runStopped']);
});

it('does not ask a server that is out for every folder', async () => {
	const out = new SyncError('connectionRefused', { reason: 'refused', host: 'mail.example.com:993', viaProxy: false });
	const { writer, asked } = scripted(UidSet.empty, { fail: () => out });
	const answers = await run(
		writer,
		['A', 'B', 'C'].flatMap((folder) => tasks([1], { kind: 'look' }, folder)),
	);
	expect(answers.map(code)).toEqual(['connectionRefused', 'connectionRefused', 'connectionRefused']);
	expect(asked).toEqual(['open A']);
});

it('says of copied messages that could not be removed that they are in both folders', async () => {
	const refused = new SyncError('folderForbidden', { reason: 'change', folder: 'A', host: 'mail.example.com:993' });
	const { writer, asked } = scripted(UidSet.parse('1:2'), {
		capabilities: { move: false },
		fail: (command) => (command.startsWith('remove') ? refused : undefined),
	});
	const answers = await run(writer, tasks([1, 2], { kind: 'move', to: 'B' }));
	expect(asked).toEqual(['open A', 'search 1:2', 'copy 1:2 B', 'remove 1:2']);
	expect(answers[0]).toMatchObject({
		code: 'commandRefused',
		consequence: { kind: 'copiedNotRemoved', folder: 'A', target: 'B' },
		cause: refused,
	});
});

it.each([
	[{ kind: 'move', to: 'B' } as const, { move: false, uidPlus: false }],
	[{ kind: 'remove' } as const, { uidPlus: false }],
])('refuses %j where it would need a plain EXPUNGE', async (task, capabilities) => {
	const { writer, asked } = scripted(UidSet.parse('1:2'), { capabilities });
	expect((await run(writer, tasks([1], task))).map(code)).toEqual(['notOffered']);
	expect(asked).toEqual(['open A']);
});

it('lets through what is no SyncError: a defect must not look like a result', async () => {
	const { writer } = scripted(UidSet.parse('1'));
	await expect(
		changeMessages(writer, tasks([1], { kind: 'look' }), {
			onResult: () => {
				throw new TypeError('defect');
			},
		}),
	).rejects.toThrow('defect');
});

describe('a server that agrees and does not do it', () => {
	const answering = (...flags: string[]): MailboxWriter => {
		const { writer } = scripted(UidSet.parse('1:2'));
		const open = writer.open.bind(writer);
		return {
			...writer,
			open: async (path: string) => ({ ...(await open(path)), store: async () => [{ uid: asUid(1), flags }] }),
		} as MailboxWriter;
	};

	test.each<[FlagChange['mode'], string[], string[], string]>([
		['add', ['\\Seen', 'todo'], ['\\Seen'], 'folderForbidden'],
		['add', ['\\Seen', 'ToDo'], ['\\seen', 'todo', 'more'], 'done'],
		['remove', ['\\Seen'], ['\\Seen'], 'folderForbidden'],
		['remove', ['\\Seen'], ['\\Flagged'], 'done'],
		['set', ['\\Seen'], ['\\Seen', '\\Flagged'], 'folderForbidden'],
		['set', ['\\Seen'], [], 'folderForbidden'],
		['set', ['\\Seen'], ['\\Seen', '$HasAttachment'], 'done'],
	])('%s %j, and then the message has %j: %s', async (mode, flags, now, expected) => {
		const answers = await run(answering(...now), tasks([1, 2], { kind: 'flags', mode, flags }));
		expect(answers.map(code)).toEqual([expected, 'done']);
		if (answers[0] instanceof SyncError)
			expect(answers[0].data).toMatchObject({
				reason: 'flagNotStored',
				folder: 'A',
				flag: expect.stringMatching(/Seen|Flagged|todo/),
			});
	});
});

describe('a folder that messages go to and that is not there', () => {
	const missing = (path: string): SyncError => new SyncError('folderNotFound', { reason: 'gone', folder: path });
	const made = (refusal?: SyncError) => {
		const there = new Set<string>();
		const scriptedWriter = scripted(UidSet.parse('1:9'), {
			fail: (command) => (/^(copy|move) \S+ T$/.test(command) && !there.has('T') ? missing('T') : undefined),
		});
		const createFolder = async (path: string): Promise<boolean> => {
			scriptedWriter.asked.push(`create ${path}`);
			if (refusal) throw refusal;
			there.add(path);
			return true;
		};
		return { asked: scriptedWriter.asked, there, writer: { ...scriptedWriter.writer, createFolder } as unknown as MailboxWriter };
	};
	const to = (kind: 'move' | 'copy', mayCreate: boolean): ChangeTask['task'] => ({ kind, to: 'T', mayCreate });

	it('is made once for all, where that is wanted', async () => {
		for (const kind of ['move', 'copy'] as const) {
			const { writer, asked } = made();
			const answers = await run(writer, [...tasks([1, 3], to(kind, true)), ...tasks([2], to(kind, true), 'B')]);
			expect(answers.map(code)).toEqual(['done', 'done', 'done']);
			expect(asked.filter((command) => /^(copy|move|create)/.test(command))).toEqual([
				`${kind} 1,3 T`,
				'create T',
				`${kind} 1,3 T`,
				`${kind} 2 T`,
			]);
			const other = made();
			expect((await run(other.writer, tasks([1], to(kind, false)))).map(code)).toEqual(['folderNotFound']);
			expect(other.asked).not.toContain('create T');
		}
	});

	it('is asked for once where it may not be made', async () => {
		const { writer, asked } = made(
			new SyncError('folderForbidden', { reason: 'change', folder: 'A', host: 'mail.example.com:993' }),
		);
		const answers = await run(writer, [...tasks([1], to('move', true)), ...tasks([2], to('move', true), 'B')]);
		expect(answers.map(code)).toEqual(['folderForbidden', 'folderForbidden']);
		expect(asked.filter((command) => command.startsWith('create'))).toEqual(['create T']);
	});

	it('is not made again when somebody deletes it meanwhile', async () => {
		const { writer, asked, there } = made();
		const list = [...tasks([1], to('move', true)), ...tasks([2], to('move', true), 'B')];
		const answers: Array<Changed | SyncError> = [];
		await changeMessages(writer, list, {
			onResult: (place, outcome) => {
				answers[place] = outcome;
				there.clear();
			},
		});
		expect(answers.map(code)).toEqual(['done', 'folderNotFound']);
		expect(asked.filter((command) => command.startsWith('create'))).toEqual(['create T']);
	});
});
