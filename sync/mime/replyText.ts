/**
 * What the sender wrote himself: the text without quoted history, without the line that introduces it and without signature.
 * Answers between quoted lines are kept. Works line by line, in time linear to the text: the ready-made libraries for this
 * match expressions over the whole text and can be made to run for minutes by a hostile mail.
 */
export function replyTextOf(text: string): string {
	const lines = text.split('\n').map((line) => line.trimEnd());
	const kept: string[] = [];
	for (let at = 0; at < lines.length; at++) {
		const line = lines[at];
		if (isQuote(line)) continue;
		if (isReplyMarker(line)) break;
		const attribution = attributionLength(lines, at);
		if (attribution > 0) {
			// Quote signs after the attribution: the quote ends with them, and answers may follow. None: all that follows is quoted.
			const next = nextFilled(lines, at + attribution);
			if (next < 0 || !isQuote(lines[next])) break;
			at += attribution - 1;
			continue;
		}
		if (isSeparator(line) && (isHistoryTitle(line) || startsHeaderBlock(lines, nextFilled(lines, at + 1)))) break;
		if (startsHeaderBlock(lines, at)) break;
		if (isSignatureMark(line)) {
			// Below the signature there may still be answers only when quotes follow; the common case is the end of the mail.
			const quote = lines.findIndex((later, index) => index > at && isQuote(later));
			if (quote < 0) break;
			at = quote - 1;
			continue;
		}
		kept.push(line);
	}
	while (kept.length > 0 && (kept[kept.length - 1].trim() === '' || isMobileSignature(kept[kept.length - 1]))) kept.pop();
	while (kept.length > 0 && kept[0].trim() === '') kept.shift();
	return kept.join('\n').replace(/\n{3,}/g, '\n\n');
}

/** Longer lines are prose. */
const longestMark = 300;

function isQuote(line: string): boolean {
	return /^\s{0,3}(?:>|\|\s)/.test(line);
}

/** Ticket systems put this above the mail they send: the answer stands before it. */
function isReplyMarker(line: string): boolean {
	return (
		line.length < longestMark &&
		/^\s*(?:##-|[-=#_*]{2,})\s*(?:please )?(?:type your reply|reply|write|antwort\w*|bitte antworten)\b.{0,60}\b(?:above|oberhalb|über)\b/i.test(
			line,
		)
	);
}

/** RFC 3676 section 4.3; the space at the end is lost on the way so often that it is not asked for. */
function isSignatureMark(line: string): boolean {
	return line === '--' || line === '—';
}

const mobileSignatures = [
	/^sent (?:from|via|with) (?:my |the )?\S/i,
	/^get outlook for /i,
	/^(?:von meinem|gesendet (?:von|mit|aus)) /i,
	/^diese nachricht wurde von meinem .{1,80} gesendet/i,
	/^envoyé (?:de|depuis|à partir de) /i,
	/^télécharger outlook pour /i,
	/^enviado desde /i,
	/^enviado do meu /i,
	/^inviato da(?:l|lla)? /i,
	/^verzonden (?:vanaf|met|vanuit) /i,
	/^verstuurd vanaf /i,
	/^sendt fra /i,
	/^skickat från /i,
	/^wysłane z /i,
	/^отправлено (?:с|из) /i,
	/^从我的.{1,20}发送/,
	/^iPhoneから送信/,
];

function isMobileSignature(line: string): boolean {
	const text = line.trim();
	return text.length < 120 && mobileSignatures.some((form) => form.test(text));
}

