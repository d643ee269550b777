import type { FlagUpdate } from '../../../sync/folder/diff';
import { isChange, suppress, type Suppression } from '../../../sync/folder/suppress';
import { nothingPending, type Transition } from '../../../sync/folder/transition';
import { asUid } from '../../../sync/uids/uid';
import { folderState, inText, uids, whatChanged, type FolderStateText } from '../../support/folderState';

/** Flags and labels ("label x") that came (+) and went (-): "3 +\\Seen -work +label Sales". */
function change(text: string): FlagUpdate {
	const [uid, ...parts] = text.split(/ (?=[+-])/);
	const named = (sign: string, labels: boolean): string[] =>
		parts
			.filter((part) => part.startsWith(sign) && part.slice(1).startsWith('label ') === labels)
			.map((part) => part.slice(1).replace('label ', ''));
	return {
		uid: asUid(Number(uid)),
		flags: [],
		added: named('+', false),
		removed: named('-', false),
		labelsAdded: named('+', true),
		labelsRemoved: named('-', true),
	};
}

const textOf = ({ uid, added, removed, labelsAdded, labelsRemoved }: FlagUpdate): string =>
	[
		uid,
		...added.map((name) => `+${name}`),
		...removed.map((name) => `-${name}`),
		...labelsAdded.map((name) => `+label ${name}`),
		...labelsRemoved.map((name) => `-label ${name}`),
	].join(' ');

interface Pending {
	updates?: string[];
	deletions?: string;
	matched?: string;
	unmatched?: string;
}

function transitionOf(state: FolderStateText, { updates = [], deletions = '', matched, unmatched }: Pending): Transition {
	return {
		state: folderState(state),
		pending: {
			...nothingPending,
			updates: updates.map(change),
			deletions: uids(deletions),
			...(matched === undefined ? {} : { matched: uids(matched) }),
			...(unmatched === undefined ? {} : { unmatched: uids(unmatched) }),
		},
	};
}

/** What is left of the events, and what of the state is another. */
function suppressed(state: FolderStateText, pending: Pending, how: Suppression): { pending: unknown; changed: unknown } {
	const before = transitionOf(state, pending);
	const after = suppress(before, how);
	return {
		pending: { ...(inText(after.pending) as object), updates: after.pending.updates.map(textOf) },
		changed: whatChanged(before.state, after.state),
	};
}

describe('departures', () => {
	test.each<[string, string, string, unknown, unknown]>([
		['a message that leaves in silence is forgotten', '2', '2', '', { knownUids: '1,3:6' }],
		['another one is told', '2:3', '2', '3', { knownUids: '1,3:6' }],
		['one that did not leave stays', '', '2', '', {}],
	])('%s', (_name, deletions, departures, left, changed) => {
		expect(suppressed({ knownUids: '1:6' }, { deletions }, { departures: uids(departures) })).toEqual({
			pending: { updates: [], deletions: left },
			changed,
		});
	});
});

