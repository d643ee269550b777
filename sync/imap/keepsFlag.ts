import type { ImapConnection } from './connection';
import { skipListBeforeOpen } from './internals';

/**
 * Whether the folder keeps this flag or keyword for good, as SELECT reports it. Throws what opening a folder throws. Afterwards
 * the folder is open for writing, until the next opening.
 */
export async function keepsFlag(connection: ImapConnection, path: string, flag: string): Promise<boolean> {
	skipListBeforeOpen(connection.client, path);
	const { readOnly, permanentFlags } = await connection.run({ doing: 'open', folder: path }, (client) =>
		client.mailboxOpen(path, { readOnly: false }),
	);
	if (readOnly) return false;
	// RFC 9051 section 7.1: a server that does not say keeps all flags.
	if (!permanentFlags) return true;
	const kept = [...permanentFlags].map((one) => one.toLowerCase());
	return kept.includes(flag.toLowerCase()) || (!flag.startsWith('\\') && kept.includes('\\*'));
}
