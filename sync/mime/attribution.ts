import {
	connectingWords,
	openingNouns,
	openingWords,
	personalWords,
	pronouns,
	tellingWords,
	unspacedWroteWords,
	wroteWords,
} from './attributionWords';

/**
 * How sure it is that a line introduces a quotation: "full" has date, address and what else belongs to it, and can introduce
 * one that has no quote marks; "partial" needs quote marks after it; "name" ("Alice Example wrote:") needs them and an answer.
 */
type AttributionStrength = 'full' | 'partial' | 'name';

export interface Attribution {
	/** Index of its first line, and how many there are. */
	start: number;
	count: number;
	strength: AttributionStrength;
	/** Between rows of dashes, as Zoho writes it: nobody types that. */
	isDashed: boolean;
	hasDate: boolean;
	hasTime: boolean;
}

/** Longer lines are prose. */
const longestLine = 300;
/** Mail programs wrap the line: long names and addresses make four of it. */
const mostLines = 4;
/**
 * Lines that are looked at closely. A long thread has some dozens, and each costs up to four weighings: a mail made of nothing else
 * took seconds. What comes later counts as the sender's.
 */
const mostCandidates = 2_000;

/** The attributions of a text, by the index of their first line. */
export function findAttributions(lines: readonly string[]): Map<number, Attribution> {
	const found = new Map<number, Attribution>();
	let candidates = 0;
	for (let end = 0; end < lines.length && candidates < mostCandidates; end++) {
		// Cheap, and false for nearly every line: html that became text has a link at the end of many.
		if (lines[end].startsWith('>') || !rawEnd.test(lines[end]) || endsInLink(lines[end])) continue;
		if (!mayEnd(plainLine(lines[end]))) continue;
		candidates++;
		const attribution = attributionEndingAt(lines, end);
		if (attribution) found.set(attribution.start, attribution);
	}
	return found;
}

/**
 * The attribution that ends in line `end`. Of several the shortest that stands by itself is taken: what stands above it
 * without an empty line may be the sender's own last line. Only what is cut in two is looked for further up.
 */
function attributionEndingAt(lines: readonly string[], end: number): Attribution | undefined {
	let joined = '';
	let shorter: Attribution | undefined;
	for (let count = 1; count <= mostLines && end - count + 1 >= 0; count++) {
		const start = end - count + 1;
		const line = plainLine(lines[start]);
		if (line === '' || line.startsWith('>') || line.length > longestLine) break;
		// What ends a sentence, or introduces something else, is no piece of a wrapped line.
		if (count > 1 && (/[!?]$/.test(line) || (/[:：]$/.test(line) && isBalanced(line)))) break;
		joined = joined === '' ? line : `${line} ${joined}`.replace(/< /g, '<');
		if (joined.length > longestLine) break;
		const found = weigh(joined);
		if (!found || (count > 1 && !opens(line))) continue;
		const attribution = { start, count, ...found };
		// Name and date each on a line of its own are an attribution already: what stands above belongs to it only if it has the rest.
		const isWhole = found.hasDate && (found.hasVerb || found.hasAddress) && !line.startsWith('<');
		const hasRest = !shorter || found.hasTime || isUnfinished(line);
		if (isWhole && hasRest && (!shorter?.hasDate || found.hasVerb)) return withBeginning(lines, attribution);
		shorter ??= attribution;
	}
	return shorter && withBeginning(lines, shorter);
}

/**
 * The attribution with the lines above it that cannot be a text by themselves: "On Mon, Nov", "Bob Builder wrote on". Only where
 * they begin a paragraph, since nobody else's line stands above them then.
 */
function withBeginning(lines: readonly string[], attribution: Attribution): Attribution {
	const end = attribution.start + attribution.count;
	for (let start = attribution.start - 1; start >= 0 && end - start <= mostLines; start--) {
		if (!isUnfinished(plainLine(lines[start]))) return attribution;
		if (start > 0 && lines[start - 1].trim() !== '') continue;
		const found = weigh(lines.slice(start, end).map(plainLine).join(' '));
		return found && found.hasDate && found.hasVerb ? { start, count: end - start, ...found } : attribution;
	}
	return attribution;
}

/** characters; mail programs wrap at 80 at the latest */
const longestPiece = 90;

/** Whether a line is the beginning of an attribution, and not the end of one or of a sentence. */
function isUnfinished(line: string): boolean {
	if (line.length > longestPiece || /[.!?:：>]$/.test(line.replace(/\d\.$/, '')) || line.includes('@')) return false;
	const words = line.split(' ').map(bare);
	if (words.slice(-2).some((word) => wroteWords.has(word))) return words.length <= 6;
	const begins = openingWords.has(words[0]) && /^\p{Lu}/u.test(line);
	return begins && strangeWords(line.split(' ')) <= 1 && (words.length <= 4 || whenOf(line).hasDate);
}

