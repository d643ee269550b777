import { decodeWords, firstValue, readHeaderBlock, type HeaderBlock } from './headerBlock';
import { readMessageIds } from './threading';

/** A message that could not be delivered, from its delivery status notification (RFC 3464). */
export interface Bounce {
	/** The address that was written to. */
	recipient: string;
	/** RFC 3463, e.g. "5.1.1"; absent when the report has none */
	status?: string;
	/** What the refusing server said, e.g. "550 5.1.1 User unknown". */
	diagnostic?: string;
	/** Message-ID of the message that came back, when the report holds its header. */
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

/**
 * Reads the machine-readable part; `returned` holds the returned message or its header. Undefined when the report names no
 * failure: delays and successful deliveries are no bounces. Of several failed recipients the first is given.
 */
export function readBounce(report: Buffer, returned: Buffer | undefined): Bounce | undefined {
	for (const block of blocksOf(report)) {
		const recipient = recipientOf(block);
		if (recipient === undefined || firstWord(firstValue(block, 'action')) !== 'failed') continue;
		const bounce: Bounce = { recipient };
		const status = /\b([245]\.\d{1,3}\.\d{1,3})\b/.exec(firstValue(block, 'status') ?? '')?.[1];
		if (status !== undefined) bounce.status = status;
		const diagnostic = decodeWords((firstValue(block, 'diagnostic-code') ?? '').replace(/^[^;\s]{1,40};/, '')).replace(
			/\s+/g,
			' ',
		);
		if (diagnostic !== '') bounce.diagnostic = diagnostic;
		const originalMessageId = returned && readMessageIds(firstValue(readHeaderBlock(headerOf(returned)), 'message-id')).ids[0];
		if (originalMessageId !== undefined) bounce.originalMessageId = originalMessageId;
		return bounce;
	}
	return undefined;
}

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

function firstWord(value: string | undefined): string {
	return (value ?? '').trim().split(/[\s(]/)[0].toLowerCase();
}

function headerOf(message: Buffer): Buffer {
	const end = message.indexOf('\r\n\r\n');
	const bareEnd = message.indexOf('\n\n');
	const ends = [end, bareEnd].filter((at) => at >= 0);
	return ends.length > 0 ? message.subarray(0, Math.min(...ends)) : message;
}
