import './renamedInternals';
import { socketOf } from '../../sync/imap/internals';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { credentialFor, runNode } from '../support/executeContext';
import type { CountingProxy } from '../support/wire/countingProxy';
import { imapSubject } from './imapSubject';
import { describeMailServer } from './mailServer';

describe('imapflow without its internals is only slower', () => {
	let dovecot: Dovecot;
	const proxies: CountingProxy[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(async () => {
		await Promise.all(proxies.map((proxy) => proxy.stop()));
		await dovecot?.stop();
	});

	it('plays without them', () => {
		expect(String(socketOf)).toBe('() => undefined');
	});

	it('a refused change is still an error', async () => {
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', 'Subject: x\r\n\r\nx\r\n');
		const run = runNode({
			items: [{ folder: 'INBOX', uid: 1 }],
			parameters: { resource: 'message', operation: 'copy', toFolder: 'Nowhere' },
			credential: credentialFor(dovecot, user),
		});
		await expect(run).rejects.toThrow('refused a command in the folder "INBOX"');
	});

	describeMailServer('with everything', { qresync: true, condstore: true }, () => imapSubject(dovecot, [], proxies), {
		contentsAtOnce: false,
	});
});
