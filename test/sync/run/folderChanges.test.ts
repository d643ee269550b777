import { followFolders, formerNames } from '../../../sync/run/folderChanges';
import type { FolderListing } from '../../../sync/server/folderListing';
import { folderState, type FolderStateText } from '../../support/folderState';

const listed = (...paths: string[]): FolderListing[] => paths.map((path) => ({ path, selectable: true }));

describe('followFolders', () => {
	test.each<[string, string[], string[], FolderListing[] | undefined, { kept: string[]; gone?: string[]; lost?: string[] }]>([
		[
			'what is selected and there is kept',
			['INBOX', 'Work'],
			['INBOX', 'Work'],
			listed('INBOX', 'Work'),
			{ kept: ['INBOX', 'Work'] },
		],
		[
			'what was taken out of the selection is forgotten',
			['INBOX', 'Work'],
			['INBOX'],
			listed('INBOX', 'Work'),
			{ kept: ['INBOX'] },
		],
		[
			'what is not there for the second time is kept, and lost',
			['INBOX', 'Away'],
			['INBOX'],
			listed('INBOX'),
			{ kept: ['INBOX', 'Away'], gone: ['Away'], lost: ['Away'] },
		],
		[
			'what is chosen and not there any more is lost too',
			['INBOX', 'Away'],
			['INBOX', 'Away'],
			listed('INBOX'),
			{ kept: ['INBOX', 'Away'], gone: ['Away'], lost: ['Away'] },
		],
		[
			'what was missing already is gone, and not lost anew',
			['INBOX', 'Missing'],
			['INBOX'],
			listed('INBOX'),
			{ kept: ['INBOX', 'Missing'], gone: ['Missing'] },
		],
		[
			'without a listing nothing can be said to be gone',
			['INBOX', 'Work'],
			['INBOX', 'Work'],
			undefined,
			{ kept: ['INBOX', 'Work'] },
		],
		['without a listing what is not selected is forgotten', ['INBOX', 'Work'], ['INBOX'], undefined, { kept: ['INBOX'] }],
		['INBOX has one name in all letters', ['INBOX'], ['INBOX'], listed('Inbox'), { kept: ['INBOX'] }],
		['other names do not', ['work'], [], listed('Work'), { kept: ['work'], gone: ['work'] }],
		[
			'what one listing leaves out may be there',
			['INBOX', 'Work'],
			['INBOX'],
			listed('INBOX'),
			{ kept: ['INBOX', 'Work'], gone: ['Work'] },
		],
		[
			'what only holds others is not there',
			['Away'],
			[],
			[{ path: 'Away', selectable: false }],
			{ kept: ['Away'], gone: ['Away'], lost: ['Away'] },
		],
		['a folder that is not known is no change', [], ['INBOX'], listed('INBOX'), { kept: [] }],
	])('%s', (_name, known, paths, listing, { kept, gone = [], lost = [] }) => {
		const states = Object.fromEntries(
			known.map((path) => [
				path,
				folderState({ missing: path === 'Missing', ...(path === 'Away' ? { mayBeMissing: true } : {}) }),
			]),
		);
		const changes = followFolders(states, paths, listing);
		expect({ kept: Object.keys(changes.folders), gone: changes.gone, lost: changes.lost }).toEqual({ kept, gone, lost });
		for (const path of kept) {
			const { missing, mayBeMissing = false } = changes.folders[path];
			const isGone = lost.includes(path) || path === 'Missing';
			expect([path, missing, mayBeMissing]).toEqual([path, isGone, gone.includes(path) && !isGone]);
		}
	});

	test('does not change what it was given', () => {
		const known = { Work: folderState() };
		followFolders(known, [], listed('INBOX'));
		expect(known.Work).toEqual(folderState());
	});
});

describe('formerNames', () => {
	const now = { uidValidity: '17', uidNext: 7 };
	test.each<[string, Record<string, FolderStateText>, { uidValidity?: string; uidNext?: number; mailboxId?: string }, string[]]>([
		['same UIDVALIDITY and UIDNEXT', { Old: {} }, now, ['Old']],
		['a higher UIDNEXT', { Old: {} }, { ...now, uidNext: 9 }, ['Old']],
		['a lower UIDNEXT, as after a restore', { Old: {} }, { ...now, uidNext: 6 }, ['Old']],
		['another UIDVALIDITY', { Old: {} }, { ...now, uidValidity: '18' }, []],
		['nothing is said', { Old: {} }, {}, []],
		['the id decides', { Old: { mailboxId: 'F1' } }, { uidValidity: '99', mailboxId: 'F1' }, ['Old']],
		['the id decides against the UIDVALIDITY', { Old: { mailboxId: 'F1' } }, { ...now, mailboxId: 'F2' }, []],
		['an id that was not known does not', { Old: {} }, { ...now, mailboxId: 'F2' }, ['Old']],
		['several made in the same second', { Old: {}, Older: {} }, now, ['Old', 'Older']],
	])('%s', (_name, folders, found, expected) => {
		const states = Object.fromEntries(Object.entries(folders).map(([path, text]) => [path, folderState(text)]));
		expect(formerNames(states, Object.keys(folders), found)).toEqual(expected);
	});

	test('only of those that are gone', () => {
		expect(formerNames({ Old: folderState(), There: folderState() }, ['Old'], now)).toEqual(['Old']);
		expect(formerNames({}, ['Old'], now)).toEqual([]);
	});
});
