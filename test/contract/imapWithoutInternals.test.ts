import { startDovecot, type Dovecot } from '../support/dovecot';
import type { CountingProxy } from '../support/wire/countingProxy';
import { imapSubject } from './imapSubject';
import { describeMailServer } from './mailServer';

/** What sync/imap would find in an imapflow that had renamed everything it does not promise. */
jest.mock('../../sync/imap/internals', () => ({
	askListForLittle: () => undefined,
	hasRefusedListStatus: () => false,
	skipListBeforeOpen: () => undefined,
	onFolderClosed: () => undefined,
	onVanished: () => undefined,
	neverWaitWhenThrottled: () => ({ hintMs: () => undefined, reset: () => undefined }),
}));

describe('imapflow without its internals is only slower', () => {
	let dovecot: Dovecot;
	const proxies: CountingProxy[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	}, 60_000);
	afterAll(async () => {
		await Promise.all(proxies.map((proxy) => proxy.stop()));
		await dovecot?.stop();
	});

	describeMailServer('with everything', { qresync: true, condstore: true }, () => imapSubject(dovecot, [], proxies));
});
