import type { IRun } from 'n8n-workflow';
import { printable } from '../../sync/errors/printable';
import type { Outcome } from '../../sync/push/ledger';

/** How an execution ended, and in which words n8n says why it failed. */
export interface ExecutionEnd {
	outcome: Outcome;
	reason?: string;
}

const LONGEST_REASON = 300;

/** What n8n's answer about a finished execution means. In queue mode it holds little more than the error. */
export function endOf(run: IRun | undefined): ExecutionEnd {
	// n8n ran nothing: an execution with this key was there already.
	if (run === undefined) return { outcome: 'startedElsewhere' };
	const { status } = run;
	const error = run.data?.resultData?.error;
	if (status === 'waiting') return { outcome: 'asleep' };
	if (status === 'canceled') return { outcome: 'cancelled', reason: 'the execution was cancelled' };
	if (error === undefined && (status === 'success' || (status === undefined && run.finished !== false))) {
		return { outcome: 'succeeded' };
	}
	return { outcome: 'failed', reason: shortened(error?.message ?? `the execution ended as ${status}`) };
}

/** What it means that n8n has no answer: somebody cancelled the execution, or it never began. */
export function endOfRejected(error: unknown): ExecutionEnd {
	const message = error instanceof Error ? error.message : String(error);
	const isCancelled = error instanceof Error && (/Cancell?ed/.test(error.constructor.name) || 'reason' in error);
	return { outcome: isCancelled ? 'cancelled' : 'notStarted', reason: shortened(message) };
}

const shortened = (text: string): string => printable(text).slice(0, LONGEST_REASON);
