import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { FollowedAccount, patiently, type Run as FollowedRun } from '../support/account';
import { seedFrom } from '../support/chance';
import { contentsOf } from '../support/folderContents';
import { HandOvers } from '../support/handOvers';
import { historyServers } from '../support/historyServers';
import { assertInLanes } from '../support/lanes';
import { LostRuns } from '../support/lostRuns';
import { anyMessage, ChangingMailbox, mailboxActs, one, type MailboxAct } from '../support/mailboxActs';
import type { MailHost } from '../support/mailHost';
import { ModeOracle, modes, type Mode, type ToldMessage } from '../support/modes';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Random histories as in randomHistory.test.ts, of mailboxes that are followed with a filter, with or without moves, and with
 * acknowledgement: in the end the copy built from the events is what the filter finds in the mailbox, every message was told
 * of, and none was handed over too often.
 */
type Act =
	MailboxAct | Run | { act: 'acknowledge'; folder: number; which: number; run: number } | { act: 'wait'; minutes: number };
interface Run {
	act: 'run';
	messages: number;
	cut?: number;
	lost: boolean;
}

const MINUTE = 60_000;
const acts: fc.Arbitrary<Act> = fc.oneof(
	...mailboxActs,
	{
		weight: 20,
		arbitrary: fc.record(
			{ ...one('run'), messages: fc.integer({ min: 1, max: 6 }), cut: fc.integer({ min: 1, max: 3_000 }), lost: fc.boolean() },
			{ requiredKeys: ['act', 'messages', 'lost'] },
		),
	},
	{ weight: 8, arbitrary: fc.record({ ...one('acknowledge'), ...anyMessage, run: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 5, arbitrary: fc.record({ ...one('wait'), minutes: fc.integer({ min: 10, max: 60 }) }) },
);
const beginnings = fc.record({ there: fc.nat({ max: 5 }), third: fc.boolean() });
type Beginning = typeof beginnings extends fc.Arbitrary<infer T> ? T : never;

const seed = seedFrom('HISTORY_SEED');
/** On each server, spread over the kinds that the proxy makes of it. */
const histories = Number(process.env.HISTORIES ?? 20);
/** So many are played at once, each through a proxy of its own. */
const LANES = 4;

for (const { name, describe: describeHere, start, masks } of historyServers) {
	describeHere(`random histories with other settings on ${name} (seed ${seed})`, () => {
		let host: MailHost;
		let lanes: CountingProxy[];
		beforeAll(async () => {
			host = await start();
			lanes = await Promise.all(Array.from({ length: LANES }, () => startProxy(host)));
		});
		afterAll(
			async () => {
				await Promise.all((lanes ?? []).map((proxy) => proxy.stop()));
				await host?.stop();
			},
			60_000 + histories * 100,
		);

		test.each(masks)(
			'with %s end in the same mailbox',
			async (_, mask) => {
				await assertInLanes(
					lanes,
					[fc.array(acts, { minLength: 3, maxLength: 25 }), modes, beginnings],
					async (proxy, history, mode, initialSync) => {
						proxy.mask = mask;
						// Otherwise it would keep what was said on all connections of all histories.
						proxy.reset();
						const played = new History(host, proxy, mode, initialSync);
						await played.play(history).finally(() => played.release());
					},
					{ seed, numRuns: Math.ceil(histories / masks.length) },
				);
			},
			histories * 10_000,
		);
	});
}

/** One mailbox, what happens to it, and what its follower knows. */
class History {
	private readonly mailbox: ChangingMailbox;
	private readonly account: FollowedAccount;
	private readonly oracle: ModeOracle;
	private readonly handOvers: HandOvers | undefined;
	private readonly lostRuns = new LostRuns();
	/** Digest -> the message as it was stored. */
	private readonly sources = new Map<string, string>();
	private now = Date.now();

	constructor(
		private readonly host: MailHost,
		private readonly proxy: CountingProxy,
		private readonly mode: Mode,
		private readonly initialSync: Beginning,
	) {
		this.mailbox = new ChangingMailbox(host, (name) => this.compose(`made${name}`));
		this.oracle = new ModeOracle(mode);
		this.handOvers = this.oracle.acknowledge && new HandOvers(this.oracle.acknowledge);
		this.account = FollowedAccount.on(
			{
				user: this.mailbox.user,
				password: host.password,
				host: proxy.host,
				port: proxy.port,
				security: 'none',
				allowUnauthorizedCerts: false,
			},
			{ ...this.oracle.ask, selection: { kind: 'all' }, startFrom: { kind: mode.all ? 'all' : 'now' }, now: () => this.now },
		);
	}

	async play(history: Act[]): Promise<void> {
		const { host, mailbox, oracle, initialSync, mode } = this;
		await host.createFolder(mailbox.user, mailbox.folders[1]);
		if (initialSync.third) await mailbox.createThird(0);
		for (const path of mailbox.present()) {
			const sources = Array.from({ length: initialSync.there }, (_, i) => this.compose(`first${path}${i}`));
			await host.appendMany(mailbox.user, path, sources);
		}
		const there = await this.messages();
		oracle.know(mode.all ? Object.fromEntries(Object.keys(there).map((path) => [path, []])) : there);
		await this.sync({ act: 'run', messages: 5, lost: false });

		for (const act of history) await this.happen(act);

		const marked = this.marked(await this.messages());
		for (let left = 80; ; left--) {
			const run = await patiently(() => this.account.run());
			expect(run.problems.filter(({ code }) => code !== 'serverBusy')).toEqual([]);
			this.take(run);
			// What is acknowledged does not come again.
			for (const { folder, uid, attempt = 1 } of run.events) if (attempt > 1) expect(marked).not.toContain(`${folder}/${uid}`);
			this.now += 40 * MINUTE;
			if (oracle.isThrough(run) && run.problems.length === 0) break;
			expect(left).toBeGreaterThan(0);
		}
		for (const [path, messages] of Object.entries(await this.messages())) {
			oracle.expectCopy(path, messages);
			for (const message of messages) {
				if (oracle.passes(message) && (mode.all || !message.source.includes('Subject: first')))
					oracle.expectTold(messageIdOf(message.source));
			}
		}
		expect((await patiently(() => this.account.run())).events).toEqual([]);
	}

	async release(): Promise<void> {
		await this.host.release(this.mailbox.user);
	}

	private async happen(act: Act): Promise<void> {
		if (act.act === 'run') return await this.sync(act);
		if (act.act === 'wait') return void (this.now += act.minutes * MINUTE);
		if (act.act !== 'acknowledge') return await this.mailbox.happen(act);
		const { host, mailbox, oracle } = this;
		const path = mailbox.folders[act.folder];
		const uids = await mailbox.some(act.folder, act.which, act.run);
		if (path === undefined || uids.length === 0) return;
		if (oracle.mark !== undefined) await host.flags(mailbox.user, path, uids, { add: [oracle.mark] });
		else if (oracle.acknowledge) await host.expunge(mailbox.user, path, uids);
	}

	private async sync({ messages, cut: bytes, lost }: Run): Promise<void> {
		const cut = bytes === undefined ? undefined : this.proxy.cutAfter({ direction: 'toClient', phase: 'work', bytes });
		try {
			const ask = { limits: { messages } };
			if (!lost) return this.take(await patiently(() => this.account.run(ask)));
			// The process died after the hand-over.
			const { events } = await patiently(() => this.account.runWithoutKeeping(ask));
			this.lostRuns.lose(events);
			this.handOvers?.take(events, this.now, false);
		} catch (error) {
			if (!cut?.happened) throw error;
		} finally {
			cut?.disarm();
		}
	}

	private take(run: FollowedRun): void {
		this.oracle.take(run, (event) => run.messages.get(event)?.messageId);
		this.lostRuns.take(run.events);
		this.handOvers?.take(run.events, this.now, true);
	}

	/** All messages of all folders, read by the raw client. */
	private async messages(): Promise<Record<string, ToldMessage[]>> {
		const { host, mailbox, sources } = this;
		const found: Record<string, ToldMessage[]> = {};
		for (const path of mailbox.present()) {
			found[path] = (await contentsOf(host, mailbox.user, path)).map(({ uid, flags, sha256 }) => ({
				uid,
				flags,
				source: sources.get(sha256) ?? '',
			}));
			expect(found[path].map(({ source }) => source)).not.toContain('');
		}
		return found;
	}

	private marked(folders: Record<string, ToldMessage[]>): string[] {
		const { mark } = this.oracle;
		return Object.entries(folders).flatMap(([path, messages]) =>
			messages.filter(({ flags }) => mark !== undefined && [...flags].includes(mark)).map(({ uid }) => `${path}/${uid}`),
		);
	}

	private compose(subject: string): string {
		const source = `Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;
		this.sources.set(createHash('sha256').update(source, 'latin1').digest('hex'), source);
		return source;
	}
}

const messageIdOf = (source: string): string => /^Message-ID: (\S+)/.exec(source)?.[1] ?? '';
