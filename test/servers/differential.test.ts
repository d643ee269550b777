import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { FollowedAccount } from '../support/account';
import { seedFrom } from '../support/chance';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { assertInLanes } from '../support/lanes';
import { Replica } from '../support/replica';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * The same random history of a mailbox, followed by mbsync and by the core at the same moments, ends in the same messages with the
 * same flags. mbsync shares neither code nor author nor language with the core, and knows neither CONDSTORE nor QRESYNC.
 */
const folders = ['INBOX', 'Work'];
/** mbsync's letters; it knows no keywords, and \Deleted means to it that a message is to be removed. */
const letters: Record<string, string> = { '\\Seen': 'S', '\\Answered': 'R', '\\Flagged': 'F', '\\Draft': 'D' };
const flagNames = [...Object.keys(letters), '$Label1'];

const seed = seedFrom('HISTORY_SEED');
const histories = Number(process.env.HISTORIES ?? 8);
/** So many are played at once: mbsync waits between its steps. */
const LANES = 4;

const hasMbsync = (): boolean => spawnSync('mbsync', ['--version'], { stdio: 'ignore' }).status === 0;

/** Debian's isync, installed where that is possible. */
function requireMbsync(): boolean {
	if (hasMbsync()) return true;
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'isync']]) {
		if (spawnSync('apt-get', ['-q', ...args], { env, stdio: 'ignore' }).status !== 0) break;
	}
	return hasMbsync();
}

const available = requireMbsync();
if (!available) process.stderr.write('Not run: the comparison with mbsync. Install it as root with `apt-get install isync`.\n');

type Act =
	| { act: 'append'; folder: number; flags: string[]; count: number }
	| { act: 'flag'; folder: number; which: number; add: string[]; remove: string[] }
	| { act: 'expunge'; folder: number; which: number; run: number }
	| { act: 'move' | 'copy'; folder: number; which: number }
	| { act: 'sync' };

