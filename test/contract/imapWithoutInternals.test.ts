import { startDovecot, type Dovecot } from '../support/dovecot';
import { credentialFor, runNode } from '../support/executeContext';
import type { CountingProxy } from '../support/wire/countingProxy';
import { imapSubject } from './imapSubject';
import { describeMailServer } from './mailServer';

/** What sync/imap would find in an imapflow that had renamed everything it does not promise. */
jest.mock('../../sync/imap/internals', (): Record<keyof typeof import('../../sync/imap/internals'), unknown> => ({
	askListForLittle: () => undefined,
	hasRefusedListStatus: () => false,
	skipListBeforeOpen: () => undefined,
	onFolderClosed: () => undefined,
	onVanished: () => undefined,
	writeNames: () => undefined,
	onReceived: () => ({ limit: () => undefined }),
	onResponseCode: () => undefined,
	socketOf: () => undefined,
	unselect: async () => false,
	forgetFolder: () => undefined,
	keepFirstBytes: () => () => '',
	keepRights: () => ({ take: () => undefined }),
	keepRefusals: () => ({ take: () => undefined }),
	withSubscriptions: async (_client: unknown, list: () => Promise<unknown>) => await list(),
	neverWaitWhenThrottled: () => ({ hintMs: () => undefined, reset: () => undefined }),
	onUnaskedStatus: () => false,
	sendRaw: async () => undefined,
	endIdle: async (client: { noop(): Promise<void> }) => await client.noop(),
}));

jest.mock('../../sync/imap/pipeline', (): Partial<typeof import('../../sync/imap/pipeline')> => ({
	openPipeline: () => undefined,
}));

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
