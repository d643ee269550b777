import type { FlagUpdate } from '../../../sync/folder/diff';
import type { Observation } from '../../../sync/folder/observation';
import { nothingPending, type PendingEvents } from '../../../sync/folder/transition';
import {
	ackFlag,
	ackFlagNotKept,
	ackName,
	acknowledgedIn,
	acknowledgementMissing,
	applyAcknowledgements,
	attemptsOf,
	isAcknowledged,
	mustProbeAckFlag,
	notAcknowledged,
	uidsToRedeliver,
	withDelivered,
	withoutUnacknowledged,
} from '../../../sync/folder/unacknowledged';
import { readFailureReason } from '../../../sync/errors/failureReason';
import type { Acknowledge } from '../../../sync/settings/acknowledge';
import { asUid } from '../../../sync/uids/uid';
import { flagSets, folderState, inText, uids, whatChanged, type FolderStateText } from '../../support/folderState';

const MINUTE = 60_000;
const by = (kind: Acknowledge['by'], more: Partial<Acknowledge> = {}): Acknowledge => ({
	by: kind,
	keyword: 'done',
	redeliverAfter: 60 * MINUTE,
	maxAttempts: 3,
	...more,
});
type Groups = Array<[attempts: number, ackDeadline: number, uids: string]>;
const waiting = (groups: Groups, ack = 'keyword done') => folderState({ unacknowledged: { ack, groups } }).unacknowledged!;
const groupsOf = (state: { groups: unknown } | undefined): unknown =>
	(inText(state?.groups ?? []) as Array<Record<string, unknown>>).map((one) => [one.attempts, one.ackDeadline, one.uids]);

describe('the mark', () => {
	test.each<[Acknowledge['by'], string, string | undefined]>([
		['keyword', 'keyword done', 'done'],
		['seen', 'seen', '\\Seen'],
		['leavesFolder', 'leavesFolder', undefined],
	])('%s is called "%s" in the state and is the flag %s', (kind, name, flag) => {
		expect([ackName(by(kind)), ackFlag(by(kind))]).toEqual([name, flag]);
	});

	test.each<[string, string[], Acknowledge, boolean]>([
		['is there', ['work', 'done'], by('keyword'), true],
		['is there in other letters', ['DONE'], by('keyword'), true],
		['is not there', ['\\Seen'], by('keyword'), false],
		['is \\Seen', ['\\seen'], by('seen'), true],
		['is no flag where messages have to leave', ['\\Seen', 'done'], by('leavesFolder'), false],
	])('%s', (_name, flags, acknowledge, expected) => {
		expect(isAcknowledged(flags, acknowledge)).toBe(expected);
	});

	test('is found in sets, in whatever letters', () => {
		expect(acknowledgedIn(flagSets({ done: '1', DONE: '3', '\\Seen': '2' }), by('keyword')).toString()).toBe('1,3');
	});

	test.each<[string, FolderStateText | undefined, Acknowledge | undefined, boolean]>([
		['where nothing is acknowledged', {}, undefined, false],
		['where messages have to leave', {}, by('leavesFolder'), false],
		['in a folder that is not known', undefined, by('keyword'), true],
		['in a folder where nothing waited', {}, by('keyword'), true],
		['that was asked about', { unacknowledged: { ack: 'keyword done', groups: [] } }, by('keyword'), false],
		['where another one was asked about', { unacknowledged: { ack: 'seen', groups: [] } }, by('keyword'), true],
	])('has to be asked about %s', (_name, state, acknowledge, expected) => {
		expect(mustProbeAckFlag(state && folderState(state), acknowledge)).toBe(expected);
	});
});