const place = { folder: fc.nat({ max: folders.length - 1 }), which: fc.nat({ max: 1_000 }) };
const someFlags = fc.subarray(flagNames, { maxLength: 3 });
const acts: fc.Arbitrary<Act> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({
			act: fc.constant('append' as const),
			folder: place.folder,
			flags: someFlags,
			count: fc.integer({ min: 1, max: 3 }),
		}),
	},
	{ weight: 4, arbitrary: fc.record({ act: fc.constant('flag' as const), ...place, add: someFlags, remove: someFlags }) },
	{ weight: 3, arbitrary: fc.record({ act: fc.constant('expunge' as const), ...place, run: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 2, arbitrary: fc.record({ act: fc.constantFrom('move' as const, 'copy' as const), ...place }) },
	{ weight: 3, arbitrary: fc.record({ act: fc.constant('sync' as const) }) },
);

/** folder -> uid -> letters of the flags, sorted */
type Mailbox = Record<string, Record<number, string>>;

(available ? describe : describe.skip)(
	`beside mbsync (HISTORY_SEED=${seed}, HISTORIES=${histories} for each kind of server)`,
	() => {
		let dovecot: Dovecot;
		let proxy: CountingProxy;
		let root: string;
		beforeAll(async () => {
			root = mkdtempSync(join(tmpdir(), 'imap-sync-mbsync-'));
			dovecot = await startDovecot();
			proxy = await startProxy(dovecot);
		});
		afterAll(async () => {
			await proxy?.stop();
			await dovecot?.stop();
			if (root) rmSync(root, { recursive: true, force: true });
		});

		test.each([
			['QRESYNC', []],
			['CONDSTORE', ['QRESYNC']],
			['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
		])(
			'a random history with %s ends in the same messages and flags',
			async (_, mask) => {
				proxy.mask = mask;
				await assertInLanes(
					Array.from({ length: LANES }),
					[fc.array(acts, { minLength: 5, maxLength: 30 }), fc.nat({ max: 6 })],
					(_lane, history, there) => play(history, there),
					{ seed, numRuns: histories },
				);
			},
			600_000,
		);

		async function play(history: Act[], there: number): Promise<void> {
			const user = dovecot.newUser();
			await dovecot.createFolder(user, 'Work');
			let count = 0;
			const append = async (folder: string, messages: number, flags: string[]): Promise<void> => {
				const sources = Array.from({ length: messages }, () => ({
					source: `Message-ID: <${++count}@example.com>\r\nSubject: ${count}\r\n\r\nhello\r\n`,
					flags,
				}));
				await dovecot.appendMany(user, folder, sources);
			};
			for (const folder of folders) await append(folder, there, ['\\Seen']);

			const account = FollowedAccount.on(
				{ user, password: dovecot.password, host: proxy.host, port: proxy.port, security: 'none', allowUnauthorizedCerts: false },
				{ selection: { kind: 'chosen', folders }, startFrom: { kind: 'all' } },
			);
			const replica = new Replica();
			const mbsync = new Mbsync(join(root, user), dovecot, user);
			const follow = async (): Promise<void> => {
				replica.apply((await account.run()).events);
				await mbsync.pull();
			};
			await follow();
			for (const one of history) {
				if (one.act === 'sync') {
					await follow();
					continue;
				}
				const folder = folders[one.folder];
				if (one.act === 'append') {
					await append(folder, one.count, one.flags);
					continue;
				}
				const uids = await dovecot.uids(user, folder);
				if (uids.length === 0) continue;
				const at = one.which % uids.length;
				const target = folders[1 - one.folder];
				if (one.act === 'flag')
					await dovecot.flags(user, folder, [uids[at]], {
						add: one.add,
						remove: one.remove.filter((flag) => !one.add.includes(flag)),
					});
				else if (one.act === 'expunge') await dovecot.expunge(user, folder, uids.slice(at, at + one.run));
				else if (one.act === 'move') await dovecot.move(user, folder, [uids[at]], target);
				else await dovecot.copy(user, folder, [uids[at]], target);
			}
			await follow();
			for (let left = 10; ; left--) {
				const { events, unfinished } = await account.run();
				replica.apply(events);
				if (!unfinished && events.length === 0) break;
				expect(left).toBeGreaterThan(0);
			}
			expect(lettersOf(replica)).toEqual(mbsync.mailbox());
		}
	},
);

function lettersOf(replica: Replica): Mailbox {
	const letter = (flags: string): string =>
		flags
			.split(' ')
			.flatMap((flag) => letters[flag] ?? [])
			.sort()
			.join('');
	return Object.fromEntries(
		folders.map((folder) => [
			folder,
			Object.fromEntries(Object.entries(replica.messages(folder)).map(([uid, flags]) => [uid, letter(flags)])),
		]),
	);
}

/** mbsync with a Maildir of its own, which follows the account one way. */
class Mbsync {
	private readonly config: string;

	constructor(
		private readonly folder: string,
		{ host, port, password }: Dovecot,
		user: string,
	) {
		mkdirSync(folder, { recursive: true });
		this.config = join(folder, 'mbsyncrc');
		writeFileSync(
			this.config,
			`FSync no

IMAPAccount server
Host ${host}
Port ${port}
User ${user}
Pass ${password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account server

MaildirStore near
Path ${folder}/
Inbox ${folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns ${folders.join(' ')}
Create Near
Expunge Near
Sync Pull
SyncState *
`,
		);
	}

	async pull(): Promise<void> {
		await promisify(execFile)('mbsync', ['-c', this.config, '-a'], {
			timeout: 60_000,
			env: { ...process.env, HOME: this.folder },
		});
	}

	/** What mbsync holds, under the server's UIDs, which its own state pairs with those of the Maildir. */
	mailbox(): Mailbox {
		return Object.fromEntries(folders.map((folder) => [folder, this.messages(join(this.folder, folder))]));
	}

	private messages(maildir: string): Record<number, string> {
		const flags = new Map<number, string>();
		for (const place of ['cur', 'new']) {
			for (const name of readdirSync(join(maildir, place))) {
				const [, uid, letter = ''] = /,U=(\d+)(?::2,(\w*))?$/.exec(name) ?? [];
				if (uid === undefined) throw new Error(`mbsync gave ${name} no UID`);
				flags.set(Number(uid), [...letter].sort().join(''));
			}
		}
		const messages: Record<number, string> = {};
		for (const line of readFileSync(join(maildir, '.mbsyncstate'), 'utf8').split('\n')) {
			const [, far, near] = /^(\d+) (\d+)(?: \S*)?$/.exec(line) ?? [];
			const letter = flags.get(Number(near));
			if (far !== undefined && letter !== undefined) messages[Number(far)] = letter;
		}
		// A message of the Maildir that is paired with nothing would be a loss of this reading, not of mbsync.
		if (Object.keys(messages).length !== flags.size) throw new Error(`the state of ${maildir} does not name all of its messages`);
		return messages;
	}
}
