import { readFailureReason } from '../errors/failureReason';
import { hasCode } from '../errors/syncError';
import type { Uid } from '../uids/uid';
import { LONGEST_RETRY_MINUTES } from '../folder/due';
import type { FailedMessage } from '../folder/folderState';

/** Minutes until the next try after the first, second, ... failure. */
const BACK_OFF_MINUTES = [1, 5, 15, 60, 240];

/** After this many tries a message is given up and reported as messageFailed. */
export const MAX_ATTEMPTS = BACK_OFF_MINUTES.length + 1;

/** Minutes between tries of a message that nobody wants to hear of as failed: it is never given up silently. */
const DAILY = LONGEST_RETRY_MINUTES;

/** What is remembered of a message after one more failure, with the time of the next try. */
export function afterFailure(before: FailedMessage | undefined, uid: Uid, reason: string, now: number): FailedMessage {
	const attempts = (before?.attempts ?? 0) + 1;
	const minutes = BACK_OFF_MINUTES[attempts - 1] ?? DAILY;
	return { uid, attempts, retryAt: now + minutes * 60_000, reason: reason.slice(0, 200) };
}

/**
 * Whether trying again is of no use: the server sent a note in place of the message. What mends the message, in Outlook, gives it
 * another UID.
 */
export function isFinal({ reason }: FailedMessage): boolean {
	const error = readFailureReason(reason);
	return hasCode(error, 'messageUnreadable') && error.data.reason === 'substitute';
}
