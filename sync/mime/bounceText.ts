import { isRefusal, reasonIn, refusalIn } from './bounceReason';
import type { FailedRecipient } from './failedRecipient';

/** What the text of a bounce says, where there is no report for machines or where it says more. */
export interface BounceText {
	recipients: FailedRecipient[];
	originalMessageId?: string;
	isDelay: boolean;
}

/** Reports name the reason in their first lines; below is the returned message. */
const longestText = 64 * 1024;
const mostLines = 2000;
const longestLine = 1000;
const mostRecipients = 1000;

/**
 * Reads a bounce as Exim, qmail, Postfix, sendmail, DragonFly, Exchange, Gmail, Yahoo and mail.ru write it for people: addresses that
 * begin a line, each with what is said below it. `failed` are those of X-Failed-Recipients; `others` are named in the header
 * and so are no failed recipients by themselves.
 */
export function readBounceText(text: string, failed: readonly string[], others: ReadonlySet<string>): BounceText {
	const lines = text
		.slice(0, longestText)
		.split('\n', mostLines)
		.map((line) => line.slice(0, longestLine).trimEnd());
	const copy = lines.findIndex(isCopyMark);
	const report = copy < 0 ? lines : lines.slice(0, copy);
	const found = recipientLines(report, failed, others);
	const originalMessageId = messageIdIn(copy < 0 ? lines : lines.slice(copy));
	const recipients = new Map<string, FailedRecipient>();
	const known = new Map(failed.map((address) => [address.toLowerCase(), address]));
	found.forEach(({ at, address }, index) => {
		const key = address.toLowerCase();
		const next = found.slice(index + 1, index + 50).find((other) => other.address.toLowerCase() !== key);
		const said = reasonIn(report, { at, end: next?.at ?? report.length, address });
		const before = recipients.get(key);
		// Exim and Exchange name an address in a list first and the reason under a second naming.
		const reason = before && (isRefusal(before) || !isRefusal(said)) ? before : said;
		if (before || recipients.size < mostRecipients) recipients.set(key, { recipient: known.get(key) ?? address, ...reason });
	});
	const general = refusalIn(report, { at: 0, end: report.length, address: '' }) ?? {};
	for (const [key, address] of known) {
		if (recipients.has(key) || recipients.size >= mostRecipients) continue;
		const at = general.diagnostic === undefined ? report.findIndex((line) => line.toLowerCase().includes(key)) : -1;
		recipients.set(key, { recipient: address, ...(at < 0 ? general : reasonIn(report, { at, end: report.length, address })) });
	}
	const all = [...recipients.values()].map((recipient) =>
		recipient.diagnostic === undefined ? { ...general, ...recipient } : recipient,
	);
	return {
		recipients: all,
		...(originalMessageId !== undefined && { originalMessageId }),
		isDelay: report.some((line) => delayWords.test(line)),
	};
}

/** What a server says that goes on trying. */
const delayWords =
	/(?:will|to) (?:keep|continue) (?:on )?(?:trying|to try)|will (?:be retried|retry)|still being retried|do(?:es)? not need to (?:re-?send|resend)|no action is required|not yet been delivered|could not (?:yet )?be delivered (?:yet|within|for)|has been delayed|warning message only|delivery (?:is |was |has been )?delayed|wird weiter versucht|noch nicht zugestellt|verzögert|n'a pas encore été|retardée|aún no se ha|retrasad[oa]|doručení zpožděno|opóźnion|задержк|повтор/i;

function isCopyMark(line: string): boolean {
	if (
		/^\s{0,4}[-=_*]{2,}.{0,80}\b(?:copy of (?:the|your) (?:message|original)|copy of the (?:body|headers)|original message|returned message|unsent message|message header|header(?:s)? follow|original headers|ursprüngliche nachricht|message d'origine|mensaje original|исходное|текст)/i.test(
			line,
		)
	)
		return true;
	// What came back begins, without a word before it.
	if (/^(?:return-path|received|message-id|dkim-signature|mime-version|arc-[\w-]{1,40}):\s/i.test(line)) return true;
	return /^(?:message headers follow|original message(?: headers)?(?: follows)?:|original message headers|the (?:original )?message (?:headers?|follows)|----- message truncated|here is a copy of the message|reporting-mta-end)/i.test(
		line.trim(),
	);
}

