import { changeMessages, type Changed, type ChangeTask } from '../../sync/changeMessages';
import { SyncError } from '../../sync/errors';
import { asUid } from '../../sync/uid';
import { UidSet } from '../../sync/uidSet';
import type { MailboxWriter, WritableFolder, WritingAbilities } from '../../sync/writing';

/** A writer that notes what it is asked and answers as told; what it is not made for fails. What real servers do: test/servers/actions. */
function scripted(
	present: UidSet,
	{ abilities = {}, fail }: { abilities?: Partial<WritingAbilities>; fail?: (command: string) => SyncError | undefined } = {},
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
		mustKeep: () => undefined,
		async existing(uids) {
			ask(`search ${uids}`);
			return uids.intersect(present);
		},
		async store(uids, { mode, flags }) {
			ask(`store ${mode} ${flags} ${uids}`);
			// As servers may: a row for the first message only.
			const first = uids.intersect(present).first;
			return first === undefined ? [] : [{ uid: first, flags }];
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
		abilities: { move: true, uidPlus: true, gmailLabels: false, quota: false, maxSetLength: 1000, ...abilities },
		async open(path: string) {
			ask(`open ${path}`);
			return folder(path);
		},
	} as unknown as MailboxWriter;
	return { writer, asked };
}

const tasks = (uids: number[], task: ChangeTask['task'], folder = 'A'): ChangeTask[] =>
	uids.map((uid) => ({ address: { folder, uid: asUid(uid) }, task }));

async function run(
	writer: MailboxWriter,
	list: ChangeTask[],
	stopped: () => boolean = () => false,
): Promise<Array<Changed | SyncError>> {
	const answers: Array<Changed | SyncError> = [];
	await changeMessages(writer, list, {
		stopped,
		tell: (place, outcome) => {
			if (answers[place] !== undefined) throw new Error(`task ${place} is told twice`);
			answers[place] = outcome;
		},
	});
	expect(Object.keys(answers)).toHaveLength(list.length);
	return answers;
}

const code = (outcome: Changed | SyncError): string => (outcome instanceof SyncError ? outcome.code : 'done');
const lost = new SyncError('outcomeUnknown', 'the connection was lost', 'x');

it('asks only for what no row came of', async () => {
	const { writer, asked } = scripted(UidSet.parse('1:3'));
	const answers = await run(writer, tasks([1, 2, 4], { kind: 'flags', mode: 'add', flags: ['\\Seen'] }));
	expect(asked).toEqual(['open A', 'store add \\Seen 1:2,4', 'search 2,4']);
	expect(answers.map(code)).toEqual(['done', 'done', 'messageNotFound']);
});

it('cuts a long set, and after a lost connection tries no more of the folder but the next one', async () => {
	const { writer, asked } = scripted(UidSet.parse('1:9'), {
		abilities: { maxSetLength: 3 },
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
	expect(answers[4]).toMatchObject({ message: 'Not tried, because of what came before: the connection was lost' });
	expect(asked.filter((command) => command.startsWith('open'))).toEqual(['open A', 'open B']);
});

it('goes on with the next set after one was refused', async () => {
	const refused = new SyncError('folderFull', 'no room', 'x');
	const { writer } = scripted(UidSet.parse('1:9'), {
		abilities: { maxSetLength: 1 },
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
		stopped: () => false,
		tell: (place, outcome) => order.push(`${place} ${code(outcome)}`),
	});
	expect(order).toEqual(['1 done', '2 done', '0 messageNotFound']);
});

it('stops between two commands', async () => {
	const { writer, asked } = scripted(UidSet.parse('1:9'), { abilities: { maxSetLength: 1 } });
	const answers = await run(writer, tasks([1, 3, 5], { kind: 'flags', mode: 'set', flags: [] }), () =>
		asked.some((command) => command.startsWith('store')),
	);
	expect(answers.map(code)).toEqual(['done', 'runStopped', 'runStopped']);
});

it('does not ask a server that is out for every folder', async () => {
	const out = new SyncError('connectionRefused', 'refused', 'x');
	const { writer, asked } = scripted(UidSet.empty, { fail: () => out });
	const answers = await run(
		writer,
		['A', 'B', 'C'].flatMap((folder) => tasks([1], { kind: 'look' }, folder)),
	);
	expect(answers.map(code)).toEqual(['connectionRefused', 'connectionRefused', 'connectionRefused']);
	expect(asked).toEqual(['open A']);
});

it('says of copied messages that could not be removed that they are in both folders', async () => {
	const refused = new SyncError('folderForbidden', 'no right to remove', 'x');
	const { writer, asked } = scripted(UidSet.parse('1:2'), {
		abilities: { move: false },
		fail: (command) => (command.startsWith('remove') ? refused : undefined),
	});
	const answers = await run(writer, tasks([1, 2], { kind: 'move', to: 'B' }));
	expect(asked).toEqual(['open A', 'search 1:2', 'copy 1:2 B', 'remove 1:2']);
	expect(answers[0]).toMatchObject({
		code: 'commandRefused',
		message: 'The message was copied to "B", but removing it from "A" failed: no right to remove',
	});
});

it.each([
	[{ kind: 'move', to: 'B' } as const, { move: false, uidPlus: false }],
	[{ kind: 'remove' } as const, { uidPlus: false }],
])('refuses %j where it would need a plain EXPUNGE', async (task, abilities) => {
	const { writer, asked } = scripted(UidSet.parse('1:2'), { abilities });
	expect((await run(writer, tasks([1], task))).map(code)).toEqual(['notOffered']);
	expect(asked).toEqual(['open A']);
});

it('lets through what is no SyncError: a defect must not look like a result', async () => {
	const { writer } = scripted(UidSet.parse('1'));
	await expect(
		changeMessages(writer, tasks([1], { kind: 'look' }), {
			stopped: () => false,
			tell: () => {
				throw new TypeError('defect');
			},
		}),
	).rejects.toThrow('defect');
});
