import type { ImapFlow } from 'imapflow';
import type { Capabilities } from '../server/capabilities';
import type { FolderStatus } from '../server/folderListing';
import type { ImapConnection } from './connection';
import { quotedMailbox } from './mailboxName';
import { openPipeline, type Untagged } from './pipeline';

/** Characters of commands that are under way at once: a thousand folders with long names. */
const FLIGHT_LENGTH = 128_000;

/**
 * The status of folders, all asked for in one flight: for servers that do not put it into the answer to LIST. A folder is missing
 * where the server refused, where it answered nothing that names the folder, and where only one command can be sent at a time:
 * then opening it costs as much and says more. Throws SyncError for what ends the connection.
 */
export async function folderStatuses(
	connection: ImapConnection,
	{ condstore }: Pick<Capabilities, 'condstore'>,
	paths: readonly string[],
): Promise<Map<string, FolderStatus>> {
	const { client } = connection;
	const utf8 = client.enabled.has('UTF8=ACCEPT');
	const items = `(MESSAGES UIDNEXT UIDVALIDITY${condstore ? ' HIGHESTMODSEQ' : ''})`;
	const found = new Map<string, FolderStatus>();
	const names = new Map<string, { path: string; quoted: string }>();
	for (const path of paths) {
		const quoted = quotedMailbox(path, utf8, connection.listedNames);
		if (quoted !== undefined) names.set(nameKey(quoted.slice(1, -1).replace(/\\(.)/g, '$1')), { path, quoted });
	}
	const take = async (untagged: Untagged): Promise<void> => {
		const [name, list] = Array.isArray(untagged.attributes) ? (untagged.attributes as unknown[]) : [];
		const folder = names.get(nameKey(valueOf(name) ?? ''));
		if (folder && Array.isArray(list)) found.set(folder.path, toStatus(list));
	};
	for (const flight of flightsOf([...names.values()])) {
		if (!(await askFlight(connection, flight, items, take))) break;
	}
	return found;
}

/** Asks for the status of these folders at once. False where that cannot be done. */
async function askFlight(
	connection: ImapConnection,
	flight: ReadonlyArray<{ quoted: string }>,
	items: string,
	take: (untagged: Untagged) => Promise<void>,
): Promise<boolean> {
	return await connection.run({ doing: 'list' }, async (client: ImapFlow) => {
		const pipeline = openPipeline(client, { STATUS: take });
		if (!pipeline) return false;
		try {
			const answers = flight.map(({ quoted }) => pipeline.send({ name: 'STATUS', rest: `${quoted} ${items}` }));
			for (const answer of await Promise.allSettled(answers)) {
				if (answer.status === 'rejected' && !isRefusal(answer.reason)) throw answer.reason;
			}
			return true;
		} finally {
			pipeline.end();
		}
	});
}

function* flightsOf<T extends { quoted: string }>(folders: readonly T[]): Generator<T[]> {
	let flight: T[] = [];
	let length = 0;
	for (const folder of folders) {
		const size = folder.quoted.length + 64;
		if (flight.length > 0 && length + size > FLIGHT_LENGTH) {
			yield flight;
			[flight, length] = [[], 0];
		}
		flight.push(folder);
		length += size;
	}
	if (flight.length > 0) yield flight;
}

/** A refusal is of one folder: it is opened, and says then why. A server that is busy refuses them all, and is to be left alone. */
const isRefusal = (error: unknown): boolean => {
	const { responseStatus, code } = error as { responseStatus?: string; code?: string };
	return (responseStatus === 'NO' || responseStatus === 'BAD') && code !== 'ETHROTTLE';
};

function toStatus(list: readonly unknown[]): FolderStatus {
	const status: FolderStatus = {};
	for (let at = 0; at + 1 < list.length; at += 2) {
		const value = valueOf(list[at + 1]) ?? '';
		if (!/^\d{1,20}$/.test(value)) continue;
		switch ((valueOf(list[at]) ?? '').toUpperCase()) {
			case 'MESSAGES':
				status.messages = Number(value);
				break;
			case 'UIDNEXT':
				if (Number(value) > 0) status.uidNext = Number(value);
				break;
			case 'UIDVALIDITY':
				if (BigInt(value) > 0n) status.uidValidity = BigInt(value).toString();
				break;
			case 'HIGHESTMODSEQ':
				// 0: the folder has no mod-sequences (RFC 7162 section 3.1.7).
				if (BigInt(value) > 0n) status.highestModseq = BigInt(value).toString();
		}
	}
	return status;
}

/** INBOX is case-insensitive (RFC 3501 section 5.1). */
const nameKey = (name: string): string => (name.toUpperCase() === 'INBOX' ? 'INBOX' : name);

function valueOf(token: unknown): string | undefined {
	const value = (token as { value?: unknown } | null | undefined)?.value;
	return typeof value === 'string' ? value : undefined;
}