/** "On Mon, ... Alice <a@example.com> wrote:": how it starts and how it ends, in the languages mail programs write it in. */
const attributions: ReadonlyArray<readonly [start: RegExp, end: RegExp]> = [
	[/^(?:on|at)\s/i, /\bwrote\s?:$/i],
	[/^\S/, /\bwrote\s?:$/i],
	[/^am\s/i, /(?:schrieb|hat geschrieben)\b.{0,120}:$/i],
	[/^\S/, /\bschrieb(?:en)?(?: am .{1,80})?\s?:$/i],
	[/^le\s/i, /a écrit\s?:$/i],
	[/^el\s/i, /escribió\s?:$/i],
	[/^(?:il|in data)\s/i, /ha scritto\s?:$/i],
	[/^(?:em|no dia)\s/i, /escreveu\s?:$/i],
	[/^op\s/i, /(?:schreef|heeft)\b.{0,120}:$/i],
	[/^(?:den|på|on|\w{2,4}\.?)\s/i, /\bskrev\b.{0,120}:$/i],
	[/^(?:w dniu|dnia)\s/i, /(?:pisze|napisał(?:\(a\)|a)?)\s?:$/i],
	[/^\S/, /kirjoitti\s?:$/i],
	[/^\S/, /(?:пишет|написал(?:\(а\)|а)?)\s?:$/i],
	[/^\S/, /写道[:：]$/],
	[/^\S/, /のメッセージ\s?[:：]$/],
	[/^\S/, /作成[:：]$/],
	[/^\S/, /작성\s?:$/],
	// Russian, Japanese, Chinese and other Gmail: date, name and address, without a verb.
	[/^.{0,80}\d/, /<[^<>\s]+@[^<>\s]+>\s?[:：]$/],
];

/** A year, a time or an address: distinguishes an attribution from a sentence that ends in "wrote:". */
const attributionFact = /(?:19|20)\d\d|\d{1,2}[:.h]\d{2}|<[^<>]+@[^<>]+>|\S@\S/;

/**
 * How many lines from `at` on introduce a quote: 0 for none. Mail programs wrap the line, so up to three are looked at together.
 */
function attributionLength(lines: string[], at: number): number {
	let joined = '';
	for (let count = 1; count <= 3 && at + count <= lines.length; count++) {
		const line = lines[at + count - 1].trim();
		if (line === '' || isQuote(line)) return 0;
		joined = joined === '' ? line : `${joined} ${line}`;
		if (joined.length > longestMark) return 0;
		if (
			/[:：]$/.test(joined) &&
			attributionFact.test(joined) &&
			attributions.some(([start, end]) => start.test(joined) && end.test(joined))
		)
			return count;
	}
	return 0;
}

function isSeparator(line: string): boolean {
	return line.length < longestMark && /^\s*[-_=*]{3,}/.test(line);
}

const historyTitles =
	/^\s*-{2,}\s*(?:original message|original appointment|forwarded message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht|message d.origine|message original|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original|mensagem encaminhada|oorspronkelijk bericht|doorgestuurd bericht|oprindelig meddelelse|oprindelig besked|ursprungligt meddelande|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|исходное сообщение|пересылаемое сообщение|原始邮件|转发的邮件|元のメッセージ)/i;

function isHistoryTitle(line: string): boolean {
	return historyTitles.test(line);
}

const fromLabel = /^\*?(?:from|von|de|da|van|från|fra|lähettäjä|od|от|发件人|寄件者|差出人|보낸 사람)\s?\*?\s?[:：]\*?\s*\S/i;
const otherLabel =
	/^\s*\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|kopie|envoyé|à|objet|enviado(?: el| em)?|fecha|para|asunto|assunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|lähetetty|vastaanottaja|aihe|wysłano|do|temat|отправлено|дата|кому|тема|发送时间|收件人|主题|送信日時|宛先|件名|보낸 날짜|받는 사람|제목)\s?\*?\s?[:：]/i;

/** Outlook quotes without any sign: a block of header fields, in the language of its user, and then the old mail. */
function startsHeaderBlock(lines: string[], at: number): boolean {
	if (at < 0 || at >= lines.length || lines[at].length > longestMark || !fromLabel.test(lines[at])) return false;
	let others = 0;
	let filled = 0;
	for (let next = at + 1; next < lines.length && filled < 6; next++) {
		if (lines[next].trim() === '') continue;
		filled++;
		if (lines[next].length <= longestMark && otherLabel.test(lines[next])) others++;
	}
	return others >= 2;
}

function nextFilled(lines: string[], from: number): number {
	for (let at = from; at < lines.length; at++) if (lines[at].trim() !== '') return at;
	return -1;
}
