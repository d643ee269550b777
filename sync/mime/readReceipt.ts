import { decodeWords, firstValue, readHeaderBlock } from './headerBlock';
import { readMessageIds } from './threading';

/** What became of a message at its recipient, from a message disposition notification (RFC 8098). */
export interface ReadReceipt {
	/** Who read it, or did not. */
	recipient?: string;
	/** RFC 8098 section 3.2.6.2: "displayed", "deleted", "dispatched" or "processed". */
	disposition: string;
	/** A program decided, not a person. */
	isAutomatic: boolean;
	originalMessageId?: string;
}

/** RFC 6533 has the second for internationalised mail. */
export const receiptTypes: ReadonlySet<string> = new Set([
	'message/disposition-notification',
	'message/global-disposition-notification',
]);

/** Reads the machine-readable part; undefined when it does not say what became of the message. */
export function readReceiptOf(report: Buffer): ReadReceipt | undefined {
	const block = readHeaderBlock(report.subarray(0, 64 * 1024));
	const value = firstValue(block, 'disposition')?.slice(0, 1000);
	// "manual-action/MDN-sent-manually; displayed/error": mode, then type, then modifiers.
	const [mode, type] = value?.includes(';') ? value.split(';') : ['', value ?? ''];
	const disposition = type.split(/[/,]/)[0].trim().toLowerCase();
	if (!/^[a-z-]{1,40}$/.test(disposition)) return undefined;
	const address = firstValue(block, 'original-recipient') ?? firstValue(block, 'final-recipient');
	const recipient = address && decodeWords(address.slice(address.indexOf(';') + 1)).replace(/^<|>$/g, '');
	const [originalMessageId] = readMessageIds(firstValue(block, 'original-message-id')).ids;
	return {
		...(recipient && { recipient }),
		disposition,
		isAutomatic: mode.trim().toLowerCase().startsWith('automatic-action'),
		...(originalMessageId !== undefined && { originalMessageId }),
	};
}
