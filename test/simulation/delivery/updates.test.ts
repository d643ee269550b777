import { told, type Ask } from '../../support/account';
import { followFake, kindsOfServer, type FollowedFake } from '../../support/followFake';

/** What becomes of a changed flag: what is read for it, and what is no event. */
const mail = 'Message-ID: <a@example.com>\r\nSubject: hello\r\n\r\nhello\r\n';

describe.each(kindsOfServer)('messageUpdated with %s', (_, kind) => {
	async function follow(ask: Ask): Promise<FollowedFake> {
		const fake = followFake({ ...kind, ask: { events: ['messageUpdated'], output: 'content', ...ask } });
		for (let i = 0; i < 3; i++) fake.account.append('INBOX', mail);
		await fake.followed.run();
		return fake;
	}

	test.each<[string, Ask, boolean]>([
		['carries identity and flags, and nothing is read for it', {}, false],
		['carries what Output says where that is asked for', { updatedContent: true }, true],
		['of which Reference says no more', { updatedContent: true, output: 'reference' }, false],
	])('%s', async (_name, ask, isRead) => {
		const fake = await follow(ask);
		fake.account.setFlags('INBOX', [2], { add: ['\\Seen'] });
		const { events, messages } = await fake.followed.run();
		expect(told(events)).toEqual(['messageUpdated INBOX/2 +\\Seen']);
		expect(events[0]).toMatchObject({ uid: 2, flags: ['\\Seen'], folder: 'INBOX' });
		expect([...messages.values()].map(({ source }) => source?.toString())).toEqual(isRead ? [mail] : []);
		expect(fake.server.last.count('fetch') > 0).toBe(isRead);
	});

	test.each(['$HasAttachment', '$hasnoattachment', '$AutoSent', '$IsTrusted'])('does not come for %s', async (keyword) => {
		const fake = await follow({});
		fake.account.setFlags('INBOX', [1, 2], { add: [keyword] });
		expect((await fake.followed.run()).events).toEqual([]);
		// It is known from now on: what people do to the same message is told by itself.
		fake.account.setFlags('INBOX', [2, 3], { add: ['\\Seen', keyword] });
		expect(told((await fake.followed.run()).events)).toEqual([
			'messageUpdated INBOX/2 +\\Seen',
			'messageUpdated INBOX/3 +\\Seen',
		]);
		fake.account.setFlags('INBOX', [1], { remove: [keyword] });
		expect((await fake.followed.run()).events).toEqual([]);
		expect((await fake.followed.run()).changed).toBe(false);
	});

	test('comes for keywords of people, and for those of machines where they are asked for', async () => {
		const people = await follow({});
		people.account.setFlags('INBOX', [1], { add: ['$MailFlagBit0', '$muted'] });
		expect(told((await people.followed.run()).events)).toEqual(['messageUpdated INBOX/1 +$MailFlagBit0 +$muted']);
		const machines = await follow({ machineKeywords: true });
		machines.account.setFlags('INBOX', [1], { add: ['$HasAttachment'] });
		expect(told((await machines.followed.run()).events)).toEqual(['messageUpdated INBOX/1 +$HasAttachment']);
	});
});

test('messageUpdated has the ids of the server where the row of the change tells them', async () => {
	const fake = followFake({
		capabilities: { qresync: false },
		objectIds: true,
		ask: { events: ['messageUpdated'], output: 'content' },
	});
	fake.account.append('INBOX', mail);
	await fake.followed.run();
	fake.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
	const { events } = await fake.followed.run();
	expect(events[0].emailId).toEqual(expect.any(String));
});
