import { commit, failedAndDue, failedNotDue } from '../../../sync/folder/commit';
import { fingerprintOf } from '../../../sync/folder/fingerprint';
import type { SyncNeeds } from '../../../sync/folder/syncNeeds';
import { nothingDelivered, nothingPending, type DeliveryResult, type PendingEvents } from '../../../sync/folder/transition';
import type { FolderSnapshot } from '../../../sync/server/folderSnapshot';
import type { MessageFlags, MessageSummary } from '../../../sync/server/message';
import { asUid } from '../../../sync/uids/uid';
import { folderState, uids, whatChanged, type FolderStateText } from '../../support/folderState';

const snapshot: FolderSnapshot = {
	path: 'INBOX',
	uidValidity: '17',
	uidNext: 9,
	exists: 8,
	highestModseq: '60',
	keywords: [],
	qresyncAnswered: false,
};
const needs: SyncNeeds = { newMessages: true, updates: true, deletions: true, moves: false, filter: false };

const row = (text: string): MessageFlags => {
	const [uid, ...flags] = text.split(' ');
	return { uid: asUid(Number(uid)), flags };
};
const update = (text: string) => ({ ...row(text), added: [], removed: [], labelsAdded: [], labelsRemoved: [] });
const failure = (uid: number, attempts = 1, retryAt = 0) => ({ uid: asUid(uid), attempts, retryAt, reason: 'broken' });
const message = (uid: number): MessageSummary => ({ uid: asUid(uid), flags: [], size: 100, messageId: `<${uid}@example.com>` });
const changes = [update('2 \\Seen'), update('3 \\Seen')];

/** What of the state is another after this was done. */
function committed(
	state: FolderStateText,
	done: Partial<DeliveryResult>,
	pending: Partial<PendingEvents> = {},
	wanted: Partial<SyncNeeds> = {},
): Record<string, unknown> {
	const before = folderState({ unfinished: true, fingerprints: {}, ...state });
	const transition = { state: before, pending: { ...nothingPending, ...pending } };
	return whatChanged(before, commit(transition, snapshot, { ...nothingDelivered, ...done }, { ...needs, ...wanted }));
}

/** The cursor is at the opening, and the folder need not be looked at for its own sake. */
const moved = { exists: 8, highestModseq: '60', unfinished: false };

describe('the cursor', () => {
	test.each<[string, Partial<PendingEvents>, Partial<DeliveryResult>, boolean]>([
		['moves where nothing was pending', {}, {}, true],
		['moves when all updates went out', { updates: changes }, { updated: changes }, true],
		['stays when an update did not go out', { updates: changes }, { updated: [changes[0]] }, false],
		['moves when all deletions went out', { deletions: uids('2:3') }, { deleted: uids('2:3') }, true],
		['stays when a deletion did not go out', { deletions: uids('2:3') }, { deleted: uids('2') }, false],
		['moves when what matches now was handed over', { matched: uids('2') }, { delivered: [row('2')] }, true],
		['moves when what matches now was given up', { matched: uids('2') }, { exhausted: uids('2') }, true],
		['moves when what matches now is gone', { matched: uids('2') }, { gone: uids('2') }, true],
		['stays when what matches now was not handed over', { matched: uids('2:3') }, { delivered: [row('2')] }, false],
		['stays when what matches now failed', { matched: uids('2') }, { failed: [failure(2)] }, false],
		['moves when what stopped to match was told', { unmatched: uids('2') }, { unmatching: uids('2') }, true],
		['moves when the search was wrong about it', { unmatched: uids('2') }, { stillMatching: uids('2') }, true],
		['stays when what stopped to match was not told', { unmatched: uids('2:3') }, { unmatching: uids('2') }, false],
		['stays when UIDs were rewound', { uidsRewound: true }, {}, false],
		['stays when something waits for the next run', { deferred: true }, {}, false],
	])('%s', (_name, pending, done, moves) => {
		const { exists = 6, highestModseq = '50', unfinished = true } = committed({}, done, pending);
		expect({ exists, highestModseq, unfinished }).toEqual(moves ? moved : { exists: 6, highestModseq: '50', unfinished: true });
	});

	test('moves though new and older messages wait: the state holds them', () => {
		expect(committed({ newUids: '5:6', backfill: '1' }, {})).toEqual(moved);
	});

	test('a folder that was finished and is not any more is unfinished', () => {
		expect(committed({ unfinished: false }, {}, { deferred: true })).toEqual({ unfinished: true });
	});
});

