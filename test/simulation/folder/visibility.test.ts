import { UidSet } from '../../../sync/uids/uidSet';
import { told } from '../../support/account';
import type { FakeOptions } from '../../support/fakeMailServer';
import { followFake, type FollowedFake } from '../../support/followFake';

/** Yahoo shows the newest 10,000 messages of a folder; here a server that shows 100. */
const kinds: Array<[string, FakeOptions]> = [
	['QRESYNC that tells of expunges only', { capabilities: { visibleMessages: 100 } }],
	['QRESYNC that names all it does not show', { capabilities: { visibleMessages: 100 }, remembersExpunges: false }],
	['CONDSTORE', { capabilities: { visibleMessages: 100, qresync: false } }],
	['neither', { capabilities: { visibleMessages: 100, qresync: false, condstore: false, esearch: false, listStatus: false } }],
];
const source = (name: string | number): string => `Subject: ${name}\r\n\r\nhello\r\n`;

async function filled(options: FakeOptions, messages: number, ask = {}): Promise<FollowedFake> {
	const fake = followFake({ ...options, ask });
	for (let i = 1; i <= messages; i++) fake.account.append('INBOX', source(i));
	await fake.followed.run();
	return fake;
}

describe.each(kinds)('a server that shows only the newest messages, with %s', (_name, kind) => {
	test('an old message that drops out of view is not told as deleted', async () => {
		const fake = await filled(kind, 120);
		for (let i = 0; i < 3; i++) fake.account.append('INBOX', source(`new ${i}`));
		const run = await fake.followed.run();
		expect([told(run.events), run.problems, run.disabled]).toEqual([
			[121, 122, 123].map((uid) => `messageNew INBOX/${uid}`),
			[],
			[],
		]);
		expect(run.state.folders.INBOX.knownUids?.toString()).toBe('24:123');
		expect((await fake.followed.run()).events).toEqual([]);
	});

	test('an old message that comes into view again is not told as new, and followed from then on', async () => {
		const fake = await filled(kind, 120);
		fake.account.expunge('INBOX', [60, 120]);
		const run = await fake.followed.run();
		expect([told(run.events), run.problems]).toEqual([['messageDeleted INBOX/60', 'messageDeleted INBOX/120'], []]);
		expect(run.state.folders.INBOX.knownUids?.toString()).toBe('19:59,61:119');
		fake.account.setFlags('INBOX', [19], { add: ['\\Seen'] });
		expect(told((await fake.followed.run()).events)).toEqual(['messageUpdated INBOX/19 +\\Seen']);
		fake.account.expunge('INBOX', [19]);
		expect(told((await fake.followed.run()).events)).toEqual(['messageDeleted INBOX/19']);
	});

	test('what goes and what drops out at the same time are told apart', async () => {
		const fake = await filled(kind, 120, { limits: { messages: 1_000 } });
		fake.account.expunge('INBOX', [50, 51]);
		for (let i = 0; i < 60; i++) fake.account.append('INBOX', source(`new ${i}`));
		const run = await fake.followed.run();
		const arrived = UidSet.range(121, 180)
			.toArray()
			.map((uid) => `messageNew INBOX/${uid}`);
		// 50 and 51 lie in what dropped out of view: nothing tells them from the others there.
		expect([told(run.events), run.problems]).toEqual([arrived, []]);
		fake.account.expunge('INBOX', [150]);
		expect(told((await fake.followed.run()).events)).toEqual(['messageDeleted INBOX/150']);
	});

	test('a folder that holds less than is shown is followed to its last message', async () => {
		const fake = await filled(kind, 60);
		fake.account.expunge('INBOX', UidSet.range(1, 55));
		expect(told((await fake.followed.run()).events)).toEqual(
			UidSet.range(1, 55)
				.toArray()
				.map((uid) => `messageDeleted INBOX/${uid}`),
		);
		fake.later(9 * 60);
		const audited = await fake.followed.run();
		expect([audited.events, audited.corrections]).toEqual([[], []]);
	});

	test('an audit finds nothing to heal in what drops out of view', async () => {
		const fake = await filled(kind, 120);
		fake.later(9 * 60);
		fake.account.append('INBOX', source('new'));
		const audited = await fake.followed.run();
		expect([told(audited.events), audited.corrections, audited.disabled]).toEqual([['messageNew INBOX/121'], [], []]);
	});

	test('a message that waits to be handed over and drops out of view is passed over', async () => {
		const fake = await filled(kind, 120, { output: 'content' });
		for (let i = 0; i < 110; i++) fake.account.append('INBOX', source(`new ${i}`));
		const first = await fake.followed.run({ limits: { messages: 5 } });
		for (let i = 0; i < 20; i++) fake.account.append('INBOX', source(`newer ${i}`));
		const rest = await fake.followed.run();
		expect([...first.problems, ...rest.problems]).toEqual([]);
		expect(rest.unfinished).toBe(false);
		expect((await fake.followed.run()).events).toEqual([]);
	});
});
