import { decodeWords, firstValue, type HeaderBlock } from './headerBlock';

/** How the subject of a report of a failed delivery begins. */
const failureSubjects =
	/^\s*(?:\[[^\]]{1,40}\]\s?|\*{1,3}\s?)?(?:mail delivery (?:failed|failure|problem)|failure notice|failed delivery|undeliver(?:ed|able)|delivery (?:failure|failed|has failed|status notification|notification|problem|report|unsuccessful)|returned mail|mail system error|notice: mail delivery status|mail failure\b|mail failed|message status - undeliverable|e-?mail delivery failure|postmaster notify|permanent delivery failure|message you sent (?:was )?blocked|automatically rejected|message (?:delivery failure|undeliverable|could not be delivered|not delivered|bounced)|non.?delivery|nondeliverable|mail could not be delivered|(?:re: )?your message .{0,80}could ?n.t be delivered|rejected:|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|fehler bei der zustellung|non remis|échec de (?:la )?remise|non distribuable|undelivered|no se (?:puede|pudo) entregar|no entregado|non recapitabile|mancato recapito|não (?:foi )?(?:entregue|é possível entregar)|niet bezorgd|onbestelbaar|kan niet worden bezorgd|olevererbart|ej levererbart|kunne ikke leveres|ikke leveret|toimittamaton|niedostarczon|nie można dostarczyć|nedoručiteln|nedoručen|kézbesíthetetlen|teslim edilemedi|imposibil de livrat|недоставлен|не доставлено|сообщение не доставлено|не удается доставить|не вдалося доставити|ανεπίδοτο|(?:来自.{1,60})?(?:系统)?退信|无法送达|無法傳遞|未传递|配信不能|配信できません|배달되지 않음|לא ניתן למסור|تعذر التسليم)/i;

const delaySubjects =
	/(?:\bdelay(?:ed)?\b|status notification: warning|still being retried|\bwarning: (?:could not send|message)|verzögert|verspätet|retardé|retrasad|ritardat|atrasad|vertraagd|försenad|forsinket|zpožděn|opóźnion|задерж|延迟|延遲|遅延|지연)/i;

function subjectOf(header: HeaderBlock): string {
	return decodeWords((firstValue(header, 'subject') ?? '').slice(0, 2000)).slice(0, 300);
}

export function isFailureSubject(header: HeaderBlock): boolean {
	return failureSubjects.test(subjectOf(header)) && !delaySubjects.test(subjectOf(header));
}

export function isDelaySubject(header: HeaderBlock): boolean {
	return delaySubjects.test(subjectOf(header));
}

/** RFC 5321 section 4.5.5: what must not be answered, bounces before all, has an empty reverse path. */
export function hasNullReturnPath(header: HeaderBlock): boolean {
	return /^<\s?>$/.test((firstValue(header, 'return-path') ?? '').trim());
}

/** Whether the sender is the program that delivers mail. */
export function isDaemonSender(header: HeaderBlock): boolean {
	const from = decodeWords((firstValue(header, 'from') ?? '').slice(0, 1000));
	return /(?:^|[<\s"])(?:mailer-?daemon|mail-?daemon|mdaemon|microsoftexchange[0-9a-f]{8,40})(?:@|[>"\s(]|$)|mail delivery (?:sub)?system|courier mail server at|^"?postmaster"?$/i.test(
		from,
	);
}

/** How delivering programs begin: some answer under the subject of the message that came back. */
const programWords =
	/this is the .{1,80}(?:mail server|mail system|mail agent|mail host|mailer-daemon|program) ?(?:at|on|,)|created automatically by (?:the )?(?:mail|delivery)|automatically (?:generated|created) (?:delivery|mail)|delivery failure notification|delivery status notification/i;

/** Whether the text is a program's that delivers mail. */
export function isDaemonText(header: HeaderBlock, text: string): boolean {
	return isReporter(header) && programWords.test(text.slice(0, 1000).replace(/\s+/g, ' '));
}

/** Who may be a program that delivers mail, and may be a person. */
function isReporter(header: HeaderBlock): boolean {
	const from = (firstValue(header, 'from') ?? '').slice(0, 1000);
	const isNamed = /postmaster|bounce|mail ?delivery|system administrator|systemadministrator|mailadmin/i.test(from);
	return isNamed || hasNullReturnPath(header);
}

/**
 * Whether a report of a failed delivery is to be looked for in the text. A postmaster is also a person, so his mail counts
 * with such a subject only; so does mail that must not be answered.
 */
export function isFromDaemon(header: HeaderBlock): boolean {
	if (firstValue(header, 'x-failed-recipients') !== undefined || isDaemonSender(header)) return true;
	return isReporter(header) && (isFailureSubject(header) || isDelaySubject(header));
}
