import { afterFailure, MAX_ATTEMPTS } from '../../../sync/delivery/retry';
import { asUid } from '../../../sync/uids/uid';
import { FollowedAccount, told } from '../../support/account';
import { FakeAccount, FakeMailServer } from '../../support/fakeMailServer/index';
import type { FailedMessage } from '../../../sync/folder/folderState';

const MINUTE = 60_000;

describe('a message that fails', () => {
	it('is tried again after 1, 5, 15, 60 and 240 minutes, then daily', () => {
		const waits: number[] = [];
		let failed: FailedMessage | undefined;
		for (let attempt = 1; attempt <= 8; attempt++) {
			failed = afterFailure(failed, asUid(7), 'x'.repeat(1_000), 0);
			expect(failed).toMatchObject({ uid: 7, attempts: attempt });
			expect(failed.reason.length).toBeLessThanOrEqual(200);
			waits.push(failed.retryAt / MINUTE);
		}
		expect(waits).toEqual([1, 5, 15, 60, 240, 1_440, 1_440, 1_440]);
	});

	it.each([
		['cannot be fetched', true],
		['cannot be made into an item', false],
	])('because it %s waits outside of the flow, and is reported with its reference and the reason', async (_name, refused) => {
		const account = new FakeAccount();
		const server = (): FakeMailServer =>
			new FakeMailServer(account, {
				hooks: { row: (row, { method }) => (refused && method === 'fetch' && row.uid === 2 ? undefined : row) },
			});
		let now = Date.parse('2026-11-22T12:00:00Z');
		const followed = new FollowedAccount(async () => server(), 'alice@example.com', 'mail.example.com:993', {
			output: 'content',
			now: () => now,
			onEvent: ({ event, uid }) => {
				if (!refused && event === 'messageNew' && uid === 2) throw new Error('it has no end');
			},
		});
		await followed.run();
		for (let i = 0; i < 3; i++) account.append('INBOX', `Subject: ${i}\r\n\r\nhello\r\n`);
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/3']);
		const attempts: number[] = [];
		for (let minute = 1; attempts.length < MAX_ATTEMPTS; minute++) {
			now += MINUTE;
			const { state, events } = await followed.run();
			const [failed] = state.folders.INBOX.failed;
			if (failed === undefined || failed.attempts > attempts.length + 1) attempts.push(minute);
			if (failed !== undefined) {
				expect(events).toEqual([]);
				continue;
			}
			expect(events).toHaveLength(1);
			expect(events[0]).toMatchObject({
				event: 'messageFailed',
				folder: 'INBOX',
				uid: 2,
				uidValidity: expect.stringMatching(/^\d+$/),
				error: {
					message: refused ? 'the mail server lists this message but does not return it, or not all of it' : 'it has no end',
					attempts: MAX_ATTEMPTS,
				},
			});
			break;
		}
		// Each wait begins with the failure before it.
		expect(attempts).toEqual([1, 6, 21, 81, 321]);
		now += 48 * 60 * MINUTE;
		account.append('INBOX', 'Subject: after\r\n\r\nhello\r\n');
		expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/4']);
	});
});
