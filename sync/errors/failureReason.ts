import { errorOf, SyncError, syncErrorCodes, type SyncErrorCode } from './syncError';

/** A stored state keeps no more of a reason. */
const LONGEST_REASON = 200;

/**
 * Why a message failed, as text that a state can keep and that readFailureReason() reads: code and data of an error of the core, the
 * words of any other. The server's answer is shortened to what fits.
 */
export function failureReason(error: unknown): string {
	if (!(error instanceof SyncError)) return error instanceof Error ? error.message : String(error);
	const { code, data } = error;
	const text = JSON.stringify([code, data]);
	if (text.length <= LONGEST_REASON) return text;
	if ('answer' in data && data.answer !== undefined) {
		const rest = data.answer.length - (text.length - LONGEST_REASON);
		const shorter = JSON.stringify([code, { ...data, answer: data.answer.slice(0, Math.max(0, rest)) }]);
		if (shorter.length <= LONGEST_REASON) return shorter;
	}
	return error.message;
}

/** The error that failureReason() wrote down; undefined for words, which speak for themselves. */
export function readFailureReason(reason: string): SyncError | undefined {
	if (!reason.startsWith('["')) return undefined;
	try {
		const [code, data] = JSON.parse(reason) as [SyncErrorCode, object | null];
		return syncErrorCodes.includes(code) && typeof data === 'object' && data !== null ? errorOf(code, data) : undefined;
	} catch {
		return undefined;
	}
}
