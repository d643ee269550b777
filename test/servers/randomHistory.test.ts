import fc from 'fast-check';
import { SyncError } from '../../sync/errors';
import type { SyncEvent } from '../../sync/model';
import { FollowedAccount, type Run } from '../support/account';
import { seedFrom } from '../support/chance';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import { startDovecot } from '../support/dovecot';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { Replica } from '../support/replica';
import { describeServer, type RootedServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * Random histories: somebody else's mail client changes the folders of a mailbox in any order, runs with small limits come in
 * between, some of them cut or their state lost; in the end the copy built from the events equals the mailbox, and no event was
 * illegal. On three real servers, each of them also as the poorer servers that the proxy can make of it.
 */
const flagNames = ['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '\\Draft', '$Label1', 'todo'];
/** The third folder comes and goes under these names. */
const thirdNames = ['Third', 'Other'];
const modseqs = [2n ** 32n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1_000n];

type Act =
	| { act: 'append'; folder: number; flags: string[]; old: boolean; twin: boolean }
	| { act: 'flag'; folder: number; which: number; add: string[]; remove: string[] }
	| { act: 'expunge'; folder: number; which: number; run: number }
	| { act: 'move'; folder: number; which: number; to: number }
	| { act: 'copy'; folder: number; which: number; to: number }
	| { act: 'createThird'; name: number }
	| { act: 'renameThird' }
	| { act: 'deleteThird' }
	| { act: 'recreateThird' }
	| { act: 'changeUidValidity'; folder: number }
	| { act: 'rebuildIndex'; folder: number }
	| { act: 'skipUids'; folder: number; count: number }
	| { act: 'keepCopy'; folder: number }
	| { act: 'restoreCopy'; folder: number }
	| { act: 'raiseModseq'; folder: number; modseq: bigint }
	| { act: 'run'; messages: number; cut?: number; lost: boolean };

/** The third folder is chosen less often: it has acts of its own. */
const folder = fc.constantFrom(0, 0, 1, 1, 2);
const place = { folder, which: fc.nat({ max: 1_000 }) };
const someFlags = fc.subarray(flagNames, { maxLength: 3 });
const one = <T extends Act['act']>(act: T): { act: fc.Arbitrary<T> } => ({ act: fc.constant(act) });
const acts: fc.Arbitrary<Act> = fc.oneof(
	{ weight: 20, arbitrary: fc.record({ ...one('append'), folder, flags: someFlags, old: fc.boolean(), twin: fc.boolean() }) },
	{ weight: 16, arbitrary: fc.record({ ...one('flag'), ...place, add: someFlags, remove: someFlags }) },
	{ weight: 12, arbitrary: fc.record({ ...one('expunge'), ...place, run: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 4, arbitrary: fc.record({ ...one('move'), ...place, to: folder }) },
	{ weight: 4, arbitrary: fc.record({ ...one('copy'), ...place, to: folder }) },
	{ weight: 4, arbitrary: fc.record({ ...one('createThird'), name: fc.nat({ max: 1 }) }) },
	{ weight: 2, arbitrary: fc.record(one('renameThird')) },
	{ weight: 2, arbitrary: fc.record(one('deleteThird')) },
	{ weight: 1, arbitrary: fc.record(one('recreateThird')) },
	{ weight: 1, arbitrary: fc.record({ ...one('changeUidValidity'), folder }) },
	{ weight: 1, arbitrary: fc.record({ ...one('rebuildIndex'), folder }) },
	{ weight: 1, arbitrary: fc.record({ ...one('skipUids'), folder, count: fc.integer({ min: 1, max: 1_000 }) }) },
	{ weight: 1, arbitrary: fc.record({ ...one('keepCopy'), folder: fc.constantFrom(0, 1) }) },
	{ weight: 1, arbitrary: fc.record({ ...one('restoreCopy'), folder: fc.constantFrom(0, 1) }) },
	{ weight: 1, arbitrary: fc.record({ ...one('raiseModseq'), folder, modseq: fc.constantFrom(...modseqs) }) },
	{
		weight: 20,
		arbitrary: fc.record(
			{ ...one('run'), messages: fc.integer({ min: 1, max: 6 }), cut: fc.integer({ min: 1, max: 3_000 }), lost: fc.boolean() },
			{ requiredKeys: ['act', 'messages', 'lost'] },
		),
	},
);

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

/** What makes a message's arrival or deletion the same happening; two updates of one message may be two happenings. */
const nameOf = ({ event, folder, uid, uidValidity, eventId }: SyncEvent): string =>
	event === 'messageUpdated' || event.startsWith('folder') ? eventId : `${event} ${folder}/${uidValidity}/${uid}`;

const seed = seedFrom('HISTORY_SEED');
/** On each server, spread over the kinds that the proxy makes of it. */
const histories = Number(process.env.HISTORIES ?? 300);

const forgetful = 'mail_index_log_rotate_min_size = 1k\nmail_index_log_rotate_min_age = 0\nmail_index_log2_max_age = 0\n';

interface Server {
	name: string;
	describe: jest.Describe;
	start: () => Promise<MailHost>;
	/** What the proxy takes away from the server. */
	masks: Array<[string, string[]]>;
}

const rooted = (server: RootedServer, start: () => Promise<MailHost>, masks: Server['masks']): Server => ({
	name: server === 'cyrus' ? 'Cyrus' : 'Courier',
	describe: describeServer(server),
	start,
	masks,
});

const servers: Server[] = [
	{
		name: 'Dovecot',
		describe,
		// Forgets quickly what was expunged: it then says of messages that never were that they vanished.
		start: async () => mailHostOf(await startDovecot({ extraConfig: forgetful })),
		masks: [
			['QRESYNC', []],
			['CONDSTORE', ['QRESYNC']],
			['CONDSTORE without ESEARCH and LIST-STATUS', ['QRESYNC', 'ESEARCH', 'LIST-STATUS']],
			['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
		],
	},
	rooted('cyrus', startCyrus, [
		['QRESYNC', []],
		['CONDSTORE', ['QRESYNC']],
		['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
	]),
	rooted('courier', startCourier, [['neither CONDSTORE nor QRESYNC', []]]),
];

process.stderr.write(
	`Random histories: seed ${seed}, ${histories} on each server; HISTORY_SEED and HISTORIES repeat or prolong them.\n`,
);

for (const { name, describe: describeHere, start, masks } of servers) {
	describeHere(`random histories on ${name} (seed ${seed})`, () => {
		let host: MailHost;
		let proxy: CountingProxy;
		beforeAll(async () => {
			host = await start();
			proxy = await startProxy(host);
		}, 60_000);
		afterAll(async () => {
			await proxy?.stop();
			await host?.stop();
		}, 60_000);

		test.each(masks)(
			'with %s end in the same mailbox',
			async (_, mask) => {
				await fc.assert(
					fc.asyncProperty(fc.array(acts, { minLength: 3, maxLength: 25 }), beginnings, async (history, beginning) => {
						proxy.mask = mask;
						const mailbox = new History(host, proxy, beginning);
						await mailbox.play(history).finally(() => mailbox.release());
					}),
					{ seed, numRuns: Math.ceil(histories / masks.length) },
				);
			},
			histories * 10_000,
		);
	});
}

/**
 * A server may refuse one login in some thousands for the moment (Courier 5.0: "Temporary problem, please try again later", seen on
 * 2026-11-23): the next poll does it then.
 */
async function patiently(run: () => Promise<Run>): Promise<Run> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await run();
		} catch (error) {
			if (!(error instanceof SyncError) || error.code !== 'serverBusy' || attempt === 3) throw error;
		}
	}
}

/** One mailbox with its own user, what happens to it, and the copy of it that the events make. */
class History {
	private readonly user: string;
	private readonly account: FollowedAccount;
	private readonly replica = new Replica();
	/** Events whose run was lost: name -> id. */
	private readonly lost = new Map<string, string>();
	/** The names of the three folders; the third one is not always there. */
	private readonly folders: [string, string, string?];
	private appended = 0;
	/** UIDVALIDITYs that third folders had. */
	private readonly used = new Set<number>();

	constructor(
		private readonly host: MailHost,
		proxy: CountingProxy,
		private readonly beginning: Beginning,
	) {
		this.user = host.newUser();
		this.folders = ['INBOX', host.folder('Work')];
		const { user } = this;
		const selection = {
			all: { kind: 'all' },
			pattern: { kind: 'pattern', include: ['inbox', host.folder('*')], exclude: [host.folder('nothing')] },
			chosen: { kind: 'chosen', folders: ['INBOX', host.folder('Work')] },
		} as const;
		this.account = FollowedAccount.on(
			{ user, password: host.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
			{ selection: selection[beginning.selection], startFrom: { kind: beginning.startFrom } },
		);
		this.sync = async ({ messages, cut: bytes, lost }) => {
			const cut = bytes === undefined ? undefined : proxy.cutAfter({ direction: 'toClient', phase: 'work', bytes });
			try {
				const ask = { limits: { messages } };
				if (!lost) this.take(await patiently(() => this.account.run(ask)));
				// The process died after the hand-over: whoever took these events gets them again, under the same ids.
				else for (const event of (await patiently(() => this.account.runWithoutKeeping(ask))).events) this.lost.set(nameOf(event), event.eventId);
			} catch (error) {
				if (!cut?.happened) throw error;
			} finally {
				cut?.disarm();
			}
		};
	}

	private readonly sync: (run: Act & { act: 'run' }) => Promise<void>;

	async play(history: Act[]): Promise<void> {
		const { host, user, replica, beginning } = this;
		await host.createFolder(user, this.folders[1]);
		if (beginning.third) await this.createThird(0);
		for (const path of this.present()) if (beginning.there > 0) await host.fill(user, path, beginning.there);
		for (const path of this.watched()) replica.know(path, beginning.startFrom === 'now' ? await host.list(user, path) : []);
		await this.sync({ act: 'run', messages: 5, lost: false });

		for (const act of history) await this.happen(act);

		for (let left = 40; ; left--) {
			const run = await patiently(() => this.account.run());
			expect(run.problems.filter(({ code }) => code !== 'serverBusy')).toEqual([]);
			this.take(run);
			// What left and turned up nowhere is told one run later.
			if (!run.unfinished && run.problems.length === 0 && Object.values(run.state.folders).every(({ departed }) => departed.length === 0)) break;
			expect(left).toBeGreaterThan(0);
		}
		expect([...replica.folders.keys()].sort()).toEqual(this.watched().sort());
		for (const path of this.watched()) {
			const expected = Object.fromEntries((await host.list(user, path)).map(({ uid, flags }) => [uid, flags.join(' ')]));
			expect({ path, messages: replica.messages(path) }).toEqual({ path, messages: expected });
		}
		expect((await patiently(() => this.account.run())).events).toEqual([]);
	}

	async release(): Promise<void> {
		await this.host.release(this.user);
	}

	private async happen(act: Act): Promise<void> {
		const { host, user } = this;
		if (act.act === 'run') return await this.sync(act);
		if (act.act === 'createThird') return await this.createThird(act.name);
		if (act.act === 'renameThird') return await this.renameThird();
		if (act.act === 'deleteThird') return await this.deleteThird();
		if (act.act === 'recreateThird') {
			const name = thirdNames.findIndex((one) => host.folder(one) === this.folders[2]);
			await this.deleteThird();
			if (name >= 0) await this.createThird(name);
			return;
		}
		const path = this.folders[act.folder];
		if (path === undefined) return;
		switch (act.act) {
			case 'append':
				await host.append(user, path, `Message-ID: <${act.twin ? 'same' : ++this.appended}@example.com>\r\nSubject: hello\r\n\r\nhello\r\n`, {
					flags: act.flags,
					...(act.old ? { internalDate: new Date('1999-01-01T00:00:00Z') } : {}),
				});
				return;
			case 'changeUidValidity':
				// Cyrus makes the folder anew for it, which it does not do with INBOX.
				if (host.kind !== 'Cyrus' || path !== 'INBOX') await host.changeUidValidity(user, path);
				return;
			case 'rebuildIndex':
				return await host.rebuildIndex?.(user, path);
			case 'skipUids':
				return await host.skipUids?.(user, path, act.count);
			case 'keepCopy':
				return await host.keepCopy?.(user, path);
			case 'restoreCopy':
				return await host.restoreCopy?.(user, path);
			case 'raiseModseq':
				return await host.raiseModseq?.(user, path, act.modseq);
		}
		const uids = (await host.list(user, path)).map(({ uid }) => uid);
		if (uids.length === 0) return;
		const at = act.which % uids.length;
		const uid = uids[at];
		if (act.act === 'flag') {
			await host.flags(user, path, [uid], { add: act.add, remove: act.remove.filter((flag) => !act.add.includes(flag)) });
		} else if (act.act === 'expunge') {
			await host.expunge(user, path, uids.slice(at, at + act.run));
		} else {
			const target = this.folders[act.to];
			if (target === undefined || target === path) return;
			if (act.act === 'move') await host.move(user, path, [uid], target);
			else await host.copy(user, path, [uid], target);
		}
	}

	private async createThird(name: number): Promise<void> {
		if (this.folders[2] !== undefined) return;
		const path = this.host.folder(thirdNames[name]);
		await this.host.createFolder(this.user, path);
		const uidValidity = await this.host.uidValidity(this.user, path);
		// Cyrus takes the time in seconds. A folder of the same second as one that went is that one renamed, as far as UIDVALIDITY tells.
		if (this.used.has(uidValidity)) return await this.host.deleteFolder(this.user, path);
		this.used.add(uidValidity);
		this.folders[2] = path;
	}

	private async renameThird(): Promise<void> {
		const old = this.folders[2];
		if (old === undefined) return;
		const path = thirdNames.map((name) => this.host.folder(name)).find((name) => name !== old) ?? '';
		await this.host.renameFolder(this.user, old, path);
		this.folders[2] = path;
	}

	private async deleteThird(): Promise<void> {
		if (this.folders[2] === undefined) return;
		await this.host.deleteFolder(this.user, this.folders[2]);
		this.folders[2] = undefined;
	}

	private take(run: Run): void {
		this.replica.takeRun(run);
		for (const event of run.events) {
			const name = nameOf(event);
			if (this.lost.has(name)) expect({ name, id: event.eventId }).toEqual({ name, id: this.lost.get(name) });
		}
	}

	private present(): string[] {
		return this.folders.filter((path) => path !== undefined);
	}

	private watched(): string[] {
		return this.beginning.selection === 'chosen' ? this.folders.slice(0, 2).filter((path) => path !== undefined) : this.present();
	}
}
