import { eventId } from '../events/eventId';
import { partsFor } from '../reading/batch';
import { findMessages } from '../search/findMessages';
import { IgnoreMatcher } from '../folder/ignoreRules';
import type { MailServer } from '../server/mailServer';
import type { EventSink } from '../events/eventSink';
import { accountKeys, pathsOf } from './syncAccount';
import { UidSet } from '../uids/uidSet';
import type { SyncRequest } from './syncRequest';

/** With rules about ignored messages the newest so many are looked at. */
const PORTION = 100;

/**
 * Hands the newest message of the selection to the sink, as the messageNew it would be, for a look at real data while a
 * workflow is built. Reads no state and makes none. Returns false when no selected folder holds a message that passes the
 * filter. Throws SyncError, also for a chosen folder that does not exist.
 */
export async function sampleMessage(server: MailServer, request: SyncRequest, sink: EventSink): Promise<boolean> {
	const listing = request.selection.kind === 'chosen' ? undefined : await server.listFolders({ status: false });
	let isFound = false;
	for (const path of pathsOf(request, listing, server.hierarchy)) {
		const [visit] = await server.visitFolders([path], async (name, connection) => {
			const folder = await connection.open(name);
			const { exists, uidValidity } = folder.snapshot;
			if (exists === 0) return;
			const limit = request.ignore ? PORTION : 1;
			const { uids } = await findMessages(folder, { criteria: request.filter ?? {}, limit, order: 'newestFirst' }, () => false);
			const found = UidSet.of(uids);
			const newest = found.subtract(await new IgnoreMatcher(folder, request.ignore, undefined).among(found)).highest(1);
			const uid = newest.last;
			if (uid === undefined) return;
			const described = [];
			for await (const summary of folder.fetch(newest, 'descriptor')) described.push(summary);
			const [summary] = described;
			if (!summary) return;
			const parts = partsFor(request);
			const fits = parts !== 'source' || summary.size <= request.limits.messageSize;
			let message = summary;
			if (parts !== 'descriptor')
				for await (const read of folder.fetch(newest, fits ? parts : 'headerAndStructure')) message = read;
			const { flags, labels, emailId, threadId } = message;
			await sink(
				{
					event: 'messageNew',
					eventId: eventId(accountKeys(request.account).user, name, uidValidity, uid, 'messageNew'),
					account: request.account.name,
					folder: name,
					uid,
					uidValidity,
					flags,
					labels,
					emailId,
					threadId,
					...(request.acknowledge ? { attempt: 1 } : {}),
				},
				message,
			);
			isFound = true;
		});
		if (visit.status === 'rejected') throw visit.reason;
		if (isFound) return true;
	}
	return false;
}
