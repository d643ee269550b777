import { SyncError } from '../../../sync/errors/syncError';
import { emitDepartures } from '../../../sync/run/departures';
import { told } from '../../support/account';
import { asUid } from '../../../sync/uids/uid';
import { phase, type PhaseGiven } from '../../support/phase';
import type { FolderStateText } from '../../support/folderState';

const left: FolderStateText = { tombstones: [[2, 'two']] };
const sinceLastRun: FolderStateText = { tombstones: [{ uid: asUid(2), uidValidity: '17', fingerprint: 'two', runs: 1 }] };
const problem = new SyncError('folderExists', { folder: 'Other', target: 'Other' });
const notThere = new SyncError('folderNotFound', { reason: 'gone', host: 'mail.example.com:993', folder: 'Late' });
const passing = new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });

async function departed(given: PhaseGiven) {
	const { run, emitted } = phase({ needs: { moves: true }, ...given });
	await emitDepartures(run);
	return { events: told(emitted), emitted, folders: run.progress.folders };
}

describe('a message that left and turned up nowhere', () => {
	test.each<[string, PhaseGiven, string[]]>([
		['waits in the run that saw it go', { folders: { INBOX: left } }, []],
		['is told as deleted by the next one', { folders: { INBOX: sinceLastRun } }, ['messageDeleted INBOX/2']],
		[
			'waits while a folder could not be looked at this time',
			{ folders: { INBOX: sinceLastRun }, progress: { problems: [passing] } },
			[],
		],
		[
			'does not wait for one that stays shut',
			{ folders: { INBOX: sinceLastRun }, progress: { problems: [problem] } },
			['messageDeleted INBOX/2'],
		],
		['waits while a folder had to wait', { folders: { INBOX: sinceLastRun, Work: {} }, progress: { waiting: ['Work'] } }, []],
		['waits while a folder is not known yet', { folders: { INBOX: sinceLastRun }, watched: { paths: ['INBOX', 'Work'] } }, []],
		['waits while a message is not looked at yet', { folders: { INBOX: sinceLastRun, Work: { newUids: '6' } } }, []],
		[
			'does not wait for one that was looked at and may have been moved',
			{ folders: { INBOX: sinceLastRun, Work: { newUids: '6', moveCandidates: '6' } } },
			['messageDeleted INBOX/2'],
		],
		[
			'does not wait for a folder that is missing',
			{ folders: { INBOX: sinceLastRun, Work: { newUids: '6', missing: true } } },
			['messageDeleted INBOX/2'],
		],
		[
			'of a folder that went is told at once',
			{ folders: { INBOX: {}, Work: { ...left, missing: true } }, watched: { gone: ['Work'], lost: ['Work'] } },
			['messageDeleted Work/2', 'folderDeleted Work'],
		],
		[
			'of a folder that a listing left out and that cannot be opened either, beside a chosen one that never was',
			{
				folders: { INBOX: {}, Work: { ...left, missing: true } },
				watched: { paths: ['INBOX', 'Work', 'Late'], lost: ['Work'] },
				progress: { failedToOpen: ['Late', 'Work'], problems: [notThere] },
			},
			['messageDeleted Work/2', 'folderDeleted Work'],
		],
	])('%s', async (_name, given, events) => {
		expect((await departed(given)).events).toEqual(events);
	});
});

describe('a folder that went', () => {
	const gone: PhaseGiven = {
		folders: { INBOX: {}, Work: { missing: true } },
		watched: { paths: ['INBOX', 'New'], gone: ['Work'], lost: ['Work'] },
	};

	test.each<[string, PhaseGiven, string[], boolean]>([
		['is told as deleted', gone, ['folderDeleted Work'], true],
		['is told only where that is wanted', { ...gone, events: ['messageNew'] }, [], true],
		['is not told again', { ...gone, watched: { ...gone.watched, lost: [] } }, [], true],
		[
			'may be one that could not be opened, under its new name: the next run says so',
			{ ...gone, progress: { failedToOpen: ['New'], problems: [problem] } },
			[],
			false,
		],
		['may be one that had to wait', { ...gone, progress: { waiting: ['New'] } }, [], false],
		[
			'is none that is known and could not be opened',
			{ ...gone, progress: { failedToOpen: ['INBOX'], problems: [problem] } },
			['folderDeleted Work'],
			true,
		],
	])('%s', async (_name, given, events, missing) => {
		const { events: emitted, folders } = await departed(given);
		expect([emitted, folders.Work.missing]).toEqual([events, missing]);
	});

	test('is not told where it was found under another name', async () => {
		const { events } = await departed({ folders: { INBOX: {} }, watched: { gone: ['Work'], lost: ['Work'] } });
		expect(events).toEqual([]);
	});
});
