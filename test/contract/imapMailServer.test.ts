import { startDovecot, type Dovecot } from '../support/dovecot';
import type { CountingProxy } from '../support/wire/countingProxy';
import { imapSubject } from './imapSubject';
import { describeMailServer } from './mailServer';

/** imapflow on a real Dovecot, which the proxy makes as poor as other servers are. */
describe('imapflow', () => {
	let dovecot: Dovecot;
	const proxies: CountingProxy[] = [];

	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(async () => {
		await Promise.all(proxies.map((proxy) => proxy.stop()));
		await dovecot?.stop();
	});

	const subject = (mask: string[]) => () => imapSubject(dovecot, mask, proxies);
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
