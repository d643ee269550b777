import { fingerprintOf } from '../../../sync/folder/fingerprint';
import type { Tombstone } from '../../../sync/folder/folderState';
import type { MessageSummary } from '../../../sync/server/message';
import { asUid } from '../../../sync/uids/uid';
import { told } from '../../support/account';
import { FakeAccount } from '../../support/fakeMailServer';
import { mail } from '../../support/mail';
import type { FolderStateText } from '../../support/folderState';
import { phase, type PhaseGiven } from '../../support/phase';

const received = new Date('2026-01-01T00:00:00Z');
/** A message with this Message-ID, as the server tells it. */
const message = (name: string, uid: number): MessageSummary => ({
	uid: asUid(uid),
	flags: [],
	size: mail(name).length,
	internalDate: received,
	messageId: `<${name}@example.com>`,
});
const mark = (name: string): string => fingerprintOf(message(name, 1));
const departed = (name: string, uid: number, more: Partial<Tombstone> = {}): Tombstone => ({
	uid: asUid(uid),
	uidValidity: '1001',
	fingerprint: mark(name),
	runs: 0,
	...more,
});
const moves = { moves: true };

describe('a new message may have been moved', () => {
	test.each<[string, Record<string, FolderStateText>, boolean, boolean]>([
		['when it is known from another folder', { INBOX: { fingerprints: { 3: mark('a') } }, Work: {} }, true, true],
		['when one like it left another folder', { INBOX: { tombstones: [departed('a', 3)] }, Work: {} }, true, true],
		['not when it is known from its own folder', { INBOX: {}, Work: { fingerprints: { 3: mark('a') } } }, true, false],
		[
			'when it is known from both',
			{ INBOX: { fingerprints: { 3: mark('a') } }, Work: { fingerprints: { 3: mark('a') } } },
			true,
			true,
		],
		['not when it is known from nowhere', { INBOX: { fingerprints: { 3: mark('b') } }, Work: {} }, true, false],
		['not where nobody wants moves', { INBOX: { fingerprints: { 3: mark('a') } }, Work: {} }, false, false],
	])('%s', (_name, folders, wanted, expected) => {
		const { run } = phase({ folders, needs: { moves: wanted } });
		expect(run.moves.isCandidate('Work', message('a', 1))).toBe(expected);
	});
});

/** INBOX holds "b" as 2 and had "a" as 1; Work has "a" as 1, "b" as 2, which came since. */
function mailbox(): FakeAccount {
	const account = new FakeAccount();
	account.createFolder('Work');
	account.append('INBOX', mail('a'));
	account.append('INBOX', mail('b'));
	account.expunge('INBOX', [1]);
	account.append('Work', mail('a'));
	account.append('Work', mail('b'));
	return account;
}

const inbox = (more: FolderStateText = {}): FolderStateText => ({ uidValidity: '1001', knownUids: '2', flags: {}, ...more });
const work = (more: FolderStateText = {}): FolderStateText => ({
	uidValidity: '1002',
	knownUids: '1:2',
	flags: {},
	newUids: '1:2',
	...more,
});

async function settled(
	folders: Record<string, FolderStateText>,
	candidates: MessageSummary[],
	more: PhaseGiven = {},
	gone: string[] = [],
) {
	const { run, context, emitted, server } = phase({ account: mailbox(), folders, needs: moves, ...more });
	run.moves.addCandidates('Work', candidates);
	const problems = await run.moves.deliver(context, new Set(gone));
	const { INBOX, Work } = run.progress.folders;
	return {
		events: told(emitted),
		waits: Work.newUids.toString(),
		undecided: Work.moveCandidates.toString(),
		tombstones: (INBOX?.tombstones ?? []).map(({ uid }) => Number(uid)),
		fingerprints: [...(INBOX?.fingerprints?.byUid.keys() ?? [])],
		problems: problems.map(({ code }) => code),
		opened: server.count('open'),
	};
}

