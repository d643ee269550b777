import { isNothingDue } from '../../../sync/run/nothingDue';
import type { SyncSettings } from '../../../sync/settings/syncSettings';
import type { SyncState } from '../../../sync/state/syncState';
import type { EventName } from '../../../sync/events/syncEvent';
import { folderState, type FolderStateText } from '../../support/folderState';

const now = 1_000_000;

function isQuiet(folder: FolderStateText, events: EventName[] = ['messageNew']): boolean {
	const settings = { watch: { events: new Set(events) }, delivery: {} } as unknown as SyncSettings;
	return isNothingDue(settings, { folders: { INBOX: folderState(folder) } } as unknown as SyncState, now);
}

test('a folder at rest needs no look', () => {
	expect(isQuiet({})).toBe(true);
});

test.each<[string, FolderStateText]>([
	['messages that wait to be delivered', { newUids: '5:6' }],
	['older messages that wait', { backfill: '1' }],
	['a message that failed and is due', { failed: [3] }],
	['a folder that is missing', { missing: true }],
])('a look is needed for %s', (_what, folder) => {
	expect(isQuiet(folder)).toBe(false);
});

test('a look is needed where flags matter, and before a folder is known', () => {
	expect(isQuiet({ knownUids: '1:6' }, ['messageNew', 'messageUpdated'])).toBe(false);
	const settings = { watch: { events: new Set(['messageNew']) }, delivery: {} } as unknown as SyncSettings;
	expect(isNothingDue(settings, { folders: {} } as unknown as SyncState, now)).toBe(false);
});
