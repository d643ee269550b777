import { SyncError } from '../../../sync/errors/syncError';
import type { Ask, Run } from '../account';
import type { FakeAccount, FakeCall, FakeHooks, FakeOptions } from '../fakeMailServer';
import { followFake, type FollowedFake } from '../followFake';
import type { Damage, Interference, Link, ShutFolder } from './link';
import type { Row, Store } from './store';

/** How long a stalled command waits, in milliseconds. */
const STALL = 20_000;
const HOST = 'mail.example.com:993';

/** A mailbox in memory for a history, and the follower's connection to it. `pass` lets the follower's clock go on. */
export function fakeMailbox(options: FakeOptions, pass: (milliseconds: number) => void): { store: Store; link: Link } {
	const fake = followFake(options);
	return { store: new FakeStore(fake.account), link: new FakeLink(fake, pass) };
}

class FakeStore implements Store {
	private readonly backedUp = new Set<string>();

	constructor(private readonly account: FakeAccount) {}

	path(name: string): string {
		return name;
	}

	async look(path: string): Promise<{ uidValidity: string; rows: Row[] }> {
		const { uidValidity, messages } = this.account.folder(path);
		return {
			uidValidity: String(uidValidity),
			rows: messages.map(({ uid, source, flags }) => ({ uid, letter: letterOf(source), flags: [...flags] })),
		};
	}

	async append(path: string, sources: string[], options: { flags?: string[]; internalDate?: Date } = {}): Promise<void> {
		for (const source of sources) this.account.append(path, source, options);
	}

	async flag(path: string, uids: number[], change: { add?: string[]; remove?: string[] }): Promise<void> {
		this.account.setFlags(path, uids, change);
	}

	async expunge(path: string, uids: number[]): Promise<void> {
		this.account.expunge(path, uids);
	}

	async move(path: string, uids: number[], to: string): Promise<void> {
		this.account.move(path, uids, to);
	}

	async copy(path: string, uids: number[], to: string): Promise<void> {
		this.account.copy(path, uids, to);
	}

	async create(path: string): Promise<boolean> {
		this.account.createFolder(path);
		return true;
	}

	async remove(path: string): Promise<void> {
		this.account.deleteFolder(path);
	}

	async rename(path: string, to: string): Promise<void> {
		this.account.renameFolder(path, to);
	}

	async renumber(path: string): Promise<'renumbered'> {
		this.account.setUidValidity(path, this.account.folder(path).uidValidity + 10_000);
		return 'renumbered';
	}

	async skipUids(path: string, count: number): Promise<boolean> {
		this.account.skipUids(path, count);
		return true;
	}

	async backUp(path: string): Promise<boolean> {
		this.account.keepCopy(path);
		this.backedUp.add(path);
		return true;
	}

	async restore(path: string): Promise<boolean> {
		if (!this.backedUp.has(path)) return false;
		this.account.restoreCopy(path);
		return true;
	}
}

class FakeLink implements Link {
	damage: Damage | undefined;
	shut: ShutFolder | undefined;

	constructor(
		private readonly fake: FollowedFake,
		private readonly pass: (milliseconds: number) => void,
	) {}

	async run(ask: Ask, kept: boolean, { meanwhile, cutAt = Infinity }: Interference): Promise<Run> {
		let commands = 0;
		// What the second connection does asks nothing of the follower's server.
		this.fake.server.hooks.before = async (call) => {
			const number = ++commands;
			if (number >= cutAt) throw ended();
			if (meanwhile && (meanwhile.at === 'every' || meanwhile.at === number)) await meanwhile.act();
			this.refuse(call);
		};
		this.fake.server.hooks.row = this.rows();
		return kept ? await this.fake.followed.run(ask) : await this.fake.followed.runWithoutKeeping(ask);
	}

	private refuse({ method, path }: FakeCall): void {
		if (!this.shut || method !== 'open' || path !== this.shut.path) return;
		if (this.shut.how === 'forbidden') throw new SyncError('folderForbidden', { reason: 'read', folder: path, host: HOST });
		if (this.shut.how === 'refused') throw new SyncError('commandRefused', { reason: 'noModSequences', folder: path });
		throw ended();
	}

	private rows(): FakeHooks['row'] {
		const { damage } = this;
		if (!damage) return undefined;
		return (row, { method, path, parts }) => {
			const reads = method === 'fetch' && (damage.from === 'header' || parts !== 'descriptor');
			if (!reads || !this.isDamaged(path, row.uid)) return row;
			if (damage.how === 'isMissing') return undefined;
			if (damage.how === 'ends') throw ended();
			this.pass(STALL);
			throw new SyncError('commandTimedOut', { host: HOST, seconds: STALL / 1000 });
		};
	}

	private isDamaged(path: string, uid: number): boolean {
		const message = this.fake.account.find(path)?.messages.find((one) => one.uid === uid);
		return message !== undefined && letterOf(message.source).startsWith('damaged');
	}
}

const ended = (): SyncError => new SyncError('connectionLost', { reason: 'ended', host: HOST });

const letterOf = (source: Buffer): string => /^X-History: (\S+)/m.exec(source.toString('latin1'))?.[1] ?? '';
