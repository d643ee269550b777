import type { HeaderBlock } from './headerBlock';

/**
 * The fields in which servers write down whom the envelope named, the address before aliases first: Postfix and Exim write both that
 * one and the mailbox that it became.
 */
const recipientFields = [
	'x-original-to',
	'envelope-to',
	'x-envelope-to',
	'x-rcpt-to',
	'x-gm-original-to',
	'x-mdaemon-deliver-to',
	'delivered-to',
	'x-delivered-to',
] as const;

const isAddress = /^[^\s<>@]{1,255}@[^\s<>@]{1,255}$/;

/**
 * The address that the message was sent to, whatever To and Cc say: an alias, a blind copy, a plus address. Undefined where no server
 * wrote it down.
 *
 * Fields above a Received field are of the server that wrote that one or of a later one (RFC 5321 section 4.4), so those of the last
 * server count, and what a sender wrote into his message counts only when no server wrote anything.
 */
export function readDeliveredTo(header: HeaderBlock): string | undefined {
	let group = new Map<string, string>();
	let forClause: string | undefined;
	for (const { name, value } of header.fields) {
		if (name === 'received') {
			const chosen = chosenOf(group);
			if (chosen !== undefined) return chosen;
			group = new Map();
			forClause ??= forClauseOf(value);
			continue;
		}
		if (!(recipientFields as readonly string[]).includes(name) || group.has(name)) continue;
		const address = withoutDomainPrefix(value.slice(0, 1000).trim().replace(/^<|>$/g, ''));
		if (isAddress.test(address)) group.set(name, address);
	}
	return forClause ?? chosenOf(group);
}

/** qmail writes the domain before the addresses of one that is not its own: "example.com-bob@example.com". */
function withoutDomainPrefix(address: string): string {
	const prefix = `${address.slice(address.lastIndexOf('@') + 1)}-`;
	return address.startsWith(prefix) && address.length > 2 * prefix.length ? address.slice(prefix.length) : address;
}

function chosenOf(group: ReadonlyMap<string, string>): string | undefined {
	const name = recipientFields.find((field) => group.has(field));
	return name && group.get(name);
}

/** "... with ESMTPS id 4F for <bob@example.com>; Sun, ..." */
function forClauseOf(received: string): string | undefined {
	const found = /\sfor\s+<?([^\s<>;]+@[^\s<>;]+?)>?\s*(?:[;(]|$)/i.exec(received.slice(0, 2000))?.[1];
	return found !== undefined && isAddress.test(found) ? found : undefined;
}