describe('remaining', () => {
	const without =
		(...names: string[]) =>
		(one: FlagUpdate): FlagUpdate => ({
			...one,
			added: one.added.filter((name) => !names.includes(`+${name}`)),
			removed: one.removed.filter((name) => !names.includes(`-${name}`)),
			labelsAdded: one.labelsAdded.filter((name) => !names.includes(`+label ${name}`)),
			labelsRemoved: one.labelsRemoved.filter((name) => !names.includes(`-label ${name}`)),
		});

	test.each<[string, FolderStateText['flags'], string, string[], string[], unknown]>([
		[
			'a change of which nothing is left is no event, and known',
			{ '\\Seen': '1' },
			'3 +\\Seen',
			['+\\Seen'],
			[],
			{ flags: { '\\Seen': '1,3' } },
		],
		[
			'of a change of which a part is left that part is an event',
			{ work: '3' },
			'3 +\\Seen -work',
			['+\\Seen'],
			['3 -work'],
			{ flags: { work: '3', '\\Seen': '3' } },
		],
		[
			'a flag that went in silence is known to be gone',
			{ '\\Seen': '1', work: '1,3' },
			'3 -work',
			['-work'],
			[],
			{ flags: { '\\Seen': '1', work: '1' } },
		],
		['a flag that nobody carries any more is forgotten', { work: '3' }, '3 -work', ['-work'], [], { flags: {} }],
		['a label that came in silence is known', {}, '3 +label Sales', ['+label Sales'], [], { flags: { 'label Sales': '3' } }],
		[
			'a label that went in silence is known to be gone',
			{ 'label Sales': '3:4' },
			'3 -label Sales +\\Seen',
			['-label Sales'],
			['3 +\\Seen'],
			{ flags: { 'label Sales': '4' } },
		],
		[
			'a keyword with the name of a label is another thing',
			{ Sales: '3' },
			'3 +label Sales',
			['+label Sales'],
			[],
			{ flags: { Sales: '3', 'label Sales': '3' } },
		],
	])('%s', (_name, flags, told, taken, left, changed) => {
		expect(suppressed({ flags }, { updates: [told] }, { remaining: without(...taken) })).toEqual({
			pending: { updates: left, deletions: '' },
			changed,
		});
	});

	test('a change that is given back as it is stays an event, and is not known yet', () => {
		expect(suppressed({ flags: {} }, { updates: ['3 +\\Seen'] }, { remaining: (one) => one })).toEqual({
			pending: { updates: ['3 +\\Seen'], deletions: '' },
			changed: {},
		});
	});

	test('without flags in the state nothing becomes known', () => {
		expect(suppressed({}, { updates: ['3 +\\Seen'] }, { remaining: without('+\\Seen') }).changed).toEqual({});
	});
});

describe('tombstone', () => {
	const state: FolderStateText = {
		tombstones: [
			[2, 'two'],
			[3, 'three'],
		],
	};
	const left = (uid: number, fingerprint: string, more = {}): unknown => ({
		uid,
		uidValidity: '17',
		fingerprint,
		runs: 0,
		...more,
	});

	test.each<[string, Suppression['tombstone'], unknown]>([
		['one that is given back stays', (message) => message, {}],
		[
			'one that is made silent is silent from now on',
			(message) => (message.uid === 2 ? { ...message, silent: true } : message),
			{ tombstones: [left(2, 'two', { silent: true }), left(3, 'three')] },
		],
		[
			'one that is not given back is forgotten',
			(message) => (message.uid === 2 ? undefined : message),
			{ tombstones: [left(3, 'three')] },
		],
		['without the option all stay', undefined, {}],
	])('%s', (_name, tombstone, changed) => {
		expect(suppressed(state, {}, { tombstone }).changed).toEqual(changed);
	});
});

describe('matches', () => {
	test.each<[string, Pending, string, unknown, unknown]>([
		['one that starts in silence matches from now on', { matched: '3:4' }, '3', { matched: '4' }, { matching: '1:3' }],
		['one that stops in silence does not match any more', { unmatched: '1:2' }, '1', { unmatched: '2' }, { matching: '2' }],
		['one that did neither stays as it is', { matched: '', unmatched: '' }, '2', { matched: '', unmatched: '' }, {}],
		['what is not followed stays absent', {}, '3', {}, {}],
	])('%s', (_name, pending, matches, left, changed) => {
		expect(suppressed({ knownUids: '1:6', matching: '1:2' }, pending, { matches: uids(matches) })).toEqual({
			pending: { updates: [], deletions: '', ...(left as object) },
			changed,
		});
	});
});

test('without any option nothing is another', () => {
	const pending = { updates: ['3 +\\Seen'], deletions: '2', matched: '4', unmatched: '5' };
	expect(suppressed({ knownUids: '1:6', matching: '5', flags: {}, tombstones: [[1, 'one']] }, pending, {})).toEqual({
		pending,
		changed: {},
	});
});

test('what else is pending stays', () => {
	const before = transitionOf({}, {});
	const reset = { previousUidValidity: '16', messages: 1, matched: 1, arrived: 0, gone: 0 };
	const { pending } = suppress({ ...before, pending: { ...before.pending, reset, created: true, deferred: true } }, {});
	expect(pending).toMatchObject({ reset, created: true, deferred: true });
});

test.each<[string, boolean]>([
	['3', false],
	['3 +\\Seen', true],
	['3 -\\Seen', true],
	['3 +label Sales', true],
	['3 -label Sales', true],
])('"%s" is a change: %s', (text, expected) => {
	expect(isChange(change(text))).toBe(expected);
});
