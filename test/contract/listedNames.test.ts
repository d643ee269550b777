import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** A server that writes the name of a folder in its own way, and knows it by no other. */
describe.each(['R&D', 'Caf\u00c3\u00a9', 'a&', '&ACY-'])('a folder listed as %s', (listed) => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;

	beforeAll(async () => {
		dovecot = await startDovecot();
		// The proxy takes bytes for letters.
		proxy = await startProxy(dovecot, {
			mask: ['LIST-STATUS'],
			onServerLine: (line) => (/^\* (LIST|STATUS) /.test(line) ? line.replace(/"?\bplain-name\b"?/, `"${listed}"`) : undefined),
			onClientLine: (line) =>
				line.replace(`"${listed}"`, 'plain-name').replace(new RegExp(` ${escaped(listed)}(?= |$)`), ' plain-name'),
		});
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});

	test.each([
		['after it was listed', true],
		['although it was never listed on this connection', false],
	])('is opened by that name, %s', async (_when, list) => {
		const user = dovecot.newUser();
		await dovecot.createFolder(user, 'plain-name');
		await dovecot.append(user, 'plain-name', 'Subject: there\r\n\r\n');
		const { host, port } = proxy;
		const settings = { user, password: dovecot.password, host, port, security: 'none', allowUnauthorizedCerts: false } as const;
		const lister = await connectMailServer(settings);
		const others = new Set(['INBOX', 'Drafts', 'Sent', 'Trash', 'Archive']);
		const paths = (await lister.listFolders({ status: false })).map(({ path }) => path).filter((path) => !others.has(path));
		expect(paths).toHaveLength(1);
		const statuses = await lister.folderStatuses(paths);
		expect([...statuses].map(([path, { messages }]) => [path, messages])).toEqual([[paths[0], 1]]);
		const server = list ? lister : await connectMailServer(settings);
		const [visit] = await server.visitFolders(paths, async (path, connection) => (await connection.open(path)).snapshot);
		expect(visit).toMatchObject({ status: 'fulfilled', value: { path: paths[0], exists: 1 } });
		await Promise.all([lister.close(), server.close()]);
	});
});

const escaped = (text: string): string => text.replace(/[^\w]/g, '\\$&');
