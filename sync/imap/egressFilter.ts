import type { LookupFunction } from 'node:net';

/** Which addresses connections may go to, as the operator of this machine set it. */
export interface EgressFilter {
	/** In the place of dns.lookup: fails where a name leads to an address that is not allowed. */
	readonly lookup: LookupFunction;
	/** Why an address or a name is not allowed; undefined where it is. Looks a name up. */
	refusal(host: string): Promise<Error | undefined>;
}

/** The code of the error with which the lookup ends for what is not allowed. */
export const EGRESS_REFUSED = 'EGRESS_REFUSED';
