import { findAttributions, type Attribution } from './attribution';
import { quotedHeaderAt } from './quotedHeader';
import { withoutSignature } from './signature';

/** A text, taken apart. */
export interface ReplyText {
	/** What the sender wrote himself: answers between quoted lines too; neither history nor signature. */
	replyText: string;
	/** What he answers, with the line that introduces it, as it stands in the text; absent where there is none. */
	quotedText?: string;
}

/**
 * Takes a text apart into what the sender wrote and the history that his mail program put there. In doubt it is his: a word
 * too many is seen, a word too few is not. `isAnswer`: the header says that the message answers or forwards another; without
 * that, nothing but quote marks and what only programs write counts as history.
 *
 * Works line by line, in time linear to the text.
 *
 * No library: of 31 fixtures (test/fixtures/messages/reply-* and the cases that had lost words) `email-reply-parser` 2.3.7 gave
 * 23 right and `planer` 1.2.0 14. They see the text alone and not whether the mail answers another.
 */
export function splitReply(text: string, isAnswer: boolean): ReplyText {
	const lines = linesOf(text);
	const isHistory = findHistory(lines, isAnswer);
	const own = joinOwn(lines, isHistory);
	// A forwarded mail without a word, an empty answer: whatever is there is what was sent.
	if (own === '') return { replyText: tidy(lines) };
	const quoted = tidy(lines.filter((_line, at) => isHistory[at]));
	return quoted === '' ? { replyText: own } : { replyText: own, quotedText: quoted };
}

/** What the sender wrote himself, and nothing where all of it is history. */
export function ownTextOf(text: string, isAnswer: boolean): string {
	const lines = linesOf(text);
	return joinOwn(lines, findHistory(lines, isAnswer));
}

/** Only what the sender wrote, of a text of which nothing else is known. */
export function replyTextOf(text: string, isAnswer = false): string {
	return splitReply(text, isAnswer).replyText;
}

const linesOf = (text: string): string[] => text.split('\n').map((line) => (line === '-- ' ? line : line.trimEnd()));

/** For each line whether it is history. */
function findHistory(lines: readonly string[], isAnswer: boolean): boolean[] {
	const isHistory = new Array<boolean>(lines.length).fill(false);
	const attributions = findAttributions(lines);
	const blocks: QuoteBlock[] = [];
	let firstIntroduced = Infinity;
	for (let at = 0; at < lines.length; at++) {
		if (isQuote(lines[at])) {
			const block = { start: at, end: endOfQuote(lines, at), isIntroduced: firstIntroduced < at };
			blocks.push(block);
			at = block.end - 1;
			continue;
		}
		const attribution = attributions.get(at);
		if (attribution && introducesQuote(lines, attribution, isAnswer)) {
			firstIntroduced = Math.min(firstIntroduced, at);
			const next = nextFilled(lines, at + attribution.count);
			const end = isPipe(lines[next]) ? endOfPipes(lines, next) : at + attribution.count;
			isHistory.fill(true, at, end);
			at = end - 1;
			continue;
		}
		if (startsUnmarkedHistory(lines, at, attribution, isAnswer)) {
			isHistory.fill(true, separatorAbove(lines, at));
			break;
		}
	}
	markQuotes(lines, blocks, isHistory, isAnswer);
	closeGaps(lines, isHistory);
	return isHistory;
}

/** Empty lines between two lines of the history belong to it. */
function closeGaps(lines: readonly string[], isHistory: boolean[]): void {
	let last = -1;
	for (let at = 0; at < lines.length; at++) {
		if (isHistory[at]) {
			if (last >= 0) isHistory.fill(true, last + 1, at);
			last = at;
		} else if (lines[at].trim() !== '') last = -1;
	}
}

