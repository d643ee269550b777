import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FollowedAccount } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';

const MESSAGES = 10_000;
const BODY = `${'The quick brown fox jumps over the lazy dog, again and again.\r\n'.repeat(160)}`;

/** Heap in use after everything that can be freed is freed, in bytes. */
function heapInUse(): number {
	setFlagsFromString('--expose-gc');
	(runInNewContext('gc') as () => void)();
	return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

test('10,000 messages of 10 kB come all once, in runs of 200, in flat memory', async () => {
	const dovecot: Dovecot = await startDovecot();
	try {
		const user = dovecot.newUser();
		const messages = function* () {
			for (let i = 1; i <= MESSAGES; i++)
				yield `Message-ID: <${i}@example.com>\r\nFrom: a@example.com\r\nSubject: message ${i}\r\n\r\n${BODY}`;
		};
		await dovecot.appendMany(user, 'INBOX', messages());
		const account = FollowedAccount.on(
			{
				user,
				password: dovecot.password,
				host: dovecot.host,
				port: dovecot.port,
				security: 'none',
				allowUnauthorizedCerts: false,
			},
			{ startFrom: { kind: 'all' }, output: 'content', limits: { messages: 200, bytes: 64 * 1024 * 1024 } },
		);
		const seen = new Set<number>();
		const heap: number[] = [];
		for (let runs = 1; ; runs++) {
			const { events, unfinished } = await account.run({
				onEvent: ({ event, uid = 0 }, message) => {
					expect(event).toBe('messageNew');
					expect(seen.has(uid)).toBe(false);
					seen.add(uid);
					expect(message?.source?.length).toBeGreaterThan(10_000);
				},
			});
			expect(events.length).toBeLessThanOrEqual(200);
			heap.push(heapInUse());
			if (!unfinished) break;
			expect(runs).toBeLessThan(60);
		}
		expect(seen.size).toBe(MESSAGES);
		expect(heap).toHaveLength(MESSAGES / 200);
		// The first runs warm caches up; from then on nothing may be left behind. A single run holds 2 MB of messages.
		expect(Math.max(...heap.slice(5)) - heap[4]).toBeLessThan(5 * 1024 * 1024);
		expect((await account.run()).events).toEqual([]);
	} finally {
		await dovecot.stop();
	}
});
