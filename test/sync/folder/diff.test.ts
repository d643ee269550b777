import { changesInRows, changesInSets } from '../../../sync/folder/diff';
import { asUid } from '../../../sync/uids/uid';
import { flagSets, inText, uids } from '../../support/folderState';

interface Row {
	uid: number;
	flags: string[];
	labels?: string[];
	modseq?: string;
}

const nothing = { added: [], removed: [], labelsAdded: [], labelsRemoved: [] };

describe('changesInRows', () => {
	test.each<[string, Record<string, string>, Row[], string, object[]]>([
		['a flag came', {}, [{ uid: 1, flags: ['\\Seen'] }], '1', [{ uid: 1, flags: ['\\Seen'], ...nothing, added: ['\\Seen'] }]],
		['a flag went', { work: '1' }, [{ uid: 1, flags: [] }], '1', [{ uid: 1, flags: [], ...nothing, removed: ['work'] }]],
		['nothing changed', { work: '1' }, [{ uid: 1, flags: ['work'] }], '1', []],
		['a keyword is spelled in other letters', { work: '1' }, [{ uid: 1, flags: ['Work'] }], '1', []],
		[
			'a keyword is spelled in other letters, and another one came',
			{ work: '1' },
			[{ uid: 1, flags: ['Work', 'new'] }],
			'1',
			[{ uid: 1, flags: ['Work', 'new'], ...nothing, added: ['new'] }],
		],
		['of another message nothing is said', {}, [{ uid: 2, flags: ['\\Seen'] }], '1', []],
		[
			'the last row counts',
			{},
			[
				{ uid: 1, flags: ['\\Seen'] },
				{ uid: 1, flags: [] },
			],
			'1',
			[],
		],
		[
			'changes come by UID, names by letter',
			{},
			[
				{ uid: 2, flags: ['b', 'a'] },
				{ uid: 1, flags: ['c'] },
			],
			'1:2',
			[
				{ uid: 1, flags: ['c'], ...nothing, added: ['c'] },
				{ uid: 2, flags: ['a', 'b'], ...nothing, added: ['a', 'b'] },
			],
		],
		[
			'a label came, another went',
			{ 'label Old': '1' },
			[{ uid: 1, flags: [], labels: ['New'] }],
			'1',
			[{ uid: 1, flags: [], labels: ['New'], ...nothing, labelsAdded: ['New'], labelsRemoved: ['Old'] }],
		],
		['a row without labels says nothing of them', { 'label Old': '1' }, [{ uid: 1, flags: [] }], '1', []],
		[
			'a row with no label says that it has none',
			{ 'label Old': '1' },
			[{ uid: 1, flags: [], labels: [] }],
			'1',
			[{ uid: 1, flags: [], labels: [], ...nothing, labelsRemoved: ['Old'] }],
		],
		[
			'the mod-sequence comes along',
			{},
			[{ uid: 1, flags: ['\\Seen'], modseq: '9' }],
			'1',
			[{ uid: 1, flags: ['\\Seen'], ...nothing, added: ['\\Seen'], modseq: '9' }],
		],
		[
			'a keyword may be called like what every object has',
			{ constructor: '2' },
			[{ uid: 1, flags: ['constructor'] }],
			'1',
			[{ uid: 1, flags: ['constructor'], ...nothing, added: ['constructor'] }],
		],
	])('%s', (_name, before, rows, among, expected) => {
		const changes = changesInRows(
			flagSets(before),
			rows.map((row) => ({ ...row, uid: asUid(row.uid) })),
			uids(among),
		);
		expect(inText(changes)).toEqual(expected);
	});
});

describe('changesInSets', () => {
	test.each<[string, Record<string, string>, Record<string, string>, string, object[]]>([
		[
			'a flag came',
			{ '\\Seen': '1' },
			{ '\\Seen': '1:2' },
			'1:9',
			[{ uid: 2, flags: ['\\Seen'], ...nothing, added: ['\\Seen'] }],
		],
		['a flag went, and nobody carries it', { work: '1' }, {}, '1:9', [{ uid: 1, flags: [], ...nothing, removed: ['work'] }]],
		['nothing changed', { work: '1:3' }, { work: '1:3' }, '1:9', []],
		['of another message nothing is said', {}, { work: '1:2' }, '3:9', []],
		[
			'what else the message carries comes along',
			{ work: '1' },
			{ work: '1', '\\Seen': '1', 'label Sales': '1' },
			'1',
			[{ uid: 1, flags: ['\\Seen', 'work'], labels: ['Sales'], ...nothing, added: ['\\Seen'], labelsAdded: ['Sales'] }],
		],
		['a label went', { 'label Sales': '1' }, {}, '1', [{ uid: 1, flags: [], ...nothing, labelsRemoved: ['Sales'] }]],
		[
			'one flag for another in two messages',
			{ a: '1', b: '2' },
			{ a: '2', b: '1' },
			'1:2',
			[
				{ uid: 1, flags: ['b'], ...nothing, added: ['b'], removed: ['a'] },
				{ uid: 2, flags: ['a'], ...nothing, added: ['a'], removed: ['b'] },
			],
		],
	])('%s', (_name, before, after, among, expected) => {
		expect(inText(changesInSets(flagSets(before), flagSets(after), uids(among)))).toEqual(expected);
	});

	test.each<[string, Record<string, string>, Record<string, string>, object]>([
		['came', {}, { constructor: '1' }, { added: ['constructor'] }],
		['went', { constructor: '1' }, {}, { removed: ['constructor'] }],
	])('a keyword called like what every object has %s', (_name, before, after, expected) => {
		expect(changesInSets(flagSets(before), flagSets(after), uids('1'))).toMatchObject([expected]);
	});
});
