import { FollowedAccount, told, type Ask } from '../support/account';
import { startCourier } from '../support/courier';
import { startDovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { describeServer } from '../support/roots/serverRoot';
import type { SyncEvent } from '../../sync/events/syncEvent';

/** A folder whose files were restored from a backup: the server goes on counting UIDs where the backup was made. */
const servers: Array<[string, jest.Describe, () => Promise<MailHost>]> = [
	['Dovecot', describe, async () => mailHostOf(await startDovecot())],
	['Courier', describeServer('courier'), startCourier],
];

for (const [name, describeHere, start] of servers) {
	describeHere(`a restored folder on ${name}`, () => {
		let host: MailHost;
		beforeAll(async () => {
			host = await start();
		});
		afterAll(() => host?.stop(), 60_000);

		async function restored(others: number, ask: Ask = {}): Promise<{ before: SyncEvent[]; events: SyncEvent[] }> {
			const user = host.newUser();
			for (let i = 1; i <= 3; i++) await host.append(user, 'INBOX', mail(`m${i}`));
			const account = FollowedAccount.on(
				{ user, password: host.password, host: host.host, port: host.port, security: 'none', allowUnauthorizedCerts: false },
				ask,
			);
			await account.run();
			await host.keepCopy?.(user, 'INBOX');
			for (let i = 1; i <= 2; i++) await host.append(user, 'INBOX', mail(`lost${i}`));
			const before = (await account.run()).events;
			await host.restoreCopy?.(user, 'INBOX');
			for (let i = 1; i <= others; i++) await host.append(user, 'INBOX', mail(`other${i}`));
			const events: SyncEvent[] = [];
			for (let run = 1; run <= 3; run++) events.push(...(await account.run()).events);
			await host.release(user);
			return { before, events };
		}

		test.each([1, 3])('%i other messages that got used UIDs are handed over', async (others) => {
			const { before, events } = await restored(others, { events: ['messageNew'] });
			expect(told(before)).toEqual(['messageNew INBOX/4', 'messageNew INBOX/5']);
			expect(told(events)).toEqual(Array.from({ length: others }, (_, i) => `messageNew INBOX/${4 + i}`));
			expect(new Set([...before, ...events].map(({ eventId }) => eventId)).size).toBe(before.length + others);
		});

		test.each([1, 3])('with %i other messages what had their UIDs is told as deleted first', async (others) => {
			const { events } = await restored(others);
			const expected = [
				'messageDeleted INBOX/4',
				'messageDeleted INBOX/5',
				...Array.from({ length: others }, (_, i) => `messageNew INBOX/${4 + i}`),
			];
			expect(told(events).sort()).toEqual(expected.sort());
			expect(told(events).indexOf('messageDeleted INBOX/4')).toBeLessThan(told(events).indexOf('messageNew INBOX/4'));
		});
	});
}
