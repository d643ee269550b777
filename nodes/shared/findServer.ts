import { promises as dns } from 'node:dns';
import { providerById, providerOfAddress, providerOfServer, type Provider } from '../../sync/imap/providers';
import { DescribedError } from './describedError';
import { invalidField } from './fieldValues';

/** Where a mail server is, and who said so. */
export interface FoundServer {
	host: string;
	port: number;
	security: 'tls' | 'starttls';
	/** Goes on after "found": "by the DNS of example.com". */
	by: string;
}

/** Fetches a page as text; n8n's own, which keeps to its restrictions of addresses. */
export type FetchText = (url: string) => Promise<string>;

/** What is asked for servers; tests put their own in. */
export interface Directories {
	/** The SRV records of a name (RFC 6186); empty where there are none. */
	services(name: string): Promise<Array<{ name: string; port: number; priority: number }>>;
	fetchText?: FetchText;
}

/** The directories that there are in the net. */
export const realDirectories = (fetchText?: FetchText): Directories => ({
	services: async (name) => await dns.resolveSrv(name).catch(() => []),
	fetchText,
});

/** How long what was found for a domain is believed. */
const BELIEVED_MS = 60 * 60_000;

/** Maximum domains remembered. */
const MOST_DOMAINS = 500;

/** The most of a provider's description that is looked at. */
const LONGEST_DESCRIPTION = 100_000;

const remembered = new Map<string, { server: FoundServer; at: number }>();

/** The server of a row of the table. */
export function serverOfProvider(id: string): FoundServer {
	const provider = providerById(id);
	if (!provider) throw invalidField('Provider', `is "${id.slice(0, 40)}", which this version does not know`);
	return known(provider);
}

/**
 * The mail server of an address: from the table of providers, from the DNS of its domain, or from the provider's own description for
 * mail programs. Only servers of the domain itself and of known providers are taken without asking, for neither source is signed: a
 * password goes to no stranger. Throws settingsInvalid that names what was found.
 */
export async function serverOfAddress(address: string, directories: Directories, now = Date.now()): Promise<FoundServer> {
	const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
	if (!address.includes('@') || !/^[a-z0-9.-]+\.[a-z0-9-]+$/.test(domain))
		throw invalidField(
			'User',
			'is no address, and the provider was to be found from it',
			'Enter the address, or choose the provider.',
		);
	const provider = providerOfAddress(address);
	if (provider) return known(provider);
	const memory = remembered.get(domain);
	if (memory && now - memory.at < BELIEVED_MS) return memory.server;
	const server = (await bySrv(domain, directories)) ?? (await byDescription(domain, directories));
	if (!server)
		throw invalidField(
			'Provider',
			`From the Address found no mail server for ${domain}`,
			"Choose 'Other' as Provider and enter the server as your provider names it.",
		);
	if (!belongsTo(server.host, domain))
		throw new DescribedError(
			'settingsInvalid',
			`${server.host}, port ${server.port}, was found for ${domain} ${server.by}, but it belongs to somebody else`,
			"If your provider confirms it, choose 'Other' as Provider and enter it as Host: a password is sent to no server that only an unsigned answer names.",
		);
	remembered.set(domain, { server, at: now });
	if (remembered.size > MOST_DOMAINS) remembered.delete([...remembered.keys()][0]);
	return server;
}

const known = ({ host, port, security, name }: Provider): FoundServer => ({
	host,
	port,
	security,
	by: `in the list of providers (${name})`,
});

const belongsTo = (host: string, domain: string): boolean =>
	host === domain || host.endsWith(`.${domain}`) || providerOfServer(host) !== undefined;

/** RFC 6186 section 3.2: TLS from the first byte goes before STARTTLS (RFC 8314 section 5.1). */
async function bySrv(domain: string, { services }: Directories): Promise<FoundServer | undefined> {
	for (const [service, security] of [
		['_imaps', 'tls'],
		['_imap', 'starttls'],
	] as const) {
		const records = await services(`${service}._tcp.${domain}`);
		const [first] = records.sort((a, b) => a.priority - b.priority);
		// A single dot says that there is no such service.
		const host = first?.name.toLowerCase().replace(/\.$/, '');
		if (host) return { host, port: first.port, security, by: `by the DNS of ${domain}` };
	}
	return undefined;
}

/** The description for mail programs that a provider puts on its web server. */
async function byDescription(domain: string, { fetchText }: Directories): Promise<FoundServer | undefined> {
	if (!fetchText) return undefined;
	for (const url of [
		`https://autoconfig.${domain}/mail/config-v1.1.xml`,
		`https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
	]) {
		const text = await fetchText(url).catch(() => '');
		const server = readDescription(text.slice(0, LONGEST_DESCRIPTION));
		if (server) return { ...server, by: `in the description at ${new URL(url).host}` };
	}
	return undefined;
}

/** The first incoming IMAP server with encryption. */
function readDescription(text: string): Omit<FoundServer, 'by'> | undefined {
	for (const [start, block] of text
		.split(/<incomingServer\b/i)
		.slice(1)
		.map((part) => [part.split('>')[0], part] as const)) {
		if (!/type\s*=\s*["']imap["']/i.test(start)) continue;
		const field = (name: string): string => new RegExp(`<${name}>\\s{0,9}([^<\\s]{1,255})`, 'i').exec(block)?.[1] ?? '';
		const security = { SSL: 'tls', STARTTLS: 'starttls' }[field('socketType').toUpperCase()];
		const port = Number(field('port'));
		const host = field('hostname').toLowerCase();
		if (security === undefined || !/^[a-z0-9.-]+$/.test(host) || !(port > 0 && port < 65_536)) continue;
		return { host, port, security: security as FoundServer['security'] };
	}
	return undefined;
}
