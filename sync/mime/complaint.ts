import { readAddresses } from './addresses';
import { readDate } from './dates';
import { decodeWords, firstValue, readHeaderBlock, type HeaderBlock } from './headerBlock';
import { readMessageIds } from './threading';

/** Somebody reported to his provider that a message of ours is spam (RFC 5965), or a provider reports one by itself. */
export interface Complaint {
	/** RFC 5965 section 7.3: "abuse", "fraud", "virus", "not-spam", "opt-out", "auth-failure", ... */
	type: string;
	/** Who complained, as far as the provider says. */
	recipient?: string;
	/** Message-ID of the message that is complained about. */
	original?: string;
	/** When it arrived there, ISO 8601. */
	date?: string;
	sourceIp?: string;
	/** The program that reports. */
	userAgent?: string;
}

export const feedbackTypes: ReadonlySet<string> = new Set(['message/feedback-report']);

/** What a complaint is made of. */
export interface ComplaintSource {
	header: HeaderBlock;
	/** The machine-readable part. */
	report?: Buffer;
	/** Header of the message that is complained about. */
	original?: HeaderBlock;
}

/** bytes of a report that are read */
const longestReport = 64 * 1024;

/** Reads a complaint; undefined for all other mail. */
export function readComplaint({ header, report, original }: ComplaintSource): Complaint | undefined {
	const feedback = report && readHeaderBlock(report.subarray(0, longestReport));
	const type = feedback ? (firstValue(feedback, 'feedback-type') ?? '').trim().toLowerCase() : typeOfMicrosoft(header);
	if (type === undefined || !/^[a-z][a-z-]{0,40}$/.test(type)) return undefined;
	const from = (name: string) => (feedback && firstValue(feedback, name)?.slice(0, 1000).trim()) || undefined;
	const [id] = readMessageIds(original && firstValue(original, 'message-id')).ids;
	const arrived = from('arrival-date') ?? from('received-date');
	const date = arrived === undefined ? undefined : readDate(arrived);
	const sourceIp = from('source-ip');
	const userAgent = from('user-agent');
	const recipient = addressOf(from('original-rcpt-to')) ?? recipientOf(original);
	return {
		type,
		...(recipient !== undefined && { recipient }),
		...(id !== undefined && { original: id }),
		...(date !== undefined && { date }),
		...(sourceIp !== undefined && { sourceIp }),
		...(userAgent !== undefined && { userAgent: decodeWords(userAgent) }),
	};
}

/** Microsoft's junk mail reporting sends the message itself, without the part for machines. */
function typeOfMicrosoft(header: HeaderBlock): string | undefined {
	const isReporter = /\bstaff@hotmail\.com\b/i.test((firstValue(header, 'from') ?? '').slice(0, 1000));
	return isReporter && /^\s*complaint about message from\b/i.test(firstValue(header, 'subject') ?? '') ? 'abuse' : undefined;
}

/** To whom the message went: the recipient himself is often blacked out, and then is no address. */
function recipientOf(original: HeaderBlock | undefined): string | undefined {
	if (!original) return undefined;
	const microsoft = addressOf(firstValue(original, 'x-hmxmroriginalrecipient'));
	const { addresses } = readAddresses([(firstValue(original, 'to') ?? '').slice(0, 10_000)]);
	return microsoft ?? (addresses.length === 1 ? addressOf(addresses[0].address) : undefined);
}

function addressOf(value: string | undefined): string | undefined {
	const address = value
		?.slice(0, 600)
		.replace(/^rfc822;/i, '')
		.trim()
		.replace(/^<|>$/g, '');
	return address !== undefined && /^[^\s<>@]+@[^\s<>@]+$/.test(address) ? address : undefined;
}
