import { decodeCharset } from './charset';

/** A body that Outlook wrote as RTF: html where the RTF was made from html ([MS-OXRTFEX]), else text. */
export interface RtfBody {
	text?: string;
	html?: string;
}

/** Groups within each other that are distinguished; deeper ones count to the innermost of these. */
const deepest = 200;

/** Destinations that hold no text of the body. */
const skipped = new Set(
	'fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf footnote listtable listoverridetable revtbl rsidtbl generator xmlnstbl themedata colorschememapping datastore latentstyles pntext fldinst'.split(
		' ',
	),
);

const symbols = new Map(
	Object.entries({
		par: '\n',
		line: '\n',
		sect: '\n',
		page: '\n',
		row: '\n',
		cell: '\t',
		tab: '\t',
		emdash: '—',
		endash: '–',
		lquote: '‘',
		rquote: '’',
		ldblquote: '“',
		rdblquote: '”',
		bullet: '•',
	}),
);

/** \fcharset ([MS-RTF] font table) to code page; 0 is that of the document. */
const codePages = new Map([
	[77, 10000],
	[128, 932],
	[129, 949],
	[134, 936],
	[136, 950],
	[161, 1253],
	[162, 1254],
	[163, 1258],
	[177, 1255],
	[178, 1256],
	[186, 1257],
	[204, 1251],
	[222, 874],
	[238, 1250],
]);

interface Group {
	/** Nothing in it is body. */
	isSkipped: boolean;
	/** Within {\*\htmltag}: markup of the html that the RTF was made from. */
	isTag: boolean;
	/** Between \htmlrtf and \htmlrtf0: what stands in for the html, and is not of it. */
	isStandIn: boolean;
	isFontTable: boolean;
	/** characters that follow \u for readers without Unicode */
	fallback: number;
	codePage?: number;
}

/** "\word", "\word-12 ", "\'e4", "\{", a brace, or text up to the next of these; line ends mean nothing. */
const token = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)/gi;

/** Reads RTF in one pass. Never throws; what is broken off is left out. */
export function readRtf(rtf: Buffer): RtfBody {
	return new RtfReader().read(rtf.toString('latin1'));
}

/** One pass over one document: reads once. */
class RtfReader {
	private readonly groups: Group[] = [{ isSkipped: false, isTag: false, isStandIn: false, isFontTable: false, fallback: 1 }];
	private documentCodePage = 1252;
	private readonly fonts = new Map<number, number>();
	private font = 0;
	private isHtml = false;
	/** "{\*" was read: a destination that may be unknown follows. */
	private isOptional = false;
	/** characters still to pass over behind \u */
	private toPass = 0;
	private readonly out: string[] = [];
	/** bytes of one code page, not decoded yet: a character may have two */
	private bytes: number[] = [];
	private bytesCodePage = 1252;

	read(rtf: string): RtfBody {
		for (const [, word, number, hex, symbol, brace, text] of rtf.matchAll(token)) {
			if (word !== undefined) this.control(word.toLowerCase(), number === undefined ? undefined : Number(number));
			else if (hex !== undefined) this.character(parseInt(hex, 16));
			else if (symbol !== undefined) this.symbol(symbol);
			else if (brace === '{') this.open();
			else if (brace === '}') this.close();
			else if (text !== undefined) for (let at = 0; at < text.length; at++) this.character(text.charCodeAt(at));
		}
		this.flush();
		const body = this.out.join('');
		if (this.isHtml) return { html: body.trim() === '' ? undefined : body };
		const lines = body
			.replace(/(?<![ \t])[ \t]+\n/g, '\n')
			.replace(/\n{3,}/g, '\n\n')
			.trim();
		return { text: lines === '' ? undefined : `${lines}\n` };
	}

	private get group(): Group {
		return this.groups[this.groups.length - 1];
	}

	private open(): void {
		this.flush();
		this.toPass = 0;
		if (this.groups.length < deepest) this.groups.push({ ...this.group });
	}

	private close(): void {
		this.flush();
		this.toPass = 0;
		if (this.groups.length > 1) this.groups.pop();
		this.isOptional = false;
	}

	private control(word: string, number: number | undefined): void {
		const { group } = this;
		if (word === 'htmlrtf') group.isStandIn = number !== 0;
		else if (word === 'fromhtml') this.isHtml = true;
		else if (word === 'htmltag') [group.isTag, group.isSkipped] = [true, false];
		else if (this.isOptional || skipped.has(word)) {
			group.isSkipped = true;
			group.isFontTable ||= word === 'fonttbl';
		} else if (word === 'ansicpg' && number !== undefined) this.documentCodePage = number;
		else if (word === 'mac') this.documentCodePage = 10000;
		else if (word === 'uc') group.fallback = Math.min(Math.max(number ?? 1, 0), 10);
		else if (word === 'f' && number !== undefined) this.useFont(number);
		else if (word === 'fcharset' && group.isFontTable) this.fonts.set(this.font, codePages.get(number ?? 0) ?? 0);
		else if (word === 'u' && number !== undefined) this.unicode(number);
		else if (word === 'bin') this.toPass = Math.max(number ?? 0, 0);
		else if (symbols.has(word) && !this.isHidden) this.write(symbols.get(word) ?? '');
		this.isOptional = false;
	}

	private useFont(number: number): void {
		this.flush();
		this.font = number;
		if (!this.group.isFontTable) this.group.codePage = this.fonts.get(number);
	}

	private unicode(number: number): void {
		if (!this.isHidden) this.write(String.fromCharCode(number & 0xffff));
		this.toPass = this.group.fallback;
	}

	private symbol(symbol: string): void {
		if (symbol === '*') this.isOptional = true;
		else if (symbol === '\r' || symbol === '\n') this.control('par', undefined);
		else if (symbol === '~') this.character(0xa0);
		else if (symbol === '_') this.character(0x2d);
		else if (symbol === '\\' || symbol === '{' || symbol === '}') this.character(symbol.charCodeAt(0));
	}

	private character(byte: number): void {
		if (this.toPass > 0) {
			this.toPass--;
			return;
		}
		if (this.isHidden) return;
		const codePage = this.group.codePage || this.documentCodePage;
		if (codePage !== this.bytesCodePage) this.flush();
		this.bytesCodePage = codePage;
		this.bytes.push(byte);
	}

	/** Of html the tags count and the text between them, but not what stands in for a tag. */
	private get isHidden(): boolean {
		return this.group.isSkipped || (this.isHtml && this.group.isStandIn && !this.group.isTag);
	}

	private write(text: string): void {
		this.flush();
		this.out.push(text);
	}

	private flush(): void {
		if (this.bytes.length === 0) return;
		const charset =
			this.bytesCodePage === 10000 ? 'macintosh' : this.bytesCodePage === 65001 ? 'utf-8' : `cp${this.bytesCodePage}`;
		this.out.push(decodeCharset(Buffer.from(this.bytes), charset));
		this.bytes = [];
	}
}
