import { FollowedAccount, type Ask, type Run } from '../account';
import type { MailHost } from '../mailHost';
import type { CountingProxy, LineContext } from '../wire/countingProxy';
import { encodeFolderName } from '../wire/modifiedUtf7';
import { quote, type RawImap } from '../wire/rawImap';
import { damagedSize } from './letters';
import type { Damage, Interference, Link, ShutFolder } from './link';
import type { Row, Store } from './store';

/** Most changes of a second connection in a run that it disturbs at every command: else the run might never end. */
const MOST_CHANGES = 60;

/** A mailbox of its own user on a real server for a history, and the follower's connection to it through a proxy. */
export function hostMailbox(host: MailHost, proxy: CountingProxy): { store: Store; link: Link; release: () => Promise<void> } {
	const user = host.newUser();
	const store = new HostStore(host, user);
	return { store, link: new HostLink(host, proxy, user), release: () => store.release() };
}

class HostStore implements Store {
	private client: RawImap | undefined;
	/** UIDVALIDITYs that folders had. */
	private readonly used = new Set<string>();

	constructor(
		private readonly host: MailHost,
		private readonly user: string,
	) {}

	path(name: string): string {
		return this.host.folder(name);
	}

	async look(path: string): Promise<{ uidValidity: string; rows: Row[] }> {
		try {
			return await this.lookOnce(path);
		} catch {
			// A server may hang up where the folder that was open is another one by now.
			this.client?.destroy();
			this.client = undefined;
			return await this.lookOnce(path);
		}
	}

	private async lookOnce(path: string): Promise<{ uidValidity: string; rows: Row[] }> {
		this.client ??= await this.host.login(this.user);
		const { client } = this;
		const { untagged: opened } = await client.ok(`EXAMINE ${wireName(path)}`);
		const uidValidity = opened.map((line) => /UIDVALIDITY (\d+)/.exec(line)?.[1]).find((found) => found !== undefined) ?? '';
		const isEmpty = opened.includes('* 0 EXISTS');
		const { untagged } = isEmpty
			? { untagged: [] }
			: await client.ok('UID FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (X-HISTORY)])');
		// A SELECT that fails leaves nothing selected (RFC 3501 section 6.3.1), and a folder left open would go on showing what was.
		await client.command('EXAMINE "there is no such folder"');
		this.used.add(uidValidity);
		return { uidValidity, rows: untagged.flatMap(rowOf).sort((a, b) => a.uid - b.uid) };
	}

	async append(path: string, sources: string[], options: { flags?: string[]; internalDate?: Date } = {}): Promise<void> {
		const messages = sources.map((source) => ({ source, ...options }));
		await unlessIndexIsLost(this.host.appendMany(this.user, path, messages));
	}

	async flag(path: string, uids: number[], change: { add?: string[]; remove?: string[] }): Promise<void> {
		await this.host.flags(this.user, path, uids, change);
	}

	async expunge(path: string, uids: number[]): Promise<void> {
		await this.host.expunge(this.user, path, uids);
	}

	async move(path: string, uids: number[], to: string): Promise<void> {
		await unlessIndexIsLost(this.host.move(this.user, path, uids, to));
	}

	async copy(path: string, uids: number[], to: string): Promise<void> {
		await unlessIndexIsLost(this.host.copy(this.user, path, uids, to));
	}

	async create(path: string): Promise<boolean> {
		await this.host.createFolder(this.user, path);
		// Cyrus takes the time in seconds: a folder of the same second as another one is that one, as far as UIDVALIDITY tells.
		const used = new Set(this.used);
		const { uidValidity } = await this.look(path);
		if (!used.has(uidValidity)) return true;
		await this.host.deleteFolder(this.user, path);
		return false;
	}

	async remove(path: string): Promise<void> {
		await this.host.deleteFolder(this.user, path);
	}

	async rename(path: string, to: string): Promise<void> {
		await this.host.renameFolder(this.user, path, to);
	}

	async renumber(path: string): Promise<'renumbered' | 'remade' | undefined> {
		// Cyrus makes the folder anew for it, which it does not do with INBOX.
		const makesAnew = this.host.kind === 'Cyrus';
		if (makesAnew && path === 'INBOX') return undefined;
		await this.host.changeUidValidity(this.user, path);
		return makesAnew ? 'remade' : 'renumbered';
	}

	async skipUids(path: string, count: number): Promise<boolean> {
		await this.host.skipUids?.(this.user, path, count);
		return this.host.skipUids !== undefined;
	}

	async backUp(path: string): Promise<boolean> {
		await this.host.keepCopy?.(this.user, path);
		return this.host.keepCopy !== undefined;
	}

	async restore(path: string): Promise<boolean> {
		if (!this.host.restoreCopy) return false;
		await this.leave();
		await this.host.restoreCopy(this.user, path);
		return true;
	}

