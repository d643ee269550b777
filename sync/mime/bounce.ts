import { statusIn } from './bounceReason';
import { readBounceText } from './bounceText';
import type { BounceKind, FailedRecipient } from './failedRecipient';
import { isDaemonText, isDelaySubject, isFailureSubject, isFromDaemon } from './daemonMail';
import { allValues, decodeWords, firstValue, readHeaderBlock, type HeaderBlock } from './headerBlock';
import { readMessageIds } from './threading';

/** A message that could not be delivered, or not yet: the first failed recipient, and the list of all. */
export interface Bounce extends FailedRecipient {
	kind: BounceKind;
	recipients: FailedRecipient[];
	/** Message-ID of the message that came back, as far as the report says. */
	original?: string;
	/** The same, under its first name. */
	originalMessageId?: string;
}

/** Types of the machine-readable part; RFC 6533 has the one for internationalised mail. */
export const deliveryStatusTypes: ReadonlySet<string> = new Set(['message/delivery-status', 'message/global-delivery-status']);

/** Types of the part that returns the message or its header. */
export const returnedTypes: ReadonlySet<string> = new Set([
	'text/rfc822-headers',
	'message/rfc822',
	'message/global',
	'message/global-headers',
]);

/** Parts of a report that are read: a message to many people has one for each in some servers. */
export const mostReports = 20;

/** What a bounce is made of. */
export interface BounceSource {
	header: HeaderBlock;
	/** Machine-readable parts (RFC 3464). */
	reports: Buffer[];
	/** Header of the returned message. */
	returned?: HeaderBlock;
	/** What the report says to people. */
	text: string;
}

/**
 * Reads a bounce from its reports, and from the text where a mailer daemon sent it without one. Undefined for all other mail:
 * a report of successful deliveries only, or what a person forwards.
 */
export function readBounce({ header, reports, returned, text }: BounceSource): Bounce | undefined {
	const reported = reports.slice(0, mostReports).flatMap((report) => recipientsOf(blocksOf(report)));
	const returnedId = readMessageIds(returned && firstValue(returned, 'message-id')).ids[0];
	// A report that names what was delivered only is no bounce, whatever its text says.
	const isWritten = reports.length === 0 && (isFromDaemon(header) || isDaemonText(header, text));
	if (reported.length === 0 && !isWritten) return undefined;
	if (reported.length > 0) return bounceOf(reported, returnedId ?? answered(header));

	const fields = recipientsOf(blocksOf(Buffer.from(text.slice(0, longestFields), 'utf8')));
	const written = readBounceText(text, failedRecipients(header), addressesIn(header));
	const isDelay = fields.length === 0 && (isDelaySubject(header) || (written.isDelay && !isFailureSubject(header)));
	const found =
		fields.length > 0 ? fields : written.recipients.map((one) => ({ ...one, kind: isDelay ? 'delayed' : kindOf(one) }) as const);
	return found.length === 0 ? undefined : bounceOf(found, returnedId ?? written.originalMessageId ?? answered(header));
}

/** Exchange and Gmail answer the message that they report about. */
function answered(header: HeaderBlock): string | undefined {
	const [inReplyTo] = readMessageIds(firstValue(header, 'in-reply-to')).ids;
	return inReplyTo ?? readMessageIds(firstValue(header, 'references')).ids.at(-1);
}

function bounceOf(recipients: FailedRecipient[], original: string | undefined): Bounce {
	const unique = [...new Map(recipients.map((one) => [one.recipient.toLowerCase(), one])).values()];
	// A failure counts for more than a delay.
	const first = unique.find((one) => one.kind !== 'delayed') ?? unique[0];
	return {
		...first,
		kind: first.kind ?? 'hard',
		recipients: unique,
		...(original !== undefined && { original, originalMessageId: original }),
	};
}

/** The recipients of a report that failed or are late. */
function recipientsOf(blocks: HeaderBlock[]): FailedRecipient[] {
	const found: FailedRecipient[] = [];
	for (const block of blocks) {
		const recipient = recipientOf(block);
		const action = actionOf(block);
		if (recipient === undefined || action === undefined) continue;
		const diagnostic = decodeWords((firstValue(block, 'diagnostic-code') ?? '').replace(/^[^;\s]{1,40};/, ''))
			.replace(/\s+/g, ' ')
			.trim();
		const status = specificStatus(/\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(firstValue(block, 'status') ?? '')?.[1], diagnostic);
		const one: FailedRecipient = {
			recipient,
			...(status !== undefined && { status }),
			...(diagnostic !== '' && { diagnostic }),
		};
		found.push({ ...one, kind: action === 'delayed' ? 'delayed' : kindOf(one) });
	}
	return found;
}

