import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import type { Subject } from './mailServer';

/** A new user of the Dovecot, seen through a proxy that hides these capabilities. The caller stops what is put into `proxies`. */
export async function imapSubject(dovecot: Dovecot, mask: string[], proxies: CountingProxy[]): Promise<Subject> {
	const user = dovecot.newUser();
	const proxy = await startProxy(dovecot, { mask });
	proxies.push(proxy);
	return {
		connect: () =>
			connectMailServer({
				user,
				password: dovecot.password,
				host: proxy.host,
				port: proxy.port,
				security: 'none',
				allowUnauthorizedCerts: false,
			}),
		mailbox: {
			append: (folder, source, options) => dovecot.append(user, folder, source, options),
			expunge: (folder, uids) => dovecot.expunge(user, folder, uids),
			flags: (folder, uids, change) => dovecot.flags(user, folder, uids, change),
			createFolder: (folder) => dovecot.createFolder(user, folder),
			createContainer: async () => {
				await dovecot.createFolder(user, 'Container/Inside');
				return 'Container';
			},
			deleteFolder: (folder) => dovecot.deleteFolder(user, folder),
			setUidValidity: (folder, uidValidity) => dovecot.setUidValidity(user, folder, uidValidity),
		},
	};
}
