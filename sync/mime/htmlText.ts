import { compile } from 'html-to-text';
import { mimeLimits } from './limits';

const convert = compile({
	wordwrap: false,
	selectors: [
		{ selector: 'img', format: 'skip' },
		{ selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
		...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => ({ selector, options: { uppercase: false } })),
	],
	limits: { maxDepth: mimeLimits.htmlNesting, maxInputLength: mimeLimits.htmlToTextLength },
});

/**
 * Plain text of html, for messages that have no text part. Lines are not wrapped and end in \n. Never throws: html that is
 * nested too deeply to be understood loses its tags and nothing else.
 */
export function htmlToText(html: string): { text: string; isCut: boolean } {
	const isCut = html.length > mimeLimits.htmlToTextLength;
	const input = isCut ? html.slice(0, mimeLimits.htmlToTextLength) : html;
	if (!isNestedTooDeeply(input)) {
		try {
			return { text: convert(input), isCut };
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
 * The parser's time grows with the square of the depth of open elements, so the depth is looked at first: start tags less end
 * tags, with the elements left out that need no end tag and so do not nest.
 */
export function isNestedTooDeeply(html: string): boolean {
	const unnested = new Set(
		'area base br col embed hr img input link meta param source track wbr p li dt dd option optgroup tr td th thead tbody tfoot rt rp'.split(
			' ',
		),
	);
	let depth = 0;
	for (const [, slash, name] of html.matchAll(/<(\/?)([a-z][a-z0-9:-]{0,40})/gi)) {
		if (unnested.has(name.toLowerCase())) continue;
		if (slash === '') depth++;
		else if (depth > 0) depth--;
		if (depth > mimeLimits.htmlNesting) return true;
	}
	return false;
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