describe('what waited', () => {
	const waiting: FolderStateText = { newUids: '5:6', backfill: '1:2' };

	test.each<[string, Partial<DeliveryResult>, object]>([
		['a message that was handed over waits no more', { delivered: [row('5')] }, { newUids: '6' }],
		['an older one that was handed over waits no more', { delivered: [row('2')] }, { backfill: '1' }],
		['one that was handed over once more', { redelivered: uids('6') }, { newUids: '5' }],
		['one of no interest', { passedOver: uids('5,1') }, { newUids: '6', backfill: '2' }],
		['one that was given up', { exhausted: uids('5') }, { newUids: '6' }],
		['one that is gone', { gone: uids('5') }, { newUids: '6' }],
		['one that failed waits for its next attempt', { failed: [failure(5)] }, { newUids: '6', failed: [failure(5)] }],
		['an older one that failed', { failed: [failure(1)] }, { backfill: '2', failed: [failure(1)] }],
		['one that was not looked at goes on waiting', {}, {}],
		['one that does not pass the filter goes on waiting until it is passed over', { unmatching: uids('5') }, {}],
	])('%s', (_name, done, changed) => {
		expect(committed(waiting, done)).toEqual({ ...moved, ...changed });
	});

	test.each<[string, Partial<DeliveryResult>, number[]]>([
		['one that failed once more takes the place of what was known', { failed: [failure(3, 2)] }, [3, 4]],
		['one that failed anew is put in order', { failed: [failure(1)] }, [1, 3, 4]],
		['one that was handed over at last', { delivered: [row('3')] }, [4]],
		['one that was given up', { exhausted: uids('4') }, [3]],
		['one that is gone', { gone: uids('3') }, [4]],
		['one that was deleted', { deleted: uids('3') }, [4]],
	])('of messages that failed before: %s', (_name, done, left) => {
		const { failed = [failure(3), failure(4)] } = committed({ failed: [3, 4] }, done) as { failed?: Array<{ uid: number }> };
		expect(failed.map(({ uid }) => uid)).toEqual(left);
	});

	test('counts the attempts of one that failed once more', () => {
		expect(committed({ failed: [3] }, { failed: [failure(3, 2, 90)] })).toEqual({ ...moved, failed: [failure(3, 2, 90)] });
	});

	test('only what still waits is a candidate for a move', () => {
		expect(committed({ newUids: '5:6', moveCandidates: '5:6' }, { delivered: [row('5')] })).toMatchObject({
			moveCandidates: '6',
		});
	});

	test.each<[string, Partial<DeliveryResult>, object]>([
		[
			'is what the delivery says',
			{ unacknowledged: { ack: 'seen', groups: [] } },
			{ unacknowledged: { ack: 'seen', groups: [] } },
		],
		['stays where the delivery says nothing', {}, {}],
	])('for its acknowledgement %s', (_name, done, changed) => {
		const unacknowledged: FolderStateText['unacknowledged'] = { ack: 'seen', groups: [[1, 60_000, '2']] };
		expect(committed({ unacknowledged }, done)).toEqual({ ...moved, ...changed });
	});
});

