import { NodeOperationError, type Failure, type INode } from 'n8n-workflow';
import { printable } from '../../sync/errors/printable';
import { SyncError, type SyncErrorCode } from '../../sync/errors/syncError';
import type { Mailbox } from './credentials';
import { describeSyncError } from './errorTexts/describeSyncError';
import type { ErrorTexts } from './errorTexts/errorText';
import { withoutSecrets } from './secrets';
import { sentences } from './sentences';

/** What is said beside the error itself. */
export interface ErrorDetails {
	/** Absent when the credential could not be read. */
	mailbox?: Pick<Mailbox, 'secrets'>;
	/** A sentence that goes after the message, e.g. that nothing was started. */
	addition?: string;
	/** The input item it happened with. */
	itemIndex?: number;
	/** The node tries again by rules of its own, so that n8n need not wait, and would not notice what was mended. */
	isRetried?: boolean;
}

/** The texts of a failure, without secrets. */
export function describeError(error: unknown, details: ErrorDetails = {}): ErrorTexts {
	const { mailbox, addition } = details;
	const clean = (text: string): string => printable(withoutSecrets(text, mailbox?.secrets ?? []));
	if (!(error instanceof SyncError)) {
		return {
			message: sentences(clean(error instanceof Error ? error.message : String(error)), addition),
			advice: 'This should not happen. Please report it, with the version of n8n-nodes-imap-sync.',
		};
	}
	const { message, advice } = describeSyncError(error);
	return { message: sentences(clean(message), addition), advice: clean(advice) };
}

/**
 * n8n's error for a failure. The cause is left out on purpose: n8n stores the whole chain with the execution, and the
 * library's errors hold what the server sent.
 */
export function toNodeError(node: INode, error: unknown, details: ErrorDetails = {}): NodeOperationError {
	const { message, advice } = describeError(error, details);
	const nodeError = new NodeOperationError(node, message, {
		description: advice,
		failure: details.isRetried ? { cause: 'temporarily-unavailable' } : failureOf(error),
		...(details.itemIndex === undefined ? {} : { itemIndex: details.itemIndex }),
	});
	// n8n replaces a message that happens to contain one of its known words, e.g. "preEXISTing", by a text of its own.
	nodeError.message = message;
	return nodeError;
}

/** Why it failed, in n8n's words: its scheduler waits longer where waiting cannot help. */
function failureOf(error: unknown): Failure {
	if (!(error instanceof SyncError)) return { cause: 'node-defect' };
	const cause = causes[error.code];
	if (cause === undefined) return error.passing ? { cause: 'temporarily-unavailable' } : { cause: 'configuration-invalid' };
	if (cause === 'rate-limited' && error.retryAfterMs !== undefined) return { cause, retryAfterMs: error.retryAfterMs };
	return { cause };
}

const causes: Partial<Record<SyncErrorCode, Failure['cause']>> = {
	loginRefused: 'credential-invalid',
	serverBusy: 'rate-limited',
};
