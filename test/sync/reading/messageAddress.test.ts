import { groupByFolder, readUid } from '../../../sync/reading/messageAddress';
import { asUid } from '../../../sync/uids/uid';

const at = (folder: string, uid: number) => ({ folder, uid: asUid(uid) });

describe('grouping by folder', () => {
	it('makes one group for each folder and each thing to do, in the order in which they come', () => {
		const groups = groupByFolder([
			{ address: at('Work', 3), task: { to: 'A' } },
			{ address: at('INBOX', 1), task: { to: 'A' } },
			{ address: at('Work', 1), task: { to: 'B' } },
			{ address: at('Work', 2), task: { to: 'A' } },
		]);
		expect(
			groups.map(({ folder, groups: inside }) => [
				folder,
				inside.map(({ task, indexes, uids }) => [task.to, indexes, uids.toString()]),
			]),
		).toEqual([
			[
				'Work',
				[
					['A', [0, 3], '2:3'],
					['B', [2], '1'],
				],
			],
			['INBOX', [['A', [1], '1']]],
		]);
	});

	it('takes INBOX in any case for one folder, and no other name', () => {
		const tasks = ['inbox', 'INBOX', 'Inbox', 'work', 'Work'].map((folder, i) => ({ address: at(folder, i + 1), task: 1 }));
		expect(groupByFolder(tasks).map(({ folder, groups }) => [folder, groups[0].uids.size])).toEqual([
			['INBOX', 3],
			['work', 1],
			['Work', 1],
		]);
	});

	it('keeps a message that is named twice in one group with both places', () => {
		const [{ groups }] = groupByFolder([
			{ address: at('A', 5), task: 1 },
			{ address: at('A', 5), task: 1 },
		]);
		expect(groups).toHaveLength(1);
		expect(groups[0].indexes).toEqual([0, 1]);
		expect(groups[0].uids.size).toBe(1);
	});
});

it.each([
	[4711, 4711],
	['4711', 4711],
	[' 7 ', 7],
	[4294967295, 4294967295],
	[4294967296, undefined],
	[0, undefined],
	['0', undefined],
	[-1, undefined],
	[1.5, undefined],
	['1:5', undefined],
	['1e3', undefined],
	['', undefined],
	[null, undefined],
	[[7], undefined],
])('reads the UID %j as %j', (value, uid) => {
	expect(readUid(value)).toBe(uid);
});
