import { SyncError } from '../../../sync/errors/syncError';
import { deliverOlderMail } from '../../../sync/run/olderMail';
import type { VisitPlan } from '../../../sync/run/visitPlan';
import { told, type Ask } from '../../support/account';
import { FakeAccount } from '../../support/fakeMailServer';
import { followFake } from '../../support/followFake';
import { mail } from '../../support/mail';
import type { FolderStateText } from '../../support/folderState';
import { phase, type PhaseGiven } from '../../support/phase';

/** Two folders of three messages each. */
function mailbox(): FakeAccount {
	const account = new FakeAccount();
	account.createFolder('Work');
	for (const path of ['INBOX', 'Work']) for (const name of ['a', 'b', 'c']) account.append(path, mail(`${path} ${name}`));
	return account;
}

const inbox = (more: FolderStateText = {}): FolderStateText => ({ uidValidity: '1001', uidNext: 4, exists: 3, ...more });
const work = (more: FolderStateText = {}): FolderStateText => ({ uidValidity: '1002', uidNext: 4, exists: 3, ...more });
const onlyNew = { newMessages: true, updates: false, deletions: false };

async function delivered(given: PhaseGiven, toOpen: string[] = [], spent = 0) {
	const { run, emitted, server, context } = phase({ account: mailbox(), needs: onlyNew, ...given });
	context.budget.spend(spent, 0);
	const plan: VisitPlan = { toOpen, onlyToAudit: new Set(), auditsDue: new Set() };
	await deliverOlderMail(run, plan);
	const { folders, problems } = run.progress;
	return {
		events: told(emitted).map((text) => text.replace('messageNew ', '')),
		opened: server.count('open'),
		left: Object.values(folders).map(({ backfill }) => backfill.toString()),
		problems: problems.map(({ code }) => code),
	};
}

const both = { INBOX: inbox({ backfill: '1:2' }), Work: work({ backfill: '1:3' }) };
const host = 'mail.example.com:993';
const failures = {
	connectionLost: new SyncError('connectionLost', { reason: 'ended', host }),
	connectionRefused: new SyncError('connectionRefused', { host, reason: 'refused', viaProxy: false }),
	loginRefused: new SyncError('loginRefused', { reason: 'passwordLoginOff', host }),
	searchFailed: new SyncError('searchFailed', { reason: 'gmailOnly', host }),
};

test.each<[string, PhaseGiven, string[], number, string[], string[]]>([
	['newest first, folder by folder', { folders: both }, [], 0, ['INBOX/2', 'INBOX/1', 'Work/3', 'Work/2', 'Work/1'], ['', '']],
	['as far as the run goes', { folders: both, limits: { messages: 3 } }, [], 0, ['INBOX/2', 'INBOX/1', 'Work/3'], ['', '1:2']],
	[
		'more than a run has of others, where that is wanted',
		{ folders: both, limits: { messages: 3, olderMessages: 4 } },
		[],
		1,
		['INBOX/2', 'INBOX/1', 'Work/3'],
		['', '1:2'],
	],
	[
		'nothing when the run is spent, however many it may deliver of them',
		{ folders: both, limits: { messages: 3, olderMessages: 9 } },
		[],
		3,
		[],
		['1:2', '1:3'],
	],
	['nothing when the run is spent', { folders: both, limits: { messages: 3 } }, [], 3, [], ['1:2', '1:3']],
	['nothing where none waits', { folders: { INBOX: inbox(), Work: work() } }, [], 0, [], ['', '']],
	['nothing of a single folder, which had its turn', { folders: { INBOX: inbox({ backfill: '1' }) } }, ['INBOX'], 0, [], ['1']],
	[
		'also where several were opened',
		{ folders: both },
		['INBOX', 'Work'],
		0,
		['INBOX/2', 'INBOX/1', 'Work/3', 'Work/2', 'Work/1'],
		['', ''],
	],
	[
		'not of one that could not be opened',
		{ folders: both, progress: { failedToOpen: ['INBOX'] } },
		[],
		0,
		['Work/3', 'Work/2', 'Work/1'],
		['1:2', ''],
	],
	[
		'not of one that is not watched',
		{ folders: both, watched: { paths: ['Work'] } },
		[],
		0,
		['Work/3', 'Work/2', 'Work/1'],
		['1:2', ''],
	],
	[
		'not of one that is another folder by now',
		{ folders: { ...both, INBOX: inbox({ uidValidity: '9', backfill: '1' }) } },
		[],
		0,
		['Work/3', 'Work/2', 'Work/1'],
		['1', ''],
	],
	[
		'not of a message that is gone',
		{ folders: { INBOX: inbox({ backfill: '1,9' }), Work: work() } },
		[],
		0,
		['INBOX/1'],
		['', ''],
	],
	[
		'not when the server cannot be reached',
		{ folders: both, progress: { problems: [failures.connectionRefused] } },
		[],
		0,
		[],
		['1:2', '1:3'],
	],
	[
		'not when the account is refused',
		{ folders: both, progress: { problems: [failures.loginRefused] } },
		[],
		0,
		[],
		['1:2', '1:3'],
	],
])('%s', async (_name, given, toOpen, spent, events, left) => {
	const result = await delivered(given, toOpen, spent);
	expect({ events: result.events, left: result.left }).toEqual({ events, left });
});

test.each(['searchFailed', 'connectionLost'] as const)('goes on when a folder had another problem: %s', async (code) => {
	const { events, problems } = await delivered({ folders: both, progress: { problems: [failures[code]] } });
	expect([events.length, problems]).toEqual([5, [code]]);
});

test('opens no folder for which nothing is left', async () => {
	expect((await delivered({ folders: both, limits: { messages: 2 } })).opened).toBe(1);
});

test('a folder that cannot be opened is a problem, and the others get theirs', async () => {
	const account = mailbox();
	account.folder('INBOX').readable = false;
	const { events, left, problems } = await delivered({ account, folders: both });
	expect({ events, left, problems }).toEqual({
		events: ['Work/3', 'Work/2', 'Work/1'],
		left: ['1:2', ''],
		problems: ['folderForbidden'],
	});
});

test('nothing of a folder that is not known, though it is called like what every object has', async () => {
	const { events } = await delivered({ folders: { INBOX: inbox() }, watched: { paths: ['INBOX', 'constructor'] } });
	expect(events).toEqual([]);
});

test('older messages that are deleted while other events are asked for are not counted as gone twice', async () => {
	const { account, followed } = followFake({
		ask: { events: ['messageNew'], startFrom: { kind: 'all' }, limits: { messages: 1 } },
	});
	for (let i = 1; i <= 4; i++) account.append('INBOX', mail(`m${i}`));
	await followed.run();
	account.expunge('INBOX', [1, 2, 3, 4]);
	const ask: Ask = { events: ['messageNew', 'messageDeleted'], limits: { messages: 5 } };
	expect((await followed.run(ask)).state.folders.INBOX.exists).toBe(0);
	account.append('INBOX', mail('next'));
	expect(told((await followed.run(ask)).events)).toEqual(['messageNew INBOX/5']);
});
