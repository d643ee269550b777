/**
 * How out-of-office answers begin their subject, in the languages of their users. What a person may begin a subject with as well
 * counts in an answer only: one of a person's begins with "Re:".
 */

function anyOf(...phrases: string[]): string {
	return `(?:${phrases.join('|')})`;
}

/** "Automatic reply": nobody else calls a mail so. */
const reply = anyOf(
	'auto(?:matic|mated)?[- ]?(?:reply|response|responder|answer)|vacation (?:reply|response)|out of (?:the )?office (?:autoreply|reply|message)',
	'automatische (?:antwort|rückmeldung|e-?mail-antwort)|auto-?antwort|(?:automatische )?abwesenheits(?:notiz|meldung|nachricht|agent|benachrichtigung|assistent)',
	'r[ée]ponse auto(?:matique)?|message d.absence|respuesta autom[áa]tica|contestación automática|resposta autom[àáa]tica|risposta automatica',
	'automatisch (?:antwoord|bericht)|afwezigheids(?:assistent|bericht|melding)|autosvar|automatisk(?:t)? svar|frånvaromeddelande',
	'fravær(?:s(?:besked|assistent|meddelelse|melding))|automaattinen vastaus|automaattivastaus|poissaolo(?:viesti|ilmoitus)',
	'automatick[áa] odpov[eě][ďd]|odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|automatikus válasz|otomatik (?:yanıt|cevap)',
	'r[ăa]spuns automat|αυτόματη απάντηση(?: εκτός γραφείου)?|автоответ(?:чик)?|автоматический ответ|автоматическое сообщение об отсутствии',
	'автоматична відповідь|автовідповідь|автоматичен отговор|automatski odgovor|аутоматски одговор|samodejni odgovor',
	'automaatvastus|automaatne vastus|automatinis atsakymas|automātisk[aā]? atbilde|sjálfvirkt svar|erantzun automatikoa|përgjigje automatike',
	'自动答复|自动回复|自動回覆|自動答覆|自動返信|自動応答|自動送信|不在通知|자동 ?(?:회신|응답)|부재 ?중(?: 알림)?|תשובה אוטומטית|מענה אוטומטי',
	'رد تلقائي|الرد التلقائي|پاسخ خودکار|trả lời tự động|balasan otomatis|jawapan automatik|balasan automatik|ตอบกลับอัตโนมัติ|स्वचालित (?:उत्तर|जवाब)',
);

/** "Out of office": also what colleagues tell each other. */
const absence = anyOf(
	"auto: ?out of (?:the )?office|out of (?:the )?office|ooo|(?:i am|i’m|i'm) out of (?:the )?office|away from my mail|abwesend|fuera de (?:la )?oficina",
	'fuori (?:sede|ufficio)|ausência (?:temporária|do escritório)|fora do escritório|absence du bureau|absente? du bureau|absent de la birou',
	'niet aanwezig|afwezig|frånvaro|frånvarande|fraværende|fravær|ikke (?:til stede|på kontoret)|ej på kontoret|poissa|poza biurem|mimo kancelář',
	'házon kívül|ofis dışında|[iİ]şyeri dışında|εκτός γραφείου|нет на (?:работе|месте)|отсутствие на работе|немає на роботі|извън офиса|izvan ureda',
	'не в офисе|不在办公室|不在辦公室',
);

/** Nouns that stand for it, and for much else. */
const noun = anyOf(
	'auto|vacation|on vacation|urlaub|abwesenheit|ich bin im urlaub|absence|ausente|assente|ausência|poissaolo|nieobecność|nepřítomnost',
	'szabadság|izin|concediu|отпуск|отсутствие|відпустка|semester|ferie|ferias|férias|vacaciones|vacances|congés',
);

const following =
	'(?: auf (?:ihre|deine) (?:nachricht|e-?mail|anfrage)| op| de| на (?:ваше )?письмо| to your (?:e-?mail|message))?';

const anywhere = new RegExp(
	`^\\s*(?:[[(【]${anyOf(reply, absence)}\\s*[\\])】]|${reply}${following}\\s*(?:[:：]|$)|${absence}${following}\\s*[:：])`,
	'i',
);
const inAnswers = new RegExp(`^\\s*(?:${absence}\\s*$|${anyOf(absence, noun)}\\s*[:：])`, 'i');

/** Whether a subject is an automatic answer's; `isAnswer` when its header says that it answers something. */
export function isAutoReplySubject(subject: string, isAnswer: boolean): boolean {
	return anywhere.test(subject) || (isAnswer && inAnswers.test(subject));
}
