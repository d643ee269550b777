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
		// Exim and Exchange name an address in a list first and the reason under a second naming.
		const said = reasonIn(report, at, found[index + 1]?.at ?? report.length, address);
		const recipient = recipients.get(key) ?? { recipient: known.get(key) ?? address };
		if (recipients.size < mostRecipients) recipients.set(key, { ...said, ...recipient });
	});
	const general = reasonIn(report, -1, report.length, '');
	for (const [key, address] of known) {
		if (!recipients.has(key) && recipients.size < mostRecipients) recipients.set(key, { recipient: address, ...general });
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

/** RFC 3463 status in a diagnostic; four numbers are the address of a host. */
export function statusIn(diagnostic: string): string | undefined {
	return /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)/.exec(diagnostic)?.[1];
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
	return /^(?:message headers follow|original message(?: headers)?(?: follows)?:|original message headers|the (?:original )?message (?:headers?|follows)|----- message truncated|here is a copy of the message|reporting-mta-end)/i.test(
		line.trim(),
	);
}

interface Naming {
	at: number;
	address: string;
}

const addressForm = /[^\s<>()[\]"',;:@]{1,100}@[^\s<>()[\]"',;:@]{1,255}/;

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
			!/deliver|zugestellt|recipient|reach|rcpt to|adres|address|user|получател|доставлен|remis|entreg|consegn|bezorg|lever/i.test(
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
	if (line === '' || /^(?:from|to|cc|subject|reply-to|sender):/i.test(line)) return undefined;
	const bare = /^(?:[*•-]\s)?[<'"(]?([^\s<>()[\]"',;:@]{1,100}@[^\s<>()[\]"',;:@]{1,255})[>'")]?(.{0,400})$/.exec(line);
	if (bare) {
		const rest = bare[2].trim();
		return rest === '' || /^(?:[:(,<[—-]|\.{3}|on \d|am \d|le \d)/i.test(rest) ? bare[1].replace(/\.+$/, '') : undefined;
	}
	return /^[^@<>()]{1,80}[(<]([^\s<>()[\]"',;:@]{1,100}@[^\s<>()[\]"',;:@]{1,255})[)>](?:<mailto:[^<>]{1,300}>)?$/.exec(
		line,
	)?.[1];
}

/** The refusal in the lines of a recipient: from the number of the server on, else the first line that says something. */
function reasonIn(lines: readonly string[], at: number, end: number, address: string): Omit<FailedRecipient, 'recipient'> {
	const last = Math.min(end, at + 40);
	const own = (lines[Math.max(at, 0)] ?? '').replace(address, '');
	for (let next = Math.max(at, 0); next < last; next++) {
		const line = next === at ? own : lines[next];
		const refusal = /(?<![\d.#])[45]\d\d[ -](?=\D|[45]\.\d)|#?(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)/.exec(line);
		if (!refusal) continue;
		const diagnostic = tidy([line.slice(refusal.index), ...continuation(lines, next + 1, last, line)].join(' '));
		const status = statusIn(diagnostic) ?? statusIn(line);
		return { ...(status !== undefined && { status }), diagnostic };
	}
	if (at < 0) return {};
	const words = [own.replace(/^[\s<>:;,()]+/, ''), ...lines.slice(at + 1, last)].find((line) => /\p{L}{3}/u.test(line));
	return words === undefined ? {} : { diagnostic: tidy(words) };
}

/** Postfix and Exim wrap what the server said; an empty line or another field ends it. */
function continuation(lines: readonly string[], from: number, end: number, first: string): string[] {
	if (!/^\s|^</.test(first)) return [];
	const more: string[] = [];
	for (let at = from; at < end && more.length < 5; at++) {
		if (!/^\s{2,}\S/.test(lines[at]) || addressStarting(lines[at].trim()) !== undefined) break;
		more.push(lines[at].trim());
	}
	return more;
}

function tidy(text: string): string {
	return text
		.replace(/\s+/g, ' ')
		.replace(/^#/, '')
		.replace(/^['"]|['"]$/g, '')
		.trim()
		.slice(0, 500);
}

function messageIdIn(lines: readonly string[]): string | undefined {
	for (const line of lines) {
		const id = /^[\s>]{0,8}message-id:\s{0,8}(<[^<>\s]{1,500}>)/i.exec(line)?.[1];
		if (id !== undefined) return id;
	}
	return undefined;
}
