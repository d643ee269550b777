import { findWatchedFolders, watchedPaths, whyNotSelectable } from '../../../sync/run/watchedFolders';
import type { EventName } from '../../../sync/events/syncEvent';
import type { FolderListing } from '../../../sync/server/folderListing';
import type { FolderSelection } from '../../../sync/server/folderSelection';
import type { WatchSettings } from '../../../sync/settings/watchSettings';
import type { SyncState } from '../../../sync/state/syncState';
import { FakeAccount, FakeMailServer, type FakeOptions } from '../../support/fakeMailServer';
import { folderState } from '../../support/folderState';

const listed = (...paths: string[]): FolderListing[] => paths.map((path) => ({ path, selectable: path !== 'Holder' }));
const all: FolderSelection = { kind: 'all' };
const chosen = (...folders: string[]): FolderSelection => ({ kind: 'chosen', folders });

describe('watchedPaths', () => {
	test.each<[string, FolderSelection, FolderListing[] | undefined, string[]]>([
		['all, INBOX first', all, listed('A', 'INBOX', 'B'), ['INBOX', 'A', 'B']],
		['all but those that cannot be opened', all, listed('INBOX', 'Holder'), ['INBOX']],
		['by pattern', { kind: 'pattern', include: ['a*'], exclude: ['ab'] }, listed('INBOX', 'A', 'Ab', 'Ac'), ['A', 'Ac']],
		['chosen ones, whatever there is', chosen('Work', 'inbox'), listed('INBOX'), ['INBOX', 'Work']],
		['chosen ones without a listing', chosen('Work'), undefined, ['Work']],
		['all without a listing: none', all, undefined, []],
		['not the folder for notes', all, listed('INBOX', 'Notes'), ['INBOX']],
		['not the folder for notes, though it is chosen', chosen('INBOX', 'Notes'), undefined, ['INBOX']],
	])('%s', (_name, selection, listing, expected) => {
		expect(watchedPaths({ selection, notesFolder: 'Notes' }, listing)).toEqual(expected);
	});

	test('knows the folder for notes below the prefix of the account', () => {
		const paths = watchedPaths({ selection: all, notesFolder: 'Notes' }, listed('INBOX', 'INBOX.Notes'), { prefix: 'INBOX.' });
		expect(paths).toEqual(['INBOX']);
	});
});

describe('findWatchedFolders', () => {
	interface Given {
		selection: FolderSelection;
		events?: EventName[];
		known?: string[];
		startWith?: string;
		server?: FakeOptions;
	}
	async function found({ selection, events = ['messageNew'], known = [], startWith, server: options }: Given) {
		const account = new FakeAccount();
		for (const path of ['A', 'B']) account.createFolder(path);
		const server = new FakeMailServer(account, options);
		const watch: WatchSettings = { events: new Set(events), selection, startFrom: { kind: 'now' }, notesFolder: 'Notes' };
		const state: SyncState = {
			account: { user: 'u', host: 'h' },
			deliveries: 0,
			selectionKey: '',
			unopened: [],
			folders: Object.fromEntries(known.map((path) => [path, folderState()])),
			earlierAccounts: [],
			startWith,
		};
		const watched = await findWatchedFolders(server, watch, state);
		return { watched, lists: server.count('listFolders') };
	}

	test.each<[string, Given, string[]]>([
		['all in order', { selection: all }, ['INBOX', 'A', 'B']],
		['beginning with the one that had to wait', { selection: all, startWith: 'A' }, ['A', 'B', 'INBOX']],
		['in order where that one is not watched any more', { selection: all, startWith: 'Gone' }, ['INBOX', 'A', 'B']],
		['in order where it is the first', { selection: all, startWith: 'INBOX' }, ['INBOX', 'A', 'B']],
	])('gives the folders: %s', async (_name, given, paths) => {
		expect((await found(given)).watched.paths).toEqual(paths);
	});

	test.each<[string, Given, number]>([
		['for all folders', { selection: all }, 1],
		['for patterns', { selection: { kind: 'pattern', include: ['*'], exclude: [] } }, 1],
		['not for one chosen folder', { selection: chosen('INBOX') }, 0],
		['not for the same folder twice', { selection: chosen('INBOX', 'inbox') }, 0],
		['for several chosen ones', { selection: chosen('INBOX', 'A') }, 1],
		[
			'not for several where the list has no status',
			{ selection: chosen('INBOX', 'A'), server: { capabilities: { listStatus: false } } },
			0,
		],
		['for one where folders that are made are told', { selection: chosen('INBOX'), events: ['folderCreated'] }, 1],
		['for one where folders that are renamed are told', { selection: chosen('INBOX'), events: ['folderRenamed'] }, 1],
		['for one where folders that are deleted are told', { selection: chosen('INBOX'), events: ['folderDeleted'] }, 1],
	])('asks for the list %s', async (_name, given, lists) => {
		const { watched, lists: asked } = await found(given);
		expect([asked, watched.listing !== undefined]).toEqual([lists, lists === 1]);
	});

	test('says which known folders are gone', async () => {
		const { watched } = await found({ selection: all, known: ['A', 'Old'] });
		expect([Object.keys(watched.folders), watched.gone, watched.lost]).toEqual([['A', 'Old'], ['Old'], []]);
	});

	test('forgets what was known of the folder for notes', async () => {
		const { watched } = await found({ selection: all, known: ['A', 'Notes'] });
		expect(Object.keys(watched.folders)).toEqual(['A']);
	});
});

