import { deliveryStatusTypes, mostReports, readBounce, returnedTypes } from './bounce';
import { feedbackTypes, readComplaint } from './complaint';
import type { MessageFields } from './fields';
import { readHeaderBlock, type HeaderBlock } from './headerBlock';
import { readReceiptOf, receiptTypes } from './readReceipt';
import { decodeTransferEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** bytes of a returned message that are worth fetching for its header */
const largestReturned = 256 * 1024;

/** The parts that readReports() needs, of those that are no text. */
export function reportParts<Part extends BodyPart>(attachments: readonly Part[]): Part[] {
	const reports = attachments.filter((part) => deliveryStatusTypes.has(part.type)).slice(0, mostReports);
	const single = [receiptTypes, feedbackTypes].flatMap((types) => attachments.find((part) => types.has(part.type)) ?? []);
	const returned = attachments.find((part) => returnedTypes.has(part.type));
	// Also where there is no part for machines: mailer daemons and Microsoft's complaints have only what they return.
	return [...reports, ...single, ...(returned && (returned.size ?? 0) <= largestReturned ? [returned] : [])];
}

/**
 * What mail servers and mail programs report about a message that was sent, and the header of that message where it came back.
 * `header` and `text` are the report's own.
 */
export function readReports<Part extends BodyPart>(
	attachments: readonly Part[],
	bytesOf: (part: Part) => Buffer | undefined,
	{ header, text }: { header: HeaderBlock; text: string },
): { fields: Pick<MessageFields, 'bounce' | 'complaint' | 'readReceipt'>; returned?: HeaderBlock } {
	const read = (part: Part | undefined): Buffer | undefined => {
		const bytes = part && bytesOf(part);
		return bytes && decodeTransferEncoding(bytes, part.encoding);
	};
	const readAll = (types: ReadonlySet<string>) =>
		attachments
			.filter((part) => types.has(part.type))
			.slice(0, mostReports)
			.flatMap((part) => read(part) ?? []);
	const returnedBytes = read(attachments.find((part) => returnedTypes.has(part.type)));
	const returned = returnedBytes && readHeaderBlock(headerOf(returnedBytes));

	const complaint = readComplaint({ header, report: readAll(feedbackTypes)[0], original: returned });
	const bounce = complaint ? undefined : readBounce({ header, reports: readAll(deliveryStatusTypes), returned, text });
	const [receipt] = readAll(receiptTypes);
	const readReceipt = receipt && readReceiptOf(receipt);
	const fields = { ...(bounce && { bounce }), ...(complaint && { complaint }), ...(readReceipt && { readReceipt }) };
	return { fields, ...((bounce ?? complaint) && returned && { returned }) };
}

function headerOf(message: Buffer): Buffer {
	const ends = [message.indexOf('\r\n\r\n'), message.indexOf('\n\n')].filter((at) => at >= 0);
	return ends.length > 0 ? message.subarray(0, Math.min(...ends)) : message;
}
