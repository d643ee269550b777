import type { Attributes, IOptions } from 'sanitize-html';
import { htmlSanitizer } from './libraries';
import { mimeLimits } from './limits';
import { onFirstUse } from './onFirstUse';

export interface SafeHtmlOptions {
	/** Whether images may be loaded from elsewhere when the html is shown. */
	remoteImages: boolean;
}

/** Html larger than this is not worth the time: it is left out. In characters. */
const LONGEST = 5 * 1024 * 1024;

/** characters; a longer style is left out */
const longestStyle = 2000;

/** characters; a longer link is left out */
const longestLink = 8000;

/** Attributes that mail needs for its looks; nothing that runs, submits or loads. */
const layout = ['align', 'valign', 'width', 'height', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'dir', 'lang', 'title'];

/** These of them are sizes. */
const sizes = ['width', 'height', 'border', 'cellpadding', 'cellspacing'];

const attributeSize = /^\d{1,3}%?$/;
const color = /^(?:#[\da-f]{3,8}|[a-z]{1,30}|(?:rgb|hsl)a?\([\d\s.,%/]{1,40}\))$/i;
const smallLength = /^(?:0|\d{1,2}(?:\.\d{1,3})?(?:px|pt|em|%)?)$/i;
const smallLengths = /^(?:(?:0|auto|\d{1,2}(?:\.\d{1,3})?(?:px|pt|em|%)?)(?:\s+|$)){1,4}$/i;
const line =
	/^(?:(?:0|none|solid|dashed|dotted|double|thin|medium|thick|\d{1,2}(?:px|pt)|#[\da-f]{3,8}|[a-z]{3,30}|rgb\([\d\s,%]{1,30}\))(?:\s+|$)){1,3}$/i;

/**
 * What a style may say: how its own box and the text in it look. Nothing that takes a box out of its place or past its container
 * (position, float, transform, negative margins, fixed sizes), hides it, or loads something.
 */
const styles: Record<string, RegExp[]> = {
	color: [color],
	'background-color': [color],
	'font-family': [/^[\w\s,'"-]{1,200}$/],
	'font-size': [
		/^(?:\d{1,2}(?:\.\d{1,3})?(?:px|pt)|[0-3](?:\.\d{1,3})?r?em|[12]?\d{1,2}(?:\.\d{1,3})?%|(?:x{1,2}-)?(?:small|large)|smaller|larger|medium)$/i,
	],
	'font-style': [/^(?:normal|italic|oblique)$/i],
	'font-weight': [/^(?:normal|bold|bolder|lighter|\d{3})$/i],
	'line-height': [/^(?:normal|[0-3](?:\.\d{1,3})?(?:em)?|\d{1,2}(?:\.\d{1,3})?(?:px|pt)|[12]?\d{1,2}%)$/i],
	'text-align': [/^(?:left|right|center|justify|start|end)$/i],
	'text-decoration': [/^(?:none|underline|line-through)$/i],
	'text-transform': [/^(?:none|uppercase|lowercase|capitalize)$/i],
	'vertical-align': [/^(?:baseline|top|middle|bottom|sub|super)$/i],
	'white-space': [/^(?:normal|pre-wrap|pre-line)$/i],
	'word-break': [/^(?:normal|break-all|break-word|keep-all)$/i],
	direction: [/^(?:ltr|rtl)$/i],
	width: [/^(?:auto|100%|\d{1,2}(?:\.\d{1,3})?%)$/i],
	'max-width': [/^(?:none|100%|\d{1,2}(?:\.\d{1,3})?%|\d{1,4}(?:\.\d{1,3})?(?:px|pt))$/i],
	'border-collapse': [/^(?:collapse|separate)$/i],
	'border-radius': [smallLengths],
	...Object.fromEntries(['', '-top', '-right', '-bottom', '-left'].map((side) => [`border${side}`, [line]])),
	...Object.fromEntries(['border-width', 'margin', 'padding'].map((name) => [name, [smallLengths]])),
	...Object.fromEntries(
		['margin', 'padding'].flatMap((name) =>
			['top', 'right', 'bottom', 'left'].map((side) => [`${name}-${side}`, [/^auto$/i, smallLength]]),
		),
	),
	'border-color': [color],
	'border-style': [/^(?:none|solid|dashed|dotted|double)$/i],
};

/**
 * Html that is safe to put into a page: without scripts, forms, frames, style sheets and event handlers, with styles that stay in
 * their box, links only to the web and to mail addresses, and images only by a whole address, for a part of one would be loaded
 * from wherever the html is shown. With `remoteImages` false nothing in it loads from elsewhere either, so the sender does not learn
 * that it was read: images inside of the message (`cid:`, `data:`) stay. Undefined when it is too large or too intricate to be worth
 * it. Never throws.
 */
export function safeHtml(html: string, { remoteImages }: SafeHtmlOptions): string | undefined {
	if (html.length > LONGEST) return undefined;
	const { sanitize, options } = sanitizer();
	const budget = new Budget();
	try {
		const clean = sanitize(html, {
			...options,
			allowedSchemesByTag: { img: remoteImages ? ['http', 'https', 'cid', 'data'] : ['cid', 'data'] },
			onOpenTag: (_name, attributes) => budget.open(attributes),
			onCloseTag: () => budget.close(),
			textFilter: (text) => {
				budget.text();
				return text;
			},
		});
		// Not by the library's exclusiveFilter, which copies all that came before for each tag that it leaves out.
		return clean.replace(/<img(?![^>]* src=)[^>]*>/g, '');
	} catch (error) {
		if (error instanceof TooIntricate) return undefined;
		throw error;
	}
}

class TooIntricate extends Error {}

/**
 * Ends the work on html that would take too long: the library's time grows with the depth of elements, and with all that it is
 * called for. Costs are in those of an element without attributes.
 */
class Budget {
	private depth = 0;
	private cost = 0;
	private weight = 0;

	open(attributes: Record<string, string>): void {
		this.depth++;
		this.weight += this.depth;
		this.spend(1 + Object.keys(attributes).length / 4 + (attributes.style?.length ?? 0) / 20);
	}

	text(): void {
		this.spend(0.1);
	}

	private spend(cost: number): void {
		this.cost += cost;
		if (this.depth > mimeLimits.htmlNesting || this.cost > mimeLimits.htmlElements || this.weight > mimeLimits.htmlWeight)
			throw new TooIntricate();
	}

	close(): void {
		this.depth--;
	}
}

const sanitizer = onFirstUse(() => {
	const sanitize = htmlSanitizer();
	const options: IOptions = {
		allowedTags: [...sanitize.defaults.allowedTags, 'img', 'center', 'font', 'del', 'ins'],
		allowedAttributes: {
			'*': [...layout, 'style'],
			a: ['href', 'rel'],
			font: ['color', 'face', 'size'],
			img: ['src', 'alt'],
			td: ['colspan', 'rowspan', 'nowrap'],
			th: ['colspan', 'rowspan', 'nowrap'],
		},
		allowedSchemes: ['http', 'https', 'mailto', 'tel'],
		allowProtocolRelative: false,
		allowedStyles: { '*': styles },
		disallowedTagsMode: 'discard',
		// Their content goes with them. That of a frame is no html either: the library would read it again and again.
		nonTextTags: ['script', 'style', 'textarea', 'option', 'xmp', 'iframe'],
		nestingLimit: mimeLimits.htmlNesting,
		transformTags: {
			a: (tagName, attribs) => ({
				tagName,
				attribs: { ...keep(attribs, (name, value) => name !== 'href' || isLink(value)), rel: 'noopener noreferrer nofollow' },
			}),
			img: (tagName, attribs) => ({ tagName, attribs: keep(attribs, (name, value) => name !== 'src' || isSource(value)) }),
			'*': (tagName, attribs) => ({ tagName, attribs: keep(attribs, isBounded) }),
		},
	};
	return { sanitize, options };
});

const keep = (attributes: Attributes, isKept: (name: string, value: string) => boolean): Attributes =>
	Object.fromEntries(Object.entries(attributes).filter(([name, value]) => isKept(name, value)));

const isLink = (href: string): boolean => href.length <= longestLink && isWhole(href, /^\s*(?:https?|mailto|tel):/i);

const isSource = (src: string): boolean =>
	isWhole(src, src.length <= longestLink ? /^\s*(?:https?:|cid:|data:image\/)/i : /^\s*data:image\//i);

/** With its scheme. A comment in it would mislead the library, and makes it slow. */
const isWhole = (address: string, scheme: RegExp): boolean => scheme.test(address) && !address.includes('<!--');

/** No size that leaves the box, and no style that costs more than it is worth. */
const isBounded = (name: string, value: string): boolean =>
	!(sizes.includes(name) && !attributeSize.test(value)) && !(name === 'style' && value.length > longestStyle);
