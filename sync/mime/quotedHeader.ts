/** The fields that mail programs put above the message they quote without marks, by their label in the user's language. */
type Field = 'from' | 'date' | 'to' | 'subject' | 'other';

const labels: ReadonlyMap<string, ReadonlySet<Field>> = labelsOf({
	from: 'from|von|de|da|van|från|fra|frá|lähettäjä|od|от|від|от кого|від кого|feladó|kimden|gönderen|de la|από|avsender|afsender|saatja|kellelt|nuo|no|pošiljatelj|šalje|подател|відправник|отправитель|expéditeur|remitente|mittente|remetente|afzender|nga|nork|daripada|frá|од|ад|кімнен|kimdən|از|प्रेषक|से|გამგზავნი|ուղարկող|mula sa|mula kay|ส่งจาก|nadawca|odesílatel|odosielateľ|expeditor|发件人|發件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|מאת|من|từ|dari|จาก',
	date: 'date|sent|datum|gesendet|gesendet am|envoyé|envoyé le|enviado|enviado el|enviado em|enviada em|enviada|fecha|data|inviato|data invio|verzonden|skickat|sendt|dato|lähetetty|päivämäärä|päiväys|wysłano|data wysłania|odesláno|datum odeslání|odoslané|dátum|elküldve|küldve|gönderildi|gönderilme tarihi|tarih|trimis|dată|στάλθηκε|ημερομηνία|εστάλη|отправлено|дата|дата отправки|надіслано|відправлено|изпратено|poslano|poslato|saadetud|kuupäev|išsiųsta|nosūtīts|发送时间|发送日期|日期|時間|時刻|寄件日期|傳送時間|送信日時|日時|日付|보낸 날짜|날짜|보낸시간|נשלח|תאריך|التاريخ|تاريخ الإرسال|تم الإرسال|enviat|enviat el|dërguar|dërguar më|bidaltze-data|dihantar|послато|испратено|адпраўлена|дата на испраќање|жіберілді|göndərilib|فرستاده شد|ارسال شده|ارسال‌شده|भेजा गया|दिनांक|გაგზავნილია|ուղարկվել է|ipinadala|ส่ง|ส่งเมื่อ|saatmise aeg|saatmisaeg|wysłane|изпратено на|message du|đã gửi|ngày|dikirim|tanggal|วันที่',
	to: 'to|an|à|a|para|per|aan|till|til|vastaanottaja|do|dla|komu|címzett|kime|alıcı|către|catre|la|προς|кому|до|za|prima|kellele|kam|kam:|per a|adressaat|saaja|saajad|gavėjas|adresāts|për|nori|каму|кімге|kimə|به|प्रति|को|მიმღები|ում|para sa|kay|收件人|收件者|宛先|받는 사람|받는사람|אל|إلى|đến|kepada|ถึง',
	subject:
		'subject|betreff|objet|sujet|ogg|asunto|assunto|oggetto|onderwerp|ämne|emne|efni|aihe|temat|předmět|predmet|tárgy|konu|subiect|θέμα|тема|относно|zadeva|naslov|teema|tema|assumpte|tēma|temats|subjekti|gaia|subjek|тэма|тақырыбы|предмет|mövzu|موضوع|विषय|თემა|թեմա|paksa|主题|主題|件名|主旨|제목|נושא|الموضوع|chủ đề|perihal|เรื่อง',
	other:
		'cc|bcc|kopie|copie à|copia a|kopia|copie|copia|cópia|kopio|kopi|másolat|bilgi|копия|копія|копие|κοιν|κοινοποίηση|抄送|副本|참조|עותק|نسخة|reply-to|antwort an|répondre à|responder a|importance|wichtigkeit|priorität|importancia|attachments|anlagen|anhänge|pièces jointes|bilagor|přílohy|załączniki|mellékletek|вложения|organizer|organisator|when|where|wann|wo|categories|kategorien|mailed-by|signed-by|message-id|resent-from|newsgroups',
});

/** One word may be the label of different fields in different languages: "do", "da", "data", "tema". */
function labelsOf(lists: Record<Field, string>): ReadonlyMap<string, ReadonlySet<Field>> {
	const map = new Map<string, Set<Field>>();
	for (const [field, list] of Object.entries(lists) as Array<[Field, string]>) {
		for (const label of list.split('|')) map.set(label, (map.get(label) ?? new Set()).add(field));
	}
	return map;
}

