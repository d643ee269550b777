import { htmlParser } from './libraries';
import { mimeLimits } from './limits';
import { TextWriter } from './textWriter';

/** Line ends around a block; the elements that are not named here are part of a line. */
const blocks = new Map<string, number>([
	...'p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre hr table'.split(' ').map((name) => [name, 2] as const),
	...'address article aside caption center dd details dialog div dt fieldset figcaption figure footer form header legend li main nav option section summary tbody tfoot thead tr'
		.split(' ')
		.map((name) => [name, 1] as const),
]);

/** Elements that have nothing to read in them. */
const skipped = new Set('head title style script template noframes iframe object audio video canvas svg math'.split(' '));

/** characters of a link's text that are compared with its address */
const longestLink = 4000;

/**
 * Plain text of html, for messages that have no text part, in one pass without a tree. Lines are not wrapped and end in \n. Never
 * throws: html that is too intricate to be understood loses its tags and nothing else.
 */
export function htmlToText(html: string): { text: string; isCut: boolean } {
	const isCut = html.length > mimeLimits.htmlToTextLength;
	const input = isCut ? html.slice(0, mimeLimits.htmlToTextLength) : html;
	return { text: new HtmlReader().read(input) ?? withoutTags(input), isCut };
}

/** Thrown out of the parser, which has no way to stop. */
const tooIntricate = new Error('too intricate');

interface Link {
	href: string;
	text: string;
}

/** One pass over one document: reads once. */
class HtmlReader {
	private readonly writer = new TextWriter();
	private readonly load = new HtmlLoad();
	/** Text since the last tag: the parser gives it in pieces. */
	private pending = '';
	private skippedDepth = 0;
	private preformattedDepth = 0;
	private readonly links: Link[] = [];
	/** The lists around the place: the next number, or undefined for a list without numbers. */
	private readonly lists: Array<number | undefined> = [];

	/** Undefined for what is too intricate. */
	read(html: string): string | undefined {
		const parser = new (htmlParser().Parser)({
			ontext: (text: string) => void (this.pending += text),
			onopentag: (name: string, attributes: Record<string, string>) => this.open(name, attributes),
			onclosetag: (name: string) => this.close(name),
		});
		try {
			parser.end(html);
		} catch (error) {
			if (error === tooIntricate) return undefined;
			throw error;
		}
		this.flush();
		return this.writer.toString();
	}

	private open(name: string, attributes: Record<string, string>): void {
		if (this.load.open()) throw tooIntricate;
		this.flush();
		if (skipped.has(name)) this.skippedDepth++;
		if (this.skippedDepth > 0) return;
		this.writer.block(name === 'ul' || name === 'ol' ? this.breaksOfList() : (blocks.get(name) ?? 0));
		switch (name) {
			case 'br':
				this.writer.lineBreak();
				break;
			case 'td':
			case 'th':
				this.writer.space();
				break;
			case 'hr':
				this.writer.text('-'.repeat(40));
				this.writer.block(2);
				break;
			case 'pre':
				this.preformattedDepth++;
				break;
			case 'blockquote':
				this.writer.openPrefix('> ', '> ');
				break;
			case 'ul':
			case 'ol':
				this.lists.push(name === 'ul' ? undefined : numberOf(attributes.start));
				break;
			case 'li':
				this.openItem();
				break;
			case 'a':
				this.links.push({ href: (attributes.href ?? '').trim().replace(/^mailto:/i, ''), text: '' });
		}
	}

	private close(name: string): void {
		this.load.close();
		this.flush();
		if (this.skippedDepth > 0) {
			if (skipped.has(name)) this.skippedDepth--;
			return;
		}
		if (name === 'blockquote' || name === 'li') this.writer.closePrefix();
		else if (name === 'ul' || name === 'ol') this.lists.pop();
		else if (name === 'pre') this.preformattedDepth--;
		else if (name === 'a') this.closeLink();
		if (name !== 'br' && name !== 'hr')
			this.writer.block(name === 'ul' || name === 'ol' ? this.breaksOfList() : (blocks.get(name) ?? 0));
	}

	/** A list within an item goes on with its lines. */
	private breaksOfList(): number {
		return this.lists.length > 0 ? 1 : 2;
	}

	private openItem(): void {
		const last = this.lists.length - 1;
		const number = last < 0 ? undefined : this.lists[last];
		if (number !== undefined) this.lists[last] = number + 1;
		const mark = number === undefined ? ' * ' : ` ${number}. `;
		this.writer.openPrefix(mark, ' '.repeat(mark.length));
	}

	/** Where a link leads, unless its text says that already, or it leads within the message. */
	private closeLink(): void {
		const link = this.links.pop();
		if (!link || link.href === '' || link.href.startsWith('#')) return;
		const text = link.text.replace(/\s+/g, ' ').trim();
		if (text === link.href) return;
		if (text !== '') this.writer.space();
		this.writer.text(text === '' ? link.href : `[${link.href}]`);
	}

	private flush(): void {
		const { pending, writer } = this;
		if (pending === '') return;
		this.pending = '';
		if (this.skippedDepth > 0) return;
		const link = this.links[this.links.length - 1];
		if (link && link.text.length < longestLink) link.text += pending.slice(0, longestLink);
		if (this.preformattedDepth > 0) writer.preformatted(pending);
		else writer.text(pending);
	}
}

function numberOf(start: string | undefined): number {
	const number = Number(start ?? 1);
	return Number.isSafeInteger(number) ? number : 1;
}

/**
 * What reading html costs: time grows with the depth of the elements times what is in them. To be counted by the parser that reads
 * it, for anybody else's count of what is nested can be misled, with end tags in a comment for instance.
 */
class HtmlLoad {
	private depth = 0;
	private elements = 0;
	private weight = 0;

	/** Whether it is too much with one element more. */
	open(): boolean {
		this.depth++;
		this.elements++;
		this.weight += this.depth;
		return this.depth > mimeLimits.htmlNesting || this.elements > mimeLimits.htmlElements || this.weight > mimeLimits.htmlWeight;
	}

	close(): void {
		this.depth--;
	}
}

/** Text as html, for the parts without html of a message that has some. */
export function textToHtml(text: string): string {
	if (text === '') return '';
	const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
	return `<div style="white-space: pre-wrap">${text.replace(/[&<>"]/g, (character) => escapes[character])}</div>`;
}

/** Whether html is too much to be turned into text, or made safe. */
export function isIntricate(html: string): boolean {
	const load = new HtmlLoad();
	const counting = new (htmlParser().Parser)({
		onopentagname() {
			if (load.open()) throw tooIntricate;
		},
		onclosetag() {
			load.close();
		},
	});
	try {
		counting.end(html);
		return false;
	} catch (error) {
		if (error === tooIntricate) return true;
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