describe('a candidate', () => {
	const left = inbox({ tombstones: [departed('a', 1)] });
	const there = inbox({ fingerprints: { 2: mark('b') } });

	test.each<[string, Record<string, FolderStateText>, MessageSummary[], object]>([
		[
			'is told as moved when it left where it was, and nothing is left of it there',
			{ INBOX: left, Work: work() },
			[message('a', 1)],
			{ events: ['messageMoved INBOX/1 -> Work/1'], waits: '2', tombstones: [] },
		],
		[
			'is new when it is still where it was: a copy',
			{ INBOX: there, Work: work() },
			[message('b', 2)],
			{ events: ['messageNew Work/2'], waits: '1' },
		],
		[
			'waits one run when it is not where it was and nobody saw it leave',
			{ INBOX: inbox({ knownUids: '1:2', fingerprints: { 1: mark('a') } }), Work: work() },
			[message('a', 1)],
			{ events: [], waits: '1:2', undecided: '1' },
		],
		[
			'is new when it waited one run already',
			{ INBOX: inbox({ knownUids: '1:2', fingerprints: { 1: mark('a') } }), Work: work({ moveCandidates: '1' }) },
			[message('a', 1)],
			{ events: ['messageNew Work/1'], waits: '2' },
		],
		[
			'is new when nothing is known of it',
			{ INBOX: inbox(), Work: work() },
			[message('a', 1)],
			{ events: ['messageNew Work/1'], waits: '2' },
		],
		[
			'is known in silence when that it left was its acknowledgement',
			{ INBOX: inbox({ tombstones: [departed('a', 1, { silent: true })] }), Work: work() },
			[message('a', 1)],
			{ events: [], waits: '2', tombstones: [] },
		],
		[
			'takes one of two that are alike',
			{ INBOX: inbox({ tombstones: [departed('a', 1), departed('a', 7)] }), Work: work() },
			[message('a', 1)],
			{ events: ['messageMoved INBOX/1 -> Work/1'], waits: '2', tombstones: [7] },
		],
		[
			'and one of an earlier UIDVALIDITY with the same UID stays',
			{ INBOX: inbox({ tombstones: [departed('a', 1), departed('z', 1, { uidValidity: '9' })] }), Work: work() },
			[message('a', 1)],
			{ events: ['messageMoved INBOX/1 -> Work/1'], waits: '2', tombstones: [1] },
		],
	])('%s', async (_name, folders, candidates, expected) => {
		const { events, waits, undecided, tombstones } = await settled(folders, candidates);
		expect({ events, waits, undecided, tombstones }).toEqual({ undecided: '', tombstones: [], ...expected });
	});

	test('comes from a folder that is gone: what was in it and turned up was moved', async () => {
		const Old: FolderStateText = { uidValidity: '5', knownUids: '9', fingerprints: { 9: mark('a') }, missing: true };
		const { events } = await settled({ Old, Work: work() }, [message('a', 1)], {}, ['Old']);
		expect(events).toEqual(['messageMoved Old/9 -> Work/1']);
	});

	test('of a folder that is gone leaves no fingerprint there', async () => {
		const missing = inbox({ missing: true, fingerprints: { 2: mark('b') } });
		const { fingerprints, events } = await settled({ INBOX: missing, Work: work() }, [message('b', 2)], {}, ['INBOX']);
		expect([events, fingerprints]).toEqual([['messageMoved INBOX/2 -> Work/2'], []]);
	});

	test('waits when the run is spent', async () => {
		const { events, waits } = await settled({ INBOX: left, Work: work() }, [message('a', 1)], { limits: { messages: 0 } });
		expect([events, waits]).toEqual([[], '1:2']);
	});

	test('in a folder that cannot be opened is a problem', async () => {
		const account = mailbox();
		account.folder('Work').readable = false;
		const { events, problems } = await settled({ INBOX: left, Work: work() }, [message('a', 1)], { account });
		expect([events, problems]).toEqual([[], ['folderForbidden']]);
	});

	test('from a folder that cannot be opened is taken for a copy', async () => {
		const account = mailbox();
		account.folder('INBOX').readable = false;
		const folders = { INBOX: inbox({ knownUids: '1:2', fingerprints: { 1: mark('a') } }), Work: work() };
		expect((await settled(folders, [message('a', 1)], { account })).events).toEqual(['messageNew Work/1']);
	});

	test('none: no folder is opened', async () => {
		expect((await settled({ INBOX: left, Work: work() }, [])).opened).toBe(0);
	});
});