/** Without the marks that turn the direction of writing, without the narrow and the hard space, with digits of ASCII. */
function plainLine(line: string): string {
	if (line.length > longestLine * 2) return line;
	return line
		.replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
		.replace(/\s+/g, ' ')
		.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
		.replace(/^[*_]+|[*_]+$/g, '')
		.trim();
}

/** What plainLine() may leave at the end for mayEnd(), or takes off there. */
const rawEnd = /[:：>\-‐–—\])*_\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]$/;

/** "Buy now [https://shop.example/17]" */
function endsInLink(line: string): boolean {
	if (!line.endsWith(']')) return false;
	const start = line.lastIndexOf('[');
	return start >= 0 && /^\[https?:/.test(line.slice(start, start + 10));
}

function mayEnd(line: string): boolean {
	return line.length <= longestLine && /[:：>\-‐–—\])]$/.test(line) && line !== '--';
}

interface Weight extends Omit<Attribution, 'start' | 'count'> {
	/** "wrote", or a noun that stands for it. */
	hasVerb: boolean;
	hasAddress: boolean;
}

/** Whether the joined lines are an attribution, all of them and nothing else. */
function weigh(joined: string): Weight | undefined {
	const undashed = withoutDashes(joined);
	const isDashed = undashed !== undefined;
	let text = undashed ?? joined;
	const hasColon = /[:：]$/.test(text);
	text = text.replace(/\s?[:：]$/, '');
	if (!isBalanced(text)) return undefined;
	const { tokens, hasAddress } = tokensOf(text);
	// A link, or "23.11.2026: yes" within it, is something that people write.
	if (text.includes('://') || tokens.some((token) => /^\d.*[:：]$/.test(token))) return undefined;
	// So is a form: "Date: 23 Nov 2026 Subject: Prices Message:".
	if (tokens.some((token) => /^\p{L}+[:：]$/u.test(token))) return undefined;
	const { hasDate, hasTime } = whenOf(text);
	const hasVerb = tokens.some((token) => wroteWords.has(bare(token))) || unspacedWroteWords.some((word) => text.includes(word));
	if (hasVerb && tokens.some((token, at) => isPersonal(token) && !/\d/.test(tokens[at + 1] ?? ''))) return undefined;
	const strange = strangeWords(tokens);
	const isDated = hasDate && hasTime && /(?:19|20|25)\d\d/.test(text);
	// Some write their names in lower case.
	const allowed = hasAddress && hasDate && (hasVerb || hasTime) ? 2 : isDated && hasVerb && !tellsOfPeople(tokens) ? 1 : 0;
	const weight = (strength: AttributionStrength): Weight => ({
		strength,
		// Yahoo of old began with hyphens and ended without.
		isDashed: isDashed || (hasVerb && joined.startsWith('--- ')),
		hasDate,
		hasTime,
		hasVerb,
		hasAddress,
	});

	if (strange > allowed || isProse(text, tokens)) return undefined;
	if (isDashed) return hasDate && (hasVerb || hasAddress) ? weight('full') : undefined;
	if (!hasColon) {
		// Gmail of before 2011: "2009/5/1 Alice <alice@example.com>".
		const last = tokens[tokens.length - 1];
		const isOld = last === addressToken && /^\d/.test(tokens[0]);
		// wp.pl: "Dnia Poniedziałek, 23 Listopada 2026 10:00 Ann <ann@example.com> napisał(a)".
		const isVerbLast = hasAddress && hasTime && wroteWords.has(bare(last));
		return hasDate && (isOld || isVerbLast) ? weight('partial') : undefined;
	}
	// A language that is not known here, or a heading such as "Report of 23.11.2026 10:00, Ann <ann@example.com>:".
	if (!hasVerb && (hasDate || hasAddress) && (strange > 0 || !opens(text))) return weight('partial');
	if (hasAddress && hasDate && (hasVerb || hasTime)) return weight('full');
	if (hasVerb && (hasDate || hasAddress)) return weight('partial');
	if (hasDate && (hasAddress || hasTime)) return weight('partial');
	return hasVerb && tokens.length > 1 && tokens.length <= 6 && !tellingWords.has(bare(tokens[0])) ? weight('name') : undefined;
}

/** "mir", "votre": in lower case, for there are people of that name. */
const isPersonal = (token: string): boolean =>
	/^\p{Ll}/u.test(token) && personalWords.has(bare(token)) && !connectingWords.has(token);

function withoutDashes(text: string): string | undefined {
	const start = /^[-‐–—]{2,20}/.exec(text)?.[0].length ?? 0;
	const end = /[-‐–—]{2,20}$/.exec(text)?.[0].length ?? 0;
	return start > 0 && end > 0 && start + end < text.length ? text.slice(start, text.length - end).trim() : undefined;
}

function isBalanced(text: string): boolean {
	const isPaired = (open: string, close: string) => text.split(open).length === text.split(close).length;
	return isPaired('<', '>') && isPaired('(', ')') && (text.split('"').length & 1) === 1;
}

const addressToken = '@';