/** What a contact form calls the text that follows: the block above it is no quotation, but part of the request. */
const textLabels = new Set(
	'message|your message|nachricht|ihre nachricht|anfrage|mensaje|consulta|messaggio|richiesta|mensagem|bericht|vraag|besked|meddelande|melding|viesti|zpráva|správa|wiadomość|treść|üzenet|mesaj|mesajınız|сообщение|вопрос|повідомлення|съобщение|μήνυμα|poruka|sporočilo|comment|comments|kommentar|commentaire|inquiry|enquiry|question|text|body|description|留言|内容|お問い合わせ内容|メッセージ|문의 내용|הודעה|رسالة'.split(
		'|',
	),
);

const longestLine = 300;
/** Lines of a block: a few fields, and recipients that go on over lines. */
const mostLines = 24;

export interface QuotedHeader {
	/** Lines that belong to it, from its first field on. */
	count: number;
	/** It names an address, as those of mail programs do and those of people seldom. */
	hasAddress: boolean;
	/** From, date, recipient and subject, the date with a time: what a program writes in full, and in another order than people. */
	isComplete: boolean;
}

/**
 * The block of header fields that begins in line `at`: sender and at least two of date, recipients and subject, and no field
 * that no mail program writes. "From: Berlin, To: Hamburg, Passengers: 2" is none.
 */
export function quotedHeaderAt(lines: readonly string[], at: number): QuotedHeader | undefined {
	if (labelOf(lines[at]) === undefined) return undefined;
	// The block that began further up had all that is here, and was none. Asked at each of its lines, it would be read over and over.
	if (at > 0 && labelOf(lines[at - 1]) !== undefined) return undefined;
	const found = new Set<Field>();
	let hasAddress = false;
	let hasTime = false;
	let isInOrder = false;
	let end = at;
	for (let next = at; next < lines.length && next < at + mostLines; next++) {
		const line = lines[next];
		if (line.trim() === '') {
			// Html gives each field a paragraph of its own.
			if (next + 1 < lines.length && labelOf(lines[next + 1]) !== undefined) continue;
			break;
		}
		const label = labelOf(line);
		if (label !== undefined) {
			// Who travels puts the date last, mail programs the recipient; but Notes, which has the company in its names.
			if (label.fields.has('to') && found.has('from')) isInOrder ||= found.has('date') || /\S\/\S/.test(label.value);
			if (label.fields.has('from')) isInOrder ||= /\S\/\S/.test(label.value);
			for (const field of label.fields) found.add(field);
			if (label.fields.has('date') && /\d/.test(label.value)) hasTime ||= /\d[:.h]\d\d|\d{4}|\d[时時点]/.test(label.value);
			if ((label.fields.has('from') || label.fields.has('to')) && isAddress(label.value)) hasAddress = true;
		} else if (isUnknownField(line) || !isContinuation(line)) {
			if (isUnknownField(line)) return undefined;
			break;
		}
		end = next;
	}
	const count = end - at + 1;
	const others = ['date', 'to', 'subject'].filter((field) => found.has(field as Field)).length;
	if (!found.has('from') || others < 2 || isFollowedByFormText(lines, end + 1)) return undefined;
	return { count, hasAddress, isComplete: others === 3 && hasTime && isInOrder };
}

function labelOf(line: string): { fields: ReadonlySet<Field>; value: string } | undefined {
	if (line.length > longestLine * 4) return undefined;
	const plain = line.slice(0, longestLine).replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00a0\ufeff*]/g, ' ');
	const colon = plain.search(/[:：]/);
	if (colon < 0 || colon > 40) return undefined;
	const fields = labels.get(plain.slice(0, colon).replace(/\s+/g, ' ').trim().toLowerCase());
	return fields && { fields, value: plain.slice(colon + 1).trim() };
}

function isAddress(value: string): boolean {
	return /[^\s@]@[^\s@]/.test(value);
}

/** "Phone: ..." among the fields; a time or an address with a port is none. */
function isUnknownField(line: string): boolean {
	return /^\s{0,8}\*?[\p{L}][\p{L} .()/-]{0,30}\*?[:：](?:\s|$)/u.test(line);
}

/** Further recipients. */
function isContinuation(line: string): boolean {
	return line.length <= longestLine * 4 && (/^[\t ]/.test(line) || isAddress(line) || /;\s*$/.test(line));
}

function isFollowedByFormText(lines: readonly string[], from: number): boolean {
	for (let at = from; at < lines.length && at < from + 4; at++) {
		const line = lines[at].trim();
		if (line === '') continue;
		const colon = line.search(/[:：]/);
		return colon > 0 && colon < 40 && textLabels.has(line.slice(0, colon).replace(/\*/g, '').trim().toLowerCase());
	}
	return false;
}
