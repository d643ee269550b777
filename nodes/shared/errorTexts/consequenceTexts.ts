import type { ErrorConsequence } from '../../../sync/errors/errorData';
import type { ErrorTexts } from './errorText';

/** What an error meant for something larger that it ended; `cause` has the texts of the error itself. */
export function describeConsequence(consequence: ErrorConsequence, cause: ErrorTexts): ErrorTexts {
	switch (consequence.kind) {
		case 'labelsNotChanged':
			return { message: `The flags were changed, but the labels were not: ${cause.message}`, advice: cause.advice };
		case 'notMoved':
			return { message: `Not moved: ${cause.message}`, advice: 'The message is still in its folder. Try again.' };
		case 'copiedNotRemoved': {
			const { folder, target } = consequence;
			return {
				message: `The message was copied to "${target}", but removing it from "${folder}" failed: ${cause.message}`,
				advice: `It may now be in both folders. Check "${target}" before you repeat this, to avoid a second copy.`,
			};
		}
		case 'markedNotRemoved':
			return {
				message: `The message is marked as deleted and was not removed: ${cause.message}`,
				advice: 'Try again to remove it, or remove the flag \\Deleted to keep it.',
			};
		case 'partlyRemoved':
			return {
				message: `${consequence.removed} of ${consequence.total} messages were removed, then: ${cause.message}`,
				advice: 'Try again for the rest.',
			};
		case 'notTried':
			return {
				message: `Not tried, because of what came before: ${cause.message}`,
				advice: 'Nothing was changed for this item. Try again.',
			};
		case 'notCopied':
			return {
				message: `Not copied, because of what came before: ${cause.message}`,
				advice: `${cause.advice} Then try again: messages that were copied already are skipped.`,
			};
	}
}
