import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import { describeMailServer, type Subject } from './mailServer';

/** imapflow on a real Dovecot, which the proxy makes as poor as other servers are. */
describe('imapflow', () => {
	let dovecot: Dovecot;
	const proxies: CountingProxy[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	}, 60_000);
	afterAll(async () => {
		await Promise.all(proxies.map((proxy) => proxy.stop()));
		await dovecot?.stop();
	});

	const subject = (mask: string[]) => async (): Promise<Subject> => {
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
	};

	const all = { qresync: true, condstore: true, listStatus: true, esearch: true, gmail: false };
	const extras = ['WITHIN', 'LITERAL+', 'SEARCHRES', 'LIST-EXTENDED', 'SPECIAL-USE'];
	describeMailServer('with everything', all, subject([]));
	describeMailServer('with CONDSTORE only, as Gmail', { ...all, qresync: false }, subject(['QRESYNC']));
	describeMailServer('without ESEARCH', { ...all, esearch: false }, subject(['ESEARCH']));
	describeMailServer(
		'with neither, as Exchange and Courier',
		{ qresync: false, condstore: false, listStatus: false, esearch: false, gmail: false },
		subject(['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS', 'ENABLE', ...extras]),
	);
});