	async release(): Promise<void> {
		await this.leave();
		await this.host.release(this.user);
	}

	private async leave(): Promise<void> {
		await this.client?.logout();
		this.client = undefined;
	}
}

const wireName = (path: string): string => quote(encodeFolderName(path));

function rowOf(line: string): Row[] {
	const uid = /^\* \d+ FETCH \(.*\bUID (\d+)/s.exec(line)?.[1];
	const flags = /\bFLAGS \(([^)]*)\)/.exec(line)?.[1];
	const letter = /^X-History: (\S+)/im.exec(line)?.[1];
	if (uid === undefined || flags === undefined || letter === undefined) return [];
	return [{ uid: Number(uid), letter, flags: flags.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent') }];
}

class HostLink implements Link {
	damage: Damage | undefined;
	shut: ShutFolder | undefined;
	private readonly account: FollowedAccount;

	constructor(
		host: MailHost,
		private readonly proxy: CountingProxy,
		user: string,
	) {
		this.account = FollowedAccount.on({
			user,
			password: host.password,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			allowUnauthorizedCerts: false,
		});
	}

	async run(ask: Ask, kept: boolean, { meanwhile, cutAt }: Interference): Promise<Run> {
		const { proxy } = this;
		const cut = cutAt === undefined ? undefined : proxy.cutAfter({ direction: 'toServer', phase: 'work', commands: cutAt });
		const second = meanwhile && new SecondConnection(proxy, meanwhile);
		proxy.onServerLine = (line, context) => this.spoil(line, context);
		proxy.onClientLine = (_line, context) => {
			if (this.refuse(context)) return null;
			second?.notice(context);
			return undefined;
		};
		try {
			const run = kept ? await this.account.run(ask) : await this.account.runWithoutKeeping(ask);
			await second?.isDone();
			return run;
		} finally {
			await second?.isDone();
			cut?.disarm();
			proxy.onClientLine = undefined;
			proxy.onServerLine = undefined;
		}
	}

	/** Damaged letters are known by their size. A server that stalls would take half a minute each time: it ends the connection too. */
	private spoil(line: string, { connection }: LineContext): null | undefined {
		const { damage } = this;
		if (!damage || !/^\* \d+ FETCH /.test(line)) return undefined;
		const isDamaged = new RegExp(`RFC822\\.SIZE ${damagedSize.source}\\b`).test(line);
		const isBody = /BODY\[(1|TEXT)?\] /.test(line);
		if (!isDamaged || (damage.from === 'body' && !isBody)) return undefined;
		if (damage.how !== 'isMissing') connection.cut();
		return null;
	}

	private refuse({ connection, command, toClient, continued }: LineContext): boolean {
		const { shut } = this;
		if (!shut || !command || continued || !/^(EXAMINE|SELECT)$/.test(command.name)) return false;
		if (!new RegExp(`(EXAMINE|SELECT) "?${shut.path.replaceAll('.', '\\.')}"?( |$)`, 'i').test(command.line)) return false;
		if (shut.how === 'ends') connection.cut();
		else toClient(`${command.tag} NO ${shut.how === 'forbidden' ? '[NOPERM]' : '[SERVERBUG]'} not now`);
		return true;
	}
}

/** Does something between two commands of a run: the commands wait meanwhile. */
class SecondConnection {
	private commands = 0;
	private acting: Promise<void> = Promise.resolve();
	private failure: { error: unknown } | undefined;

	constructor(
		private readonly proxy: CountingProxy,
		private readonly meanwhile: NonNullable<Interference['meanwhile']>,
	) {}

	notice({ command, continued }: LineContext): void {
		const isWork =
			command !== undefined && !continued && !/^(CAPABILITY|ID|LOGIN|AUTHENTICATE|NAMESPACE|ENABLE|LOGOUT)$/.test(command.name);
		if (!isWork) return;
		const number = ++this.commands;
		const { at, act } = this.meanwhile;
		if (at === 'every' ? number > MOST_CHANGES : at !== number) return;
		this.proxy.stall('toServer');
		this.acting = this.acting
			.then(act)
			.catch((error: unknown) => {
				this.failure ??= { error };
			})
			.finally(() => this.proxy.resume());
	}

	/** Throws what went wrong there. */
	async isDone(): Promise<void> {
		await this.acting;
		if (this.failure) throw this.failure.error;
	}
}

/**
 * Dovecot stores nothing more in a folder of which it lost an index, by a restore or a rename while it was open. What is in the folder is
 * looked at afterwards.
 */
async function unlessIndexIsLost(change: Promise<unknown>): Promise<void> {
	try {
		await change;
	} catch (error) {
		if (!/\[SERVERBUG\]|Mailbox was deleted under us/.test(String(error))) throw error;
	}
}