/** Its words; an address is one, and so is a name in quotation marks. */
function tokensOf(text: string): { tokens: string[]; hasAddress: boolean } {
	const named = text.replace(/"[^"]*"|“[^”]*”|«[^»]*»/g, ' Name ');
	const tokens = named
		.replace(/[<([]+(?:mailto:)?[^\s<>()[\]]+@[^\s<>()[\]]+[>)\]]+/g, ` ${addressToken} `)
		.split(/[\s,，]+/)
		.filter((token) => token !== '')
		.map((token) => (/.@./.test(token) ? addressToken : token));
	// A number in a bracketed address is no date.
	return { tokens, hasAddress: tokens.includes(addressToken) || /\S@\S/.test(text) };
}

function bare(token: string): string {
	return token
		.toLowerCase()
		.replace(/(?:\(-?\p{L}{1,3}\)|\/-?\p{L}{1,3})?[.,;:()/]*$/u, '')
		.replace(/^[(]+/, '');
}

function whenOf(text: string): { hasDate: boolean; hasTime: boolean } {
	const plain = text.replace(/\S+@\S+/g, ' ');
	const hasTime = /(?<!\d)\d{1,2}[:h]\d{2}(?!\d)|(?<![\d.])\d{1,2}\.\d{2}(?![\d.])|\d時|\d点|\d시/.test(plain);
	const undisturbed = plain.replace(/(?<!\d)\d{1,2}:\d{2}(?::\d{2})?/g, ' ').replace(/(?<!\d)[+-]\d{4}(?!\d)/g, ' ');
	const isNumeric = /(?<!\d)\d{1,4}\.? ?[./-] ?\d{1,2}\.? ?[./-] ?\d{1,4}(?!\d)/.test(undisturbed);
	const groups = undisturbed.match(/\d+/g) ?? [];
	const hasYear = groups.some((group) => /^(?:14|19|20|25)\d\d$/.test(group));
	// "On Nov 23 at 10:00" has no year, and a time instead.
	return { hasDate: isNumeric || (groups.length >= 2 && hasYear) || (groups.length === 1 && hasTime && !hasYear), hasTime };
}

/** Words in lower case that neither belong to a date nor introduce a quotation: those of a sentence. */
function strangeWords(tokens: string[]): number {
	let count = 0;
	tokens.forEach((token, at) => {
		if (!/^[(]?\p{Ll}/u.test(token)) return;
		const word = bare(token);
		if (connectingWords.has(word) || wroteWords.has(word)) return;
		// Whoever has an address may have a name in lower case.
		if (tokens[at + 1] === addressToken) return;
		// Days and months are written in lower case in most languages; a number comes soon after them, or just before.
		const near = [tokens[at + 1], tokens[at + 2], ...(isDayNumber(tokens[at - 1]) ? [tokens[at - 1]] : [])];
		if (near.some((other) => other !== undefined && /\d/.test(other))) return;
		count++;
	});
	return count;
}

/** "At 10:30 he wrote:" is what somebody tells, and no program. */
function tellsOfPeople(tokens: readonly string[]): boolean {
	const words = tokens.map(bare);
	// What The Bat! writes.
	if (/^(?:you wrote|вы писали)$/.test(words.slice(-2).join(' '))) return false;
	return words.some((word) => pronouns.has(word) && !connectingWords.has(word) && !openingWords.has(word));
}

function isDayNumber(token: string | undefined): boolean {
	return token !== undefined && /^\d{1,2}\.?$/.test(token);
}

/** Scripts without capital letters: what is too long for date and name is a sentence. */
function isProse(text: string, tokens: string[]): boolean {
	if (/[。！？!?]/.test(text)) return true;
	const uncased = text.match(/\p{Lo}/gu)?.length ?? 0;
	return tokens.length > 24 || uncased > 60;
}

/** Whether a line can be the first of a wrapped attribution: it begins with a date, or with name and address. */
function opens(line: string): boolean {
	const { tokens } = tokensOf(withoutLeadingDashes(line));
	const [first, second, third] = tokens;
	if (first === undefined) return false;
	if (/\d/.test(first) || /\p{Lo}/u.test(first)) return true;
	if (line.endsWith('<') && tokens.length <= 5) return true;
	if (openingNouns.has(bare(first))) return true;
	if (openingWords.has(bare(first))) return tokens.slice(1, 5).some((token) => /\d/.test(token)) || tokens.length < 4;
	// A day of the week, as it is shortened.
	if (/^\p{Ll}{1,4}$/u.test(first) && /^\d/.test(second ?? '')) return true;
	// "Nov 23, 2026, 10:00"
	if (/^\p{L}{3,9}\.?$/u.test(first) && isDayNumber(second) && /^\d{4}$/.test(third ?? '')) return true;
	if (/^\p{L}+[.,]{1,2}$/u.test(line.split(' ')[0]) && [second, third].some((token) => /\d/.test(token ?? ''))) return true;
	return tokens.slice(0, 4).includes(addressToken);
}

function withoutLeadingDashes(line: string): string {
	return line.replace(/^[-‐–—]{2,20}\s?/, '');
}
