import type { ITriggerFunctions } from 'n8n-workflow';
import type { OwnChanges } from '../../sync/ownChanges/ownChanges';
import { syncAccount, type SyncOutcome } from '../../sync/run/syncAccount';
import type { MailServer } from '../../sync/server/mailServer';
import type { SyncSettings } from '../../sync/settings/syncSettings';
import type { SyncState } from '../../sync/state/syncState';
import type { Mailbox } from '../shared/credentials';
import { eventItem } from '../shared/items';
import { knowledgeFor, settingsFor } from '../shared/ownChanges';
import type { NodeRequest } from '../shared/request';
import type { Found } from './Workload';

/** What one look reads ahead of the executions: beyond it the messages wait in the mailbox. */
const MOST_MESSAGES = 200;
const MOST_BYTES = 16 * 1024 * 1024;

/** How long one look may take before it hands out what it has. */
const LOOK_MS = 60_000;

/** What a look is taken with. */
export interface LookTask {
	request: NodeRequest;
	mailbox: Mailbox;
	position: SyncState | undefined;
	/** Events that were handed over already: a repeated look finds them, and they are left out. */
	handed: ReadonlySet<string>;
	/** What this trigger itself does to messages. */
	ownChanges: OwnChanges;
	/** It is taken because it is time, not because the server said something. */
	isRoutine: boolean;
	signal: AbortSignal;
}

/** Finds out what happened since the position. Throws SyncError when nothing could be done. */
export async function look(
	context: ITriggerFunctions,
	reader: MailServer,
	{ request, mailbox, position, handed, ownChanges, isRoutine, signal }: LookTask,
): Promise<{ found: Found[]; outcome: SyncOutcome }> {
	const found: Found[] = [];
	const outcome = await syncAccount(limited(settingsFor(request, mailbox.settings), handed.size), position, {
		ownChanges,
		...knowledgeFor(request, mailbox.settings),
		server: reader,
		isRoutine,
		signal,
		now: Date.now,
		sink: async (event, message) => {
			if (handed.has(event.eventId)) return;
			const item = await eventItem(event, message, request, context.helpers);
			found.push({ event, item, withMessage: message !== undefined });
		},
	});
	return { found, outcome };
}

/** Also what was handed over already counts as found. */
function limited(settings: SyncSettings, handed: number): SyncSettings {
	const { limits } = settings.delivery;
	return {
		...settings,
		delivery: {
			...settings.delivery,
			limits: {
				// Also older messages: no more than these are held in memory.
				messages: Math.min(limits.messages, MOST_MESSAGES) + handed,
				bytes: Math.max(Math.min(limits.bytes, MOST_BYTES), settings.reading.messageSize),
				deadline: Date.now() + LOOK_MS,
			},
		},
	};
}
