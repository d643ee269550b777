import type { FailedRecipient } from './failedRecipient';

/** What a bounce says of one recipient. */
type Reason = Omit<FailedRecipient, 'recipient'>;

/** Where it says that: from the line that names the recipient on. */
interface Place {
	at: number;
	/** After its last line. */
	end: number;
	address: string;
}

/** lines of a recipient that are looked at */
const mostLines = 40;

/** RFC 3463 status in a diagnostic; four numbers are the address of a host. */
export function statusIn(diagnostic: string): string | undefined {
	return /(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)/.exec(diagnostic)?.[1];
}

/** Whether a server said so, and not only the program that wrote the bounce. */
export function isRefusal({ status, diagnostic = '' }: Reason): boolean {
	return status !== undefined || /^[45]\d\d\b/.test(diagnostic);
}

/** The refusal in the lines of a recipient: from the number of the server on, else the first words below, or right above. */
export function reasonIn(lines: readonly string[], place: Place): Reason {
	const refusal = refusalIn(lines, place);
	if (refusal) return refusal;
	const { at, address } = place;
	const last = Math.min(place.end, at + mostLines);
	const own = ownWords(lines[at], address);
	const following = lines.slice(at + 1, last);
	// "Failed to deliver to 'bob@example.net'" says less than what comes next.
	const isNamedLast = lines[at].replace(/[>'"):.\s]+$/, '').endsWith(address);
	const isOpen = /:\s*$/.test(lines[at]);
	const explained = isOpen ? following : following.filter((line) => /^\s/.test(line));
	const below = isNamedLast || isOpen ? [...explained, own, ...following] : [own, ...following];
	const above = lines.slice(Math.max(at - 2, 0), at).reverse();
	const words = [...below, ...above].find((line) => /\p{L}{3}/u.test(line) && !/[:：]$/.test(line.trim()));
	return words === undefined ? {} : { diagnostic: tidy(words) };
}

/** What the server said, with its number; undefined where no line has one. */
export function refusalIn(lines: readonly string[], { at, end, address }: Place): Reason | undefined {
	const last = Math.min(end, at + mostLines);
	for (let next = at; next < last; next++) {
		const line = next === at ? lines[next].replace(address, '') : lines[next];
		const found = /(?<![\d.#])[45]\d\d[ :-](?=\D|[45]\.\d)|#?(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\.?\d)/.exec(line);
		if (!found) continue;
		const more = continuation(lines, { at: next + 1, end: last, address }, line);
		const isNumbered = /^\d{3}/.test(found[0]);
		// A status alone says little: the sentence that it stands in does, or the one above it.
		const before = /^\s*<[^<>]*>$/.test(line) && next > at + 1 ? [lines[next - 1]] : [];
		const diagnostic = tidy([...before, isNumbered ? line.slice(found.index) : line, ...more].join(' '));
		const status = statusIn(diagnostic) ?? statusIn(line);
		return { ...(status !== undefined && { status }), diagnostic };
	}
	return undefined;
}

/** What stands beside the address, without brackets and links. */
function ownWords(line: string, address: string): string {
	return line
		.replace(address, '')
		.replace(/<mailto:[^<>]{0,300}>?/g, '')
		.replace(/^[^\p{L}\d]+|[\s:：]+$/gu, '');
}

/** Postfix and Exim wrap what the server said; an empty line or another recipient ends it. */
function continuation(lines: readonly string[], { at, end, address }: Place, first: string): string[] {
	if (!/^\s|^</.test(first)) return [];
	const more: string[] = [];
	for (let next = at; next < end && more.length < 5; next++) {
		if (!/^\s{2,}\S/.test(lines[next])) break;
		const other = /^\s*<?([^\s<>@]{1,100}@[^\s<>@]{1,255})/.exec(lines[next])?.[1];
		if (other !== undefined && !other.startsWith(address)) break;
		more.push(lines[next].trim());
	}
	return more;
}

/** One line, without the bracket or the quotation mark that it was opened by elsewhere. */
function tidy(text: string): string {
	const line = text.replace(/\s+/g, ' ').replace(/^ ?#/, '').trim().slice(0, 500);
	const isOpen = (mark: string) => (line.split(mark).length & 1) === 0;
	if (line.endsWith(')') && !line.includes('(')) return line.slice(0, -1);
	return /['"]$/.test(line) && isOpen(line.slice(-1)) ? line.slice(0, -1) : line;
}
