import { execFile, type ExecFileException } from 'node:child_process';
import { accessSync, chmodSync, chownSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeCertificate, type CertificateAsk } from './dovecot/certificate';
import { dovecotConfig, mailOwner } from './dovecot/config';
import { askDoveadm } from './dovecot/doveadmHttp';
import { launch, readLog, type Launched } from './dovecot/launch';
import { findFreePort } from './dovecot/port';
import { encodeFolderName } from './wire/modifiedUtf7';
import { quote, RawImap, type RawPart } from './wire/rawImap';

export interface DovecotOptions {
	/** Adds an implicit-TLS port, and STARTTLS on the plain one, which still takes a login without it: Dovecot trusts loopback. */
	tls?: boolean | CertificateAsk;
	/** Offers COMPRESS=DEFLATE, which Debian's Dovecot does not do by itself. */
	compress?: boolean;
	/** Further lines for dovecot.conf. */
	extraConfig?: string;
}

/** A message to store: the bytes, or the bytes with what the server keeps beside them. */
export type NewMessage = string | Buffer | ({ source: string | Buffer } & AppendOptions);

export interface AppendOptions {
	flags?: string[];
	internalDate?: Date;
}

/** A message as Dovecot's own tool sees it. */
interface StoredMessage {
	uid: number;
	/** Sorted, without `\Recent`, which depends on who looked first. */
	flags: string[];
	size: number;
	/** ISO 8601, in seconds. */
	internalDate: string;
	modseq: bigint;
	/** Dovecot's identity of the message, which a move keeps. */
	guid: string;
	messageId: string;
}

/** A private Dovecot; every name below takes folder names in plain Unicode. */
export interface Dovecot {
	readonly host: string;
	/** The plain port. */
	readonly port: number;
	readonly tlsPort?: number;
	/** The certificate of the TLS port, which is its own authority. */
	readonly caFile?: string;
	/** The password of every user. */
	readonly password: string;
	/** The folder in which this instance has everything it writes. */
	readonly folder: string;
	/** A user name that no test had before; the mailbox comes into being with the first login. */
	newUser(prefix?: string): string;
	/** Runs Dovecot's own tool and gives what it printed. */
	doveadm(...args: Array<string | { input: string | Buffer }>): Promise<string>;
	/** A raw connection, logged in; log it out when done. */
	login(user: string): Promise<RawImap>;
	/** Stores one message and gives its UID. */
	append(user: string, folder: string, rfc822: string | Buffer, options?: AppendOptions): Promise<number>;
	/** Stores many messages in few transactions, in order. */
	appendMany(user: string, folder: string, messages: Iterable<NewMessage>): Promise<void>;
	/** Fills a folder with `count` copies of one small message, by copying inside the server: the way to very large folders. */
	fill(user: string, folder: string, count: number, message?: NewMessage): Promise<void>;
	/** What is in the folder, by UID: the oracle, on a way that no IMAP client takes. */
	fetchAll(user: string, folder: string): Promise<StoredMessage[]>;
	/** The UIDs in the folder, asked for over IMAP: to choose among them. */
	uids(user: string, folder: string): Promise<number[]>;
	/** The folder's own numbers, on the same way as fetchAll. */
	status(
		user: string,
		folder: string,
	): Promise<{ messages: number; uidNext: number; uidValidity: number; highestModseq: bigint }>;
	/** Removes exactly these messages. */
	expunge(user: string, folder: string, uids: number[]): Promise<void>;
	/** Changes flags and keywords of these messages. */
	flags(
		user: string,
		folder: string,
		uids: number[],
		change: { add?: string[]; remove?: string[]; set?: string[] },
	): Promise<void>;
	copy(user: string, from: string, uids: number[], to: string): Promise<void>;
	move(user: string, from: string, uids: number[], to: string): Promise<void>;
	createFolder(user: string, folder: string): Promise<void>;
	deleteFolder(user: string, folder: string): Promise<void>;
	renameFolder(user: string, folder: string, newName: string): Promise<void>;
	/** Gives the folder another UIDVALIDITY, as a restored server does. */
	setUidValidity(user: string, folder: string, uidValidity: number): Promise<void>;
	/** What the server logged so far. */
	log(): string;
	/** Closes the helper connections, ends the server and removes its folder. */
	stop(): Promise<void>;
}

