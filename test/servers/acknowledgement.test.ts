import { ACKNOWLEDGED_KEYWORD, type Acknowledge } from '../../sync/settings/acknowledge';
import { FollowedAccount, type Ask, type Run } from '../support/account';
import { mail } from '../support/mail';
import type { MailHost } from '../support/mailHost';
import { mailServersByKind } from '../support/mailServers';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Acknowledgement on real servers: the mark that a workflow sets over a connection of its own ends the redelivery, and makes no
 * event. What depends on the clock alone is in test/simulation/acknowledgement.test.ts.
 */
const MINUTE = 60_000;
const by = (mark: Acknowledge['by']): Acknowledge => ({
	by: mark,
	keyword: ACKNOWLEDGED_KEYWORD,
	redeliverAfter: 30 * MINUTE,
	maxAttempts: 2,
});

for (const [name, describeHere, start, mask] of mailServersByKind) {
	describeHere(`acknowledgement on ${name}`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		let user: string;
		let now: number;

		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host, { mask });
		});
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		});
		beforeEach(() => {
			user = host.newUser();
			now = Date.now();
			proxy.onServerLine = undefined;
		});

		const follow = (ask: Ask): FollowedAccount =>
			FollowedAccount.on(
				{ user, password: host.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
				{ now: () => now, ...ask },
			);
		const after = async (minutes: number, account: FollowedAccount): Promise<Run> => {
			now += minutes * MINUTE;
			const run = await account.run();
			expect(run.problems).toEqual([]);
			return run;
		};
		const attempts = ({ events }: Run): string[] =>
			events.map(({ event, uid, attempt, error }) => `${event} ${uid} ${attempt ?? error?.attempts}`);

		test.each<[Acknowledge['by'], Ask]>([
			['keyword', {}],
			['keyword', { events: ['messageNew', 'messageFailed'] }],
			['seen', {}],
			['seen', { events: ['messageNew', 'messageFailed'] }],
			['leavesFolder', {}],
			['leavesFolder', { events: ['messageNew', 'messageFailed'] }],
		])('by %s ends with the mark, comes again without it, and makes no event (%j)', async (mark, ask) => {
			const account = follow({ acknowledge: by(mark), ...ask });
			await after(0, account);
			await host.appendMany(user, 'INBOX', ['a', 'b', 'c'].map(mail));
			const first = await after(1, account);
			expect(attempts(first)).toEqual([1, 2, 3].map((uid) => `messageNew ${uid} 1`));
			if (mark === 'leavesFolder') await host.expunge(user, 'INBOX', [2]);
			else await host.flags(user, 'INBOX', [2], { add: [mark === 'seen' ? '\\Seen' : ACKNOWLEDGED_KEYWORD] });
			expect(attempts(await after(1, account))).toEqual([]);
			const lost = await account.runWithoutKeeping({ now: () => now + 40 * MINUTE });
			const again = await after(40, account);
			expect(attempts(again)).toEqual(['messageNew 1 2', 'messageNew 3 2']);
			expect(again.events).toEqual(lost.events);
			expect(again.events.map(({ eventId }) => eventId)).toEqual([first.events[0].eventId, first.events[2].eventId]);
			if (mark === 'leavesFolder') await host.expunge(user, 'INBOX', [3]);
			else await host.flags(user, 'INBOX', [3], { add: [mark === 'seen' ? '\\Seen' : ACKNOWLEDGED_KEYWORD] });
			expect(attempts(await after(40, account))).toEqual(['messageFailed 1 2']);
			expect(attempts(await after(40, account))).toEqual([]);
		});

		test('looks by EXAMINE only, but for the one question when it begins; nothing due costs nothing', async () => {
			const account = follow({ acknowledge: by('keyword'), events: ['messageNew'] });
			proxy.reset();
			await after(0, account);
			expect(commands(proxy)).toEqual(['SELECT', 'EXAMINE']);
			await host.append(user, 'INBOX', mail('a'));
			await after(1, account);
			proxy.reset();
			await after(1, account);
			expect(commands(proxy)).toEqual(['EXAMINE']);
			await host.flags(user, 'INBOX', [1], { add: [ACKNOWLEDGED_KEYWORD] });
			proxy.reset();
			expect(attempts(await after(40, account))).toEqual([]);
			expect(commands(proxy)).toEqual(['EXAMINE', 'UID FETCH']);
		});

		test('by keyword is refused where the folder keeps no keywords', async () => {
			proxy.onServerLine = (line) =>
				line.replace(/\[PERMANENTFLAGS \([^)]*\)\]/, '[PERMANENTFLAGS (\\Answered \\Seen \\Deleted)]');
			const { problems, state } = await follow({ acknowledge: by('keyword') }).run();
			expect(problems).toMatchObject([{ code: 'markNotKept', data: { folder: 'INBOX' } }]);
			expect(state.folders).toEqual({});
			expect((await follow({ acknowledge: by('seen') }).run()).problems).toEqual([]);
		});
	});
}

/** The commands after login, as they went over the wire; without the STATUS for the UIDNEXT that Courier leaves out. */
const commands = (proxy: CountingProxy): string[] =>
	[...proxy.transcript().matchAll(/^C: \S+ (UID \w+|SELECT|EXAMINE|LIST|NOOP)/gm)].map(([, command]) => command);
