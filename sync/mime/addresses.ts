import { encodedAsUtf8 } from './encodedWords';
import { decodeWords, toOneLine } from './headerBlock';
import { addressParser } from './libraries';
import { mimeLimits } from './limits';
import type { MailAddress } from './mailAddress';

/**
 * The mailboxes of an address field that may be repeated, in order. Groups (RFC 5322 section 3.4) give their members, so
 * "undisclosed-recipients:;" gives none. `isCut` when there were more than the limit.
 */
export function readAddresses(values: string[]): { addresses: MailAddress[]; isCut: boolean } {
	const addresses: MailAddress[] = [];
	for (const value of values) {
		const simple = readSimple(value);
		for (const mailbox of simple ? [simple] : flatten(parse(value))) {
			if (addresses.length >= mimeLimits.addresses) return { addresses, isCut: true };
			addresses.push(mailbox);
		}
	}
	return { addresses, isCut: false };
}

/** "Alice Example <alice@example.com>" or "alice@example.com", with nothing in it that would need a parser. */
const simpleMailbox =
	/^(?:([A-Za-z0-9](?:[A-Za-z0-9 '_-]*[A-Za-z0-9])?) +)?<([\w.+-]+@[A-Za-z0-9.-]+)>$|^([\w.+-]+@[A-Za-z0-9.-]+)$/;

/** Most fields are simple, and the parser is what costs most in reading a header. */
function readSimple(value: string): MailAddress | undefined {
	if (value.length > 200) return undefined;
	const found = simpleMailbox.exec(value);
	return found ? { name: found[1] ?? '', address: found[2] ?? found[3] } : undefined;
}

/** Taken apart while they are encoded, since a name may hold what looks like an address. */
function parse(value: string): ParsedAddress[] {
	const readable = value.includes('=?') ? encodedAsUtf8(value) : value;
	return addressParser()(withoutOldForms(readable));
}

/** An address that needs no quotation marks. */
const plain = String.raw`[\w.+-]{1,100}@[\w.-]{1,255}`;

/** What programs write that no parser reads, piece by piece. */
const oldForms = new RegExp(
	[
		// A quotation mark of a name that was escaped and not put into others.
		String.raw`\\"`,
		// A quoted string, closed or not.
		String.raw`"(?:[^"\\]|\\[^])*(?<quote>"?)`,
		// What stands in brackets, and whether another address follows without a comma.
		String.raw`(?<!<)<+(?<inside>[^<>"()]*)>[>\s]*(?:(?<next>(?=["\w=][^,;:<>"@]{0,200}"?\s?[<@]))|)`,
		// Spaces within an address that stands alone between commas.
		String.raw`(?<=^|,)\s*(?<spaced>[\w+-]+(?:\s?\.\s?[\w+-]+)*\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*)\s*(?=,|$)`,
		// Brackets of another kind, or only the second of them.
		String.raw`(?<=\s)\[(?<square>${plain})\]|(?<![\w.+@-])(?<open>${plain})>`,
		// Addresses one after the other.
		String.raw`(?<![\w.+@-])(?<first>${plain})\s+(?=${plain}\s*(?:[,;\s]|$))`,
	].join('|'),
	'g',
);

/** RFC 5322 section 4.4 allows spaces within an address. Others double the brackets, put a link into them, or forget one of them. */
function withoutOldForms(value: string): string {
	return withNestedQuotes(value)
		.replace(/:\s{0,20}\([^()]{0,200}\)\s{0,20};/g, ':;')
		.replace(oldForms, (found: string, ...rest) => {
			const { quote, inside, next, spaced, square, open, first } = rest.at(-1) as Record<string, string | undefined>;
			if (inside !== undefined) return inside.includes('@') ? `${bracketed(inside)}${next === undefined ? ' ' : ', '}` : found;
			if (spaced !== undefined) return spaced.replace(/\s+/g, '');
			if (square !== undefined || open !== undefined) return `<${square ?? open}> `;
			if (first !== undefined) return `${first}, `;
			if (found === '\\"') return '';
			// One that is never closed would swallow the address.
			return quote === '' && found.includes('@') ? found.slice(1) : found;
		});
}

/** Some put several addresses into one pair of brackets. */
function bracketed(inside: string): string {
	const address = inside.replace(/\s+/g, '').replace(/^(?:mailto|smtp):/i, '');
	return /^@[^:]*:/.test(address)
		? `<${address}>`
		: address
				.split(/[,;]/)
				.filter((one) => one !== '')
				.map((one) => `<${one}>`)
				.join(', ');
}

/** "Bob "the" Builder" <bob@example.com>: the marks in the middle belong to the name. */
function withNestedQuotes(value: string): string {
	return value.replace(/(?<=^|,)(\s{0,20}")([^<>]{1,300})("\s{0,20}<)/g, (found, open: string, name: string, close: string) =>
		/"\s*,|^[^"]*$|\\/.test(name) ? found : `${open}${name.replace(/"/g, '\\"')}${close}`,
	);
}

/** Some programs encode the address too, against RFC 2047 section 5. What then holds more than an address is none. */
function decodedAddress(address: string): string {
	if (!address.includes('=?')) return address.replace(/^'([^']+)'$/, '$1');
	const decoded = decodeWords(address);
	return /^[^\s@]+@[^\s@]+$/.test(decoded) && !decoded.includes('=?') ? decoded : '';
}

interface ParsedAddress {
	name?: string;
	address?: string;
	group?: ParsedAddress[];
}

function* flatten(parsed: ParsedAddress[]): Generator<MailAddress> {
	for (const entry of parsed) {
		if (entry.group) {
			yield* flatten(entry.group);
			continue;
		}
		const mailbox = { name: toOneLine(decodeWords(entry.name ?? '')), address: toOneLine(decodedAddress(entry.address ?? '')) };
		if (mailbox.name !== '' || mailbox.address !== '') yield mailbox;
	}
}
