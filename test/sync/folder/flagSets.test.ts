import { changesInRows, changesInSets } from '../../../sync/folder/diff';
import { flagQuestions, flagsOf, noFlags, withoutUids, withRows, type FlagSets } from '../../../sync/folder/flagSets';
import { asUid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import { flagSets } from '../../support/folderState';

const row = (uid: number, flags: string[], labels?: string[]) => ({ uid: asUid(uid), flags, ...(labels ? { labels } : {}) });
const show = (sets: FlagSets) => Object.fromEntries([...sets].map(([flag, set]) => [flag, set.toString()]));

describe('flag questions', () => {
	const present = UidSet.range(1, 50_000);

	test('are none for an empty folder', () => {
		expect(flagQuestions(noFlags, UidSet.empty, ['$Work'])).toEqual([]);
	});

	test('take five for a folder without keywords, the rare flags in one of them', () => {
		const before = flagSets({ '\\Seen': '1:48000', '\\Flagged': '1:500', '\\Answered': '1:3000' });
		expect(flagQuestions(before, present, [])).toEqual([
			{ ask: 'lacking', flag: '\\Seen' },
			{ ask: 'carrying', flag: '\\Flagged' },
			{ ask: 'carrying', flag: '\\Answered' },
			{ ask: 'any', flags: ['\\Deleted', '\\Draft'] },
		]);
	});

	test('ask for many rare keywords at once, and for a common one by itself, on its shorter side', () => {
		const before = flagSets({ NonJunk: '1:49000', $Label1: '1:40', $Label2: '1:30' });
		const questions = flagQuestions(before, present, ['$Label1', '$Label2', '$Label3', 'NonJunk']);
		expect(questions).toContainEqual({ ask: 'lacking', flag: 'NonJunk' });
		expect(questions).toContainEqual({ ask: 'carrying', flag: '$Label2' });
		expect(questions).toContainEqual({ ask: 'any', flags: ['\\Deleted', '\\Draft', '$Label1', '$Label3'] });
	});

	test('ask for a keyword that some message carried though the folder no longer lists it', () => {
		const questions = flagQuestions(flagSets({ gone: '1:500' }), present, []);
		expect(questions).toContainEqual({ ask: 'carrying', flag: 'gone' });
	});
});

describe('flag sets', () => {
	test('take over the flags of rows, and leave labels alone where rows tell none', () => {
		const before = withRows(noFlags, [row(1, ['\\Seen'], ['Work']), row(2, ['\\Seen', 'x'])]);
		expect(show(before)).toEqual({ '\\Seen': '1:2', 'label Work': '1', x: '2' });
		expect(show(withRows(before, [row(1, ['\\Flagged'])]))).toEqual({
			'\\Seen': '2',
			'\\Flagged': '1',
			'label Work': '1',
			x: '2',
		});
		expect(show(withRows(before, [row(1, [], ['Home'])]))).toEqual({ '\\Seen': '2', 'label Home': '1', x: '2' });
		expect(flagsOf(before, asUid(2))).toEqual(['\\Seen', 'x']);
		expect(show(withoutUids(before, UidSet.of([2])))).toEqual({ '\\Seen': '1', 'label Work': '1' });
	});
});

describe('flag changes', () => {
	const before = withRows(noFlags, [row(1, ['\\Seen']), row(2, ['\\Seen', 'old']), row(3, [])]);
	const all = UidSet.range(1, 3);

	test('are told by rows only where something differs, the last row of a message counting', () => {
		const changes = changesInRows(
			before,
			[row(3, ['x']), row(1, ['\\Seen']), row(2, []), row(2, ['\\Seen', 'new']), row(9, ['\\Seen'])],
			all,
		);
		expect(changes).toEqual([
			{ uid: 2, flags: ['\\Seen', 'new'], added: ['new'], removed: ['old'], labelsAdded: [], labelsRemoved: [] },
			{ uid: 3, flags: ['x'], added: ['x'], removed: [], labelsAdded: [], labelsRemoved: [] },
		]);
	});

	test('are told by sets in the same way', () => {
		const after = withRows(before, [row(3, ['x']), row(2, ['\\Seen', 'new'])]);
		expect(changesInSets(before, after, all)).toEqual(changesInRows(before, [row(3, ['x']), row(2, ['\\Seen', 'new'])], all));
		expect(changesInSets(before, after, UidSet.of([1]))).toEqual([]);
	});

	test('keep labels apart from flags', () => {
		const labelled = withRows(noFlags, [row(1, ['\\Seen'], ['Inbox', 'Old'])]);
		expect(changesInRows(labelled, [row(1, ['\\Seen'], ['Inbox', 'New'])], all)).toEqual([
			{
				uid: 1,
				flags: ['\\Seen'],
				labels: ['Inbox', 'New'],
				added: [],
				removed: [],
				labelsAdded: ['New'],
				labelsRemoved: ['Old'],
			},
		]);
	});
});
