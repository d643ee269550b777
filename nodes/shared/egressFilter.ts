import type { LookupFunction } from 'node:net';
import { EGRESS_REFUSED, type EgressFilter } from '../../sync/imap/egressFilter';

/** What n8n gives of its filter, since 2.30; without its protection switched on, it lets everything pass. */
interface N8nEgressFilter {
	validateUrl(url: string): Promise<{ ok: true } | { ok: false; error: Error }>;
	createSecureLookup(): LookupFunction;
}

/** n8n's helpers, as far as they have its filter. */
export interface EgressHelpers {
	getSecureEgressFilter?: () => N8nEgressFilter;
}

/** n8n's own filter for the connections of a node; undefined in an n8n that has none. */
export function egressFilterOf(helpers: EgressHelpers | undefined): EgressFilter | undefined {
	if (typeof helpers?.getSecureEgressFilter !== 'function') return undefined;
	const filter = helpers.getSecureEgressFilter();
	const lookup = filter.createSecureLookup();
	return {
		lookup: (hostname, options, done) =>
			lookup(hostname, options, (error, address, family) => done(error ? marked(error) : null, address, family)),
		refusal: async (host) => {
			const result = await filter.validateUrl(`imap://${host.includes(':') ? `[${host}]` : host}`);
			return result.ok ? undefined : marked(result.error);
		},
	};
}

/** DNS has codes for what it could not find; all else is that n8n refused. */
function marked(error: Error): NodeJS.ErrnoException {
	const { code } = error as NodeJS.ErrnoException;
	return code === undefined ? Object.assign(new Error(error.message), { code: EGRESS_REFUSED }) : error;
}
