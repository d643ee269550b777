import {
	pendingUids,
	renumbered,
	uidsToday,
	unacknowledgedUids,
	withoutMessages,
	type FolderState,
} from '../../../sync/folder/folderState';
import { asUid } from '../../../sync/uids/uid';
import { folderState, inText, uids, whatChanged, type FolderStateText } from '../../support/folderState';

/** A state that names every message of the folder wherever a message can be named. */
const everywhere = (): FolderState =>
	folderState({
		knownUids: '1:6',
		flags: { '\\Seen': '1:6', work: '2' },
		matching: '1:6',
		ignored: '1:6',
		newUids: '1:6',
		backfill: '1:6',
		moveCandidates: '1:6',
		failed: [1, 2, 3],
		fingerprints: { 1: 'one', 2: 'two', 3: 'three' },
		tombstones: [[2, 'two']],
		unacknowledged: { ack: 'seen', groups: [[1, 60_000, '1:6']] },
		reused: ['2'],
	});

describe('pendingUids', () => {
	test.each<[string, FolderStateText, string]>([
		['nothing waits in a folder at rest', { knownUids: '1:6' }, ''],
		['new messages', { newUids: '5:6' }, '5:6'],
		['older messages', { backfill: '1:2' }, '1:2'],
		['messages that failed', { failed: [3] }, '3'],
		['all of them together', { newUids: '6', backfill: '1', failed: [3] }, '1,3,6'],
		[
			'not one that failed when it was delivered once more',
			{ failed: [3, 4], unacknowledged: { ack: 'seen', groups: [[2, 60_000, '3']] } },
			'4',
		],
		['not one that only waits for its acknowledgement', { unacknowledged: { ack: 'seen', groups: [[1, 60_000, '3']] } }, ''],
		['not one that left', { tombstones: [[2, 'two']] }, ''],
	])('%s', (_name, state, expected) => {
		expect(pendingUids(folderState(state)).toString()).toBe(expected);
	});
});

describe('withoutMessages', () => {
	test.each<[string, string, unknown]>([
		['knownUids', 'knownUids', '1,3:6'],
		['flags, and a flag that nobody carries any more', 'flags', { '\\Seen': '1,3:6' }],
		['matching', 'matching', '1,3:6'],
		['ignored', 'ignored', '1,3:6'],
		['newUids', 'newUids', '1,3:6'],
		['backfill', 'backfill', '1,3:6'],
		['moveCandidates', 'moveCandidates', '1,3:6'],
		['failed', 'failed', [1, 3].map((uid) => ({ uid, attempts: 1, retryAt: 0, reason: 'broken' }))],
		['fingerprints', 'fingerprints', { byUid: { 1: 'one', 3: 'three' }, from: 1, youngest: 0 }],
	])('takes a message out of %s', (_name, field, expected) => {
		expect(whatChanged(everywhere(), withoutMessages(everywhere(), uids('2')))[field]).toEqual(expected);
	});

	test.each(['unacknowledged', 'tombstones', 'reused', 'uidNext', 'exists', 'highestModseq'])('leaves %s alone', (field) => {
		expect(whatChanged(everywhere(), withoutMessages(everywhere(), uids('2')))).not.toHaveProperty(field);
	});

	test('is the same state where nothing is taken out', () => {
		const state = everywhere();
		expect(withoutMessages(state, uids(''))).toBe(state);
	});

	test('keeps absent what is not followed', () => {
		const state = withoutMessages(folderState({ newUids: '2' }), uids('2'));
		expect([state.knownUids, state.flags, state.matching, state.ignored, state.fingerprints]).toEqual(Array(5).fill(undefined));
	});
});

describe('renumbered', () => {
	const today = new Map([
		[asUid(1), asUid(11)],
		[asUid(3), asUid(12)],
	]);

	test.each<[string, FolderStateText, unknown]>([
		['the known messages', { knownUids: '1:3' }, { knownUids: '11:12' }],
		['the matching messages', { matching: '2:3' }, { matching: '12' }],
		['the flags', { flags: { '\\Seen': '1:2' } }, { flags: { '\\Seen': '11' } }],
		['a flag of messages that are not known again is dropped', { flags: { work: '2' } }, { flags: {} }],
		[
			'what waits for its acknowledgement',
			{ unacknowledged: { ack: 'seen', groups: [[2, 60_000, '1:3']] } },
			{ unacknowledged: { ack: 'seen', groups: [{ attempts: 2, ackDeadline: 60_000, uids: '11:12' }] } },
		],
		[
			'a group of messages that are not known again is dropped',
			{ unacknowledged: { ack: 'seen', groups: [[2, 60_000, '2']] } },
			{ unacknowledged: { ack: 'seen', groups: [] } },
		],
		['nothing else is said', { newUids: '1', backfill: '3', failed: [1], ignored: '1' }, {}],
	])('%s', (_name, state, expected) => {
		expect(inText(renumbered(folderState(state), today))).toEqual(expected);
	});

	test('uidsToday drops what has no UID today', () => {
		expect(uidsToday(uids('1:4'), today).toString()).toBe('11:12');
	});
});

test('unacknowledgedUids puts all groups together', () => {
	const { unacknowledged } = folderState({
		unacknowledged: {
			ack: 'seen',
			groups: [
				[1, 60_000, '1'],
				[2, 60_000, '4:5'],
			],
		},
	});
	expect(unacknowledgedUids(unacknowledged).toString()).toBe('1,4:5');
	expect(unacknowledgedUids(undefined).isEmpty).toBe(true);
});
