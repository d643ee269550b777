import { TextDecoder } from 'node:util';

/**
 * What a charset label of a message stands for: a decoder of the platform, or a table of libmime's by its name there, or one of
 * those that charset.ts decodes itself. `undeclared`: the label says nothing.
 */
export type Charset =
	| { kind: 'undeclared' | 'utf-8' | 'utf-7' | 'utf-16' | 'iso-2022-kr' | 'iso-2022-cn' | 'euc-tw' | 'hz' | 'unknown' }
	| { kind: 'decoder'; decoder: TextDecoder }
	| { kind: 'table'; name: string };

/** Labels under which mail carries plain ASCII and, in practice, whatever the sender's system used. */
const nothing =
	/^(?:|(?:cs|us)?ascii.*|ansix34\d*|iso646us|[78]bits?|unknown(?:8bit)?|userdefined|default(?:charset)?|ansix311\d*|isoir6|none|null|undefined|binary|auto(?:detect)?|charset|iso8859|windows|ansi)$/;

/** Unicode under all its names; before the platform's decoders, which take every "utf-16" for little-endian. */
const unicode: Array<[RegExp, Charset]> = [
	// Also within the name of a locale.
	[/utf8/, { kind: 'utf-8' }],
	[/^(?:cs)?(?:unicode(?:11|20)?)?utf7$/, { kind: 'utf-7' }],
	[/^(?:utf16|(?:cs)?(?:unicode|ucs2)|iso10646(?:ucs2|1)?)$/, { kind: 'utf-16' }],
	[/^(?:utf32|ucs4|iso10646ucs4)$/, { kind: 'table', name: 'utf-32' }],
	[/^(?:utf32|ucs4)le$/, { kind: 'table', name: 'utf-32le' }],
	[/^(?:utf32|ucs4)be$/, { kind: 'table', name: 'utf-32be' }],
];

/** Code pages of Windows, DOS, IBM and .NET: number to the platform's label. DOS pages that are not here have tables. */
const codePages = new Map<number, string>([
	...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page): [number, string] => [page, `windows-${page}`]),
	...[1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15].map((part): [number, string] => [28590 + part, `iso-8859-${part}`]),
	...([819, 923].map((page) => [page, page === 819 ? 'iso-8859-1' : 'iso-8859-15']) as Array<[number, string]>),
	...[874, 20874].map((page): [number, string] => [page, 'windows-874']),
	...[932, 943, 10001].map((page): [number, string] => [page, 'shift_jis']),
	...[936, 10008, 20936, 51936, 54936].map((page): [number, string] => [page, 'gb18030']),
	...[949, 10003, 20949, 51949].map((page): [number, string] => [page, 'euc-kr']),
	...[950, 951, 10002].map((page): [number, string] => [page, 'big5']),
	...[50220, 50221, 50222].map((page): [number, string] => [page, 'iso-2022-jp']),
	...[20932, 51932].map((page): [number, string] => [page, 'euc-jp']),
	[708, 'iso-8859-6'],
	[866, 'ibm866'],
	[1201, 'utf-16be'],
	[10000, 'macintosh'],
	[10007, 'x-mac-cyrillic'],
	[10017, 'x-mac-cyrillic'],
	[20866, 'koi8-r'],
	[21866, 'koi8-u'],
	[38598, 'iso-8859-8'],
	[38596, 'iso-8859-6'],
]);

const otherPages = new Map<number, Charset>([
	[1200, { kind: 'utf-16' }],
	[65000, { kind: 'utf-7' }],
	[65001, { kind: 'utf-8' }],
	[20127, { kind: 'undeclared' }],
	[50225, { kind: 'iso-2022-kr' }],
	[52936, { kind: 'hz' }],
	[10006, { kind: 'table', name: 'macgreek' }],
	[10010, { kind: 'table', name: 'macromania' }],
	[10021, { kind: 'table', name: 'macthai' }],
	[10029, { kind: 'table', name: 'maccenteuro' }],
	[10079, { kind: 'table', name: 'maciceland' }],
	[10081, { kind: 'table', name: 'macturkish' }],
	[10082, { kind: 'table', name: 'maccroatian' }],
]);

/** Pages of DOS and of IBM that have tables. */
const dosPages = new Set([
	437, 720, 737, 775, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 864, 865, 869, 922, 1046, 1124, 1125, 1129, 1133, 1161,
	1162, 1163,
]);

/** Latin-5 and later are other parts of ISO 8859. */
const latinParts = [0, 1, 2, 3, 4, 9, 10, 13, 14, 15, 16];