interface Naming {
	at: number;
	address: string;
}

/** A character of an address as it stands in a sentence; languages without spaces write theirs right beside it. */
const character = String.raw`[^\s<>()[\]"',;:@\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]`;
/** An apostrophe belongs to it in the middle only: "o'neill@example.com". */
const address = String.raw`${character}{1,100}(?:'${character}{1,100}){0,2}@${character}{1,255}`;
const addressForm = new RegExp(address);
/** "<bob@example.net>: reason", with or without brackets. */
const bareForm = new RegExp(String.raw`^(?:(?:[*•]|-{1,2})\s)?[<'"(]?(${address})[>'")]?(.{0,400})$`);
/** "Bob (bob@example.net)" */
const namedForm = new RegExp(String.raw`^[^@<>()]{1,80}[(<](${address})[)>](?:<mailto:[^<>]{1,300}>)?$`);
/** "Failed address: bob@example.net" */
const labelledForm = new RegExp(
	String.raw`^(?:(?:failed|final|original|undelivered)[ -])?(?:recipient|address|to address|your message to|收件人|收件人邮件地址|受信者|받는 사람)(?: address)?\s?[:：]\s{0,8}(?:\[?smtp:)?[<'"]?(${address})[>'"\]]?$`,
	'i',
);
/** Fields of a header, whose addresses and ids are nobody who was not reached. */
const fieldOfHeader =
	/^(?:from|to|cc|subject|reply-to|sender|message-id|in-reply-to|references|return-path|received|x-[\w-]{1,40}):/i;

/** The lines that begin with a failed recipient; else those that name one in a sentence about delivery. */
function recipientLines(lines: readonly string[], failed: readonly string[], others: ReadonlySet<string>): Naming[] {
	const known = new Set(failed.map((address) => address.toLowerCase()));
	const starting: Naming[] = [];
	const spoken: Naming[] = [];
	lines.forEach((line, at) => {
		const address = addressStarting(line.trim());
		if (address !== undefined) {
			if (known.size > 0 ? known.has(address.toLowerCase()) : !others.has(address.toLowerCase())) starting.push({ at, address });
			return;
		}
		if (
			!/deliver|zugestellt|recipient|reach|reject|block|recogni[sz]ed|unknown|does not exist|abgelehnt|refus|bloqu|rifiutat|bloccat|geweigerd|geblokkeerd|отклон|заблокир|메일을|발송|rcpt to|adres|address|endereço|indirizzo|dirección|user|получател|доставлен|одержувач|remis|parven|entreg|consegn|bezorg|lever|doruč|doręcz|dostarcz|アドレス|宛先|配信|地址|送达|送達|收件|投递|주소|전송|받는/i.test(
				line,
			)
		)
			return;
		const named = addressForm.exec(line)?.[0].replace(/[.*]+$/, '');
		if (named !== undefined && !others.has(named.toLowerCase()) && !daemon.test(named)) spoken.push({ at, address: named });
	});
	return starting.length > 0 ? starting : spoken.slice(0, 1);
}

const daemon = /^(?:mailer-daemon|postmaster|abuse|support|helpdesk)@/i;

/**
 * "<bob@example.net>: reason", "  bob@example.net", "bob@example.net on 23.11.2026 10:00", "bob@example.net : reason",
 * "Bob (bob@example.net)". A sentence that begins with an address is none.
 */
function addressStarting(line: string): string | undefined {
	if (line === '' || fieldOfHeader.test(line)) return undefined;
	const labelled = labelledForm.exec(line);
	if (labelled) return labelled[1].replace(/\.+$/, '');
	const bare = bareForm.exec(line);
	if (bare) {
		const rest = bare[2].trim();
		return rest === '' || /^(?:[:(,<[—-]|\.{3}|on (?:\d|[a-z]{3},? )|am \d|le \d)/i.test(rest)
			? bare[1].replace(/\.+$/, '')
			: undefined;
	}
	return namedForm.exec(line)?.[1];
}

function messageIdIn(lines: readonly string[]): string | undefined {
	for (const line of lines) {
		const id = /^[\s>]{0,8}message-id:\s{0,8}(<[^<>\s]{1,500}>)/i.exec(line)?.[1];
		if (id !== undefined) return id;
	}
	return undefined;
}