describe('the groups', () => {
	const groups: Groups = [
		[1, 100, '1:2'],
		[2, 200, '3'],
	];

	test('a deadline that a clock set which was ahead has come', () => {
		const far: Groups = [[1, 100_000_000, '4']];
		expect(uidsToRedeliver(waiting(far), 99, { redeliverAfter: 100 }).toString()).toBe('4');
	});

	test.each<[number, string]>([
		[99, ''],
		[100, '1:2'],
		[200, '1:3'],
	])('at %d these are due: "%s"', (now, due) => {
		expect(uidsToRedeliver(waiting(groups), now, { redeliverAfter: 100 }).toString()).toBe(due);
	});

	test.each<[number, number]>([
		[1, 1],
		[3, 2],
		[4, 0],
	])('message %d was handed over %d times', (uid, attempts) => {
		expect(attemptsOf(waiting(groups), asUid(uid))).toBe(attempts);
	});

	test.each<[string, string, Groups]>([
		[
			'one message is no longer waited for',
			'1',
			[
				[1, 100, '2'],
				[2, 200, '3'],
			],
		],
		['a group of which none is left goes', '3', [[1, 100, '1:2']]],
		['nothing goes', '', groups],
	])('%s', (_name, gone, expected) => {
		expect(groupsOf(withoutUnacknowledged(waiting(groups), uids(gone)))).toEqual(expected);
	});

	test.each<[string, Groups, number, number, number, Groups]>([
		['the first hand-over', [], 5, 0, 60 * MINUTE, [[1, 60 * MINUTE, '5']]],
		['in the same step: one group', [[1, 65 * MINUTE, '4']], 5, 3 * MINUTE, 60 * MINUTE, [[1, 65 * MINUTE, '4:5']]],
		[
			'in the next step: another group',
			[[1, 65 * MINUTE, '4']],
			5,
			6 * MINUTE,
			60 * MINUTE,
			[
				[1, 65 * MINUTE, '4'],
				[1, 70 * MINUTE, '5'],
			],
		],
		[
			'one more hand-over counts',
			[[1, 65 * MINUTE, '4:5']],
			5,
			65 * MINUTE,
			60 * MINUTE,
			[
				[1, 65 * MINUTE, '4'],
				[2, 125 * MINUTE, '5'],
			],
		],
		['a short time is rounded to the minute', [], 5, 1, 5 * MINUTE, [[1, 6 * MINUTE, '5']]],
	])('after %s', (_name, before, uid, now, redeliverAfter, expected) => {
		const after = withDelivered(waiting(before), asUid(uid), by('keyword', { redeliverAfter }), now);
		expect(groupsOf(after)).toEqual(expected);
	});
});

interface Given {
	acknowledge?: Acknowledge;
	before?: FolderStateText;
	state?: FolderStateText;
	updates?: FlagUpdate[];
	deletions?: string;
	pending?: Partial<PendingEvents>;
	rows?: Array<{ uid: number; flags: string[] }>;
	flags?: Record<string, string>;
	vanished?: string;
}

const change = (uid: number, more: Partial<FlagUpdate>): FlagUpdate => ({
	uid: asUid(uid),
	flags: [],
	added: [],
	removed: [],
	labelsAdded: [],
	labelsRemoved: [],
	...more,
});

function applied({ acknowledge = by('keyword'), before = {}, state, updates = [], deletions = '', pending, ...seen }: Given) {
	const known = folderState({ unacknowledged: { ack: ackName(acknowledge), groups: [[1, 0, '1:3']] }, flags: {}, ...before });
	const then = state ? folderState({ flags: {}, ...state }) : known;
	const observation: Observation = {
		appeared: uids(''),
		vanished: uids(seen.vanished ?? ''),
		rows: (seen.rows ?? []).map((row) => ({ ...row, uid: asUid(row.uid) })),
		flags: seen.flags && flagSets(seen.flags),
	};
	const transition = { state: then, pending: { ...nothingPending, updates, deletions: uids(deletions), ...pending } };
	const after = applyAcknowledgements(known, transition, observation, acknowledge);
	return {
		waits: groupsOf(after.state.unacknowledged),
		updates: after.pending.updates.map(({ uid, added, removed }) => [uid, added, removed]),
		deletions: after.pending.deletions.toString(),
		state: after.state,
	};
}

describe('the waiting ends', () => {
	test.each<[string, Given, string]>([
		['not by itself', {}, '1:3'],
		['by a row with the mark', { rows: [{ uid: 2, flags: ['done'] }] }, '1,3'],
		['not by a row with another flag', { rows: [{ uid: 2, flags: ['\\Seen'] }] }, '1:3'],
		['by sets that hold the mark', { flags: { done: '1:2' } }, '3'],
		['by leaving', { vanished: '3' }, '1:2'],
		['by leaving, whatever the mark is', { acknowledge: by('leavesFolder'), vanished: '3' }, '1:2'],
		[
			'not before it is told that the message stopped to match',
			{ rows: [{ uid: 2, flags: ['done'] }], pending: { unmatched: uids('2') } },
			'1:3',
		],
	])('%s', (_name, given, left) => {
		expect(applied(given).waits).toEqual([[1, 0, left]]);
	});
});

