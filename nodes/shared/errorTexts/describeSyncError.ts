import { readFailureReason } from '../../../sync/errors/failureReason';
import { printable } from '../../../sync/errors/printable';
import { hasCode, SyncError, type SyncErrorCode } from '../../../sync/errors/syncError';
import { DescribedError } from '../describedError';
import { sentences } from '../sentences';
import { changeTexts } from './changeTexts';
import { connectionTexts } from './connectionTexts';
import { describeConsequence } from './consequenceTexts';
import type { ErrorTexts, TextOf, TextsOf } from './errorText';
import { folderTexts } from './folderTexts';
import { messageTexts } from './messageTexts';
import { stateTexts } from './stateTexts';

/** One function for each code: the compiler misses one that is left out. */
const textsByCode: TextsOf<SyncErrorCode> = {
	...connectionTexts,
	...folderTexts,
	...changeTexts,
	...messageTexts,
	...stateTexts,
};

const nothing: ErrorTexts = { message: '', advice: '' };

/** What happened and what to do, as a person reads it: one line each, whatever a folder is called. */
export function describeSyncError(error: SyncError): ErrorTexts {
	const { message, advice } = textsOf(error);
	return { message: printable(message), advice: printable(advice) };
}

function textsOf(error: SyncError): ErrorTexts {
	if (error instanceof DescribedError) return { message: error.message, advice: error.advice };
	const cause = error.cause instanceof SyncError ? describeSyncError(error.cause) : nothing;
	if (error.consequence !== undefined) return describeConsequence(error.consequence, cause);
	// The table has the function of the error's own code, which takes the error's own data.
	const describe = textsByCode[error.code] as TextOf<SyncErrorCode>;
	return describe(error.data, cause);
}

/** Why a message failed: what failureReason() wrote down, as a sentence; words as they are. */
export function describeFailureReason(reason: string): string {
	const error = readFailureReason(reason);
	if (error === undefined) return printable(reason);
	let texts: ErrorTexts | undefined;
	try {
		texts = describeSyncError(error);
	} catch {
		// Another version of this package wrote it, with other data.
	}
	if (!texts) return error.message;
	const { message, advice } = texts;
	// Nobody acknowledged it: only the advice says where to look.
	return hasCode(error, 'acknowledgementMissing') ? sentences(message, advice) : message;
}
