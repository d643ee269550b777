import { FollowedAccount, type Ask } from '../account';
import { FakeAccount } from './FakeAccount';
import { FakeMailServer, type FakeHooks, type FakeOptions } from './FakeMailServer';

/** A message with a Message-ID of its own. */
export const mail = (subject: string): string => `Message-ID: <${subject}@example.com>\r\nSubject: ${subject}\r\n\r\nhello\r\n`;

/** The kinds of servers that the core knows. */
export const kindsOfServer: Array<[string, FakeOptions]> = [
	['QRESYNC', {}],
	['CONDSTORE', { capabilities: { qresync: false } }],
	['neither', { capabilities: { qresync: false, condstore: false, esearch: false, listStatus: false } }],
];

/** An account in memory and somebody who follows it; `server.hooks` hold for all connections from then on. */
export function followFake(options: FakeOptions & { ask?: Ask; account?: FakeAccount } = {}) {
	const account = options.account ?? new FakeAccount();
	const server = { hooks: {} as FakeHooks, last: undefined as FakeMailServer | undefined };
	const followed = new FollowedAccount(
		async () => {
			server.last = new FakeMailServer(account, { ...options, hooks: server.hooks });
			return server.last;
		},
		'alice@example.com',
		'mail.example.com:993',
		options.ask ?? {},
	);
	return { account, server, followed };
}