const host = '127.0.0.1';
const password = 'secret';

/** Starts a Dovecot of its own: own configuration, own folder, loopback only. Resolves when it greets. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
	const attempts = 5;
	for (let attempt = 1; ; attempt++) {
		try {
			return await startOnce(options);
		} catch (error) {
			// Between finding a port and using it, somebody else may take it.
			if (attempt === attempts || !/Address already in use/.test(String(error))) throw error;
		}
	}
}

async function startOnce(options: DovecotOptions): Promise<Dovecot> {
	const folder = mkdtempSync(join(fastFolder(), 'imap-sync-dovecot-'));
	let launched: Launched;
	let port: number;
	let tlsPort: number | undefined;
	let caFile: string | undefined;
	try {
		chmodSync(folder, 0o755);
		const { uid, gid } = mailOwner();
		mkdirSync(`${folder}/mail`);
		chownSync(`${folder}/mail`, uid, gid);
		port = await findFreePort();
		const certificate = options.tls ? await makeCertificate(folder, options.tls === true ? {} : options.tls) : undefined;
		if (certificate) {
			caFile = certificate.certFile;
			do tlsPort = await findFreePort();
			while (tlsPort === port);
		}
		const { compress, extraConfig } = options;
		const config = dovecotConfig({ folder, host, port, tlsPort, ...certificate, compress, password, extraConfig });
		writeFileSync(`${folder}/dovecot.conf`, config);
		launched = await launch(folder, host, port);
	} catch (error) {
		rmSync(folder, { recursive: true, force: true });
		throw error;
	}
	return new RunningDovecot(folder, port, tlsPort, caFile, launched);
}

/** Memory where there is some: a test run writes tens of thousands of small files. */
function fastFolder(): string {
	try {
		accessSync('/dev/shm', constants.W_OK);
		return '/dev/shm';
	} catch {
		return tmpdir();
	}
}

class RunningDovecot implements Dovecot {
	readonly host = host;
	readonly password = password;
	private userCount = 0;
	/** One connection a user for all changes: a login costs more than most commands. */
	private readonly clients = new Map<string, Promise<RawImap>>();

	constructor(
		readonly folder: string,
		readonly port: number,
		readonly tlsPort: number | undefined,
		readonly caFile: string | undefined,
		private readonly launched: Launched,
	) {}

	newUser(prefix = 'user'): string {
		return `${prefix}${++this.userCount}`;
	}

