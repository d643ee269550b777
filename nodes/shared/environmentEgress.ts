import { lookup, promises as dns, type LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { EGRESS_REFUSED, type EgressFilter } from '../../sync/imap/egressFilter';

/** What n8n blocks where N8N_SSRF_BLOCKED_IP_RANGES says nothing else (2.41). */
const DEFAULT_RANGES = [
	...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10', 'fc00::/7'],
	...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
];

/** The variables of n8n's filter. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * n8n's filter rebuilt from its environment, for the test of a credential: there n8n gives none, and whoever may write a credential could
 * look around in the network of n8n with it. Undefined where n8n restricts nothing.
 */
export function environmentEgress(environment: Environment): EgressFilter | undefined {
	if (!/^(true|1)$/i.test(environment.N8N_SSRF_PROTECTION_ENABLED?.trim() ?? '')) return undefined;
	const ranges = listOf(environment.N8N_SSRF_BLOCKED_IP_RANGES ?? 'default');
	const blocked = blockList(ranges.flatMap((range) => (range.toLowerCase() === 'default' ? DEFAULT_RANGES : [range])));
	const allowed = blockList(listOf(environment.N8N_SSRF_ALLOWED_IP_RANGES));
	const named = (variable: string, host: string): boolean => listOf(environment[variable]).some((name) => fits(host, name));
	const isRefused = ({ address }: Pick<LookupAddress, 'address'>): boolean => {
		const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
		return !allowed.check(address, family) && blocked.check(address, family);
	};
	const judge = (host: string, addresses: LookupAddress[]): Error | undefined => {
		if (named('N8N_SSRF_ALLOWED_HOSTNAMES', host)) return undefined;
		return named('N8N_SSRF_BLOCKED_HOSTNAMES', host) || addresses.some(isRefused) ? refusedError() : undefined;
	};
	return {
		lookup: (host, options, done) => {
			lookup(host, { ...options, all: true }, (error, addresses) => {
				const refusal = error ?? judge(host, addresses);
				if (refusal) done(refusal, '', 0);
				else if (options.all) done(null, addresses);
				else done(null, addresses[0].address, addresses[0].family);
			});
		},
		refusal: async (host) => {
			try {
				return judge(host, await dns.lookup(host, { all: true }));
			} catch (error) {
				return error as Error;
			}
		},
	};
}

const refusedError = (): Error => Object.assign(new Error('not allowed'), { code: EGRESS_REFUSED });

const listOf = (text = ''): string[] =>
	text
		.split(',')
		.map((part) => part.trim())
		.filter((part) => part !== '');

/** A name, or *.example.com for all below it. */
const fits = (host: string, pattern: string): boolean => {
	const [name, wanted] = [host.toLowerCase(), pattern.toLowerCase()];
	return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
};

/** What cannot be read is left out, as n8n does, which warns of it. */
function blockList(ranges: string[]): BlockList {
	const list = new BlockList();
	for (const range of ranges) {
		const [first, second] = range.split(/[/-]/).map((part) => part.trim());
		const family = isIP(first) === 6 ? 'ipv6' : 'ipv4';
		if (isIP(first) === 0) continue;
		try {
			if (range.includes('/')) list.addSubnet(first, Number(second), family);
			else if (range.includes('-')) list.addRange(first, second, family);
			else list.addAddress(first, family);
		} catch {
			continue;
		}
	}
	return list;
}