/** Whether quote marks follow, so that the quotation ends with them, and answers may stand below. */
function introducesQuote(lines: readonly string[], { start, count, strength }: Attribution, isAnswer: boolean): boolean {
	const next = nextFilled(lines, start + count);
	if (next < 0 || next > start + count + 3 || !(isQuote(lines[next]) || isPipe(lines[next]))) return false;
	return strength !== 'name' || (isAnswer && (start === 0 || lines[start - 1].trim() === '' || isQuote(lines[start - 1])));
}

/** Whether everything from line `at` on is history, which has no marks of its own. */
function startsUnmarkedHistory(
	lines: readonly string[],
	at: number,
	attribution: Attribution | undefined,
	isAnswer: boolean,
): boolean {
	if (attribution?.strength === 'full' && ((isAnswer && attribution.hasTime) || attribution.isDashed)) return true;
	if (isReplyMarker(lines[at])) return true;
	const title = titleOf(lines[at]);
	if (title !== undefined) {
		const next = nextFilled(lines, at + 1);
		if (next < 0) return false;
		// Whoever writes on his own may put such a title above what is to be translated, or looked at.
		if (title === 'dashed' && (isAnswer || quotedHeaderAt(lines, next)?.hasAddress)) return true;
	}
	const header = quotedHeaderAt(lines, at);
	if (!header || !(header.hasAddress || header.isComplete)) return false;
	// Contact forms have such a block too. In a mail that answers nothing only Outlook's rule makes it history.
	return isAnswer || /^_{20,}$/.test(lines[at - 1] ?? '');
}

/** The rule or the title right above, which belongs to the history. */
function separatorAbove(lines: readonly string[], at: number): number {
	for (let above = at - 1; above >= 0 && above >= at - 2; above--) {
		if (lines[above].trim() === '') continue;
		return isRule(lines[above]) || titleOf(lines[above]) !== undefined || isBareTitle(lines[above]) ? above : at;
	}
	return at;
}

interface QuoteBlock {
	start: number;
	/** After its last line. */
	end: number;
	/** An attribution stands somewhere above. */
	isIntroduced: boolean;
}

/**
 * Quote marks are history, but people also use them, and html does, to set off what they cite: after a colon of the sender's,
 * in a mail that answers nothing, and above a history that does not hold the same.
 */
function markQuotes(lines: readonly string[], blocks: QuoteBlock[], isHistory: boolean[], isAnswer: boolean): void {
	const isOwn = (at: number) => !isHistory[at] && !isQuote(lines[at]) && lines[at].trim() !== '';
	const firstOwn = lines.findIndex((_line, at) => isOwn(at));
	const lastOwn = lastOwnLine(lines, isOwn);
	const hasHistory = isHistory.includes(true);
	const inHistory = hasHistory ? linesOfHistory(lines, blocks, isHistory) : new Set<string>();
	const isTrailing = blocks.length > 0 && blocks[0].start > lastOwn;
	for (const block of blocks) {
		const isCited = () => {
			if (block.end - block.start === 1 && isEscapedFrom(lines[block.start])) return true;
			if (block.isIntroduced) return false;
			if (hasHistory) {
				const cited = lines.slice(block.start, block.end).map(withoutMarks);
				return firstOwn < block.start && !cited.some((line) => line !== '' && inHistory.has(line));
			}
			if (followsColon(lines, block.start)) return true;
			return !isAnswer && !isTrailing;
		};
		if (isCited()) continue;
		const isRuled = block.start > 0 && /^_{20,}$/.test(lines[block.start - 1]);
		isHistory.fill(true, isRuled ? block.start - 1 : block.start, block.end);
	}
}

/** The last line of the sender's that is no signature. */
function lastOwnLine(lines: readonly string[], isOwn: (at: number) => boolean): number {
	const own: number[] = [];
	for (let at = 0; at < lines.length; at++) if (isOwn(at)) own.push(at);
	const unsigned = withoutSignature(own.map((at) => lines[at]));
	return unsigned.length > 0 ? own[unsigned.length - 1] : -1;
}

