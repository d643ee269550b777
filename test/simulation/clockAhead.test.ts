import { told } from '../support/account';
import { followFake, kindsOfServer } from '../support/followFake';

/** A clock that was ahead for one run and is put right holds nothing back for as long as it was ahead. */

const source = 'Subject: one\r\n\r\nhello\r\n';
const year = 365 * 24 * 60;

describe.each(kindsOfServer)('with %s', (_kind, options) => {
	test.each(['messageNew only', 'all events'])('what failed then is tried the next day: %s', async (which) => {
		let failing = true;
		const { account, followed, later } = followFake({
			...options,
			ask: {
				...(which === 'all events' ? {} : { events: ['messageNew'] }),
				onEvent: () => {
					if (failing) throw new Error('no');
				},
			},
		});
		await followed.run();
		account.append('INBOX', source);
		later(year);
		await followed.run();
		later(-year);
		failing = false;
		later(24 * 60);
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1']);
	});

	test('what nobody acknowledged then is redelivered the next day', async () => {
		const acknowledge = { by: 'keyword' as const, keyword: 'done', redeliverAfter: 60 * 60_000, maxAttempts: 5 };
		const { account, followed, later } = followFake({ ...options, ask: { acknowledge } });
		await followed.run();
		account.append('INBOX', source);
		later(year);
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1']);
		later(-year);
		later(24 * 60);
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1']);
		expect(told((await followed.run()).events)).toEqual([]);
	});
});
