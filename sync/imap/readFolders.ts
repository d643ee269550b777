import type { Capabilities } from '../server/capabilities';
import type { FolderReading, FoldersRead } from '../server/folderReading';
import { SyncError } from '../errors/syncError';
import { UidSet } from '../uids/uidSet';
import { allowanceFor, allowanceForMessages, allowanceForSmallMessages, type Allowance } from './allowance';
import type { Command, ImapConnection } from './connection';
import { FolderInFlight } from './folderInFlight';
import { forgetFolder } from './internals';
import { quotedMailbox } from './mailboxName';
import { openPipeline } from './pipeline';

/** Length of the UID set of one command: what all servers take (RFC 2683 section 3.2.1.5). Longer ones take the ordinary way. */
const MAX_SET = 1_000;

/**
 * Opens folders one after the other and reads messages of each, all asked for in one flight: EXAMINE, UID FETCH, EXAMINE, UID FETCH.
 * RFC 9051 section 5.5 lets a client send on where no answer is ambiguous. Here none is: a server cannot ask the next folder before
 * it is open, so all that comes between the answers to two EXAMINEs is about the folder of the first, and UIDs mean the same whatever
 * is expunged meanwhile. A folder that was refused, whose answers lack or contradict something, or that is answered out of order,
 * is missing. Never throws: where the connection ends, what came whole until then counts.
 */
export async function readFolders(
	connection: ImapConnection,
	capabilities: Capabilities,
	readings: readonly FolderReading[],
	patienceMs: number,
): Promise<FoldersRead> {
	const utf8 = connection.client.enabled.has('UTF8=ACCEPT');
	const flight = readings.flatMap((reading) => {
		const quoted = quotedMailbox(reading.path, utf8, connection.listedNames);
		const sets = [reading.uids, reading.flags?.uids ?? UidSet.empty];
		if (quoted === undefined || sets.some((uids) => uids.toString().length > MAX_SET)) return [];
		const since = capabilities.qresync && !connection.faults.qresyncOpen ? reading.since : undefined;
		return [new FolderInFlight({ ...reading, since }, quoted, capabilities)];
	});
	await send(connection, flight, { doing: 'fetch', allowance: allowanceOf(readings), patienceMs });
	const folders: FoldersRead['folders'] = new Map();
	for (const folder of flight) {
		const { read } = folder;
		if (read) folders.set(folder.path, read);
	}
	if (connection.usable) return { folders };
	return { folders, brokeOff: true, lost: flight.find(({ isAnswered }) => !isAnswered)?.lost };
}

/** What stopped it, the folders show: each is visited, and says then why. */
async function send(connection: ImapConnection, flight: readonly FolderInFlight[], command: Command): Promise<void> {
	if (flight.length === 0) return;
	try {
		await connection.run(command, async (client) => {
			const pipeline = openPipeline(client, {}, { inOrder: true });
			if (!pipeline) return;
			const has = { objectId: client.capabilities.has('OBJECTID'), utf8: client.enabled.has('UTF8=ACCEPT') };
			// What is said from now on is about other folders than imapflow believes.
			forgetFolder(client);
			try {
				const answers = flight.map((folder) => folder.ask(pipeline, has));
				if (client.capabilities.has('UNSELECT'))
					answers.push(pipeline.send({ name: 'UNSELECT', rest: '' }).then(() => undefined));
				else connection.staysInFolder();
				for (const answer of await Promise.allSettled(answers)) {
					if (answer.status === 'rejected' && !isRefusal(answer.reason)) throw answer.reason;
				}
			} finally {
				pipeline.end();
			}
		});
	} catch (error) {
		if (!(error instanceof SyncError)) throw error;
	}
}

/** A refusal is of one folder, which is then asked by itself. A server that is busy is to be left alone. */
const isRefusal = (error: unknown): boolean => {
	const { responseStatus, code } = error as { responseStatus?: string; code?: string };
	return (responseStatus === 'NO' || responseStatus === 'BAD') && code !== 'ETHROTTLE';
};

function allowanceOf(readings: readonly FolderReading[]): Allowance {
	const announced = readings.reduce((sum, reading) => sum + (reading.announced ?? 0), 0);
	if (announced === 0) return readings.some(({ contents }) => contents) ? allowanceForSmallMessages : allowanceFor('fetch');
	return allowanceForMessages(
		readings.reduce((sum, { uids }) => sum + uids.size, 0),
		announced,
	);
}
