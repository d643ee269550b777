import type { ErrorPlace } from '../../sync/errors/errorData';
import { printable } from '../../sync/errors/printable';
import { SyncError, type SyncErrorArguments, type SyncErrorCode } from '../../sync/errors/syncError';

/**
 * An error that the nodes themselves raise, about a field or about what they refuse to do: it brings its sentences along. Errors
 * of the core bring data, of which errorTexts/ makes sentences.
 */
export class DescribedError extends SyncError {
	readonly advice: string;

	constructor(code: SyncErrorCode, message: string, advice: string, { cause, ...place }: ErrorPlace & { cause?: unknown } = {}) {
		// The sentences say it all: nothing else of the code's data is needed.
		super(...([code, place, { cause }] as unknown as SyncErrorArguments));
		this.message = printable(message);
		this.advice = advice;
	}
}
