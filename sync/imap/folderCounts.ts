import type { ImapFlow, StatusObject } from 'imapflow';
import type { FolderCounts } from '../changing/writing';

/** What STATUS is asked for. */
export const statusQuery = (client: ImapFlow): Record<string, boolean> => ({
	messages: true,
	unseen: true,
	recent: true,
	uidNext: true,
	uidValidity: true,
	highestModseq: client.enabled.has('CONDSTORE') || client.enabled.has('QRESYNC'),
});

/** The answer to STATUS, without what the server did not return. */
export function toCounts({ messages, unseen, recent, uidNext, uidValidity, highestModseq }: StatusObject): FolderCounts {
	const counts: FolderCounts = {};
	if (messages !== undefined) counts.messages = messages;
	if (unseen !== undefined) counts.unseen = unseen;
	if (recent !== undefined) counts.recent = recent;
	if (uidNext) counts.uidNext = uidNext;
	if (uidValidity) counts.uidValidity = uidValidity.toString();
	if (highestModseq) counts.highestModseq = highestModseq.toString();
	return counts;
}
