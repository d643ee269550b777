import type { Logger } from 'n8n-workflow';
import { printable } from '../../sync/errors/printable';
import type { FolderState } from '../../sync/folder/folderState';
import type { SyncOutcome } from '../../sync/run/syncAccount';
import { labels } from './labels';

/**
 * Writes into n8n's log what is no failure and should be known: what the server withheld, what follows from a changed credential, and how
 * much older mail is still to come.
 */
export function logFindings(logger: Pick<Logger, 'info' | 'warn'>, node: string, account: string, outcome: SyncOutcome): void {
	const say = (level: 'info' | 'warn', text: string): void => logger[level](printable(`${node}: ${text}`));
	const {
		accountChanged,
		state,
		findings: { corrections, uidReuses, disabled },
	} = outcome;
	for (const { path, arrivals, deletions, flags } of corrections) {
		say(
			'warn',
			`the audit of "${path}" found what the mail server had not reported: ${arrivals} new, ${deletions} deleted and ${flags} updated messages; they are emitted now`,
		);
	}
	for (const { path, from } of uidReuses) {
		say(
			'warn',
			`in "${path}" the mail server gave the UIDs from ${from} on to other messages, as one does whose mail was restored from a backup; the messages that had them are reported as deleted, those that have them now as new`,
		);
	}
	for (const { capability, reason, until } of disabled) {
		say(
			'warn',
			`the mail server is not believed about ${capability.toUpperCase()} until ${new Date(until).toISOString()}, since ${reason}; nothing is lost, but polls cost more`,
		);
	}
	if (accountChanged) {
		say('info', `the credential is for another mailbox now (${account}), which is begun as '${labels.startFrom}' says`);
	}
	const older = olderMail(Object.values(state.folders));
	if (older !== undefined) {
		say(
			'info',
			`older mail: ${counted(older.messages, 'message')} in ${counted(older.folders, 'folder')} to come with the next runs`,
		);
	}
}

/** What is left of the mail that was there before the start; undefined once all of it came. */
function olderMail(folders: readonly FolderState[]): { messages: number; folders: number } | undefined {
	const unfinished = folders.filter(({ missing, backfill }) => !missing && !backfill.isEmpty);
	if (unfinished.length === 0) return undefined;
	return { messages: unfinished.reduce((sum, { backfill }) => sum + backfill.size, 0), folders: unfinished.length };
}

const counted = (count: number, noun: string): string => `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
