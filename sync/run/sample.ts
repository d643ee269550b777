import type { EventSink } from '../events/eventSink';
import { createEvent } from '../events/createEvent';
import { messageKeyOf } from '../events/messageKey';
import { IgnoreMatcher } from '../folder/ignoreRules';
import { partsFor } from '../reading/batch';
import { ResumingReader } from '../reading/resumingReader';
import { findMessages } from '../search/findMessages';
import type { MailServer, OpenFolder } from '../server/mailServer';
import type { FetchedMessage } from '../server/message';
import type { ReadingSettings } from '../settings/readingSettings';
import type { SyncSettings } from '../settings/syncSettings';
import type { WatchSettings } from '../settings/watchSettings';
import { accountKeys } from '../state/accountState';
import { UidSet } from '../uids/uidSet';
import { watchedPaths } from './watchedFolders';

/** Maximum newest messages inspected where there are ignore rules. */
const INSPECTED_MESSAGES = 100;
/** Maximum messages that are read until one comes. */
const TRIED_MESSAGES = 5;

/**
 * Delivers the newest message of the selection to the sink, as the messageNew it would be, to show real data while a workflow is
 * built. Where only updates are asked for, as the messageUpdated that its flags would be: that has other fields. Reads and writes no state. Returns false when no selected folder has a message that matches the filter. Throws
 * SyncError, also for a chosen folder that does not exist.
 */
export async function sampleMessage(
	settings: SyncSettings,
	{ server, sink, now }: { server: MailServer; sink: EventSink; now: () => number },
): Promise<boolean> {
	const { account, watch, reading, delivery } = settings;
	const listing = watch.selection.kind === 'chosen' ? undefined : await server.listFolders({ status: false });
	const reader = new ResumingReader(server);
	for (const path of watchedPaths(watch, listing, server.hierarchy)) {
		const [visit] = await reader.visitFolders([path], async (name, connection) => {
			const folder = await connection.open(name);
			const newest = await newestMessage(folder, watch, reading);
			if (!newest) return false;
			const { message, messageKey } = newest;
			const { uidValidity } = folder.snapshot;
			const { uid, flags, labels, emailId, threadId } = message;
			const at = { accountKey: accountKeys(account).user, account: account.name, folder: name, uidValidity };
			const attempt = delivery.acknowledge ? { attempt: 1 } : {};
			const known = { flags, labels, emailId, threadId };
			const everyEvent = { messageKey, sequence: 1, detectedAt: new Date(now()).toISOString() };
			if (showsUpdate(watch)) {
				const update = { ...createEvent(at, 'messageUpdated', uid), ...known, flagsAdded: flags, flagsRemoved: [] };
				await sink({ ...update, ...everyEvent }, reading.updatedContent ? message : undefined);
			} else {
				await sink({ ...createEvent(at, 'messageNew', uid), ...known, ...attempt, ...everyEvent }, message);
			}
			return true;
		});
		if (visit.status === 'rejected') throw visit.reason;
		if (visit.value) return true;
	}
	return false;
}

const showsUpdate = ({ events }: WatchSettings): boolean => events.has('messageUpdated') && !events.has('messageNew');

/** The newest message of a folder that passes the filter and that no rule ignores. */
async function newestMessage(
	folder: OpenFolder,
	{ filter = {}, ignore }: WatchSettings,
	reading: ReadingSettings,
): Promise<{ message: FetchedMessage; messageKey: string } | undefined> {
	if (folder.snapshot.exists === 0) return undefined;
	// More than one where a rule ignores some. A message that does not come makes room for the one before it.
	const { uids } = await findMessages(folder, {
		criteria: filter,
		limit: ignore ? INSPECTED_MESSAGES : TRIED_MESSAGES,
		order: 'newestFirst',
	});
	const matching = UidSet.of(uids);
	let left = matching.subtract(await new IgnoreMatcher(folder, ignore, undefined).among(matching));
	for (let tries = 0; tries < TRIED_MESSAGES && !left.isEmpty; tries++) {
		const newest = left.highest(1);
		left = left.subtract(newest);
		const read = await readOne(folder, newest, reading);
		if (read) return read;
	}
	return undefined;
}

async function readOne(
	folder: OpenFolder,
	one: UidSet,
	reading: ReadingSettings,
): Promise<{ message: FetchedMessage; messageKey: string } | undefined> {
	let summary: FetchedMessage | undefined;
	for await (const message of folder.fetch(one, 'descriptor')) summary = message;
	if (!summary) return undefined;
	const messageKey = messageKeyOf(summary);
	const parts = partsFor(reading);
	if (parts === 'descriptor') return { message: summary, messageKey };
	const fits = parts !== 'source' || summary.size <= reading.messageSize;
	let message: FetchedMessage | undefined;
	for await (const read of folder.fetch(one, fits ? parts : 'headerAndStructure')) message = read;
	return message && { message, messageKey };
}
