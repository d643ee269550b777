import { FollowedAccount, type Ask } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { faults, masks, type Lie, type ServerKind } from '../support/lies/lies';
import { mail } from '../support/mail';
import { Replica } from '../support/replica';
import { startProxy, type CountingProxy, type LineHook } from '../support/wire/countingProxy';
import type { RawImap } from '../support/wire/rawImap';
import type { SyncEvent } from '../../sync/events/syncEvent';

const folders = ['INBOX', 'Work'];

/** Small folders are read row by row, large ones by searches and probes. */
const sizes: Record<string, { messages: number; ask: Ask }> = {
	small: { messages: 12, ask: { output: 'content' } },
	large: { messages: 150, ask: {} },
};

/** When the lie begins: with the very first run, or in the middle of an account's life. */
type Since = 'the beginning' | 'a later run';

/** Each size and each beginning with each kind of server, paired in turns; LIES=all for every combination. */
const cases = faults.flatMap((fault) =>
	fault.kinds.flatMap((kind, kindAt) =>
		Object.keys(sizes).flatMap((size, sizeAt) =>
			(['the beginning', 'a later run'] as Since[])
				.filter((_, sinceAt) => process.env.LIES === 'all' || (kindAt + sizeAt + sinceAt) % 2 === 0)
				.map((since) => ({ fault, kind, size, since })),
		),
	),
);

/** folder -> uid -> flags, sorted */
type Mailbox = Record<string, Record<number, string>>;

async function lookAt(client: RawImap): Promise<Mailbox> {
	const mailbox: Mailbox = {};
	for (const folder of folders) {
		mailbox[folder] = {};
		await client.ok(`EXAMINE ${folder}`);
		for (const line of (await client.ok('FETCH 1:* (UID FLAGS)')).untagged) {
			const [, uid, flags] = /UID (\d+) FLAGS \(([^)]*)\)/.exec(line) ?? [];
			if (uid === undefined) continue;
			const kept = flags.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent');
			mailbox[folder][Number(uid)] = kept.sort().join(' ');
		}
	}
	await client.ok('UNSELECT');
	return mailbox;
}