describe('the acknowledgement itself is no event', () => {
	test.each<[string, Given, Array<[number, string[], string[]]>]>([
		['the keyword that comes', { updates: [change(2, { added: ['done'] })] }, []],
		['the keyword that goes', { updates: [change(2, { removed: ['Done'] })] }, []],
		['the keyword of a message that does not wait', { updates: [change(9, { added: ['done'] })] }, []],
		['what else changed is told', { updates: [change(2, { added: ['done', 'work'] })] }, [[2, ['work'], []]]],
		['\\Seen of a message that waits', { acknowledge: by('seen'), updates: [change(2, { added: ['\\Seen'] })] }, []],
		[
			'\\Seen of one that does not is told',
			{ acknowledge: by('seen'), updates: [change(9, { added: ['\\Seen'] })] },
			[[9, ['\\Seen'], []]],
		],
		[
			'\\Seen that goes is told',
			{ acknowledge: by('seen'), updates: [change(2, { removed: ['\\Seen'] })] },
			[[2, [], ['\\Seen']]],
		],
		[
			'any flag, where messages have to leave',
			{ acknowledge: by('leavesFolder'), updates: [change(2, { added: ['done'] })] },
			[[2, ['done'], []]],
		],
	])('%s', (_name, given, updates) => {
		expect(applied(given).updates).toEqual(updates);
	});

	test.each<[string, Acknowledge['by'], string]>([
		['where messages have to leave', 'leavesFolder', '9'],
		['but where another mark is waited for', 'keyword', '2,9'],
	])('a message that waits and leaves, %s', (_name, kind, deletions) => {
		expect(applied({ acknowledge: by(kind), deletions: '2,9', vanished: '2,9' }).deletions).toBe(deletions);
	});

	test.each<[string, Acknowledge['by'], object[]]>([
		['where messages have to leave', 'leavesFolder', [{ uid: 2, silent: true }, { uid: 9 }]],
		['but where another mark is waited for', 'seen', [{ uid: 2 }, { uid: 9 }]],
	])('nor is one that waits and turns up elsewhere, %s', (_name, kind, expected) => {
		const tombstones: FolderStateText['tombstones'] = [
			[2, 'two'],
			[9, 'nine'],
		];
		const { state } = applied({ acknowledge: by(kind), state: { tombstones } });
		expect(state.tombstones.map(({ uid, silent }) => (silent ? { uid, silent } : { uid }))).toEqual(expected);
	});
});

test('with another mark than before what waited waits for that one', () => {
	const { state } = applied({
		acknowledge: by('seen'),
		before: { unacknowledged: { ack: 'keyword done', groups: [[1, 0, '1:3']] } },
	});
	expect(inText(state.unacknowledged)).toEqual({ ack: 'seen', groups: [{ attempts: 1, ackDeadline: 0, uids: '1:3' }] });
});

test('without acknowledgement nothing waits, and nothing else is another', () => {
	const before = folderState({ unacknowledged: { ack: 'seen', groups: [[1, 0, '1']] }, knownUids: '1:6' });
	const observation: Observation = { appeared: uids(''), vanished: uids(''), rows: [] };
	const { state } = applyAcknowledgements(before, { state: before, pending: nothingPending }, observation, undefined);
	expect(whatChanged(before, state)).toEqual({ unacknowledged: null });
});

test.each<[Acknowledge['by'], object]>([
	['keyword', { reason: 'keyword', folder: 'INBOX', keyword: 'done' }],
	['seen', { reason: 'seen', folder: 'INBOX' }],
])('where %s cannot be kept the error says so', (kind, data) => {
	expect(ackFlagNotKept('INBOX', by(kind))).toMatchObject({ code: 'markNotKept', data });
});

test.each<[Acknowledge['by'], number]>([
	['keyword', 1],
	['seen', 3],
	['leavesFolder', 2],
])('a message not acknowledged by %s says how often it was delivered', (kind, attempts) => {
	const reason = readFailureReason(notAcknowledged(by(kind), attempts));
	expect(reason).toMatchObject({ code: 'acknowledgementMissing', data: { reason: 'message', by: kind, minutes: 60, attempts } });
});

test.each<['heldBack' | 'givenUp']>([['heldBack'], ['givenUp']])('what is missing where messages are %s', (reason) => {
	const data = { reason, folder: 'INBOX', count: 7 };
	expect(acknowledgementMissing('INBOX', reason, 7)).toMatchObject({ code: 'acknowledgementMissing', data });
});
