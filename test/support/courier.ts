import { appendFileSync, chownSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from './dovecot/port';
import { copyFiles, type MailHost } from './mailHost';
import { removeFiles } from './removeFiles';
import { launchInRoot } from './roots/launchInRoot';
import { makeInstance, makeOwnedFolder, owners } from './roots/serverRoot';
import { WireMailHost, wireName, type WireServer } from './roots/WireMailHost';

const host = '127.0.0.1';

/** Courier's IMAP_SHAREDINDEXFILE */
const sharedIndex = 'etc/courier/shared/index';

/**
 * Every user with any password; Courier asks by `PRE . service user`, or by `AUTH length` and four lines. It answers one question
 * after the other: were it to end after each, Courier would now and then ask one that is about to end, and refuse the login.
 */
const authProg = `#!/bin/sh
while read -r request; do
set -- $request
case $1 in
PRE) user=$4 ;;
AUTH) read -r service; read -r type; read -r user; read -r password ;;
*) exit 1 ;;
esac
printf 'UID=${owners.mail.uid}\\nGID=${owners.mail.gid}\\nHOME=/srv/mail/%s\\nADDRESS=%s\\nMAILDIR=/srv/mail/%s/Maildir\\n.\\n' "$user" "$user" "$user"
done
`;

/** What Courier's own start scripts do, without their daemons' management: all in one process group, logging to standard error. */
const start = (port: number): string => `
mkdir -p /run/courier/authdaemon
set -a
. /etc/courier/authdaemonrc
/usr/lib/courier/courier-authlib/authdaemond &
# Courier greets without it, and closes the connection at LOGIN; the socket comes into its place when it is ready.
until [ -S /run/courier/authdaemon/socket ]; do sleep 0.05; done
. /etc/courier/imapd
IMAPDSTARTTLS=NO IMAP_STARTTLS=NO
# Who watches folders is shared by all of one user, whatever root they are in: without a name of its own, this Courier would stop to answer
# once another one ends.
GAM_CLIENT_ID=${port}
exec couriertcpd -address=${host} -maxprocs=200 -maxperip=200 -nodnslookup -noidentlookup ${port} \\
	/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir
`;

/** Starts a Courier of its own, in a root of its own, on loopback. Resolves when it greets; see {@link describeServer}. */
export async function startCourier(): Promise<MailHost> {
	const root = makeInstance('courier');
	const port = await findFreePort();
	writeFileSync(join(root, 'etc/courier/authProg'), authProg, { mode: 0o755 });
	// The daemon reads this file itself, whatever its environment says.
	const daemonConf = join(root, 'etc/courier/authdaemonrc');
	writeFileSync(daemonConf, readFileSync(daemonConf, 'utf8').replace(/^authmodulelist=.*$/m, 'authmodulelist="authpipe"'));
	writeFileSync(join(root, 'start'), start(port));
	makeOwnedFolder(join(root, 'srv/mail'), owners.mail);
	const launched = await launchInRoot(root, host, port);
	return new Courier(root, {
		kind: 'Courier',
		host,
		port,
		prefix: 'INBOX.',
		delimiter: '.',
		move: false,
		unselect: false,
		...launched,
	});
}

/** What a folder is made of; the folders below INBOX lie beside them. */
const parts = ['cur', 'new', 'tmp', 'courierimapuiddb', 'courierimapkeywords'];

class Courier extends WireMailHost {
	private folderCount = 0;

	constructor(
		private readonly root: string,
		server: WireServer,
	) {
		super(server);
	}

	override newUser(prefix?: string): string {
		const user = super.newUser(prefix);
		for (const name of ['cur', 'new', 'tmp']) makeOwnedFolder(join(this.root, 'srv/mail', user, 'Maildir', name), owners.mail);
		// Who is in here may be given rights by others, and give them; Courier reads it at each login.
		appendFileSync(
			join(this.root, sharedIndex),
			[user, owners.mail.uid, owners.mail.gid, `/srv/mail/${user}`, `/srv/mail/${user}/Maildir\n`].join('\t'),
		);
		return user;
	}

	override async createFolder(user: string, folder: string): Promise<void> {
		await super.createFolder(user, folder);
		// Courier takes the time in seconds: two folders of one second cannot be told apart by it, so that one would pass for the other renamed.
		await this.editNumbers(user, folder, ({ validity, next }) => ({ validity: validity + 1_000_000 * ++this.folderCount, next }));
	}

	// Both as Courier does it, but for the two seconds that it waits in between.
	override async deleteFolder(user: string, folder: string): Promise<void> {
		removeFiles(this.maildirOf(user, folder));
	}

	override async renameFolder(user: string, folder: string, newName: string): Promise<void> {
		const below = `${folder.slice('INBOX'.length)}.`;
		const maildir = this.maildirOf(user, 'INBOX');
		for (const name of readdirSync(maildir).filter((entry) => entry.startsWith(below))) {
			renameSync(join(maildir, name), join(maildir, newName.slice('INBOX'.length) + name.slice(below.length - 1)));
		}
		renameSync(this.maildirOf(user, folder), this.maildirOf(user, newName));
	}

	async changeUidValidity(user: string, folder: string): Promise<void> {
		await this.editNumbers(user, folder, ({ validity, next }) => ({ validity: validity + 1_000, next }));
	}

	async keepCopy(user: string, folder: string): Promise<void> {
		await this.touch(user, folder);
		for (const part of parts) copyFiles(join(this.maildirOf(user, folder), part), join(this.copyOf(user, folder), part));
	}

	async restoreCopy(user: string, folder: string): Promise<void> {
		await this.release(user);
		for (const part of parts) copyFiles(join(this.copyOf(user, folder), part), join(this.maildirOf(user, folder), part));
	}

	async skipUids(user: string, folder: string, count: number): Promise<void> {
		await this.editNumbers(user, folder, ({ validity, next }) => ({ validity, next: next + count }));
	}

	async setRights(owner: string, folder: string, user: string, rights: string): Promise<void> {
		await this.with(owner, (client) =>
			client.ok(`SETACL ${wireName(folder)} ${user === owner ? 'owner' : user} ${rights || '""'}`),
		);
	}

	nameForOthers(owner: string, folder: string): string {
		return folder === 'INBOX' ? `#shared.${owner}` : `#shared.${owner}.${folder.slice('INBOX.'.length)}`;
	}

	async limitStorage(user: string, kilobytes: number): Promise<void> {
		const maildir = this.maildirOf(user, 'INBOX');
		const file = join(maildir, 'maildirsize');
		// Courier adds what comes and takes off what goes, and counts what is there only every quarter of an hour.
		const sizes = readdirSync(maildir, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && /\/(cur|new)$/.test(entry.parentPath))
			.map((entry) => statSync(join(entry.parentPath, entry.name)).size);
		writeFileSync(file, `${kilobytes * 1024}S\n${sizes.reduce((sum, size) => sum + size, 0)} ${sizes.length}\n`);
		chownSync(file, owners.mail.uid, owners.mail.gid);
	}

	/** The first line of courierimapuiddb: version, UIDVALIDITY, UIDNEXT, and maybe more; a line for each message follows. */
	private async editNumbers(
		user: string,
		folder: string,
		edit: (numbers: { validity: number; next: number }) => { validity: number; next: number },
	): Promise<void> {
		// The file comes into being when a folder is first opened for writing; until then its UIDVALIDITY is the time of day.
		await this.touch(user, folder);
		const file = join(this.maildirOf(user, folder), 'courierimapuiddb');
		if (!existsSync(file)) throw new Error(`Courier keeps no UIDs in ${file}`);
		const [first, ...rest] = readFileSync(file, 'utf8').split('\n');
		const [version, validity, next, ...more] = first.split(' ');
		const edited = edit({ validity: Number(validity), next: Number(next) });
		writeFileSync(file, [[version, edited.validity, edited.next, ...more].join(' '), ...rest].join('\n'));
	}

	private copyOf(user: string, folder: string): string {
		return join(this.root, 'srv/copies', user, folder);
	}

	/** `INBOX.Work` is the folder `.Work` in that of INBOX; the names there are UTF-8. */
	private maildirOf(user: string, folder: string): string {
		return join(this.root, 'srv/mail', user, 'Maildir', folder.slice('INBOX'.length));
	}
}
