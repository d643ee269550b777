import { startCourier } from './courier';
import { startCyrus } from './cyrus';
import { startDovecot } from './dovecot';
import { mailHostOf, type MailHost } from './mailHost';
import { describeServer, type RootedServer } from './roots/serverRoot';

/** A real server on which random histories are played, also as the poorer ones that the proxy can make of it. */
export interface HistoryServer {
	name: string;
	describe: jest.Describe;
	start: () => Promise<MailHost>;
	/** What the proxy takes away from the server. */
	masks: Array<[string, string[]]>;
}

const forgetful = 'mail_index_log_rotate_min_size = 1k\nmail_index_log_rotate_min_age = 0\nmail_index_log2_max_age = 0\n';

const rooted = (server: RootedServer, start: () => Promise<MailHost>, masks: HistoryServer['masks']): HistoryServer => ({
	name: server === 'cyrus' ? 'Cyrus' : 'Courier',
	describe: describeServer(server),
	start,
	masks,
});

export const historyServers: HistoryServer[] = [
	{
		name: 'Dovecot',
		describe,
		// Forgets quickly what was expunged: it then says of messages that never were that they vanished.
		start: async () => mailHostOf(await startDovecot({ extraConfig: forgetful })),
		masks: [
			['QRESYNC', []],
			['CONDSTORE', ['QRESYNC']],
			['CONDSTORE without ESEARCH and LIST-STATUS', ['QRESYNC', 'ESEARCH', 'LIST-STATUS']],
			['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
		],
	},
	rooted('cyrus', startCyrus, [
		['QRESYNC', []],
		['CONDSTORE', ['QRESYNC']],
		['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
	]),
	rooted('courier', startCourier, [['neither CONDSTORE nor QRESYNC', []]]),
];
