import { parseAddressHeader } from 'mailparser';
import { toOneLine } from './headerBlock';
import { mimeLimits } from './limits';
import type { MailAddress } from './fields';

/**
 * The mailboxes of an address field that may be repeated, in order. Groups (RFC 5322 section 3.4) give their members, so
 * "undisclosed-recipients:;" gives none. `isCut` when there were more than the limit.
 */
export function readAddresses(values: string[]): { addresses: MailAddress[]; isCut: boolean } {
	const addresses: MailAddress[] = [];
	for (const value of values) {
		for (const mailbox of flatten(parseAddressHeader(value, { decodePunycode: false }).value)) {
			if (addresses.length >= mimeLimits.addresses) return { addresses, isCut: true };
			addresses.push(mailbox);
		}
	}
	return { addresses, isCut: false };
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
		const mailbox = { name: toOneLine(entry.name ?? ''), address: toOneLine(entry.address ?? '') };
		if (mailbox.name !== '' || mailbox.address !== '') yield mailbox;
	}
}