/** "5.0.0" says that it failed; the server often said why. */
function specificStatus(status: string | undefined, diagnostic: string): string | undefined {
	const said = statusIn(diagnostic);
	if (status === undefined) return said;
	return said !== undefined && /\.0\.0$/.test(status) ? said : status;
}

/** RFC 3463: what class and subject say; a full mailbox and a large message are refused for good and yet may pass later. */
function kindOf({ status, diagnostic = '' }: FailedRecipient): 'hard' | 'soft' {
	if (status !== undefined) {
		if (status.startsWith('4') || /^5\.(?:2\.[23]|3\.[14])$/.test(status)) return 'soft';
		if (!/^5\.0\.0$/.test(status)) return 'hard';
	}
	return isTemporary.test(diagnostic.slice(0, 1000)) ? 'soft' : 'hard';
}

/** A full mailbox, a large message, a server that is busy. */
const isTemporary =
	/^4\d\d\b|quota|(?:mailbox|account) (?:is )?full|full mailbox|storage|insufficient|temporar|timed? ?out|too (?:large|big)|try again|greylist|(?:postfach|mailbox) .{0,20}voll\b|überfüllt|bo[îi]te .{0,40}(?:pleine|saturée)|buz[óo]n .{0,30}lleno|caixa .{0,30}cheia|casella .{0,40}piena|postvak .{0,20}vol\b|переполнен|переповнен|przepełnion|pełna|schránka .{0,20}plná|kutusu .{0,20}dolu|túllépte|megtelt|γεμάτο|已满|已滿|容量|いっぱい|가득/i;

function failedRecipients(header: HeaderBlock): string[] {
	const values = allValues(header, 'x-failed-recipients').slice(0, 100).join(',').split(',').slice(0, mostBlocks);
	return values.map((value) => value.trim().replace(/^<|>$/g, '')).filter((value) => /^[^\s@]{1,100}@[^\s@]{1,255}$/.test(value));
}

/** Who sent the bounce and who gets it: named in its text, and no failed recipients. */
function addressesIn(header: HeaderBlock): Set<string> {
	const values = ['from', 'to', 'reply-to', 'delivered-to'].flatMap((name) => allValues(header, name)).slice(0, 20);
	return new Set(
		values.flatMap(
			(value) =>
				value
					.slice(0, 4000)
					.toLowerCase()
					.match(/[^\s<>()",;:]{1,100}@[^\s<>()",;:@]{1,255}/g) ?? [],
		),
	);
}

/** characters of a text in which the fields of a report are looked for */
const longestFields = 64 * 1024;

/** Recipient blocks of a report that are looked at: reports of big lists have thousands. */
const mostBlocks = 1000;

/** RFC 3464 section 2.1: one block of fields about the message, then one about each recipient, with empty lines between. */
function blocksOf(report: Buffer): HeaderBlock[] {
	return report
		.toString('latin1', 0, Math.min(report.length, 1024 * 1024))
		.split(/(?:\r?\n){2,}/)
		.slice(0, mostBlocks)
		.map((block) => readHeaderBlock(Buffer.from(block, 'latin1')));
}

/** The address as the sender wrote it, if the report has it: forwarding changes the final one. */
function recipientOf(block: HeaderBlock): string | undefined {
	for (const name of ['original-recipient', 'final-recipient']) {
		const value = firstValue(block, name);
		if (value === undefined) continue;
		const [type, ...rest] = value.split(';');
		const address = (rest.length > 0 ? rest.join(';') : type).trim().replace(/^<|>$/g, '');
		if (address !== '') return rest.length > 0 && name === 'original-recipient' ? fromXtext(address) : address;
	}
	return undefined;
}

/** RFC 3461 section 4: "+2B" stands for "+" in an original recipient. */
function fromXtext(address: string): string {
	return address.replace(/\+([0-9A-F]{2})/g, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** RFC 3464 section 2.3.3. Servers that leave it out say by the status whether they go on trying. */
function actionOf(block: HeaderBlock): 'failed' | 'delayed' | undefined {
	const said = firstWord(firstValue(block, 'action'));
	if (said === 'delayed' || said === 'failed') return said;
	const status = firstValue(block, 'status')?.trim() ?? '';
	if (said !== '' || !/^[45]\./.test(status)) return undefined;
	return status.startsWith('4') ? 'delayed' : 'failed';
}

function firstWord(value: string | undefined): string {
	return (value ?? '').trim().split(/[\s(]/)[0].toLowerCase();
}