describe('the deletion of a message that left', () => {
	interface Given extends PhaseGiven {
		complete?: boolean;
		lost?: string[];
	}
	const one = (more: Partial<Tombstone> = {}, state: FolderStateText = {}): Record<string, FolderStateText> => ({
		INBOX: { ...state, tombstones: [departed('a', 1, more)] },
	});

	test.each<[string, Given, string[], Array<[uid: number, runs: number]>]>([
		['waits for the next run', { folders: one() }, [], [[1, 1]]],
		['is told by the next run that looked at everything', { folders: one({ runs: 1 }) }, ['messageDeleted INBOX/1'], []],
		['waits while not everything is looked at', { folders: one({ runs: 4 }), complete: false }, [], [[1, 5]]],
		['waits for five runs at most', { folders: one({ runs: 5 }), complete: false }, ['messageDeleted INBOX/1'], []],
		['is told at once when its folder went', { folders: one(), lost: ['INBOX'] }, ['messageDeleted INBOX/1'], []],
		['is told at once when its folder is missing', { folders: one({}, { missing: true }) }, ['messageDeleted INBOX/1'], []],
		[
			'is told at once where nobody wants moves any more',
			{ folders: one(), needs: { moves: false } },
			['messageDeleted INBOX/1'],
			[],
		],
		['is not told when that it left was its acknowledgement', { folders: one({ runs: 1, silent: true }) }, [], []],
		['is not told where nobody wants deletions', { folders: one({ runs: 1 }), events: ['messageMoved'] }, [], []],
		['is left for the next run when this one is spent', { folders: one({ runs: 1 }), limits: { messages: 0 } }, [], [[1, 1]]],
		[
			'is told though the run is spent, when its folder is missing',
			{ folders: one({}, { missing: true }), limits: { messages: 0 } },
			['messageDeleted INBOX/1'],
			[],
		],
		[
			'is told of as many as the run goes',
			{
				folders: { INBOX: { tombstones: [departed('a', 1, { runs: 1 }), departed('b', 2, { runs: 1 })] } },
				limits: { messages: 1 },
			},
			['messageDeleted INBOX/1'],
			[[2, 1]],
		],
	])('%s', async (_name, { complete = true, lost = [], ...given }, events, left) => {
		const { run, context, emitted } = phase({ needs: moves, ...given });
		await run.moves.emitDeletions(context, complete, new Set(lost));
		const tombstones = run.progress.folders.INBOX.tombstones.map(({ uid, runs }) => [uid, runs]);
		expect({ events: told(emitted), left: tombstones }).toEqual({ events, left });
	});

	test('says the UIDVALIDITY under which it was known', async () => {
		const { run, context, emitted } = phase({ needs: moves, folders: one({ runs: 1, uidValidity: '9' }) });
		await run.moves.emitDeletions(context, true, new Set());
		expect(emitted).toMatchObject([{ uid: 1, uidValidity: '9' }]);
	});

	test.each<[string, Partial<Tombstone>, FolderStateText, boolean]>([
		['is the same in a folder that was renamed', {}, { idName: 'INBOX' }, true],
		['is another one for another use of the UID', { uidGeneration: 1 }, {}, false],
		['is another one where the folder has another first name', {}, { idName: 'Old' }, false],
	])('has an id that %s', async (_name, more, state, same) => {
		const idOf = async (folders: Record<string, FolderStateText>): Promise<string> => {
			const { run, context, emitted } = phase({ needs: moves, folders });
			await run.moves.emitDeletions(context, true, new Set());
			return emitted[0].eventId;
		};
		expect((await idOf(one({ runs: 1, ...more }, state))) === (await idOf(one({ runs: 1 })))).toBe(same);
	});
});
