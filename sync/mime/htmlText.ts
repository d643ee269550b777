import { htmlConverter, htmlParser } from './libraries';
import { mimeLimits } from './limits';
import { onFirstUse } from './onFirstUse';

const convert = onFirstUse(() =>
	htmlConverter().compile({
		wordwrap: false,
		selectors: [
			{ selector: 'img', format: 'skip' },
			{ selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
			...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => ({ selector, options: { uppercase: false } })),
		],
		limits: { maxDepth: mimeLimits.htmlNesting, maxInputLength: mimeLimits.htmlToTextLength },
	}),
);

/**
 * Plain text of html, for messages that have no text part. Lines are not wrapped and end in \n. Never throws: html that is
 * nested too deeply to be understood loses its tags and nothing else.
 */
export function htmlToText(html: string): { text: string; isCut: boolean } {
	const isCut = html.length > mimeLimits.htmlToTextLength;
	const input = isCut ? html.slice(0, mimeLimits.htmlToTextLength) : html;
	if (!isIntricate(input)) {
		try {
			return { text: convert()(input), isCut };
		} catch {
			// falls back to what needs no tree
		}
	}
	return { text: withoutTags(input), isCut };
}

/** Text as html, for the parts without html of a message that has some. */
export function textToHtml(text: string): string {
	if (text === '') return '';
	const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
	return `<div style="white-space: pre-wrap">${text.replace(/[&<>"]/g, (character) => escapes[character])}</div>`;
}

/**
 * Whether the converter would take too long: its time grows with the depth of the elements times what is in them. Counted by the
 * parser that it uses itself, for anybody else's count of what is nested can be misled, with end tags in a comment for instance.
 */
export function isIntricate(html: string): boolean {
	let depth = 0;
	let elements = 0;
	let weight = 0;
	const enough = new Error('enough');
	const counting = new (htmlParser().Parser)({
		onopentagname() {
			depth++;
			elements++;
			weight += depth;
			if (depth > mimeLimits.htmlNesting || elements > mimeLimits.htmlElements || weight > mimeLimits.htmlWeight) throw enough;
		},
		onclosetag() {
			depth--;
		},
	});
	try {
		counting.end(html);
		return false;
	} catch (error) {
		if (error === enough) return true;
		throw error;
	}
}

function withoutTags(html: string): string {
	const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&nbsp;': ' ', '&#39;': "'" };
	return html
		.replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^<>]*>/gi, '\n')
		.replace(/<[^<>]*>/g, '')
		.replace(/&(?:amp|lt|gt|quot|nbsp|#39);/g, (entity) => entities[entity])
		.replace(/[^\S\n]+/g, ' ')
		.replace(/ ?\n\s*/g, '\n')
		.trim();
}