describe('what is known', () => {
	const known: FolderStateText = { knownUids: '1:6', flags: { '\\Seen': '1:3' } };

	test.each<[string, FolderStateText, Partial<DeliveryResult>, object]>([
		['flags as handed over with a new message', known, { delivered: [row('6 work')] }, { flags: { '\\Seen': '1:3', work: '6' } }],
		['flags as handed over with an update', known, { updated: [update('3')] }, { flags: { '\\Seen': '1:2' } }],
		['not the flags of a repetition', known, { redelivered: uids('6') }, {}],
		['no flags where nobody wants them', { knownUids: '1:6' }, { delivered: [row('6 work')] }, {}],
		[
			'a message that was told as deleted is forgotten',
			known,
			{ deleted: uids('2') },
			{ knownUids: '1,3:6', flags: { '\\Seen': '1,3' } },
		],
		['so is one that is gone', known, { gone: uids('2') }, { knownUids: '1,3:6', flags: { '\\Seen': '1,3' } }],
	])('%s', (_name, state, done, changed) => {
		const pending = { updates: done.updated ?? [], deletions: done.deleted ?? uids('') };
		expect(committed(state, done, pending)).toEqual({ ...moved, ...changed });
	});

	test.each<[string, boolean, Partial<DeliveryResult>, object]>([
		['what was handed over matches', true, { delivered: [row('5')] }, { matching: '1:2,5' }],
		['what stopped to match does not', true, { unmatching: uids('2') }, { matching: '1' }],
		['nothing without a filter', false, { delivered: [row('5')], unmatching: uids('2') }, {}],
	])('of the filter: %s', (_name, filter, done, changed) => {
		expect(committed({ knownUids: '1:6', matching: '1:2' }, done, {}, { filter })).toEqual({ ...moved, ...changed });
	});
});

describe('fingerprints', () => {
	const byUid = (...of: number[]) => Object.fromEntries(of.map((uid) => [uid, fingerprintOf(message(uid))]));

	test.each<[string, FolderStateText, MessageSummary[], object]>([
		['of messages that were looked at are kept', {}, [message(5), message(6)], { byUid: byUid(5, 6), from: 1, youngest: 0 }],
		[
			'of older messages than those that are kept are not',
			{ fingerprints: {}, fingerprintsFrom: 6 },
			[message(5), message(6)],
			{ byUid: byUid(6), from: 6, youngest: 0 },
		],
		[
			'the first ones of a folder that had none',
			{ fingerprints: undefined },
			[message(5)],
			{ byUid: byUid(5), from: 1, youngest: 0 },
		],
	])('%s', (_name, state, inspected, fingerprints) => {
		expect(committed(state, { inspected })).toEqual({ ...moved, fingerprints });
	});

	test('of a message that is gone are not kept', () => {
		expect(committed({ newUids: '5' }, { inspected: [message(5)], gone: uids('5') })).toEqual({ ...moved, newUids: '' });
	});

	test('as many are kept as the wanted events need', () => {
		const inspected = Array.from({ length: 30 }, (_, i) => message(i + 1));
		const kept = (wanted: Partial<SyncNeeds>): number => {
			const { fingerprints } = committed({}, { inspected }, {}, wanted) as { fingerprints: { byUid: object } };
			return Object.keys(fingerprints.byUid).length;
		};
		expect([kept({ updates: false, deletions: false }), kept({}), kept({ moves: true })]).toEqual([8, 30, 30]);
	});
});

test.each<[string, number, string, string]>([
	['before their time', 99, '', '3:4'],
	['at the very time of one', 100, '3', '4'],
	['after the time of both', 201, '3:4', ''],
	['when a clock that was ahead set their times', 200 - 48 * 60 * 60_000, '3:4', ''],
])('failed messages %s', (_name, now, due, notDue) => {
	const state = folderState({ failed: [failure(4, 1, 200), failure(3, 1, 100)] });
	expect([failedAndDue(state, now).toString(), failedNotDue(state, now).toString()]).toEqual([due, notDue]);
});
