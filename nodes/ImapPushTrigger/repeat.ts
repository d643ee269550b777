import type { ITriggerFunctions } from 'n8n-workflow';
import type { SyncError } from '../../sync/errors/syncError';
import { isMarked, type DoneMark } from '../../sync/push/doneMark';
import type { Ticket } from '../../sync/push/ledger';
import { readAddressed, type ReadTask } from '../../sync/reading/readAddressed';
import type { MailServer } from '../../sync/server/mailServer';
import type { FetchedMessage } from '../../sync/server/message';
import { asUid } from '../../sync/uids/uid';
import { eventItem } from '../shared/items';
import { describeError } from '../shared/nodeErrors';
import type { NodeRequest } from '../shared/request';
import type { Workload } from './Workload';

/** A message that could not be read for another attempt is tried again after this time. */
const READ_AGAIN_MS = 60_000;

/**
 * Makes the items of events that come again: their messages are read anew. One that is gone, or carries the mark of what is done,
 * does not come again. Throws SyncError when the connection is lost; then the tickets wait on.
 */
export async function repeatDue(
	context: ITriggerFunctions,
	reader: MailServer,
	{ request, workload, marks }: { request: NodeRequest; workload: Workload; marks: readonly DoneMark[] },
): Promise<void> {
	const due = workload.due();
	for (const ticket of due.filter(({ withMessage }) => !withMessage)) {
		workload.ready(ticket, await eventItem(ticket.event, undefined, request, context.helpers));
	}
	const tickets = due.filter(({ withMessage, event }) => withMessage && event.uid !== undefined);
	const tasks = tickets.map(({ event: { folder, uidValidity, uid } }): ReadTask => ({
		address: { folder, uidValidity, uid: asUid(uid!) },
		task: { key: 'item', settings: request.reading },
	}));
	let lost: SyncError | undefined;
	await readAddressed(reader, tasks, {
		take: async (index, message) => {
			const ticket = tickets[index];
			if (isMarked(ticket, message.flags, marks)) return workload.drop(ticket);
			workload.ready(ticket, await eventItem(withFlagsOf(ticket, message), message, request, context.helpers));
		},
		fail: (index, error) => {
			const ticket = tickets[index];
			if (error.scope === 'connection' || error.scope === 'account') lost = error;
			else if (error.code === 'messageNotFound') workload.drop(ticket);
			else if (error.code === 'folderRenumbered' || error.code === 'folderNotFound')
				workload.lose(ticket, describeError(error).message);
			else workload.postpone(ticket, Date.now() + READ_AGAIN_MS);
		},
	});
	if (lost) throw lost;
}

/** The event with the flags that the message has by now; whether it was handed over before, nobody may know. */
const withFlagsOf = ({ event, phase }: Ticket, { flags, labels, emailId, threadId }: FetchedMessage): Ticket['event'] => ({
	...event,
	origin: 'redelivery',
	...(phase.kind === 'waiting' && phase.unknown ? { possibleDuplicate: true } : {}),
	flags,
	labels,
	emailId,
	threadId,
});
