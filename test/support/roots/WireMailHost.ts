import type { AppendOptions, NewMessage } from '../dovecot';
import type { Held, MailHost } from '../mailHost';
import { encodeFolderName } from '../wire/modifiedUtf7';
import { quote, RawImap } from '../wire/rawImap';

/** How to reach a running server, and what it is not able to do. */
export interface WireServer {
	kind: MailHost['kind'];
	host: string;
	port: number;
	/** What stands before every folder but INBOX, e.g. `INBOX.`. */
	prefix: string;
	delimiter: string;
	/** RFC 6851 */
	move: boolean;
	/** RFC 3691 */
	unselect: boolean;
	log(): string;
	stop(): Promise<void>;
}

/** A mail server on which the second client of the tests does everything over IMAP, with one connection for each user. */
export abstract class WireMailHost implements MailHost {
	readonly kind: MailHost['kind'];
	readonly host: string;
	readonly port: number;
	readonly password = 'secret';
	private userCount = 0;
	private readonly clients = new Map<string, Promise<RawImap>>();

	protected constructor(private readonly server: WireServer) {
		({ kind: this.kind, host: this.host, port: this.port } = server);
	}

	abstract changeUidValidity(user: string, folder: string): Promise<void>;
	abstract setRights(owner: string, folder: string, user: string, rights: string): Promise<void>;
	abstract nameForOthers(owner: string, folder: string): string;
	abstract limitStorage(user: string, kilobytes: number): Promise<void>;

	newUser(prefix = 'user'): string {
		return `${prefix}${++this.userCount}`;
	}

	folder(...names: string[]): string {
		return names.length === 1 && names[0] === 'INBOX' ? 'INBOX' : this.server.prefix + names.join(this.server.delimiter);
	}

	login(user: string): Promise<RawImap> {
		return RawImap.login({ host: this.host, port: this.port, user, password: this.password });
	}

	async append(user: string, folder: string, rfc822: string | Buffer, options: AppendOptions = {}): Promise<number> {
		const text = await this.with(user, (client) => appendOne(client, folder, { source: rfc822, ...options }));
		return Number(/\[APPENDUID \d+ (\d+)\]/.exec(text)?.[1]);
	}

	async appendMany(user: string, folder: string, messages: Iterable<NewMessage>): Promise<void> {
		await this.with(user, async (client) => {
			for (const message of messages) await appendOne(client, folder, message);
		});
	}

	async fill(user: string, folder: string, count: number, message: NewMessage = 'Subject: filler\r\n\r\nx\r\n'): Promise<void> {
		if (count === 0) return;
		await this.with(user, async (client) => {
			const seed = Number(/\[APPENDUID \d+ (\d+)\]/.exec(await appendOne(client, folder, message))?.[1]);
			await client.ok(`SELECT ${wireName(folder)}`);
			// The UIDs from the seed on are without a gap, as nobody else writes here; each command doubles them.
			for (let have = 1; have < count;) {
				const more = Math.min(have, count - have);
				await client.ok(`UID COPY ${seed}:${seed + more - 1} ${wireName(folder)}`);
				// Courier copies only what the session has been told of.
				await client.ok('NOOP');
				have += more;
			}
			await this.leave(client);
		});
	}

