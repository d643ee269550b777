import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { MailServer } from '../../sync/server/mailServer';

/** Opens a session with a mail server. */
export type Connect = (settings: ConnectionSettings) => Promise<MailServer>;

/** The mail server itself; tests put their own in. */
export const connectToServer: Connect = connectMailServer;

/** Uses a connection and closes it, however that ends. */
export async function withServer<T>(
	connect: Connect,
	settings: ConnectionSettings,
	use: (server: MailServer) => Promise<T>,
): Promise<T> {
	const server = await connect(settings);
	try {
		return await use(server);
	} finally {
		await server.close();
	}
}