/** Beginnings of names, without separators and "x-", to the platform's label. */
const families: Array<[RegExp, string]> = [
	[/^(?:cn)?big5|^chinese(?:eten|big5|trad)|^macchinesetrad|^csbig5/, 'big5'],
	[/^(?:cn)?gb|^euccn|^chinese|^isoir58|^macchinesesimp/, 'gb18030'],
	[/^euckr|^ks[cx]|^uhc|^korean|^mackorean/, 'euc-kr'],
	[/^eucj|^ujis/, 'euc-jp'],
	[/^(?:cs)?shiftjis|^sjis|^mskanji|^macjapanese|^(?:cs)?windows31j/, 'shift_jis'],
	[/^(?:cs|windows)?iso2022jp|^jis(?:7|8|encoding)?$|^junet/, 'iso-2022-jp'],
	[/^(?:utf16|ucs2)le/, 'utf-16le'],
	[/^(?:utf16|ucs2)be/, 'utf-16be'],
	[/^koi8(?:u|ru)$/, 'koi8-u'],
	[/^koi8?(?:r|e|rus)?$/, 'koi8-r'],
	[/^(?:tis620|thai|isoir166)/, 'windows-874'],
	[/^turkish/, 'windows-1254'],
	[/^(?:ecmacyrillic|isoir111)/, 'koi8-r'],
	[/^latin0/, 'iso-8859-15'],
	[/^msansi/, 'windows-1252'],
	[/^msee/, 'windows-1250'],
	[/^mscyrl/, 'windows-1251'],
	[/^msgreek/, 'windows-1253'],
	[/^msturk/, 'windows-1254'],
	[/^mshebr/, 'windows-1255'],
	[/^msarab/, 'windows-1256'],
	[/^winbaltrim/, 'windows-1257'],
	[/^mac(?:intosh|roman|latin1)?$/, 'macintosh'],
	[/^mac(?:cyrillic|ukrain)/, 'x-mac-cyrillic'],
];

const tables: Array<[RegExp, string]> = [
	[/^mac(?:ce|centraleur|centeuro|easteur)/, 'maccenteuro'],
	[/^maccroatian/, 'maccroatian'],
	[/^macromania/, 'macromania'],
	[/^maciceland/, 'maciceland'],
	[/^macgreek/, 'macgreek'],
	[/^macturkish/, 'macturkish'],
	[/^macthai/, 'macthai'],
	[/^(?:cs)?viscii/, 'viscii'],
	[/^(?:viet)?tcvn/, 'tcvn'],
	[/^armscii/, 'armscii8'],
	[/^(?:cs)?(?:hp)?roman8/, 'hproman8'],
	[/^(?:cs)?(?:pt|ptcp|cp)154/, 'pt154'],
	[/^(?:strk|rk|kz)1048/, 'rk1048'],
	[/^koi8t/, 'koi8t'],
	[/^georgianacademy/, 'georgianacademy'],
	[/^georgian/, 'georgianps'],
	[/^ruscii/, 'cp1125'],
	[/^(?:mik|bulgaria)/, 'mik'],
];

const known = new Map<string, Charset>();

/** Labels come from mail: what is remembered of them is bounded. */
export function charsetOf(label: string | undefined): Charset {
	const name = normalizeLabel(label);
	let charset = known.get(name);
	if (charset) return charset;
	charset = find(name);
	if (known.size < 500) known.set(name, charset);
	return charset;
}

/** RFC 2047 section 2 with RFC 2231 section 5: a language may follow the charset. Quotes and spaces are mailers' mistakes. */
function normalizeLabel(label: string | undefined): string {
	return (label ?? '')
		.slice(0, 100)
		.replace(/[*;,].*$/s, '')
		.replace(/["'\s]/g, '')
		.toLowerCase();
}

function find(name: string): Charset {
	const letters = name.replace(/[^a-z0-9]/g, '').replace(/^x+(?=[a-z])/, '');
	if (nothing.test(letters)) return { kind: 'undeclared' };
	for (const [pattern, charset] of unicode) if (pattern.test(letters)) return charset;
	// Browsers have a label of their own for "hz" and ISO-2022-KR and decode neither.
	if (/^hz/.test(letters)) return { kind: 'hz' };
	if (/^(?:cs)?iso2022kr/.test(letters)) return { kind: 'iso-2022-kr' };
	if (/^(?:cs)?iso2022cn/.test(letters)) return { kind: 'iso-2022-cn' };
	if (/^(?:cs)?(?:euctw|cns11643)/.test(letters)) return { kind: 'euc-tw' };
	return decoderOf(name) ?? byNumber(name, letters) ?? byFamily(letters) ?? { kind: 'unknown' };
}

function byNumber(name: string, letters: string): Charset | undefined {
	const part = /8859[^0-9]*(\d{1,2})(?!\d)/.exec(name)?.[1] ?? latinPart(letters);
	// The platform does not have the last part everywhere.
	if (part !== undefined)
		return decoderOf(`iso-8859-${part}`) ?? (Number(part) === 16 ? { kind: 'table', name: 'iso-8859-16' } : undefined);
	const page = Number(/^(?:cs|ansi|windows|win|ms|cp|ibm|dos|oem|pc8?|codepage|ccsid){0,3}0*(\d{3,5})(?!\d)/.exec(letters)?.[1]);
	const platform = codePages.get(page);
	if (platform !== undefined) return decoderOf(platform);
	return otherPages.get(page) ?? (dosPages.has(page) ? { kind: 'table', name: `cp${page}` } : undefined);
}

function latinPart(letters: string): number | undefined {
	const number = /^(?:cs)?(?:iso)?l(?:atin)?(\d{1,2})$/.exec(letters)?.[1];
	return number === undefined ? undefined : latinParts[Number(number)];
}

function byFamily(letters: string): Charset | undefined {
	const family = families.find(([pattern]) => pattern.test(letters));
	if (family) return decoderOf(family[1]);
	const table = tables.find(([pattern]) => pattern.test(letters));
	return table && { kind: 'table', name: table[1] };
}

/** Decoders hold no state between calls without `stream`, so one of each name serves all messages. */
function decoderOf(label: string): Charset | undefined {
	try {
		const decoder = new TextDecoder(label);
		// "replacement" stands for charsets that browsers refuse: it would give a single U+FFFD.
		return decoder.encoding === 'replacement' ? undefined : { kind: 'decoder', decoder };
	} catch {
		return undefined;
	}
}