describe('whyNotSelectable', () => {
	const status = { uidValidity: '17', uidNext: 7, messages: 6 };
	const many = Array.from({ length: 12 }, (_, i) => `F${i + 1}`);

	test.each<[string, string, FolderListing[], object | undefined]>([
		['a folder that is there', 'Work', listed('INBOX', 'Work'), undefined],
		['INBOX in other letters', 'INBOX', listed('Inbox'), undefined],
		[
			'one that only holds others',
			'Holder',
			listed('INBOX', 'Holder'),
			{ code: 'folderNotSelectable', reason: 'onlyFolders', folder: 'Holder' },
		],
		['one that does not exist', 'Work', listed('INBOX'), { code: 'folderNotFound', reason: 'notListed', folder: 'Work' }],
		['one in other letters', 'work', listed('Work'), { code: 'folderNotFound', reason: 'notListed', folder: 'work' }],
		[
			'one that has another name now',
			'Work',
			[{ path: 'New', selectable: true, status }],
			{ code: 'folderNotFound', reason: 'renamed', folder: 'Work', newName: 'New' },
		],
		[
			'not one that another folder came after',
			'Work',
			[{ path: 'New', selectable: true, status: { ...status, uidValidity: '18' } }],
			{ code: 'folderNotFound', reason: 'notListed', folder: 'Work' },
		],
		[
			'not one of which no status is known',
			'Work',
			listed('New'),
			{ code: 'folderNotFound', reason: 'notListed', folder: 'Work' },
		],
	])('%s', (_name, path, listing, expected) => {
		const error = whyNotSelectable(path, listing, folderState());
		if (expected === undefined) expect(error).toBeUndefined();
		else expect({ code: error?.code, ...error?.data }).toMatchObject(expected);
	});

	test('a folder that was never known has no other name', () => {
		expect(whyNotSelectable('Work', [{ path: 'New', selectable: true, status }], undefined)?.data).toMatchObject({
			reason: 'notListed',
		});
	});

	test('says which folders there are, and not all of many', () => {
		expect(whyNotSelectable('Work', listed('INBOX', 'Holder'), undefined)?.data).toMatchObject({ folders: ['INBOX'], more: 0 });
		expect(whyNotSelectable('Work', listed(...many), undefined)?.data).toMatchObject({
			folders: many.slice(0, 10),
			more: 2,
		});
	});
});
