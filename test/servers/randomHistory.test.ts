import fc from 'fast-check';
import { FollowedAccount, patiently, type Run as FollowedRun } from '../support/account';
import { seedFrom } from '../support/chance';
import { historyServers } from '../support/historyServers';
import { assertInLanes } from '../support/lanes';
import { LostRuns } from '../support/lostRuns';
import { ChangingMailbox, mailboxActs, one, type MailboxAct } from '../support/mailboxActs';
import type { MailHost } from '../support/mailHost';
import { playProvider, providerProfiles, type ProviderProfile } from '../support/providerProfiles';
import { Replica } from '../support/replica';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Random histories: somebody else's mail client changes the folders of a mailbox in any order, runs with small limits come in
 * between, some of them cut or their state lost; in the end the copy built from the events equals the mailbox, and no event was
 * illegal. On three real servers, each of them also as the poorer servers and the providers that the proxy can make of it.
 */
type Act = MailboxAct | Run;
interface Run {
	act: 'run';
	messages: number;
	cut?: number;
	lost: boolean;
}

const acts: fc.Arbitrary<Act> = fc.oneof(...mailboxActs, {
	weight: 20,
	arbitrary: fc.record(
		{ ...one('run'), messages: fc.integer({ min: 1, max: 6 }), cut: fc.integer({ min: 1, max: 3_000 }), lost: fc.boolean() },
		{ requiredKeys: ['act', 'messages', 'lost'] },
	),
});

interface Beginning {
	/** Messages in each folder. */
	there: number;
	startFrom: 'all' | 'now';
	selection: 'chosen' | 'pattern' | 'all';
	/** Whether the third folder is there from the beginning. */
	third: boolean;
}

const beginnings: fc.Arbitrary<Beginning> = fc.record({
	there: fc.nat({ max: 8 }),
	startFrom: fc.constantFrom('all', 'now'),
	selection: fc.constantFrom('chosen', 'pattern', 'all'),
	third: fc.boolean(),
});

const seed = seedFrom('HISTORY_SEED');
/** On each server, spread over the kinds that the proxy makes of it. */
const histories = Number(process.env.HISTORIES ?? 24);

/** So many are played at once, each through a proxy of its own. */
const LANES = 4;

process.stderr.write(
	`Random histories: seed ${seed}, ${histories} on each server; HISTORY_SEED and HISTORIES repeat or prolong them.\n`,
);

for (const { name, describe: describeHere, start, masks } of historyServers) {
	const kinds: Array<[string, Pick<ProviderProfile, 'lacks' | 'id'>]> = [
		...masks.map(([kind, lacks]): [string, { lacks: string[] }] => [kind, { lacks }]),
		...(name === 'Dovecot' ? Object.entries(providerProfiles) : []),
	];
	describeHere(`random histories on ${name} (seed ${seed})`, () => {
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

		test.each(kinds)(
			'with %s end in the same mailbox',
			async (_, kind) => {
				await assertInLanes(
					lanes,
					[fc.array(acts, { minLength: 3, maxLength: 25 }), beginnings],
					async (proxy, history, initialSync) => {
						playProvider(proxy, kind);
						// Otherwise it would keep what was said on all connections of all histories.
						proxy.reset();
						const mailbox = new History(host, proxy, initialSync);
						await mailbox.play(history).finally(() => mailbox.release());
					},
					{ seed, numRuns: Math.ceil(histories / kinds.length) },
				);
			},
			histories * 10_000,
		);
	});
}

/** One mailbox, what happens to it, and the copy of it that the events make. */
class History {
	private readonly mailbox: ChangingMailbox;
	private readonly account: FollowedAccount;
	private readonly replica = new Replica();
	private readonly lostRuns = new LostRuns();

	constructor(
		private readonly host: MailHost,
		private readonly proxy: CountingProxy,
		private readonly initialSync: Beginning,
	) {
		this.mailbox = new ChangingMailbox(host);
		const { user } = this.mailbox;
		const selection = {
			all: { kind: 'all' },
			pattern: { kind: 'pattern', include: ['inbox', host.folder('*')], exclude: [host.folder('nothing')] },
			chosen: { kind: 'chosen', folders: ['INBOX', host.folder('Work')] },
		} as const;
		this.account = FollowedAccount.on(
			{ user, password: host.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
			{ selection: selection[initialSync.selection], startFrom: { kind: initialSync.startFrom } },
		);
	}

	async play(history: Act[]): Promise<void> {
		const { host, mailbox, replica, initialSync } = this;
		const { user } = mailbox;
		await host.createFolder(user, mailbox.folders[1]);
		if (initialSync.third) await mailbox.createThird(0);
		for (const path of mailbox.present()) if (initialSync.there > 0) await host.fill(user, path, initialSync.there);
		for (const path of this.watched()) replica.know(path, initialSync.startFrom === 'now' ? await host.list(user, path) : []);
		await this.sync({ act: 'run', messages: 5, lost: false });

		for (const act of history) await (act.act === 'run' ? this.sync(act) : mailbox.happen(act));

		// A message that was being read when two cuts came is taken for their cause, and waits some minutes.
		let minutesLater = 0;
		const now = (): number => Date.now() + minutesLater * 60_000;
		for (let left = 40; ; left--) {
			const run = await patiently(() => this.account.run({ now }));
			expect(run.problems.filter(({ code }) => code !== 'serverBusy')).toEqual([]);
			this.take(run);
			// What left and turned up nowhere is told one run later.
			if (
				!run.unfinished &&
				run.problems.length === 0 &&
				Object.values(run.state.folders).every(
					({ tombstones, failed, mayBeMissing }) => tombstones.length + failed.length === 0 && !mayBeMissing,
				)
			)
				break;
			expect(left).toBeGreaterThan(0);
			minutesLater += 5;
		}
		expect([...replica.folders.keys()].sort()).toEqual(this.watched().sort());
		for (const path of this.watched()) {
			const expected = Object.fromEntries((await host.list(user, path)).map(({ uid, flags }) => [uid, flags.join(' ')]));
			expect({ path, messages: replica.messages(path) }).toEqual({ path, messages: expected });
		}
		expect((await patiently(() => this.account.run({ now }))).events).toEqual([]);
	}

	async release(): Promise<void> {
		await this.host.release(this.mailbox.user);
	}

	private async sync({ messages, cut: bytes, lost }: Run): Promise<void> {
		const cut = bytes === undefined ? undefined : this.proxy.cutAfter({ direction: 'toClient', phase: 'work', bytes });
		try {
			const ask = { limits: { messages } };
			if (!lost) this.take(await patiently(() => this.account.run(ask)));
			// The process died after the hand-over.
			else this.lostRuns.lose((await patiently(() => this.account.runWithoutKeeping(ask))).events);
		} catch (error) {
			if (!cut?.happened) throw error;
		} finally {
			cut?.disarm();
		}
	}

	private take(run: FollowedRun): void {
		this.replica.takeRun(run);
		this.lostRuns.take(run.events);
	}

	private watched(): string[] {
		const { mailbox } = this;
		return this.initialSync.selection === 'chosen'
			? mailbox.folders.slice(0, 2).filter((path) => path !== undefined)
			: mailbox.present();
	}
}
