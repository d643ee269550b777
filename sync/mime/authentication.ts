import { allValues, type HeaderBlock } from './headerBlock';

/** What the receiving server found out about the sender; the words of RFC 8601 section 2.7, e.g. "pass", "fail", "none". */
export interface Authentication {
	spf?: string;
	dkim?: string;
	dmarc?: string;
	/** The name that the server signs its results with; absent where it gives none, as Exchange Online does. */
	server?: string;
	/** Whether the server is one of those named as trusted. false: it was guessed, from the servers that passed the message on. */
	trusted: boolean;
}

type Results = Omit<Authentication, 'server' | 'trusted'>;

/**
 * Reads the Authentication-Results field of the receiving server, and no other: anybody can write such a field into a message,
 * and a server puts its own above everything that came with the message (RFC 8601 section 5).
 *
 * `trustedServers` are the names that server signs with (authserv-id). Without them the topmost field counts if its name
 * belongs to the domain of a server that, by the Received fields, handled the message on this side. That keeps out results
 * that came along from elsewhere, but not forged ones if the receiving server neither writes nor removes such fields: such a
 * guess is not `trusted`.
 */
export function readAuthentication(header: HeaderBlock, trustedServers: string[] = []): Authentication | undefined {
	const found = trustedServers.length > 0 ? resultsOf(header, trustedServers) : guessedResults(header);
	if (!found) return undefined;
	const methods = outcomes(found.results);
	if (Object.keys(methods).length === 0) return undefined;
	return { ...methods, ...(found.server !== '' && { server: found.server }), trusted: trustedServers.length > 0 };
}

interface ReadResults {
	server: string;
	results: Array<{ method: string; value: string }>;
}

/** fields that are looked at: each server on the way may have written one */
const mostFields = 50;

/** The topmost field of one of these servers, which removes fields of its own name that came along (RFC 8601 section 5). */
function resultsOf(header: HeaderBlock, servers: string[]): ReadResults | undefined {
	const names = new Set(servers.map((name) => name.trim().toLowerCase()));
	const fields = allValues(header, 'authentication-results').slice(0, mostFields);
	return fields.map(readResults).find(({ server }) => names.has(server));
}

function guessedResults(header: HeaderBlock): ReadResults | undefined {
	const index = header.fields.findIndex((field) => field.name === 'authentication-results');
	if (index < 0) return undefined;
	const found = readResults(header.fields[index].value);
	return isOneOfReceivers(found.server, receiversAround(header, index)) ? found : undefined;
}

function outcomes(results: ReadResults['results']): Results {
	const outcome: Results = {};
	for (const method of ['spf', 'dkim', 'dmarc'] as const) {
		const found = results.filter((result) => result.method === method).map((result) => result.value);
		// One valid signature is enough, whatever became of the others (RFC 6376 section 6.1).
		const value = method === 'dkim' && found.includes('pass') ? 'pass' : found[0];
		if (value !== undefined) outcome[method] = value;
	}
	return outcome;
}

/** "mx.example.com 1; spf=pass (comment) smtp.mailfrom=a.example; dkim=fail ..." */
function readResults(value: string): ReadResults {
	const [first, ...rest] = withoutComments(value).split(';');
	const firstResult = readResult(first);
	// Exchange Online leaves the server's name out.
	const server = firstResult ? '' : first.trim().split(/\s+/)[0].replace(/^"|"$/g, '').toLowerCase();
	const results = (firstResult ? [first, ...rest] : rest).map(readResult).filter((result) => result !== undefined);
	return { server, results };
}

function readResult(text: string): { method: string; value: string } | undefined {
	const found = /^\s*([a-z][a-z0-9-]*)(?:\s*\/\s*\d+)?\s*=\s*([a-z]+)\b/i.exec(text);
	return found ? { method: found[1].toLowerCase(), value: found[2].toLowerCase() } : undefined;
}

/** Comments may be nested and hold ";" and "=". */
function withoutComments(value: string): string {
	let depth = 0;
	let text = '';
	for (const character of value) {
		if (character === '(') depth++;
		else if (character === ')' && depth > 0) depth--;
		else if (depth === 0) text += character;
	}
	return text;
}

/** "by" hosts of the Received fields above a field, and of the one right below it: a server may write the two in either order. */
function receiversAround(header: HeaderBlock, index: number): string[] {
	const received = header.fields.map((field, at) => ({ ...field, at })).filter((field) => field.name === 'received');
	const above = received.filter((field) => field.at < index);
	const around = [...above, ...received.slice(above.length, above.length + 1)];
	return around
		.map((field) => /\bby\s+\[?([a-z0-9.:-]{1,255})/i.exec(withoutComments(field.value))?.[1].toLowerCase() ?? '')
		.filter((host) => host !== '');
}

function isOneOfReceivers(server: string, receivers: string[]): boolean {
	if (server === '') return receivers.some((host) => /\.(?:outlook|exchangelabs)\.com$/.test(host));
	return receivers.some((host) => domainOf(host) === domainOf(server));
}

/** The last two labels, or three where the last but one is a short word such as "co" in "example.co.uk". */
function domainOf(host: string): string {
	const labels = host.replace(/\.$/, '').split('.');
	const count = labels.length > 2 && labels[labels.length - 1].length === 2 && labels[labels.length - 2].length <= 3 ? 3 : 2;
	return labels.slice(-count).join('.');
}