function linesOfHistory(lines: readonly string[], blocks: QuoteBlock[], isHistory: readonly boolean[]): Set<string> {
	const found = new Set<string>();
	for (let at = 0; at < lines.length; at++) if (isHistory[at]) found.add(withoutMarks(lines[at]));
	for (const block of blocks) {
		if (!block.isIntroduced) continue;
		for (let at = block.start; at < block.end; at++) found.add(withoutMarks(lines[at]));
	}
	return found;
}

function withoutMarks(line: string): string {
	return line.replace(/^[>|\s]+/, '').trim();
}

/** mbox files write ">From " where a line of the text begins with "From ". */
function isEscapedFrom(line: string): boolean {
	return line.startsWith('>From ');
}

function followsColon(lines: readonly string[], at: number): boolean {
	const above = at > 0 && lines[at - 1].trim() === '' ? at - 2 : at - 1;
	return above >= 0 && /[:：]$/.test(lines[above]) && !isQuote(lines[above]);
}

/** ">> Look here <<" is a way to stress something. */
function isQuote(line: string): boolean {
	return /^\s{0,3}>/.test(line) && !(line.startsWith('>>') && line.endsWith('<<'));
}

/** Some programs quote by "| "; rows of a table have more of them. */
function isPipe(line: string): boolean {
	return /^\s{0,3}\|\s/.test(line) && line.indexOf('|', line.indexOf('|') + 1) < 0;
}

function endOfQuote(lines: readonly string[], from: number): number {
	let end = from;
	while (end < lines.length && isQuote(lines[end])) end++;
	return end;
}

function endOfPipes(lines: readonly string[], from: number): number {
	let end = from;
	while (end < lines.length && (isPipe(lines[end]) || lines[end].trim() === '|')) end++;
	return end;
}

/** Longer lines are prose. */
const longestMark = 300;

