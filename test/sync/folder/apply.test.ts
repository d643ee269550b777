import { applyObservation } from '../../../sync/folder/apply';
import type { FlagUpdate } from '../../../sync/folder/diff';
import type { Observation } from '../../../sync/folder/observation';
import type { Plan } from '../../../sync/folder/plan';
import type { InitialSync, SyncNeeds } from '../../../sync/folder/syncNeeds';
import type { Transition } from '../../../sync/folder/transition';
import type { FolderSnapshot } from '../../../sync/server/folderSnapshot';
import { asUid } from '../../../sync/uids/uid';
import { flagSets, folderState, inText, uids, whatChanged, type FolderStateText } from '../../support/folderState';

type SetField = 'listing' | 'sinceStartDate' | 'appeared' | 'vanished' | 'matching' | 'outOfView' | 'intoView' | 'asked';

/** What was seen, as text: rows as "3 \\Seen work". */
interface Seen extends Partial<Record<SetField, string>> {
	rows?: string[];
	flags?: Record<string, string>;
	fingerprints?: Record<number, string>;
	same?: Record<number, number>;
	arrived?: string;
	older?: string;
	maybeReported?: string;
	gone?: string;
	reusedFrom?: number;
	replaced?: string;
	unverified?: string;
}

function observationOf(seen: Seen): Observation {
	const { rows = [], flags, fingerprints, same, arrived, older, maybeReported, gone, reusedFrom, replaced, ...sets } = seen;
	const found = Object.fromEntries(Object.entries(sets).map(([name, text]) => [name, uids(text)]));
	return {
		appeared: uids(''),
		vanished: uids(''),
		...found,
		rows: rows.map((row) => {
			const [uid, ...names] = row.split(' ');
			return { uid: asUid(Number(uid)), flags: names };
		}),
		flags: flags && flagSets(flags),
		fingerprints: fingerprints && folderState({ fingerprints }).fingerprints,
		recognition: same && {
			same: new Map(Object.entries(same).map(([then, now]) => [asUid(Number(then)), asUid(now)])),
			arrived: uids(arrived ?? ''),
			older: uids(older ?? ''),
			maybeReported: uids(maybeReported ?? ''),
			gone: uids(gone ?? ''),
		},
		reused: reusedFrom === undefined ? undefined : { from: asUid(reusedFrom), replaced: uids(replaced ?? `${reusedFrom}:6`) },
	};
}

const snapshotOf = (more: Partial<FolderSnapshot> = {}): FolderSnapshot => ({
	path: 'INBOX',
	uidValidity: '17',
	uidNext: 7,
	exists: 6,
	highestModseq: '51',
	keywords: [],
	qresyncAnswered: false,
	...more,
});

const needsOf = (wanted: string): SyncNeeds => {
	const names = wanted.split(' ');
	const matches = { started: names.includes('matched'), stopped: names.includes('unmatched') };
	return {
		newMessages: names.includes('new'),
		updates: names.includes('updates'),
		deletions: names.includes('deletions'),
		moves: names.includes('moves'),
		filter: names.includes('filter'),
		...(matches.started || matches.stopped ? { matches: { ...matches, by: 'flags', takesReading: false } } : {}),
		...(names.includes('acknowledge')
			? { acknowledge: { by: 'keyword', keyword: 'done', redeliverAfter: 600_000, maxAttempts: 3 } }
			: {}),
	};
};

const everything = 'new updates deletions';

