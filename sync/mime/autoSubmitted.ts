import { decodeWords, firstValue, type HeaderBlock } from './headerBlock';

/** Who a message is from when it is from no person: the words of RFC 3834 section 5. */
export type AutoSubmitted = 'auto-replied' | 'auto-generated' | 'auto-notified';

/**
 * How out-of-office answers begin their subject, where nothing else shows it: each ends in a colon, so that prose does not match.
 */
const replySubjects =
	/^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office(?: autoreply| reply)?|abwesend|abwesenheits(?:notiz|meldung|nachricht|agent)?|automatische antwort|réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori sede|resposta automática|automatisch antwoord|afwezigheidsassistent|autosvar|automatiskt svar|automaattinen vastaus|automatická odpověď|odpowiedź automatyczna|автоответ|自动答复|自动回复|自動回覆|自動返信)\s*[:：]/i;

/**
 * Whether a program sent the message, and why; undefined for mail from people. A mail list's posts are from people:
 * `Precedence: list` and List-Id do not count.
 */
export function readAutoSubmitted(header: HeaderBlock): AutoSubmitted | undefined {
	const value = (name: string) => firstValue(header, name)?.toLowerCase();
	const declared = value('auto-submitted')
		?.replace(/\([^()]*\)/g, '')
		.split(';')[0]
		.trim();
	if (declared === 'auto-replied' || declared === 'auto-generated' || declared === 'auto-notified') return declared;
	// Only the RFC's "no" is a statement that a person wrote it.
	if (declared === 'no') return undefined;
	if (declared) return 'auto-generated';

	const precedence = value('precedence')?.trim();
	if (precedence === 'auto_reply' || precedence === 'auto-reply') return 'auto-replied';
	// Set by autoresponders of before RFC 3834, cPanel and Exim among them.
	if (
		['x-autoreply', 'x-autorespond', 'x-autoresponse', 'x-mail-autoreply', 'x-auto-reply'].some(
			(name) => !['no', 'false', undefined].includes(value(name)),
		)
	) {
		return 'auto-replied';
	}
	if (replySubjects.test(decodeWords(firstValue(header, 'subject') ?? ''))) return 'auto-replied';
	if (/^multipart\/report\b/.test(value('content-type')?.trim() ?? '')) return 'auto-generated';
	// RFC 5321 section 4.5.5: what must not be answered has an empty reverse path.
	if (value('return-path')?.trim() === '<>') return 'auto-generated';
	// Old Mailman marks people's posts as bulk; unlike newsletters, such a list accepts posts.
	const isListPost = value('x-beenthere') !== undefined || !['no', undefined].includes(value('list-post')?.trim());
	if (precedence === 'junk' || (precedence === 'bulk' && !isListPost)) return 'auto-generated';
	return undefined;
}