/** Ticket systems put this above the mail they send: the answer stands before it. "##-" is Zendesk's, in any language. */
function isReplyMarker(line: string): boolean {
	const text = line.trim();
	if (text.length >= longestMark) return false;
	if (text.startsWith('##-') && text.endsWith('-##')) return true;
	if (/^[-=#_*‐–—\s]{0,60}(?:please )?(?:reply|write|respond|type your (?:reply|response|answer)) above this line\b/i.test(text))
		return true;
	return /^(?:##-|[-=#_*‐–—]{2,}|—)/.test(text) && replyAbove.test(text.replace(/^[-=#_*‐–—\s]{1,60}/, ''));
}

const replyAbove =
	/^(?:please )?(?:type your reply|reply|write|antwort\w*|bitte antworten|répond\w*|veuillez répondre|respond\w*|por favor,? respond\w*|rispond\w*|beantwoord\w*)(?![\p{L}]).{0,60}(?<!\p{L})(?:above|oberhalb|über|au-dessus|encima|sopra|acima|boven)(?!\p{L})/iu;

function isRule(line: string): boolean {
	return line.length < longestMark && /^\s{0,8}[-_=*‐–—]{3,}/.test(line);
}

const historyTitles =
	/^(?:original message|original e-?mail|original appointment|original$|reply message|replied message|回复的原邮件|转发的原邮件|оригінальне повідомлення|оригинално писмо|forwarded message|forwarded e-?mail|forward(?:ed)? by|ursprüngliche (?:nachricht|mail)|original-?nachricht|originalmail|weitergeleitete nachricht|message (?:d.origine|original|initial|transféré|transmis)|e-?mail d.origine|mensaje (?:original|reenviado)|messaggio (?:originale|inoltrato)|mensagem (?:original|encaminhada)|oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|oprindelig (?:meddelelse|besked)|videresendt (?:besked|melding)|ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|opprinnelig melding|alkuperäinen viesti|välitetty viesti|wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej|wiadomość przekazana|původní (?:zpráva|e-?mail)|přeposlaná zpráva|pôvodná správa|preposlaná správa|eredeti üzenet|továbbított üzenet|orijinal (?:mesaj|ileti)|özgün ileti|iletilen (?:mesaj|ileti)|mesaj original|mesajul original|mesaj redirecționat|αρχικό μήνυμα|προωθημένο μήνυμα|исходное (?:сообщение|письмо)|пересылаемое (?:сообщение|письмо)|пересланное сообщение|вихідне повідомлення|початкове повідомлення|переслане повідомлення|оригинално съобщение|първоначално съобщение|препратено съобщение|izvorna poruka|originalna poruka|izvirno sporočilo|originalno sporočilo|algne (?:sõnum|kiri)|pradinis laiškas|sākotnējais ziņojums|原始邮件|原始郵件|原邮件|转发的邮件|轉寄的郵件|转发邮件|元のメッセージ|転送メッセージ|원본 메시지|원본 메일|전달된 메시지|הודעה מקורית|ההודעה המקורית|הודעה שהועברה|الرسالة الأصلية|رسالة أصلية|thư gốc|pesan asli|missatge (?:original|reenviat)|edastatud (?:sõnum|kiri)|pārsūtīts ziņojums|persiųstas laiškas|posredovano sporočilo|proslijeđena poruka|prosleđena poruka|رسالة معاد توجيهها|thư được chuyển tiếp|pesan terusan|begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:réexpédié|transféré)|inizio messaggio inoltrato|inicio del mensaje reenviado|início da mensagem encaminhada|begin doorgestuurd bericht|początek przekazywanej wiadomości|начало переадресованного сообщения)/i;

/** "-----Original Message-----" and what Apple's programs write above a forwarded mail, which ends in a colon. */
function titleOf(line: string): 'dashed' | 'plain' | undefined {
	if (line.length > longestMark) return undefined;
	// HCL Notes puts the beginning of the text there too: "Bob ---23/11/2026 10:00:00---Dear Zoe".
	if (
		line.includes('---') &&
		/^\S.{0,60}? ?-{3}\d{1,4}[./-]\d{1,2}[./-]\d{1,4} \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?-{3}/.test(line.trim())
	)
		return 'dashed';
	const inner = line.trim().replace(/^[-=‐–—_*<\s]{1,60}/, '');
	if (!historyTitles.test(inner)) return undefined;
	if (/^\s{0,8}[-=‐–—_*]{2,}/.test(line)) return 'dashed';
	return /[:：]$/.test(inner) ? 'plain' : undefined;
}

/** A title without hyphens and colon, which says nothing unless a header block stands below: BlackBerry's. */
function isBareTitle(line: string): boolean {
	return line.length < 40 && historyTitles.test(line.trim());
}

function nextFilled(lines: readonly string[], from: number): number {
	for (let at = from; at < lines.length; at++) if (lines[at].trim() !== '') return at;
	return -1;
}

/** The sender's own lines; each stretch of them may end in a signature of its own. */
function joinOwn(lines: readonly string[], isHistory: readonly boolean[]): string {
	const kept: string[] = [];
	let stretch: string[] = [];
	const close = () => {
		const unsigned = withoutSignature(stretch);
		for (const line of unsigned) kept.push(line);
		if (unsigned.length > 0 && stretch.length > unsigned.length && stretch[unsigned.length].trim() === '') kept.push('');
		stretch = [];
	};
	for (let at = 0; at < lines.length; at++) {
		if (!isHistory[at]) stretch.push(lines[at]);
		else if (stretch.length > 0) close();
	}
	close();
	return tidy(kept);
}

function tidy(lines: readonly string[]): string {
	let start = 0;
	let end = lines.length;
	while (start < end && lines[start].trim() === '') start++;
	while (end > start && lines[end - 1].trim() === '') end--;
	return lines
		.slice(start, end)
		.map((line) => line.trimEnd())
		.join('\n')
		.replace(/\n{3,}/g, '\n\n');
}
