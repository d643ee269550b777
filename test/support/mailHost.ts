import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppendOptions, Dovecot, NewMessage } from './dovecot';
import { removeFiles } from './removeFiles';
import { encodeFolderName } from './wire/modifiedUtf7';
import type { RawImap } from './wire/rawImap';

/** A message as the oracle sees it. */
export interface Held {
	uid: number;
	/** Sorted, without `\Recent`, which depends on who looked first. */
	flags: string[];
}

/**
 * What every private mail server of the tests can do: Dovecot, Cyrus, Courier. Folders are named as the server names them, in
 * plain Unicode: see {@link folder}. The optional acts are those that not every server allows.
 */
export interface MailHost {
	readonly kind: 'Dovecot' | 'Cyrus' | 'Courier';
	readonly host: string;
	readonly port: number;
	/** The password of every user. */
	readonly password: string;
	/** A user name that no test had before, with an empty INBOX. */
	newUser(prefix?: string): string;
	/** The server's name of a folder on the top level or below others: `Work` is `INBOX.Work` on Courier. */
	folder(...names: string[]): string;
	/** A raw connection, logged in; log it out when done. */
	login(user: string): Promise<RawImap>;
	/** Stores one message and gives its UID. */
	append(user: string, folder: string, rfc822: string | Buffer, options?: AppendOptions): Promise<number>;
	/** Stores many messages, in order. */
	appendMany(user: string, folder: string, messages: Iterable<NewMessage>): Promise<void>;
	/** Fills a folder with `count` copies of one small message, by copying inside the server. */
	fill(user: string, folder: string, count: number, message?: NewMessage): Promise<void>;
	/** What is in the folder, by UID: the oracle. */
	list(user: string, folder: string): Promise<Held[]>;
	/** The UIDs in the folder, in order, as cheaply as there is a way: to choose among them. */
	uids(user: string, folder: string): Promise<number[]>;
	uidValidity(user: string, folder: string): Promise<number>;
	expunge(user: string, folder: string, uids: number[]): Promise<void>;
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
	/** Gives the folder another UIDVALIDITY, as a restored server does; the messages keep their order, not always their UIDs. */
	changeUidValidity(user: string, folder: string): Promise<void>;
	/** Leaves out the next UIDs. */
	skipUids?(user: string, folder: string, count: number): Promise<void>;
	/** Lets HIGHESTMODSEQ jump to at least this. */
	raiseModseq?(user: string, folder: string, modseq: bigint): Promise<void>;
	/** Lets the server make its index anew: mod-sequences begin again and expunged messages are forgotten, under another UIDVALIDITY. */
	rebuildIndex?(user: string, folder: string): Promise<void>;
	/** Keeps a copy of the folder's files; a later one takes its place. */
	keepCopy?(user: string, folder: string): Promise<void>;
	/** Puts the kept copy back, if there is one: what happened since never was, UIDs and mod-sequences are given out again. */
	restoreCopy?(user: string, folder: string): Promise<void>;
	/** Gives a user these rights (letters of RFC 4314) in a folder of another one, or in a folder of his own. */
	setRights?(owner: string, folder: string, user: string, rights: string): Promise<void>;
	/** What a folder is called by users whom its owner gave rights. */
	nameForOthers?(owner: string, folder: string): string;
	/** How much room the account has. */
	limitStorage?(user: string, kilobytes: number): Promise<void>;
	/** Closes the helper's own connection of a user who is done with: a server has only so many. */
	release(user: string): Promise<void>;
	/** What the server logged so far. */
	log(): string;
	stop(): Promise<void>;
}

/** Dovecot as one of several servers. What only Dovecot can do is asked of the {@link Dovecot} itself. */
export function mailHostOf(dovecot: Dovecot): MailHost {
	const { host, port, password } = dovecot;
	/** The harness drops a connection on which something was refused. */
	const release = async (user: string): Promise<void> => {
		await dovecot.createFolder(user, 'INBOX').catch(() => undefined);
	};
	const filesOf = (user: string, folder: string): string =>
		join(dovecot.folder, 'mail', user, 'mailboxes', encodeFolderName(folder), 'dbox-Mails');
	const copyOf = (user: string, folder: string): string => join(dovecot.folder, 'copies', user, encodeFolderName(folder));
	return {
		kind: 'Dovecot',
		host,
		port,
		password,
		newUser: (prefix) => dovecot.newUser(prefix),
		folder: (...names) => names.join('/'),
		login: (user) => dovecot.login(user),
		append: (...args) => dovecot.append(...args),
		appendMany: (...args) => dovecot.appendMany(...args),
		fill: (...args) => dovecot.fill(...args),
		list: async (user, folder) => (await dovecot.fetchAll(user, folder)).map(({ uid, flags }) => ({ uid, flags })),
		uids: (...args) => dovecot.uids(...args),
		uidValidity: async (user, folder) => (await dovecot.status(user, folder)).uidValidity,
		expunge: (...args) => dovecot.expunge(...args),
		flags: (...args) => dovecot.flags(...args),
		copy: (...args) => dovecot.copy(...args),
		move: (...args) => dovecot.move(...args),
		createFolder: (...args) => dovecot.createFolder(...args),
		deleteFolder: (...args) => dovecot.deleteFolder(...args),
		renameFolder: (...args) => dovecot.renameFolder(...args),
		changeUidValidity: async (user, folder) => {
			const { uidValidity } = await dovecot.status(user, folder);
			await dovecot.setUidValidity(user, folder, uidValidity + 1_000);
		},
		skipUids: async (user, folder, count) => {
			const { uidNext } = await dovecot.status(user, folder);
			await dovecot.doveadm('mailbox', 'update', '-u', user, '--min-next-uid', String(uidNext + count), folder);
		},
		raiseModseq: async (user, folder, modseq) => {
			await dovecot.doveadm('mailbox', 'update', '-u', user, '--min-highest-modseq', String(modseq), folder);
		},
		rebuildIndex: async (user, folder) => {
			// The process behind it would go on with the index that it remembers.
			await release(user);
			const index = filesOf(user, folder);
			for (const log of ['dovecot.index.log', 'dovecot.index.log.2']) rmSync(join(index, log), { force: true });
			await dovecot.doveadm('force-resync', '-u', user, folder);
		},
		keepCopy: async (user, folder) => {
			await release(user);
			copyFiles(filesOf(user, folder), copyOf(user, folder));
		},
		restoreCopy: async (user, folder) => {
			await release(user);
			if (!copyFiles(copyOf(user, folder), filesOf(user, folder))) return;
			// What it remembers of all folders, to tell their STATUS.
			const own = join(dovecot.folder, 'mail', user);
			for (const name of readdirSync(own).filter((entry) => entry.startsWith('dovecot.list.index'))) rmSync(join(own, name));
		},
		release,
		log: () => dovecot.log(),
		stop: () => dovecot.stop(),
	};
}

/** Puts a copy of a folder of files in the place of another one. Returns whether there was something to copy. */
export function copyFiles(from: string, to: string): boolean {
	if (!existsSync(from)) return false;
	removeFiles(to, { force: true });
	mkdirSync(dirname(to), { recursive: true });
	// Dates and owners belong to what a mail server keeps in its files, and Node's own copying loses the owners.
	execFileSync('cp', ['-a', from, to]);
	return true;
}