	doveadm(...args: Array<string | { input: string | Buffer }>): Promise<string> {
		const words = args.filter((arg): arg is string => typeof arg === 'string');
		const input = args.find((arg): arg is { input: string | Buffer } => typeof arg === 'object')?.input;
		return new Promise((resolve, reject) => {
			const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
				if (error) reject(new Error(`doveadm ${words.join(' ')}: ${stderr.trim() || error.message}`));
				else resolve(stdout);
			};
			const limits = { maxBuffer: 1 << 30, timeout: 120_000 };
			const child = execFile('doveadm', ['-c', `${this.folder}/dovecot.conf`, ...words], limits, done);
			// The tool may end before it has read anything, and then says itself why.
			child.stdin?.on('error', () => undefined).end(input ?? '');
		});
	}

	login(user: string): Promise<RawImap> {
		return RawImap.login({ host, port: this.port, user, password });
	}

	async append(user: string, folder: string, rfc822: string | Buffer, options: AppendOptions = {}): Promise<number> {
		const answer = await this.run(user, `APPEND ${wireName(folder)} `, ...messageParts({ source: rfc822, ...options }));
		return Number(/\[APPENDUID \d+ (\d+)\]/.exec(answer.text)?.[1]);
	}

	async appendMany(user: string, folder: string, messages: Iterable<NewMessage>): Promise<void> {
		// MULTIAPPEND makes one transaction of a command; bounded, so that neither side holds all of it.
		const maxMessages = 2_000;
		const maxBytes = 16 << 20;
		let batch: RawPart[] = [];
		let count = 0;
		let bytes = 0;
		const store = async (): Promise<void> => {
			if (count > 0) await this.run(user, `APPEND ${wireName(folder)} `, ...batch);
			batch = [];
			count = bytes = 0;
		};
		for (const message of messages) {
			const parts = messageParts(message);
			batch.push(...(count > 0 ? [' ', ...parts] : parts));
			count++;
			bytes += Buffer.byteLength(parts[parts.length - 1]);
			if (count === maxMessages || bytes >= maxBytes) await store();
		}
		await store();
	}

	async fill(user: string, folder: string, count: number, message: NewMessage = 'Subject: filler\r\n\r\nx\r\n'): Promise<void> {
		if (count === 0) return;
		const first = await this.run(user, `APPEND ${wireName(folder)} `, ...messageParts(message));
		const seed = Number(/\[APPENDUID \d+ (\d+)\]/.exec(first.text)?.[1]);
		await this.run(user, `SELECT ${wireName(folder)}`);
		// The UIDs from the seed on are without a gap, as nobody else writes here; each command doubles them.
		for (let have = 1; have < count;) {
			const more = Math.min(have, count - have);
			await this.run(user, `UID COPY ${seed}:${seed + more - 1} ${wireName(folder)}`);
			have += more;
		}
		await this.run(user, 'UNSELECT');
	}

	async fetchAll(user: string, folder: string): Promise<StoredMessage[]> {
		const field = ['uid', 'flags', 'size.virtual', 'date.received.unixtime', 'modseq', 'guid', 'hdr.message-id'];
		const rows = await askDoveadm(this.folder, 'fetch', { user, field, query: ['mailbox', folder, 'ALL'] });
		// An empty answer also means that there is no such folder: status() throws then.
		if (rows.length === 0) await this.status(user, folder);
		return rows.map((row) => ({
			uid: Number(row.uid),
			flags: row.flags
				.split(' ')
				.filter((flag) => flag !== '' && flag !== '\\Recent')
				.sort(),
			size: Number(row['size.virtual']),
			internalDate: new Date(Number(row['date.received.unixtime']) * 1000).toISOString(),
			modseq: BigInt(row.modseq),
			guid: row.guid,
			messageId: row['hdr.message-id'] ?? '',
		}));
	}

	async uids(user: string, folder: string): Promise<number[]> {
		await this.run(user, `EXAMINE ${wireName(folder)}`);
		const { untagged } = await this.run(user, 'UID SEARCH ALL');
		await this.run(user, 'UNSELECT');
		const found = untagged.find((line) => line.startsWith('* SEARCH')) ?? '';
		return [...found.matchAll(/\d+/g)].map(Number);
	}

	async status(
		user: string,
		folder: string,
	): Promise<{ messages: number; uidNext: number; uidValidity: number; highestModseq: bigint }> {
		const field = ['messages', 'uidnext', 'uidvalidity', 'highestmodseq'];
		const [row] = await askDoveadm(this.folder, 'mailboxStatus', { user, field, mailboxMask: [folder] });
		if (!row) throw new Error(`${user} has no folder ${folder}`);
		return {
			messages: Number(row.messages),
			uidNext: Number(row.uidnext),
			uidValidity: Number(row.uidvalidity),
			highestModseq: BigInt(row.highestmodseq),
		};
	}

	async expunge(user: string, folder: string, uids: number[]): Promise<void> {
		await this.inFolder(user, folder, uids, (set) => [`UID STORE ${set} +FLAGS.SILENT (\\Deleted)`, `UID EXPUNGE ${set}`]);
	}

	async flags(
		user: string,
		folder: string,
		uids: number[],
		change: { add?: string[]; remove?: string[]; set?: string[] },
	): Promise<void> {
		await this.inFolder(user, folder, uids, (set) => [
			...(change.set ? [`UID STORE ${set} FLAGS.SILENT (${change.set.join(' ')})`] : []),
			...(change.add ? [`UID STORE ${set} +FLAGS.SILENT (${change.add.join(' ')})`] : []),
			...(change.remove ? [`UID STORE ${set} -FLAGS.SILENT (${change.remove.join(' ')})`] : []),
		]);
	}

	async copy(user: string, from: string, uids: number[], to: string): Promise<void> {
		await this.inFolder(user, from, uids, (set) => [`UID COPY ${set} ${wireName(to)}`]);
	}

	async move(user: string, from: string, uids: number[], to: string): Promise<void> {
		await this.inFolder(user, from, uids, (set) => [`UID MOVE ${set} ${wireName(to)}`]);
	}

	async createFolder(user: string, folder: string): Promise<void> {
		await this.run(user, `CREATE ${wireName(folder)}`);
	}

	async deleteFolder(user: string, folder: string): Promise<void> {
		await this.run(user, `DELETE ${wireName(folder)}`);
	}

	async renameFolder(user: string, folder: string, newName: string): Promise<void> {
		await this.run(user, `RENAME ${wireName(folder)} ${wireName(newName)}`);
	}

	async setUidValidity(user: string, folder: string, uidValidity: number): Promise<void> {
		await this.doveadm('mailbox', 'update', '-u', user, '--uid-validity', String(uidValidity), folder);
	}

	log(): string {
		return readLog(this.folder);
	}

	async stop(): Promise<void> {
		for (const client of this.clients.values()) (await client.catch(() => undefined))?.destroy();
		this.clients.clear();
		await this.launched.stop();
	}

	private async inFolder(user: string, folder: string, uids: number[], commands: (uidSet: string) => string[]): Promise<void> {
		if (uids.length === 0) return;
		await this.run(user, `SELECT ${wireName(folder)}`);
		// Dovecot takes lines up to 64 kB.
		for (let start = 0; start < uids.length; start += 5_000) {
			for (const command of commands(uids.slice(start, start + 5_000).join(','))) await this.run(user, command);
		}
		// A folder left open would keep expunged messages and would notice a new UIDVALIDITY with an error.
		await this.run(user, 'UNSELECT');
	}

	private async run(user: string, ...parts: RawPart[]): ReturnType<RawImap['ok']> {
		let client = this.clients.get(user);
		if (!client) {
			client = this.login(user);
			this.clients.set(user, client);
		}
		try {
			return await (await client).ok(...parts);
		} catch (error) {
			// The next call starts with a fresh connection, also when this one ended in the middle of a folder.
			this.clients.delete(user);
			(await client.catch(() => undefined))?.destroy();
			throw error;
		}
	}
}

function wireName(folder: string): string {
	return quote(encodeFolderName(folder));
}

function messageParts(message: NewMessage): RawPart[] {
	const {
		source,
		flags = [],
		internalDate,
	} = typeof message === 'string' || Buffer.isBuffer(message) ? { source: message } : message;
	const date = internalDate ? `${quote(wireDate(internalDate))} ` : '';
	return [`(${flags.join(' ')}) ${date}`, Buffer.isBuffer(source) ? source : Buffer.from(source)];
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A date-time of RFC 3501, in UTC. */
function wireDate(date: Date): string {
	const two = (number: number): string => String(number).padStart(2, '0');
	const day = `${two(date.getUTCDate())}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()}`;
	return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
