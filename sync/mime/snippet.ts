import { isAscii } from 'node:buffer';
import type { BodyChoice } from './bodyChoice';
import { decodeTextPart, shorten } from './bodyText';
import { isSingleByteLatin, isUtf8 } from './charset';
import { withoutInvisibleButJoiners } from './invisibleCharacters';
import { ownTextOf } from './replyText';
import { normalizeEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** Characters of a snippet. */
const SNIPPET_LENGTH = 200;

/**
 * Characters of a text that are looked at for the snippet: mailings begin with hundreds of characters that nobody sees. Of most the
 * beginning is enough, and costs a tenth.
 */
const LOOKED_AT = [1_024, 8_192];

/** What of the beginning of a text another end of it may change. */
const UNSURE = 8;

/** Bytes of a text part that are looked at first. */
const BEGINNING = 2_048;

/** The first words of a text, in one line. */
export function snippetOf(text: string): string {
	return bounded(wordsOf(text));
}

/**
 * The snippet of a message with a long text, by the beginning of that. Undefined where the beginning does not tell what the sender
 * wrote himself, as above an answer that stands below the quotation.
 */
export function snippetOfBeginning<Part extends BodyPart>(
	choice: BodyChoice<Part>,
	bytesOf: (part: Part) => Buffer | undefined,
	isAnswer: boolean,
): string | undefined {
	const beginning = beginningOf(choice, bytesOf);
	const own = beginning === undefined ? '' : ownTextOf(beginning, isAnswer);
	const words = wordsOf(own);
	return isMore(words) ? bounded(words) : undefined;
}

/** The first lines of a long text, where they read the same without the rest. */
function beginningOf<Part extends BodyPart>(
	{ text: [first] }: BodyChoice<Part>,
	bytesOf: (part: Part) => Buffer | undefined,
): string | undefined {
	const bytes = first?.kind === 'text' ? bytesOf(first.part) : undefined;
	if (!bytes || bytes.length <= BEGINNING) return undefined;
	const beginning = bytes.subarray(0, BEGINNING);
	const { charset = '' } = first.part.parameters;
	// Of others the rest decides what the bytes are.
	const isPlain = ['', '7bit', '8bit', 'binary'].includes(normalizeEncoding(first.part.encoding));
	if (!isUtf8(charset) && !(isPlain && isSingleByteLatin(charset) && isAscii(beginning))) return undefined;
	const text = decodeTextPart(first.part, beginning);
	const end = text.lastIndexOf('\n');
	return end < 0 ? text : text.slice(0, end);
}

const bounded = (words: string): string =>
	words.length <= SNIPPET_LENGTH ? words : `${shorten(words, SNIPPET_LENGTH - 1).trimEnd()}…`;

const isMore = (words: string): boolean => words.length > SNIPPET_LENGTH + UNSURE;

function wordsOf(text: string): string {
	let words = '';
	for (const length of LOOKED_AT) {
		words = withoutInvisibleButJoiners(shorten(text, length)).replace(/\s+/g, ' ').trim();
		if (text.length <= length || isMore(words)) break;
	}
	return words;
}