/** Servers that do not do as they say, as the whole core sees them: each lie of the proxy, and the events stay true. */
describe('a server that lies', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	/** How often each lie was told, over all cases: a lie that never comes up tests nothing. */
	const told = new Map<string, number>();
	/** What audits healed of each, over all cases: one that nothing had to be healed of would not need them. */
	const healed = new Map<string, number>();
	beforeAll(async () => {
		dovecot = await startDovecot();
		proxy = await startProxy(dovecot);
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});

	describe.each(faults.map((fault) => [fault.name, fault] as const))('%s', (_, fault) => {
		test.each(cases.filter((one) => one.fault === fault))(
			'is $fault.outcome by $kind in $size folders, since $since',
			({ kind, size, since }) => play(fault, kind, size, since),
		);

		test('was told at all', () => {
			if (!fault.mask || fault.tell().onServerLine) expect(told.get(fault.name) ?? 0).toBeGreaterThan(0);
			if (fault.outcome === 'healed') expect(healed.get(fault.name) ?? 0).toBeGreaterThan(0);
		});
	});

	async function play(fault: Lie, kind: ServerKind, size: string, since: Since): Promise<void> {
		const user = dovecot.newUser();
		const { messages, ask } = sizes[size];
		await dovecot.createFolder(user, 'Work');
		for (const [folder, count] of [
			['INBOX', messages],
			['Work', 5],
		] as const) {
			const flags = [[], ['\\Seen'], ['\\Flagged', 'todo'], ['\\Seen', '\\Answered']];
			await dovecot.appendMany(
				user,
				folder,
				Array.from({ length: count }, (__, i) => ({ source: mail(`${folder}${i}`), flags: flags[i % flags.length] })),
			);
		}
		await dovecot.expunge(user, 'INBOX', [4, 9]);
		const account = FollowedAccount.on(
			{ user, password: dovecot.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
			{ selection: { kind: 'chosen', folders }, startFrom: { kind: since === 'the beginning' ? 'all' : 'now' }, ...ask },
		);
		const replica = new Replica();
		const seen = new Set<string>();
		const problems: string[] = [];
		/** Messages that wait for another attempt, as the state of the last run has it. */
		let messagesThatFailed = 0;

		/** What is in the folders, as a second client sees it; only the test changes it. */
		const other = await dovecot.login(user);
		let mailbox: Mailbox | undefined;
		const truth = async (): Promise<Mailbox> => (mailbox ??= await lookAt(other));
		const change = async (work: Promise<unknown>): Promise<void> => {
			await work;
			mailbox = undefined;
		};
		const copy = (): Mailbox => Object.fromEntries(folders.map((folder) => [folder, replica.messages(folder)]));

		/** One run; every event has to be true of the mailbox as it is, and told for the first time. */
		const run = async (more: Ask = {}): Promise<void> => {
			const events: SyncEvent[] = [];
			try {
				const outcome = await account.run({ onEvent: (event) => events.push(event), ...more });
				for (const { arrivals, deletions, flags } of outcome.corrections) {
					healed.set(fault.name, (healed.get(fault.name) ?? 0) + arrivals + deletions + flags);
				}
				problems.push(...outcome.problems.map(({ code }) => code));
				messagesThatFailed = Object.values(outcome.state.folders).reduce((sum, { failed }) => sum + failed.length, 0);
			} catch (error) {
				problems.push((error as { code?: string }).code ?? String(error));
				expect(events).toEqual([]);
			}
			const now = await truth();
			for (const event of events) {
				const { event: name, folder, uid, flags = [], eventId } = event;
				expect(seen.has(eventId) ? `${name} ${folder}/${uid} is told again` : '').toBe('');
				seen.add(eventId);
				if (uid === undefined) continue;
				const there = now[folder][uid];
				if (name === 'messageDeleted' && !fault.tellsFalseDeletions)
					expect(there === undefined ? '' : `${folder}/${uid} is told as deleted and is there`).toBe('');
				if (name === 'messageNew' || name === 'messageUpdated')
					expect(`${folder}/${uid} ${[...flags].sort().join(' ')}`).toBe(`${folder}/${uid} ${there}`);
			}
			replica.apply(events);
		};

		try {
			proxy.reset();
			proxy.mask = masks[kind];
			if (since === 'a later run') {
				const before = await Promise.all(folders.map((folder) => dovecot.fetchAll(user, folder)));
				await run();
				folders.forEach((folder, i) => replica.know(folder, before[i]));
				expect(problems).toEqual([]);
			}
			begin(fault, kind);
			if (since === 'the beginning') await run();
			// As many come as go, so that the message count alone proves nothing.
			await change(dovecot.appendMany(user, 'INBOX', [{ source: mail('a'), flags: ['\\Seen'] }, mail('b')]));
			await change(dovecot.flags(user, 'INBOX', [1, 5, 7], { add: ['$Label1'], remove: ['\\Flagged', '\\Seen'] }));
			await change(dovecot.expunge(user, 'INBOX', [3, 8]));
			await change(dovecot.append(user, 'Work', mail('c')));
			await change(dovecot.flags(user, 'Work', [2], { add: ['\\Answered'] }));
			await change(dovecot.expunge(user, 'Work', [1]));
			await run();
			await run();
			// More come than go in one folder, nothing but flags change in the other, and more go than come later.
			await change(dovecot.flags(user, 'INBOX', [2, 6], { add: ['\\Deleted', 'todo'] }));
			await change(dovecot.append(user, 'Work', mail('d')));
			await run();
			await change(dovecot.expunge(user, 'INBOX', [5, 6]));
			await run();
			await run();
			if (fault.outcome === 'healed') {
				await run({ now: () => Date.now() + 9 * 60 * 60_000 });
				// Where moves are followed, what left is told one run later.
				await run({ now: () => Date.now() + 9 * 60 * 60_000 });
			}
			const lied = { copy: copy(), problems: [...problems] };
			const failures = messagesThatFailed;
			end();
			// What failed is tried again after a while.
			for (let left = 8; ; left--) {
				await run({ now: () => Date.now() + (9 - left) * 24 * 60 * 60_000 });
				if (JSON.stringify(copy()) === JSON.stringify(await truth())) break;
				if (left === 0) expect(copy()).toEqual(await truth());
			}
			if (fault.outcome === 'seen through' || fault.outcome === 'healed') {
				expect(lied.problems).toEqual([]);
				expect(lied.copy).toEqual(await truth());
			}
			if (fault.outcome === 'refused' && JSON.stringify(lied.copy) !== JSON.stringify(await truth())) {
				expect(lied.problems.length + failures).toBeGreaterThan(0);
			}
			problems.length = 0;
			const size0 = seen.size;
			await run({ now: () => Date.now() + 10 * 24 * 60 * 60_000 });
			expect([seen.size - size0, problems]).toEqual([0, []]);
		} catch (error) {
			throw new Error(
				`${error instanceof Error ? error.message : String(error)}\nproblems: ${problems.join(', ')}\n\n${proxy.transcript()}`,
				{ cause: error },
			);
		} finally {
			end();
			await other.logout();
		}
	}

	/** Switches the lie on, and counts how often it changes what is said. */
	function begin(fault: Lie, kind: ServerKind): void {
		const counted = (hook: LineHook | undefined): LineHook | undefined =>
			hook &&
			((line, context) => {
				const said = hook(line, context);
				if (said !== undefined && said !== line) told.set(fault.name, (told.get(fault.name) ?? 0) + 1);
				return said;
			});
		const { onServerLine, onClientLine } = fault.tell();
		proxy.onServerLine = counted(onServerLine);
		proxy.onClientLine = counted(onClientLine);
		proxy.mask = [...masks[kind], ...(fault.mask ?? [])];
	}

	function end(): void {
		proxy.onServerLine = undefined;
		proxy.onClientLine = undefined;
	}
});
