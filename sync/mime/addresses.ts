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

/** A quoted string, closed or not; what stands in brackets; an address with spaces in it that stands alone between commas. */
const oldForms =
	/"(?:[^"\\]|\\[^])*("?)|(?<!<)<+([^<>"()]*)>[>\s]*|(?<=^|,)\s*([\w+-]+(?:\s?\.\s?[\w+-]+)*\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*)\s*(?=,|$)/g;

/** RFC 5322 section 4.4 allows spaces within an address. Others double the brackets, or put a link into them. */
function withoutOldForms(value: string): string {
	return value.replace(oldForms, (found, quote: string | undefined, inBrackets?: string, bare?: string) => {
		if (inBrackets !== undefined && !inBrackets.includes('@')) return found;
		if (inBrackets !== undefined) return `<${inBrackets.replace(/\s+/g, '').replace(/^mailto:/i, '')}> `;
		if (bare !== undefined) return bare.replace(/\s+/g, '');
		// One that is never closed would swallow the address.
		return quote === '' && found.includes('@') ? found.slice(1) : found;
	});
}

/** Some programs encode the address too, against RFC 2047 section 5. What then holds more than an address is none. */
function decodedAddress(address: string): string {
	if (!address.includes('=?')) return address;
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