	async list(user: string, folder: string): Promise<Held[]> {
		return await this.with(user, async (client) => {
			const opened = await client.ok(`EXAMINE ${wireName(folder)}`);
			const exists = Number(opened.untagged.map((line) => /^\* (\d+) EXISTS/.exec(line)?.[1]).find(Boolean));
			const { untagged } = exists > 0 ? await client.ok('UID FETCH 1:* (UID FLAGS)') : { untagged: [] };
			await this.leave(client);
			const held = untagged.flatMap((line): Held[] => {
				const row = /^\* \d+ FETCH \((.*)\)$/.exec(line)?.[1];
				const uid = row && /\bUID (\d+)/.exec(row)?.[1];
				const flags = row && /\bFLAGS \(([^)]*)\)/.exec(row)?.[1];
				if (!uid || flags === undefined) return [];
				return [
					{
						uid: Number(uid),
						flags: flags
							.split(' ')
							.filter((flag) => flag !== '' && flag !== '\\Recent')
							.sort(),
					},
				];
			});
			if (held.length !== exists) throw new Error(`${folder} of ${user} has ${exists} messages and shows ${held.length}`);
			return held.sort((a, b) => a.uid - b.uid);
		});
	}

	async uids(user: string, folder: string): Promise<number[]> {
		return (await this.list(user, folder)).map(({ uid }) => uid);
	}

	async uidValidity(user: string, folder: string): Promise<number> {
		return Number((await this.status(user, folder, 'UIDVALIDITY'))[0]);
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
			...(change.add?.length ? [`UID STORE ${set} +FLAGS.SILENT (${change.add.join(' ')})`] : []),
			...(change.remove?.length ? [`UID STORE ${set} -FLAGS.SILENT (${change.remove.join(' ')})`] : []),
		]);
	}

	async copy(user: string, from: string, uids: number[], to: string): Promise<void> {
		await this.inFolder(user, from, uids, (set) => [`UID COPY ${set} ${wireName(to)}`]);
	}

	async move(user: string, from: string, uids: number[], to: string): Promise<void> {
		await this.inFolder(user, from, uids, (set) =>
			this.server.move
				? [`UID MOVE ${set} ${wireName(to)}`]
				: [`UID COPY ${set} ${wireName(to)}`, `UID STORE ${set} +FLAGS.SILENT (\\Deleted)`, `UID EXPUNGE ${set}`],
		);
	}

	async createFolder(user: string, folder: string): Promise<void> {
		await this.with(user, (client) => client.ok(`CREATE ${wireName(folder)}`));
	}

	async deleteFolder(user: string, folder: string): Promise<void> {
		await this.with(user, (client) => client.ok(`DELETE ${wireName(folder)}`));
	}

	async renameFolder(user: string, folder: string, newName: string): Promise<void> {
		await this.with(user, (client) => client.ok(`RENAME ${wireName(folder)} ${wireName(newName)}`));
	}

	async release(user: string): Promise<void> {
		const client = this.clients.get(user);
		this.clients.delete(user);
		await (await client?.catch(() => undefined))?.logout();
	}

	log(): string {
		return this.server.log();
	}

	async stop(): Promise<void> {
		for (const client of this.clients.values()) (await client.catch(() => undefined))?.destroy();
		this.clients.clear();
		await this.server.stop();
	}

	protected async status(user: string, folder: string, ...items: string[]): Promise<string[]> {
		return await this.with(user, async (client) => {
			const { untagged } = await client.ok(`STATUS ${wireName(folder)} (${items.join(' ')})`);
			const told = untagged.find((line) => line.startsWith('* STATUS')) ?? '';
			return items.map((item) => new RegExp(`\\b${item} (\\d+)`).exec(told)?.[1] ?? '');
		});
	}

	/** Opens the folder for writing, and leaves it. */
	protected async touch(user: string, folder: string): Promise<void> {
		await this.with(user, async (client) => {
			await client.ok(`SELECT ${wireName(folder)}`);
			await this.leave(client);
		});
	}

	/** Does something on the user's connection; after a failure the next call starts with a fresh one. */
	protected async with<T>(user: string, act: (client: RawImap) => Promise<T>): Promise<T> {
		let client = this.clients.get(user);
		if (!client) {
			client = this.login(user);
			this.clients.set(user, client);
		}
		try {
			return await act(await client);
		} catch (error) {
			this.clients.delete(user);
			(await client.catch(() => undefined))?.destroy();
			throw error;
		}
	}

	private async inFolder(user: string, folder: string, uids: number[], commands: (uidSet: string) => string[]): Promise<void> {
		if (uids.length === 0) return;
		await this.with(user, async (client) => {
			await client.ok(`SELECT ${wireName(folder)}`);
			for (const command of commands(uids.join(','))) await client.ok(command);
			await this.leave(client);
		});
	}

	/** A folder left open would keep expunged messages. CLOSE is no way out of it: it expunges. */
	private async leave(client: RawImap): Promise<void> {
		if (this.server.unselect) await client.ok('UNSELECT');
		// A SELECT that fails leaves nothing selected (RFC 3501 section 6.3.1).
		else await client.command(`EXAMINE ${wireName(this.folder('there is no such folder'))}`);
	}
}

/** APPEND with a literal that waits for the server's word, which every server takes. */
async function appendOne(client: RawImap, folder: string, message: NewMessage): Promise<string> {
	const {
		source,
		flags = [],
		internalDate,
	}: Exclude<NewMessage, string | Buffer> = typeof message === 'string' || Buffer.isBuffer(message)
		? { source: message }
		: message;
	const bytes = Buffer.isBuffer(source) ? source : Buffer.from(source);
	const date = internalDate ? `${quote(wireDate(internalDate))} ` : '';
	const answer = client.command(`APPEND ${wireName(folder)} (${flags.join(' ')}) ${date}{${bytes.length}}`);
	// Where the server refuses at once there is nothing to send.
	const goOn = await Promise.race([client.sees(/^\+/), answer]);
	if (typeof goOn === 'string') client.send(Buffer.concat([bytes, Buffer.from('\r\n')]));
	const { status, text } = await answer;
	if (status !== 'OK') throw new Error(`APPEND ${folder}: ${status} ${text}`);
	return text;
}

/** A folder's name as a command has it. */
export function wireName(folder: string): string {
	return quote(encodeFolderName(folder));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A date-time of RFC 3501, in UTC. */
function wireDate(date: Date): string {
	const [day, time] = date.toISOString().split(/[T.]/);
	const [year, month, dayOfMonth] = day.split('-');
	return `${dayOfMonth}-${months[Number(month) - 1]}-${year} ${time} +0000`;
}
