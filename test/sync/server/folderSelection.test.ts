import { chosenFolders, selectFolders } from '../../../sync/server/folderSelection';
import type { FolderListing } from '../../../sync/server/folderListing';

const folder = (path: string, more: Partial<FolderListing> = {}): FolderListing => ({ path, selectable: true, ...more });
const listing = [
	folder('Zebra'),
	folder('Archive/2025'),
	folder('Archive', { selectable: false }),
	folder('Gesendet', { specialUse: '\\Sent' }),
	folder('INBOX', { specialUse: '\\Inbox' }),
	folder('Müll & Reste'),
];
const pattern = (include: string[], exclude: string[] = []) => selectFolders(listing, { kind: 'pattern', include, exclude });

describe('folder selection', () => {
	test('all means every folder that can be opened, INBOX first', () => {
		expect(selectFolders(listing, { kind: 'all' })).toEqual(['INBOX', 'Archive/2025', 'Gesendet', 'Müll & Reste', 'Zebra']);
	});

	test.each([
		[['*'], [], ['INBOX', 'Archive/2025', 'Gesendet', 'Müll & Reste', 'Zebra']],
		[['archive*'], [], ['Archive/2025']],
		[['*'], ['\\sent', 'Z?bra'], ['INBOX', 'Archive/2025', 'Müll & Reste']],
		[['\\Sent', '\\Trash'], [], ['Gesendet']],
		[['müll*'], [], ['Müll & Reste']],
		[['[a-z]*'], [], []],
		[[], [], []],
	])('pattern %j without %j', (include, exclude, expected) => {
		expect(pattern(include, exclude)).toEqual(expected);
	});

	test('a pattern made to explode a regular expression is answered at once', () => {
		const long = selectFolders([folder('a'.repeat(5_000))], { kind: 'pattern', include: [`${'*a'.repeat(50)}b`], exclude: [] });
		expect(long).toEqual([]);
	});

	test('chosen names are taken once, and INBOX by any spelling', () => {
		expect(chosenFolders(['Zebra', 'inbox', 'Archive', 'Zebra', 'INBOX'])).toEqual(['INBOX', 'Archive', 'Zebra']);
	});
});
