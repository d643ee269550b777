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

/** The same with a name of encoded words. */
const encodedMailbox = /^((?:=\?[\w.:*-]{1,80}\?[bq]\?[^?\s"<>]{1,200}\?= )+)<([\w.+-]+@[A-Za-z0-9.-]+)>$/i;

/** Most fields are simple, and the parser is what costs most in reading a header. */
function readSimple(value: string): MailAddress | undefined {
	if (value.length > 200) return undefined;
	const found = simpleMailbox.exec(value);
	if (found) return { name: found[1] ?? '', address: found[2] ?? found[3] };
	const encoded = value.startsWith('=?') ? encodedMailbox.exec(value) : null;
	return encoded ? { name: toOneLine(decodeWords(encoded[1])), address: encoded[2] } : undefined;
}

/** Taken apart while they are encoded, since a name may hold what looks like an address. */
function parse(value: string): ParsedAddress[] {
	const readable = value.includes('=?') ? encodedAsUtf8(value) : value;
	return addressParser()(withoutOldForms(readable));
}

/** An address that needs no quotation marks. */
const plain = String.raw`[\w.+-]{1,100}@[\w.-]{1,255}`;

/** What programs write that no parser reads, piece by piece: in any field, and where signs are missing. */
const [oldForms, allForms] = [false, true].map((isBroken) => formsOf(isBroken));

function formsOf(isBroken: boolean): RegExp {
	const forms = [
		// A quotation mark of a name that was escaped and not put into others.
		String.raw`\\"`,
		// A quoted string, closed or not.
		String.raw`"(?:[^"\\]|\\[^])*(?<quote>"?)`,
		// What stands in brackets, and whether another address follows without a comma.
		String.raw`(?<!<)<+(?<inside>[^<>"()]*)>[>\s]*(?:(?<next>(?=["\w=][^,;:<>"@]{0,200}"?\s?[<@]))|)`,
		// Spaces within an address that stands alone between commas.
		String.raw`(?<=^|,)\s*(?<spaced>[\w+-]+(?:\s?\.\s?[\w+-]+)*\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)*)\s*(?=,|$)`,
	];
	const broken = [
		// Brackets of another kind, or only the second of them.
		String.raw`(?<=\s)\[(?<square>${plain})\]|(?<![\w.+@-])(?<open>${plain})>`,
		// Addresses one after the other.
		String.raw`(?<![\w.+@-])(?<first>${plain})\s+(?=${plain}\s*(?:[,;\s]|$))`,
	];
	return new RegExp((isBroken ? [...forms, ...broken] : forms).join('|'), 'g');
}

/** Whether it lacks commas or brackets, or has others. */
function isBrokenField(value: string): boolean {
	const count = (sign: string) => value.split(sign).length;
	return /[[\\]/.test(value) || count('<') !== count('>') || count('@') > count(',') + count(';');
}

/** RFC 5322 section 4.4 allows spaces within an address. Others double the brackets, put a link into them, or forget one of them. */
function withoutOldForms(value: string): string {
	// Looked for in the few fields that may have them: taking addresses apart is most of what a short message costs.
	const quoted = nestedQuotes.test(value) ? withNestedQuotes(value) : value;
	return (quoted.includes(':') ? quoted.replace(/:\s{0,20}\([^()]{0,200}\)\s{0,20};/g, ':;') : quoted).replace(
		isBrokenField(quoted) ? allForms : oldForms,
		(found: string, ...rest) => {
			const { quote, inside, next, spaced, square, open, first } = rest.at(-1) as Record<string, string | undefined>;
			if (inside !== undefined) return inside.includes('@') ? `${bracketed(inside)}${next === undefined ? ' ' : ', '}` : found;
			if (spaced !== undefined) return spaced.replace(/\s+/g, '');
			if (square !== undefined || open !== undefined) return `<${square ?? open}> `;
			if (first !== undefined) return `${first}, `;
			if (found === '\\"') return '';
			// One that is never closed would swallow the address.
			return quote === '' && found.includes('@') ? found.slice(1) : found;
		},
	);
}

/** Some put several addresses into one pair of brackets. */
function bracketed(inside: string): string {
	if (!/[\s,;:]/.test(inside)) return `<${inside}>`;
	const address = inside.replace(/\s+/g, '').replace(/^(?:mailto|smtp):/i, '');
	return /^@[^:]*:/.test(address)
		? `<${address}>`
		: address
				.split(/[,;]/)
				.filter((one) => one !== '')
				.map((one) => `<${one}>`)
				.join(', ');
}

const nestedQuotes = /"[^"<>]{0,300}"[^"<>,]{0,300}"/;

/** "Bob "the" Builder" <bob@example.com>: the marks in the middle belong to the name. */
function withNestedQuotes(value: string): string {
	return value.replace(/(?<=^|,)(\s{0,20}")([^<>]{1,300})("\s{0,20}<)/g, (found, open: string, name: string, close: string) =>
		/"\s*,|^[^"]*$|\\/.test(name) ? found : `${open}${name.replace(/"/g, '\\"')}${close}`,
	);
}

/** Some programs encode the address too, against RFC 2047 section 5. What then holds more than an address is none. */
function decodedAddress(address: string): string {
	if (!address.includes('=?')) return address.startsWith("'") ? address.replace(/^'([^']+)'$/, '$1') : address;
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
