/**
 * Where the sender's own text ends and his signature begins, in lines that hold no quotation: the number of lines that stay.
 * Whatever looks like a sentence below a mark stays: two hyphens also stand between paragraphs.
 */
export function withoutSignature(lines: readonly string[]): string[] {
	const kept = [...lines];
	dropEmptyEnd(kept);
	dropMobileSignature(kept);
	const mark = kept.findLastIndex((line) => signatureMarks.has(line));
	if (mark >= 0 && isSignature(kept, mark) && !isRuled(kept, mark)) kept.length = mark;
	dropEmptyEnd(kept);
	dropMobileSignature(kept);
	return kept;
}

/** RFC 3676 section 4.3: "-- ". The space is lost on the way so often that it is not asked for. */
const signatureMarks = new Set(['-- ', '--', '—', '--\u00a0']);
const longestSignature = 15;

function isSignature(lines: readonly string[], mark: number): boolean {
	const below = lines.slice(mark + 1);
	const filled = below.filter((line) => line.trim() !== '');
	if (filled.length > longestSignature) return false;
	// A rule between paragraphs has air on both sides.
	if (below.length > 0 && below[0].trim() === '' && lines[mark] !== '-- ') return false;
	return !filled.some(isSentence);
}

/** Whether a sentence stands between two marks: then they set paragraphs apart. */
function isRuled(lines: readonly string[], mark: number): boolean {
	const first = lines.findIndex((line) => signatureMarks.has(line));
	return lines[mark] !== '-- ' && lines.slice(first, mark).some(isSentence);
}

/** At least four words with a full stop, or a question: names, places and numbers have none. */
function isSentence(line: string): boolean {
	const text = line.trim().slice(0, 1000);
	if (/[?？。]$/.test(text)) return true;
	return (/[.!…]$/.test(text) || /[.!]\s+\p{Lu}\p{Ll}+\s\p{Ll}/u.test(text)) && text.split(/\s+/).length >= 4
		? true
		: text.split(/\s+/).filter((word) => /^\p{Ll}{2,}/u.test(word)).length >= 4;
}

const mobileSignatures =
	/^(?:(?:diese nachricht wurde )?(?:von meinem|gesendet (?:von|mit|aus|über))|sent (?:from|via|with|using)|get outlook for|outlook für|télécharger|obtenir|obtener|descargar|scarica|ottieni|download|envoyé (?:de|depuis|à partir de|avec)|enviado (?:desde|do|de|com|a partir)|inviato da|verzonden (?:vanaf|met|vanuit|via)|verstuurd vanaf|sendt fra|skickat från|lähetetty|wysłan[eoy] z|odesláno z|odoslané z|küldve|iphone-omról|trimis de pe|στάλθηκε από|отправлено (?:с|из|от)|надіслано з|изпратено от|poslano (?:iz|z|s)|poslato sa|saadetud minu|išsiųsta iš|sendt via|gönderildi|从我的|發自|发自|從我的|enviat des de|nosūtīts no|dikirim dari|đã gửi từ|ส่งจาก|फ़ोन|nachricht gesendet|נשלח|أرسلت|أُرسلت)/i;
const products =
	/iphon|ipad|ipod|ios|android|samsung|galaxy|huawei|xiaomi|pixel|blackberry|windows|outlook|yahoo|gmail|gmx|web\.de|1&1|proton|thunderbird|e-?mail|app|mail\.ru|почт|яндекс|smartphone|handy|mobil|telefon|phone|手机|手機|tablet|mac/i;

/** "Sent from my iPhone", in whatever language; with the name of a product, for "Sent with a courier" is the sender's. */
function isMobileSignature(line: string): boolean {
	const text = line.trim();
	if (text.length > 100 || text.split(/\s+/).length > 9 || !products.test(text)) return false;
	return mobileSignatures.test(text) || /(?:から送信|에서 보냄|傳送|送信|发送自.{1,20}|gönderildi|küldve)[.。]?$/i.test(text);
}

/** It stands apart from what the sender wrote, since programs put it there. */
function dropMobileSignature(lines: string[]): void {
	const last = lines.length - 1;
	if (last < 1 || !isMobileSignature(lines[last]) || lines[last - 1].trim() !== '') return;
	lines.pop();
	dropEmptyEnd(lines);
}

function dropEmptyEnd(lines: string[]): void {
	while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
}
