import { noFlags } from '../../../sync/folder/flagSets';
import { qresyncParameters, isUnchangedByStatus, planFolder, type PlanInput } from '../../../sync/folder/plan';
import { asUid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import type { FolderSnapshot } from '../../../sync/server/folderSnapshot';
import type { SyncNeeds } from '../../../sync/folder/syncNeeds';
import type { Unacknowledged, FolderState } from '../../../sync/folder/folderState';

const known = (more: Partial<FolderState> = {}): FolderState => ({
	uidValidity: '17',
	uidNext: 101,
	exists: 100,
	highestModseq: '500',
	knownUids: UidSet.range(1, 100),
	flags: noFlags,
	newUids: UidSet.empty,
	backfill: UidSet.empty,
	failed: [],
	tombstones: [],
	moveCandidates: UidSet.empty,
	unfinished: false,
	missing: false,
	...more,
});
const snapshot = (more: Partial<FolderSnapshot> = {}): FolderSnapshot => ({
	path: 'INBOX',
	uidValidity: '17',
	uidNext: 101,
	exists: 100,
	highestModseq: '500',
	keywords: [],
	qresyncAnswered: false,
	...more,
});
const acknowledge = { by: 'keyword' as const, keyword: 'done', redeliverAfter: 60_000, maxAttempts: 3 };
const everything: SyncNeeds = { newMessages: true, updates: true, deletions: true, moves: false, filter: false };
const onlyNew: SyncNeeds = { newMessages: true, updates: false, deletions: false, moves: false, filter: false };
const matches = (by: 'nothing' | 'flags' | 'time', takesReading = false): SyncNeeds => ({
	...onlyNew,
	filter: true,
	matches: { started: true, stopped: true, by, takesReading },
});
const plan = (more: Partial<PlanInput>) =>
	planFolder({
		state: known(),
		snapshot: snapshot(),
		needs: everything,
		filterChanged: false,
		initialSync: 'now',
		now: 1_000,
		...more,
	});

describe('the plan for a folder', () => {
	test.each<[string, Partial<PlanInput>, string, string, string[]]>([
		['that is empty and unknown', { state: undefined, snapshot: snapshot({ exists: 0, uidNext: 1 }) }, 'seed', 'firstRun', []],
		['seen first, from now, new mail only', { state: undefined, needs: onlyNew }, 'seed', 'firstRun', ['readFingerprints']],
		['seen first, from now, all events', { state: undefined }, 'seed', 'firstRun', ['list', 'readFlags', 'readFingerprints']],
		[
			'seen first, from the beginning, new mail only',
			{ state: undefined, needs: onlyNew, initialSync: 'all' },
			'seed',
			'firstRun',
			['list', 'readFingerprints'],
		],
		[
			'seen first, from a date, new mail only',
			{ state: undefined, needs: onlyNew, initialSync: 'date' },
			'seed',
			'firstRun',
			['listSinceStartDate', 'readFingerprints'],
		],
		[
			'seen first, from a date, all events',
			{ state: undefined, initialSync: 'date' },
			'seed',
			'firstRun',
			['list', 'listSinceStartDate', 'readFlags', 'readFingerprints'],
		],
		[
			'seen first, from the beginning, with a filter',
			{ state: undefined, needs: { ...onlyNew, filter: true }, initialSync: 'all' },
			'seed',
			'firstRun',
			['list', 'listMatching', 'readFingerprints'],
		],
		[
			'made since the last run',
			{ state: undefined, initialSync: 'created', needs: onlyNew },
			'seed',
			'folderCreated',
			['list', 'readFingerprints'],
		],
		[
			'deleted and made again, or rebuilt',
			{ state: known({ missing: true }), snapshot: snapshot({ uidValidity: '18' }) },
			'reset',
			'uidValidityChanged',
			['list', 'recognise', 'readFlags', 'readFingerprints'],
		],
		['that was away and came back', { state: known({ missing: true }) }, 'unchanged', 'nothingChanged', []],
		[
			'that never held a message, whose UIDVALIDITY changed',
			{ state: known({ uidNext: 1, exists: 0, knownUids: UidSet.empty }), snapshot: snapshot({ uidValidity: '18' }) },
			'seed',
			'uidValidityChanged',
			['list', 'readFlags', 'readFingerprints'],
		],
		[
			'whose UIDVALIDITY changed',
			{ snapshot: snapshot({ uidValidity: '18' }) },
			'reset',
			'uidValidityChanged',
			['list', 'recognise', 'readFlags', 'readFingerprints'],
		],
		[
			'whose UIDVALIDITY changed, new mail only',
			{ snapshot: snapshot({ uidValidity: '18' }), needs: onlyNew },
			'reset',
			'uidValidityChanged',
			['list', 'recognise', 'readFingerprints'],
		],
		[
			'whose UIDVALIDITY changed while mail waited',
			{ state: known({ backfill: UidSet.of([3]) }), snapshot: snapshot({ uidValidity: '18' }), needs: onlyNew },
			'reset',
			'uidValidityChanged',
			['list', 'recognise', 'readFingerprints'],
		],
		['in which nothing changed', {}, 'unchanged', 'nothingChanged', []],
		['in which older mail waits', { state: known({ backfill: UidSet.of([3]) }) }, 'backfill', 'workLeft', []],
		['in which new mail waits', { state: known({ newUids: UidSet.of([3]) }) }, 'backfill', 'workLeft', ['verifyNewest']],
		[
			'in which a failed message is due',
			{ state: known({ failed: [{ uid: asUid(3), attempts: 1, retryAt: 1_000, reason: 'x' }] }) },
			'backfill',
			'workLeft',
			[],
		],
		[
			'in which a failed message is not due yet',
			{ state: known({ failed: [{ uid: asUid(3), attempts: 1, retryAt: 1_001, reason: 'x' }] }) },
			'unchanged',
			'nothingChanged',
			[],
		],
		[
			'that told all by QRESYNC',
			{ snapshot: snapshot({ highestModseq: '600', qresyncAnswered: true }) },
			'qresync',
			'qresyncAnswered',
			['applyQresync'],
		],
		[
			'with CONDSTORE whose mod-sequence moved',
			{ snapshot: snapshot({ highestModseq: '600' }) },
			'condstore',
			'modseqMoved',
			['readChanges', 'findDeletions'],
		],
		[
			'with CONDSTORE and mail',
			{ snapshot: snapshot({ highestModseq: '600', uidNext: 103, exists: 102 }) },
			'condstore',
			'modseqMoved',
			['readChanges', 'findNew', 'findDeletions'],
		],
		// RFC 7162 section 3.2: with CONDSTORE alone a deletion need not move the mod-sequence.
		[
			'with CONDSTORE that lost a message at the same mod-sequence',
			{ snapshot: snapshot({ exists: 99 }) },
			'condstore',
			'modseqMoved',
			['findDeletions'],
		],
		[
			'whose mod-sequence went back',
			{ snapshot: snapshot({ highestModseq: '400' }) },
			'compare',
			'modseqLost',
			['detectUidReuse', 'findDeletions', 'readFlags'],
		],
		[
			'whose mod-sequence is gone',
			{ snapshot: snapshot({ highestModseq: undefined }) },
			'compare',
			'noModseq',
			['findDeletions', 'readFlags'],
		],
		[
			'without mod-sequences, new mail only, with mail',
			{ snapshot: snapshot({ highestModseq: undefined, uidNext: 102, exists: 101 }), needs: onlyNew },
			'compare',
			'onlyNewWanted',
			['findNew'],
		],
		[
			'without mod-sequences, new mail only, without mail',
			{ snapshot: snapshot({ highestModseq: undefined, exists: 7 }), needs: onlyNew },
			'unchanged',
			'nothingChanged',
			[],
		],
		[
			'of which deletions are wanted for the first time',
			{ state: known({ knownUids: undefined, flags: undefined }), needs: { ...onlyNew, deletions: true } },
			'compare',
			'knowledgeMissing',
			['list'],
		],
		[
			'of which updates are wanted for the first time',
			{ state: known({ flags: undefined }) },
			'compare',
			'knowledgeMissing',
			['list', 'readFlags'],
		],
		[
			'with another filter than before',
			{ state: known({ matching: UidSet.empty }), needs: { ...everything, filter: true }, filterChanged: true },
			'compare',
			'filterChanged',
			['list', 'readFlags', 'listMatching'],
		],
		[
			'of a search folder in which nothing changed',
			{ state: known({ matching: UidSet.empty }), needs: matches('flags') },
			'unchanged',
			'nothingChanged',
			[],
		],
		[
			'of a search folder by flags whose mod-sequence moved',
			{ state: known({ matching: UidSet.empty }), needs: matches('flags'), snapshot: snapshot({ highestModseq: '600' }) },
			'condstore',
			'modseqMoved',
			['findDeletions', 'listMatching'],
		],
		[
			'of a search folder by flags and texts whose mod-sequence moved',
			{ state: known({ matching: UidSet.empty }), needs: matches('flags', true), snapshot: snapshot({ highestModseq: '600' }) },
			'condstore',
			'modseqMoved',
			['readChanges', 'findDeletions', 'listMatching'],
		],
		[
			'of a search folder that told all by QRESYNC',
			{
				state: known({ matching: UidSet.empty }),
				needs: matches('flags'),
				snapshot: snapshot({ highestModseq: '600', qresyncAnswered: true }),
			},
			'qresync',
			'qresyncAnswered',
			['applyQresync', 'listMatching'],
		],
		[
			'of a search folder without mod-sequences',
			{ state: known({ matching: UidSet.empty }), needs: matches('flags'), snapshot: snapshot({ highestModseq: undefined }) },
			'compare',
			'noModseq',
			['findDeletions', 'listMatching'],
		],
		[
			'of a search folder by what never changes, without mod-sequences',
			{ state: known({ matching: UidSet.empty }), needs: matches('nothing'), snapshot: snapshot({ highestModseq: undefined }) },
			'unchanged',
			'nothingChanged',
			[],
		],
		[
			'of a search folder by time',
			{ state: known({ matching: UidSet.empty }), needs: matches('time') },
			'condstore',
			'modseqMoved',
			['findDeletions', 'listMatching'],
		],
		[
			'of a search folder that was none before',
			{ needs: matches('flags') },
			'compare',
			'knowledgeMissing',
			['list', 'listMatching'],
		],
		[
			'whose UIDNEXT went back',
			{ snapshot: snapshot({ uidNext: 90, exists: 89 }) },
			'compare',
			'uidNextWentBack',
			['detectUidReuse'],
		],
		[
			'whose UIDNEXT went back for the second time',
			{ state: known({ uidNextWentBack: true }), snapshot: snapshot({ uidNext: 90, exists: 89 }) },
			'compare',
			'uidNextWentBack',
			['list', 'detectUidReuse', 'readFlags'],
		],
		[
			'with changes that did not fit into the last run',
			{ state: known({ unfinished: true }) },
			'condstore',
			'modseqMoved',
			['findDeletions'],
		],
	])('%s', (_, input, kind, reason, steps) => {
		expect(plan(input)).toEqual({ kind, reason, steps });
	});

	test('compares mod-sequences as 63-bit numbers', () => {
		const state = known({ highestModseq: '9223372036854775806' });
		expect(plan({ state, snapshot: snapshot({ highestModseq: '9223372036854775807' }) }).kind).toBe('condstore');
		expect(
			plan({
				state: known({ highestModseq: '9223372036854775807' }),
				snapshot: snapshot({ highestModseq: '9223372036854775806' }),
			}).reason,
		).toBe('modseqLost');
	});
});

describe('the QRESYNC question', () => {
	test('is asked only where its answer is of use', () => {
		expect(qresyncParameters(known(), everything, true)).toEqual({ uidValidity: '17', modseq: '500' });
		expect(qresyncParameters(known(), everything, false)).toBeUndefined();
		expect(qresyncParameters(known(), onlyNew, true)).toBeUndefined();
		expect(qresyncParameters(undefined, everything, true)).toBeUndefined();
		expect(qresyncParameters(known({ highestModseq: undefined }), everything, true)).toBeUndefined();
		expect(qresyncParameters(known({ flags: undefined }), everything, true)).toBeUndefined();
	});
});

describe('the status of a folder', () => {
	const waits = (ackDeadline: number): Unacknowledged => ({
		ack: 'seen',
		groups: [{ attempts: 1, ackDeadline, uids: UidSet.of([3]) }],
	});
	const status = { uidValidity: '17', uidNext: 101, messages: 100, highestModseq: '500' };
	test.each([
		['equal in everything proves that nothing happened', known(), status, everything, true],
		['without status proves nothing', known(), undefined, everything, false],
		['without state proves nothing', undefined, status, everything, false],
		['with another UIDVALIDITY', known(), { ...status, uidValidity: '18' }, everything, false],
		['with mail', known(), { ...status, uidNext: 102, messages: 101 }, everything, false],
		['with a deletion', known(), { ...status, messages: 99 }, everything, false],
		['with a deletion nobody wants to know of', known(), { ...status, messages: 99 }, onlyNew, true],
		['with a flag change', known(), { ...status, highestModseq: '501' }, everything, false],
		['with a flag change nobody wants to know of', known(), { ...status, highestModseq: '501' }, onlyNew, true],
		['without mod-sequence cannot show that flags stayed', known(), { ...status, highestModseq: undefined }, everything, false],
		[
			'without mod-sequence shows that nothing came or went',
			known(),
			{ ...status, highestModseq: undefined },
			{ ...everything, updates: false },
			true,
		],
		[
			'with a flag change that may let messages match',
			known({ matching: UidSet.empty }),
			{ ...status, highestModseq: '501' },
			matches('flags'),
			false,
		],
		['says nothing of a match that the clock changes', known({ matching: UidSet.empty }), status, matches('time'), false],
		[
			'of a folder in which an unacknowledged message is due',
			known({ unacknowledged: waits(1_000) }),
			status,
			{ ...everything, acknowledge },
			false,
		],
		[
			'of a folder in which one is not due yet',
			known({ unacknowledged: waits(1_001) }),
			status,
			{ ...everything, acknowledge },
			true,
		],
		['of a folder with mail waiting', known({ newUids: UidSet.of([7]) }), status, everything, false],
		['of a folder with changes left over', known({ unfinished: true }), status, everything, false],
		['of a folder that was away', known({ missing: true }), status, everything, false],
	])('%s', (_, state, now, needs, expected) => {
		expect(isUnchangedByStatus(state, now, needs, 1_000)).toBe(expected);
	});
});