const changeText = ({ uid, added, removed }: FlagUpdate): string =>
	[uid, ...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`)].join(' ');

const pendingText = ({ pending }: Transition): object => ({
	...(inText(pending) as object),
	updates: pending.updates.map(changeText),
});

const tombstone = (uid: number, fingerprint: string, more = {}): object => ({
	uid,
	uidValidity: '17',
	fingerprint,
	runs: 0,
	...more,
});

const known = (byUid: Record<number, string>, from = 1): object => ({ byUid, from, youngest: 0 });

describe('a folder that begins', () => {
	const seedWith = (needs: string, initialSync: InitialSync, seen: Seen, reason: Plan['reason'] = 'firstRun'): Transition =>
		applyObservation(
			undefined,
			snapshotOf({ mailboxId: 'F1' }),
			{ kind: 'seed', reason, steps: [] },
			observationOf(seen),
			needsOf(needs),
			initialSync,
		);

	test.each<[string, string, InitialSync, Seen, object]>([
		['from now: what is there is of no interest', 'new', 'now', { listing: '1:6' }, { newUids: '', backfill: '' }],
		['with all: what is there is older mail', 'new', 'all', { listing: '1:6' }, { newUids: '', backfill: '1:6' }],
		[
			'from a date: what came since is older mail',
			'new',
			'date',
			{ listing: '1:6', sinceStartDate: '4:6' },
			{ newUids: '', backfill: '4:6' },
		],
		['from a date that nothing came since', 'new', 'date', { listing: '1:6' }, { newUids: '', backfill: '' }],
		['made since the last run: what is there is new', 'new', 'created', { listing: '1:6' }, { newUids: '1:6', backfill: '' }],
		['with all, where nobody wants new mail', 'updates', 'all', { listing: '1:6' }, { newUids: '', backfill: '' }],
		[
			'with all, where only messages that match are wanted',
			'filter matched',
			'all',
			{ listing: '1:6', matching: '2:3' },
			{ newUids: '', backfill: '2:3' },
		],
		['with all, where only moves are wanted: nothing was moved here', 'moves', 'all', { listing: '1:6' }, { backfill: '' }],
		[
			'made since, where only moves are wanted: it may have been moved',
			'moves',
			'created',
			{ listing: '1:6' },
			{ newUids: '1:6' },
		],
		['with a filter: what passes it', 'new filter', 'all', { listing: '1:6', matching: '2:3,9' }, { backfill: '2:3' }],
	])('%s', (_name, needs, initialSync, seen, expected) => {
		expect(inText(seedWith(needs, initialSync, seen).state)).toMatchObject(expected);
	});

	test.each<[string, string, Seen, object]>([
		['nothing is kept for new mail alone', 'new', { listing: '1:6' }, { knownUids: null, flags: null, matching: null }],
		['the messages for deletions', 'deletions', { listing: '1:6' }, { knownUids: '1:6', flags: null, matching: null }],
		[
			'the flags for updates',
			'updates',
			{ listing: '1:6', flags: { '\\Seen': '1:3' } },
			{ knownUids: '1:6', flags: { '\\Seen': '1:3' } },
		],
		['no flags, where there are none', 'updates', { listing: '1:6' }, { flags: {} }],
		['what passes the filter', 'deletions filter', { listing: '1:6', matching: '2,9' }, { matching: '2' }],
		['nothing of the filter for new mail alone', 'new filter', { listing: '1:6', matching: '2' }, { matching: null }],
		['the fingerprints that were read', 'new', { fingerprints: { 6: 'six' } }, { fingerprints: known({ 6: 'six' }) }],
		['no fingerprints, of an empty folder', 'new', {}, { fingerprints: known({}) }],
	])('keeps %s', (_name, needs, seen, expected) => {
		const state = inText(seedWith(needs, 'now', seen).state) as Record<string, unknown>;
		expect(Object.fromEntries(Object.keys(expected).map((name) => [name, state[name] ?? null]))).toEqual(expected);
	});

	test('takes its cursor from the opening', () => {
		expect(seedWith('new', 'now', {}).state).toMatchObject({
			uidValidity: '17',
			uidNext: 7,
			exists: 6,
			highestModseq: '51',
			mailboxId: 'F1',
			unfinished: false,
			missing: false,
			failed: [],
			tombstones: [],
		});
	});

	test.each<[string, Plan['reason'], InitialSync, boolean]>([
		['seen first', 'firstRun', 'now', false],
		['made since', 'folderCreated', 'created', true],
		['that never held a message and has another UIDVALIDITY', 'uidValidityChanged', 'now', false],
	])('is told as created when it is one %s: %s', (_name, reason, initialSync, created) => {
		expect(seedWith('new', initialSync, {}, reason).pending).toMatchObject({ created });
	});

	test('that never held a message and has another UIDVALIDITY: what is there is new, whatever it is to begin with', () => {
		expect(inText(seedWith('new', 'now', { listing: '1:2' }, 'uidValidityChanged').state)).toMatchObject({ newUids: '1:2' });
	});
});

interface Given extends Seen {
	needs?: string;
	before?: FolderStateText;
	snapshot?: Partial<FolderSnapshot>;
	reason?: Plan['reason'];
}

function updated({ needs = everything, before = {}, snapshot, reason = 'modseqMoved', ...seen }: Given) {
	const state = folderState({ knownUids: '1:6', flags: { '\\Seen': '1:3' }, ...before });
	const plan: Plan = { kind: 'compare', reason, steps: [] };
	const after = applyObservation(state, snapshotOf(snapshot), plan, observationOf(seen), needsOf(needs), 'now');
	return { changed: whatChanged(state, after.state), pending: pendingText(after) };
}

describe('a folder that is known', () => {
	/** What every look leaves behind: it is finished when all of it is handed over. */
	const looked = { unfinished: true, fingerprints: known({}) };

	describe('its messages', () => {
		test.each<[string, Given, object, object]>([
			['nothing happened', {}, {}, {}],
			[
				'a new message waits to be handed over, and is known',
				{ appeared: '7', snapshot: { uidNext: 8 } },
				{ uidNext: 8, newUids: '7', knownUids: '1:7' },
				{},
			],
			[
				'a new message joins those that wait',
				{ before: { newUids: '6' }, appeared: '7', snapshot: { uidNext: 8 } },
				{ uidNext: 8, newUids: '6:7', knownUids: '1:7' },
				{},
			],
			[
				'where nobody wants new mail it is known at once, with its flags',
				{ needs: 'updates deletions', appeared: '7', rows: ['7 \\Flagged'], snapshot: { uidNext: 8 } },
				{ uidNext: 8, knownUids: '1:7', flags: { '\\Seen': '1:3', '\\Flagged': '7' } },
				{},
			],
			[
				'where only moves are wanted it waits to be looked at',
				{ needs: 'moves', appeared: '7', snapshot: { uidNext: 8 } },
				{ uidNext: 8, newUids: '7', knownUids: '1:7', flags: null },
				{},
			],
			[
				'where only new mail is wanted nothing else is kept',
				{ needs: 'new', appeared: '7', snapshot: { uidNext: 8 } },
				{ uidNext: 8, newUids: '7', knownUids: null, flags: null },
				{},
			],
			['a message that is gone is told as deleted, and known until then', { vanished: '2' }, {}, { deletions: '2' }],
			[
				'its fingerprint is forgotten at once',
				{ before: { fingerprints: { 2: 'two', 3: 'three' } }, vanished: '2' },
				{ fingerprints: known({ 3: 'three' }) },
				{ deletions: '2' },
			],
			[
				'where nobody wants deletions it is forgotten',
				{ needs: 'new updates', vanished: '2' },
				{ knownUids: '1,3:6', flags: { '\\Seen': '1,3' } },
				{},
			],
			[
				'a new message that goes before it was handed over is dropped',
				{ before: { newUids: '5:6' }, vanished: '5' },
				{ knownUids: '1:4,6', newUids: '6' },
				{},
			],
			[
				'an older message that goes before it was handed over is dropped',
				{ before: { backfill: '1:2' }, vanished: '1' },
				{ knownUids: '2:6', backfill: '2', flags: { '\\Seen': '2:3' } },
				{},
			],
			[
				'a failed message that goes is dropped',
				{ before: { failed: [5] }, vanished: '5' },
				{ knownUids: '1:4,6', failed: [] },
				{},
			],
			[
				'one that failed when it was delivered once more is told as deleted',
				{
					needs: `${everything} acknowledge`,
					before: { failed: [5], unacknowledged: { ack: 'keyword done', groups: [[2, 60_000, '5']] } },
					vanished: '5',
				},
				{ unacknowledged: { ack: 'keyword done', groups: [] } },
				{ deletions: '5' },
			],
		])('%s', (_name, given, changed, pending) => {
			expect(updated(given)).toEqual({
				changed: { ...looked, ...changed },
				pending: { updates: [], deletions: '', created: false, ...pending },
			});
		});
	});

	describe('its flags', () => {
		test.each<[string, Given, object, object]>([
			['a row tells what changed, and it is known when it was told', { rows: ['3', '5 \\Seen'] }, {}, ['3 -\\Seen', '5 +\\Seen']],
			['a row of a message that did not change', { rows: ['3 \\Seen'] }, {}, []],
			['a row of a message that waits to be handed over', { before: { newUids: '6' }, rows: ['6 \\Seen'] }, {}, []],
			['a row of a message that is not known', { rows: ['9 \\Seen'] }, {}, []],
			['where nobody wants updates', { needs: 'deletions', rows: ['5 \\Seen'] }, { flags: null }, []],
			['sets tell what changed too', { flags: { '\\Seen': '1:2', work: '5' } }, {}, ['3 -\\Seen', '5 +work']],
			['sets with nothing new', { flags: { '\\Seen': '1:3' } }, {}, []],
			['sets with another flag of a message that waits', { before: { backfill: '6' }, flags: { '\\Seen': '1:3,6' } }, {}, []],
			[
				'flags that were not followed until now are taken as they are',
				{ before: { flags: undefined }, flags: { '\\Seen': '1:4' } },
				{ flags: { '\\Seen': '1:4' } },
				[],
			],
			[
				'and rows that came with them count',
				{ before: { flags: undefined }, flags: { '\\Seen': '1:4' }, rows: ['4'] },
				{ flags: { '\\Seen': '1:3' } },
				[],
			],
		])('%s', (_name, given, changed, updates) => {
			expect(updated(given)).toEqual({
				changed: { ...looked, ...changed },
				pending: { updates, deletions: '', created: false },
			});
		});

		test('of a message that is gone are not told', () => {
			expect(updated({ vanished: '3', rows: ['3'] }).pending).toMatchObject({ updates: [], deletions: '3' });
		});
	});

	describe('its filter', () => {
		const filter = `${everything} filter`;
		test.each<[string, Given, object, object]>([
			[
				'flags of a message that does not pass are known in silence',
				{ needs: filter, before: { matching: '1:2' }, rows: ['5 \\Flagged'] },
				{ flags: { '\\Seen': '1:3', '\\Flagged': '5' } },
				{},
			],
			[
				'the same in sets',
				{ needs: filter, before: { matching: '1:2' }, flags: { '\\Seen': '1:3', '\\Flagged': '2,5' } },
				{ flags: { '\\Seen': '1:3', '\\Flagged': '5' } },
				{ updates: ['2 +\\Flagged'] },
			],
			[
				'a message that did not pass is forgotten in silence',
				{ needs: filter, before: { matching: '1:2' }, vanished: '2,5' },
				{ knownUids: '1:4,6' },
				{ deletions: '2' },
			],
			[
				'a new message that passes matches from now on',
				{ needs: filter, before: { matching: '1:2' }, appeared: '7', asked: '7', matching: '7', snapshot: { uidNext: 8 } },
				{ uidNext: 8, newUids: '7', knownUids: '1:7', matching: '1:2,7' },
				{},
			],
			[
				'an answer about the whole folder replaces what was known',
				{ needs: filter, before: { matching: '1:2' }, listing: '1:6', matching: '3:4' },
				{ matching: '3:4' },
				{},
			],
			[
				'but for messages whose deletion is still to be told',
				{ needs: filter, before: { matching: '1:2' }, listing: '1,3:6', vanished: '2', matching: '3' },
				{ matching: '2:3' },
				{ deletions: '2' },
			],
			[
				'one that starts to match is told, and matches when it was told',
				{ needs: 'filter matched', before: { matching: '1:2', flags: undefined }, matching: '1:3' },
				{},
				{ matched: '3', unmatched: '' },
			],
			[
				'one that stops to match is told, and matches until it was told',
				{ needs: 'filter unmatched', before: { matching: '1:2', flags: undefined }, matching: '1' },
				{},
				{ matched: '', unmatched: '2' },
			],
			[
				'with another filter all that is found is taken as known',
				{
					needs: 'filter matched unmatched',
					before: { matching: '1:2', flags: undefined },
					listing: '1:6',
					matching: '2:3',
					reason: 'filterChanged',
				},
				{ matching: '2:3' },
				{},
			],
		])('%s', (_name, given, changed, pending) => {
			expect(updated(given)).toEqual({
				changed: { ...looked, ...changed },
				pending: { updates: [], deletions: '', created: false, ...pending },
			});
		});
	});

	describe('moves', () => {
		const moves = 'moves deletions';
		const marks = { 2: 'two', 3: 'three' };
		test.each<[string, Given, object, object]>([
			[
				'what left and has a fingerprint may turn up elsewhere; the rest is told as deleted',
				{ needs: moves, before: { fingerprints: marks }, vanished: '2,5' },
				{ knownUids: '1,3:6', fingerprints: known({ 3: 'three' }), tombstones: [tombstone(2, 'two')] },
				{ deletions: '5' },
			],
			[
				'where nobody wants deletions what has no fingerprint is forgotten',
				{ needs: 'moves', vanished: '5' },
				{ knownUids: '1:4,6', fingerprints: known({}) },
				{},
			],
			[
				'what waited to be handed over leaves nothing',
				{ needs: moves, before: { fingerprints: marks, newUids: '2' }, vanished: '2' },
				{ knownUids: '1,3:6', newUids: '', fingerprints: known({ 3: 'three' }) },
				{},
			],
			[
				'what does not pass the filter leaves nothing',
				{ needs: `${moves} filter`, before: { fingerprints: marks, matching: '3' }, vanished: '2' },
				{ knownUids: '1,3:6', fingerprints: known({ 3: 'three' }) },
				{},
			],
			[
				'it is known how often its UID had been used',
				{ needs: moves, before: { fingerprints: marks, reused: ['2'] }, vanished: '2' },
				{
					knownUids: '1,3:6',
					fingerprints: known({ 3: 'three' }),
					tombstones: [tombstone(2, 'two', { uidGeneration: 1 })],
				},
				{},
			],
			[
				'it joins those that left before',
				{ needs: moves, before: { fingerprints: marks, tombstones: [[1, 'one']] }, vanished: '2' },
				{
					knownUids: '1,3:6',
					fingerprints: known({ 3: 'three' }),
					tombstones: [tombstone(1, 'one'), tombstone(2, 'two')],
				},
				{},
			],
		])('%s', (_name, given, changed, pending) => {
			expect(updated({ ...given, before: { flags: undefined, ...given.before } })).toEqual({
				changed: { unfinished: true, ...changed },
				pending: { updates: [], deletions: '', created: false, ...pending },
			});
		});
	});

	describe('what the server shows', () => {
		test.each<[string, Given, object]>([
			[
				'a message that went out of view is forgotten in silence',
				{ outOfView: '1' },
				{ knownUids: '2:6', flags: { '\\Seen': '2:3' } },
			],
			[
				'also where it might have moved',
				{ needs: 'moves', before: { flags: undefined, fingerprints: { 1: 'one' } }, outOfView: '1' },
				{ knownUids: '2:6' },
			],
			[
				'a message that came into view is known in silence, with its flags',
				{ before: { knownUids: '2:6', flags: {} }, intoView: '1', rows: ['1 \\Seen'] },
				{ knownUids: '1:6', flags: { '\\Seen': '1' } },
			],
			[
				'a message that is back and had left is no departed one any more, and has its fingerprint',
				{
					needs: 'moves',
					before: { flags: undefined, knownUids: '2:6', tombstones: [[1, 'one']] },
					intoView: '1',
				},
				{ knownUids: '1:6', tombstones: [], fingerprints: known({ 1: 'one' }) },
			],
			[
				'one of an earlier UIDVALIDITY stays departed',
				{
					needs: 'moves',
					before: {
						flags: undefined,
						knownUids: '2:6',
						tombstones: [{ uid: asUid(1), uidValidity: '16', fingerprint: 'one', runs: 0 }],
					},
					intoView: '1',
				},
				{ knownUids: '1:6' },
			],
			[
				'one whose UID has been used again since stays departed',
				{
					needs: 'moves',
					before: { flags: undefined, knownUids: '2:6', tombstones: [[1, 'one']], reused: ['1'] },
					intoView: '1',
				},
				{ knownUids: '1:6' },
			],
			[
				'messages that were not known until now are taken as they are',
				{ needs: 'deletions', before: { knownUids: undefined, flags: undefined }, listing: '1:6' },
				{ knownUids: '1:6' },
			],
			['the id of the folder is learnt', { snapshot: { mailboxId: 'F1' } }, { mailboxId: 'F1' }],
			['and kept where the server does not say it', { before: { mailboxId: 'F1' } }, {}],
		])('%s', (_name, given, changed) => {
			expect(updated(given)).toEqual({
				changed: { ...looked, ...changed },
				pending: { updates: [], deletions: '', created: false },
			});
		});
	});

	test('that was missing is there again, and told as created', () => {
		expect(updated({ before: { missing: true } })).toMatchObject({ changed: { missing: false }, pending: { created: true } });
	});

	test('where acknowledgement is not wanted any more nothing waits for it', () => {
		const before: FolderStateText = { unacknowledged: { ack: 'seen', groups: [[1, 60_000, '5']] } };
		expect(updated({ before }).changed).toMatchObject({ unacknowledged: null });
	});
});

describe('a folder whose UIDs are used again', () => {
	test.each<[string, Given, object, object]>([
		[
			'from one on: what had them is told as deleted, and the state ends before them',
			{ reusedFrom: 4 },
			{ uidNext: 4, highestModseq: null, reused: ['4:6'] },
			{ deletions: '4:6' },
		],
		[
			'what has them now waits for the next run',
			{ reusedFrom: 4, appeared: '7:8', snapshot: { uidNext: 9 } },
			{ uidNext: 4, highestModseq: null, reused: ['4:6'] },
			{ deletions: '4:6' },
		],
		[
			'rows from there on are of other messages',
			{ reusedFrom: 4, rows: ['3', '5 \\Seen'] },
			{ uidNext: 4, highestModseq: null, reused: ['4:6'] },
			{ deletions: '4:6', updates: ['3 -\\Seen'] },
		],
		[
			'so are sets',
			{ reusedFrom: 4, flags: { '\\Seen': '1:2,5' } },
			{ uidNext: 4, highestModseq: null, reused: ['4:6'] },
			{ deletions: '4:6', updates: ['3 -\\Seen'] },
		],
		[
			'so are rows that come with flags that were not followed until now',
			{ before: { flags: undefined }, reusedFrom: 4, flags: { '\\Seen': '1:2' }, rows: ['5 \\Seen'] },
			{ uidNext: 4, highestModseq: null, reused: ['4:6'], flags: { '\\Seen': '1:2' } },
			{ deletions: '4:6', updates: [] },
		],
		[
			'a second time: some of them were used three times',
			{ before: { reused: ['5:6'] }, reusedFrom: 4 },
			{ uidNext: 4, highestModseq: null, reused: ['4:6', '5:6'] },
			{ deletions: '4:6' },
		],
		[
			'where that was found before and is still to be told: they are not counted again',
			{ before: { uidNext: 4, reused: ['4:6'] }, reusedFrom: 4 },
			{ highestModseq: null },
			{ deletions: '4:6' },
		],
		[
			'fingerprints are complete from there on, as there are none',
			{ before: { fingerprints: { 3: 'three', 6: 'six' }, fingerprintsFrom: 6 }, reusedFrom: 4 },
			{ uidNext: 4, highestModseq: null, reused: ['4:6'], fingerprints: known({ 3: 'three' }, 4) },
			{ deletions: '4:6' },
		],
		[
			'what nobody can verify is reported again and not as deleted',
			{ reusedFrom: 3, replaced: '5:6', unverified: '3' },
			{
				uidNext: 3,
				highestModseq: null,
				reused: ['3:6'],
				knownUids: '1:2,4:6',
				flags: { '\\Seen': '1:2' },
				maybeReported: '3:4',
			},
			{ deletions: '4:6' },
		],
	])('%s', (_name, given, changed, pending) => {
		expect(updated(given)).toEqual({
			changed: { unfinished: true, fingerprints: known({}), ...changed },
			pending: { updates: [], created: false, uidsRewound: true, ...pending },
		});
	});

	test('a UID below the last UIDNEXT that comes alone is used once more', () => {
		expect(updated({ before: { knownUids: '1:3,5:6' }, appeared: '4' }).changed).toMatchObject({
			newUids: '4',
			knownUids: '1:6',
			reused: ['4'],
		});
	});
});

describe('a folder with another UIDVALIDITY', () => {
	function reset({ needs = everything, before = {}, snapshot, ...seen }: Given & { otherFilter?: true }): Transition {
		const state = folderState({ knownUids: '1:4', flags: {}, uidNext: 5, exists: 4, ...before });
		const { otherFilter, ...saw } = seen;
		const plan: Plan = { kind: 'reset', reason: 'uidValidityChanged', steps: [], ...(otherFilter ? { otherFilter } : {}) };
		const now = snapshotOf({ uidValidity: '18', uidNext: 15, exists: 4, ...snapshot });
		return applyObservation(state, now, plan, observationOf({ flags: {}, ...saw }), needsOf(needs), 'now');
	}
	const all = { listing: '11:14', same: { 1: 11, 2: 12, 3: 13, 4: 14 } };

	test.each<[string, Seen, object]>([
		['all of it', all, { messages: 4, matched: 4, arrived: 0, gone: 0 }],
		[
			'some, and some came and went',
			{ listing: '11:14', same: { 1: 11 }, arrived: '14', gone: '2:3' },
			{ messages: 4, matched: 1, arrived: 1, gone: 2 },
		],
		['nothing', { listing: '11:14' }, { messages: 4, matched: 0, arrived: 0, gone: 0 }],
	])('says what is known again: %s', (_name, seen, expected) => {
		expect(reset(seen).pending.reset).toEqual({ previousUidValidity: '17', ...expected });
	});

	test.each<[string, Given, object]>([
		['it is known as it is now', all, { uidValidity: '18', uidNext: 15, knownUids: '11:14', newUids: '', backfill: '' }],
		['what came since is new', { listing: '11:15', same: { 1: 11 }, arrived: '15' }, { knownUids: '11:15', newUids: '15' }],
		[
			'what came since is of no interest where nobody wants new mail',
			{ needs: 'deletions', listing: '11:15', same: { 1: 11 }, arrived: '15' },
			{ knownUids: '11:15', newUids: '' },
		],
		['what is not known again is taken as known', { listing: '11:15', same: { 1: 11 } }, { knownUids: '11:15', newUids: '' }],
		[
			'a new message that waited goes on waiting',
			{ ...all, before: { newUids: '3', fingerprints: { 3: 'three' } } },
			{ newUids: '13' },
		],
		['so does an older one', { ...all, before: { backfill: '2', fingerprints: { 2: 'two' } } }, { backfill: '12' }],
		[
			'so does one that failed, as a new one',
			{ ...all, before: { failed: [2], fingerprints: { 2: 'two' } } },
			{ newUids: '12', failed: [] },
		],
		[
			'what may be an older one that waits is an older one',
			{ listing: '11:14', same: { 4: 14 }, older: '11:12', maybeReported: '11', before: { backfill: '1:2' } },
			{ backfill: '11:12', maybeReported: '11' },
		],
		[
			'what was in doubt and waits is in doubt still',
			{ ...all, before: { newUids: '3', maybeReported: '3', fingerprints: { 3: 'three' } } },
			{ newUids: '13', maybeReported: '13' },
		],
		[
			'the fingerprints of messages that are known again are kept, for those that wait may need them once more',
			{ ...all, before: { fingerprints: { 3: 'three' } } },
			{ fingerprints: { byUid: { 13: 'three' } } },
		],
		[
			'what was gone before, as the count says, may turn up elsewhere',
			{ needs: 'moves', listing: '11:13', same: { 1: 11, 2: 12, 3: 13 }, gone: '4', before: { fingerprints: { 4: 'four' } } },
			{ tombstones: [tombstone(4, 'four')] },
		],
		[
			'not where the count says otherwise',
			{ needs: 'moves', listing: '11:14', same: { 1: 11, 2: 12, 3: 13 }, gone: '4', before: { fingerprints: { 4: 'four' } } },
			{ tombstones: [] },
		],
		[
			'not where nothing is known again',
			{ needs: 'moves', listing: '11:13', same: {}, gone: '4', before: { fingerprints: { 4: 'four' } } },
			{ tombstones: [] },
		],
		[
			'not what was never told of',
			{
				needs: 'moves new',
				listing: '11:13',
				same: { 1: 11, 2: 12, 3: 13 },
				gone: '4',
				before: { newUids: '4', fingerprints: { 4: 'four' } },
			},
			{ tombstones: [] },
		],
		[
			'what left earlier stays departed',
			{ ...all, before: { tombstones: [[9, 'nine']] } },
			{ tombstones: [tombstone(9, 'nine')] },
		],
		[
			'what waits for its acknowledgement goes on waiting',
			{
				...all,
				needs: `${everything} acknowledge`,
				before: { unacknowledged: { ack: 'keyword done', groups: [[2, 60_000, '2:3']] } },
			},
			{ unacknowledged: { ack: 'keyword done', groups: [{ attempts: 2, ackDeadline: 60_000, uids: '12:13' }] } },
		],
	])('%s', (_name, given, expected) => {
		expect(inText(reset(given).state)).toMatchObject(expected);
	});

	test.each<[string, Given, string[], string, object]>([
		['nothing else changed', { ...all, flags: {} }, [], '51', {}],
		[
			'a true change of flags is told, and all is compared until it was',
			{ ...all, flags: { '\\Seen': '12' } },
			['12 +\\Seen'],
			'',
			{},
		],
		[
			'flags of a message that waits are no event, and known',
			{ ...all, flags: { '\\Seen': '12' }, before: { newUids: '2', fingerprints: { 2: 'two' } } },
			[],
			'51',
			{ '\\Seen': '12' },
		],
		[
			'flags of a message that is not known again are known',
			{ listing: '11:14', same: { 1: 11 }, flags: { '\\Seen': '12' } },
			[],
			'51',
			{ '\\Seen': '12' },
		],
		['flags where nobody wants updates', { ...all, needs: 'deletions', flags: { '\\Seen': '12' } }, [], '51', {}],
	])('%s', (_name, given, updates, highestModseq, flags) => {
		const { state, pending } = reset(given);
		expect([pending.updates.map(changeText), state.highestModseq ?? '', inText(state.flags ?? {})]).toEqual([
			updates,
			highestModseq,
			flags,
		]);
	});

	test.each<[string, Given & { otherFilter?: true }, string | undefined, string | undefined]>([
		['what starts to match is told', {}, '13', undefined],
		['with another filter nothing is', { otherFilter: true }, undefined, '51'],
	])('%s', (_name, given, matched, highestModseq) => {
		const { state, pending } = reset({ ...all, needs: 'filter matched', before: { matching: '2' }, matching: '12:13', ...given });
		expect([pending.matched?.toString(), state.highestModseq]).toEqual([matched, highestModseq]);
	});
});
