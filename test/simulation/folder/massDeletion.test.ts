import { SyncError } from '../../../sync/errors/syncError';
import { UidSet } from '../../../sync/uids/uidSet';
import { told } from '../../support/account';
import type { FakeOptions } from '../../support/fakeMailServer';
import { followFake, kindsOfServer, type FollowedFake } from '../../support/followFake';

const range = (first: number, last: number): number[] => UidSet.range(first, last).toArray();
const deleted = (uids: number[]): string[] => uids.map((uid) => `messageDeleted INBOX/${uid}`);
const limits = { messages: 1_000 };

async function filled(options: FakeOptions, messages = 300): Promise<FollowedFake> {
	const fake = followFake({ ...options, ask: { limits } });
	for (let i = 1; i <= messages; i++) fake.account.append('INBOX', `Subject: ${i}\r\n\r\nhello\r\n`);
	await fake.followed.run();
	return fake;
}

describe.each(kindsOfServer)('deletions with %s', (_name, kind) => {
	test.each([
		['a quarter of the messages', 300, range(1, 75), 1],
		['fifty messages', 120, range(1, 50), 1],
		['more than a quarter and more than fifty', 300, range(1, 76), 2],
		['every message', 300, range(1, 300), 2],
		['every other message', 300, range(1, 300).filter((uid) => uid % 2 === 0), 2],
	])('of %s are told in the same run', async (_what, messages, gone, openings) => {
		const { account, followed, server } = await filled(kind, messages);
		account.expunge('INBOX', gone);
		const run = await followed.run();
		expect(told(run.events)).toEqual(deleted(gone));
		expect(run.problems).toEqual([]);
		expect(server.last.count('open')).toBe(openings);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('of many come with what else happened', async () => {
		const { account, followed } = await filled(kind);
		account.expunge('INBOX', range(1, 200));
		account.setFlags('INBOX', [250], { add: ['\\Seen'] });
		account.append('INBOX', 'Subject: new\r\n\r\nhello\r\n');
		expect(told((await followed.run()).events)).toEqual([
			'messageNew INBOX/301',
			'messageUpdated INBOX/250 +\\Seen',
			...deleted(range(1, 200)),
		]);
		expect(told((await followed.run()).events)).toEqual([]);
	});

	test('of many that go on while it is looked are told, all of them in the end', async () => {
		const fake = await filled(kind);
		fake.account.expunge('INBOX', range(1, 100));
		let openings = 0;
		fake.server.hooks.before = ({ method }) => {
			if (method === 'open' && ++openings === 2) fake.account.expunge('INBOX', range(101, 110));
		};
		const first = await fake.followed.run();
		fake.server.hooks.before = undefined;
		const rest = await fake.followed.run();
		expect([...told(first.events), ...told(rest.events)]).toEqual(deleted(range(1, 110)));
	});

	test('are not told when the folder is only empty for a moment, and nothing is told again afterwards', async () => {
		const fake = await filled(kind);
		const inbox = fake.account.folder('INBOX');
		const { messages } = inbox;
		let openings = 0;
		fake.server.hooks.before = ({ method }) => {
			if (method === 'open' && ++openings === 2) inbox.messages = messages;
		};
		// As while an index is rebuilt: without expunges, and the next opening has everything again.
		inbox.messages = [];
		fake.server.hooks.vanished = (vanished) => (inbox.messages.length === 0 ? UidSet.range(1, 300) : vanished);
		const run = await fake.followed.run();
		expect(run.events).toEqual([]);
		expect(run.problems).toMatchObject([
			{ code: 'folderInconsistent', data: { reason: 'deletionUnconfirmed', folder: 'INBOX', vanished: 300, known: 300 } },
		]);
		fake.server.hooks = {};
		fake.account.append('INBOX', 'Subject: new\r\n\r\nhello\r\n');
		fake.account.expunge('INBOX', [7]);
		const after = await fake.followed.run();
		expect([told(after.events), after.problems]).toEqual([['messageNew INBOX/301', 'messageDeleted INBOX/7'], []]);
	});
});

test('what VANISHED swaps for living messages is not told, and QRESYNC is left unused', async () => {
	const fake = await filled({});
	fake.account.expunge('INBOX', range(1, 100));
	fake.server.hooks.vanished = () => UidSet.range(201, 300);
	const run = await fake.followed.run();
	expect(run.events).toEqual([]);
	expect(run.problems).toMatchObject([{ code: 'folderInconsistent' }]);
	expect(run.disabled).toMatchObject([{ capability: 'qresync' }]);
	// The lie goes on; the next run does not ask for it any more.
	const next = await fake.followed.run();
	expect([told(next.events), next.problems]).toEqual([deleted(range(1, 100)), []]);
});

test('what two listings agree on and FETCH still has is not told', async () => {
	const fake = await filled({ capabilities: { qresync: false, condstore: false, esearch: false } });
	const inbox = fake.account.folder('INBOX');
	const { messages } = inbox;
	fake.server.hooks.before = ({ method }) => {
		inbox.messages = method === 'flagsOf' ? messages : messages.slice(0, 100);
	};
	const run = await fake.followed.run();
	expect([run.events, run.problems.map(({ code }) => code)]).toEqual([[], ['folderInconsistent']]);
});

test('a server that refuses to FETCH in an empty folder does not keep it from being told as emptied', async () => {
	const fake = await filled({ capabilities: { qresync: false } });
	fake.account.expunge('INBOX', range(1, 300));
	fake.server.hooks.before = ({ method }) => {
		if (method === 'flagsOf')
			throw new SyncError('commandRefused', { reason: 'refused', host: 'mail.example.com:993', answer: 'BAD nothing here' });
	};
	expect(told((await fake.followed.run()).events)).toEqual(deleted(range(1, 300)));
});
