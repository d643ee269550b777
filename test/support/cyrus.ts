import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from './dovecot/port';
import type { MailHost } from './mailHost';
import { launchInRoot } from './roots/launchInRoot';
import { makeInstance, makeOwnedFolder, owners } from './roots/serverRoot';
import { WireMailHost, wireName, type WireServer } from './roots/WireMailHost';

const host = '127.0.0.1';

/** Everybody may log in, and has an INBOX then. A deleted folder goes at once: two of one name in one second would be in each other's way. */
const imapdConf = `
configdirectory: /srv/conf
proc_path: /srv/conf/proc
mboxname_lockpath: /srv/conf/lock
partition-default: /srv/mail
defaultpartition: default
servername: localhost
admins: cyrus
allowplaintext: yes
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN
autocreate_users: anyone
autocreate_quota: 0
delete_mode: immediate
altnamespace: yes
unixhierarchysep: yes
`;

const cyrusConf = (port: number): string => `
START {
	recover cmd="ctl_cyrusdb -r"
}
SERVICES {
	imap cmd="imapd -U 1000" listen="${host}:${port}" proto=tcp4 prefork=2 maxchild=200
}
EVENTS {
}
`;

/**
 * Starts a Cyrus of its own, in a root of its own, on loopback. Resolves when it greets; see {@link describeServer}. With `conversations` it
 * knows which messages belong together, and tells THREADID (RFC 8474): otherwise that is NIL.
 */
export async function startCyrus({ conversations = false } = {}): Promise<MailHost> {
	const root = makeInstance('cyrus');
	const port = await findFreePort();
	writeFileSync(join(root, 'etc/imapd.conf'), conversations ? `${imapdConf}conversations: yes\n` : imapdConf);
	writeFileSync(join(root, 'etc/cyrus.conf'), cyrusConf(port));
	for (const name of ['db', 'socket', 'proc', 'msg', 'ptclient', 'log', 'lock'])
		makeOwnedFolder(join(root, 'srv/conf', name), owners.cyrus);
	makeOwnedFolder(join(root, 'srv/mail'), owners.cyrus);
	// The master finds its services' programs by this name.
	writeFileSync(join(root, 'start'), 'exec cyrmaster -C /etc/imapd.conf -M /etc/cyrus.conf -p /run/cyrus.pid\n');
	chmodSync(join(root, 'srv'), 0o755);
	const launched = await launchInRoot(root, host, port);
	return new Cyrus({ kind: 'Cyrus', host, port, prefix: '', delimiter: '/', move: true, unselect: true, ...launched });
}

class Cyrus extends WireMailHost {
	constructor(server: WireServer) {
		super(server);
	}

	/**
	 * Cyrus has no tool that sets it. A folder that is made anew from copies of all messages is what a restored folder is, and
	 * Cyrus gives a name that it knows a higher UIDVALIDITY each time.
	 */
	async changeUidValidity(user: string, folder: string): Promise<void> {
		const saved = `${folder} saved`;
		const copyAll = async (from: string, to: string): Promise<void> => {
			const held = await this.list(user, from);
			await this.copy(
				user,
				from,
				held.map(({ uid }) => uid),
				to,
			);
		};
		const before = await this.uidValidity(user, folder);
		await this.createFolder(user, saved);
		await copyAll(folder, saved);
		await this.deleteFolder(user, folder);
		await this.createFolder(user, folder);
		await copyAll(saved, folder);
		await this.deleteFolder(user, saved);
		if ((await this.uidValidity(user, folder)) === before) throw new Error(`Cyrus gave ${folder} its old UIDVALIDITY again`);
	}

	// In Cyrus' default an owner may not change rights, nor anybody but the administrator limits.
	async setRights(owner: string, folder: string, user: string, rights: string): Promise<void> {
		await this.with('cyrus', (admin) =>
			admin.ok(`SETACL ${wireName(`user/${owner}${folder === 'INBOX' ? '' : `/${folder}`}`)} ${user} ${rights || '""'}`),
		);
	}

	nameForOthers(owner: string, folder: string): string {
		return `Other Users/${owner}${folder === 'INBOX' ? '' : `/${folder}`}`;
	}

	async limitStorage(user: string, kilobytes: number): Promise<void> {
		// The account comes into being with the first login.
		await this.touch(user, 'INBOX');
		await this.with('cyrus', (admin) => admin.ok(`SETQUOTA ${wireName(`user/${user}`)} (STORAGE ${kilobytes})`));
	}
}
