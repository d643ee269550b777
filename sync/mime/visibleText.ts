import type sanitize from 'sanitize-html';
import { htmlToText, isIntricate } from './htmlText';
import { htmlSanitizer } from './libraries';
import { withoutInvisible } from './invisibleCharacters';
import { initialStyle, isSeen, styleOf, type SeenStyle } from './seenStyle';
import { StyleSheet } from './styleSheet';

/** Elements whose text a mail program does not show. */
const unseenTags = [
	'script',
	'style',
	'textarea',
	'option',
	'noscript',
	'template',
	'title',
	'datalist',
	'object',
	'iframe',
	'svg',
	'math',
];

/** Characters of html that are read: the text of more is more than a model takes. */
const LONGEST = 300_000;

/** Elements deeper than this are not looked into. */
const DEEPEST = 256;

/**
 * The text of html as a person reads it in a mail program: without what styles hide (no display, no size, no contrast, outside of the
 * window), without comments, alternatives of pictures and the targets of links but for their host, and without invisible characters.
 * What is hidden in a way that it does not know stays: it is a filter against what senders do, and no proof. Never throws; linear.
 */
export function visibleText(html: string): string {
	const input = html.slice(0, LONGEST);
	// Nobody writes such mail, and its parsing would take long.
	if (isIntricate(input)) return '';
	try {
		return withoutInvisible(htmlToText(withoutUnseen(input, new StyleSheet(input))).text);
	} catch (error) {
		if (error instanceof TooManyStyles) return '';
		throw error;
	}
}

/** The styles are more than anybody writes, and too much to be looked at: nothing can be said to be visible then. */
class TooManyStyles extends Error {}

/** The html without text that nobody sees. */
function withoutUnseen(html: string, sheet: StyleSheet): string {
	const styles: SeenStyle[] = [initialStyle];
	const clean = htmlSanitizer();
	return clean(html, {
		allowedTags: [...clean.defaults.allowedTags, 'center', 'font'],
		allowedAttributes: { a: ['href'] },
		allowedSchemes: ['https'],
		nonTextTags: unseenTags,
		parseStyleAttributes: false,
		nestingLimit: DEEPEST,
		transformTags: { a: (tagName, { href }) => ({ tagName, attribs: hostOnly(href) }) },
		onOpenTag: (tag, attributes) => {
			const around = styles[styles.length - 1];
			if (sheet.isExhausted) throw new TooManyStyles();
			styles.push(styles.length > DEEPEST ? around : styleOf(sheet.forElement(tag, attributes), attributes, around));
		},
		onCloseTag: () => {
			if (styles.length > 1) styles.pop();
		},
		textFilter: (text) => (isSeen(styles[styles.length - 1]) ? text : ''),
	});
}

/** Where a link leads; what else its address says is not seen, and may say anything. */
function hostOnly(href: string | undefined): sanitize.Attributes {
	const host = /^\s*https?:\/\/(?:[^/?#@]{0,200}@)?([^/?#:\s]{1,200})/i.exec(href ?? '')?.[1];
	return host === undefined ? {} : { href: `https://${host.toLowerCase()}` };
}
