import { isIP } from 'node:net';
import { SyncError } from '../errors/syncError';
import { serverName, type ConnectionSettings } from './settings';

/** Where to connect to, after the filter had its say. */
export interface Route {
	/** The proxy by the address that was checked, where its name is not needed for its certificate. */
	proxyUrl?: string;
}

/**
 * Checks what no lookup of the connection itself will see: addresses that were entered as such, and everything behind a proxy. Throws
 * connectionRefused, or hostNotFound for a name that cannot be checked.
 */
export async function checkRoute(settings: ConnectionSettings): Promise<Route> {
	const { egress, host, proxyUrl } = settings;
	if (!egress) return { proxyUrl };
	const bare = withoutBrackets(host);
	// The lookup of a direct connection to a name sees each address that is used.
	if (proxyUrl || isIP(bare)) await check(settings, bare, false);
	if (!proxyUrl) return {};
	const url = new URL(proxyUrl);
	const proxyHost = withoutBrackets(url.hostname);
	await check(settings, proxyHost, true);
	// Looked up again by name, it might be another address. A proxy with TLS needs its name: its certificate proves it is the right one.
	if (url.protocol !== 'https:' && isIP(proxyHost) === 0) url.hostname = bracketed(await addressOf(settings, proxyHost));
	return { proxyUrl: url.href };
}

async function check(settings: ConnectionSettings, host: string, isProxy: boolean): Promise<void> {
	const refusal = await settings.egress?.refusal(host);
	if (!refusal) return;
	throw routeError(settings, host, refusal, isProxy);
}

async function addressOf(settings: ConnectionSettings, host: string): Promise<string> {
	return await new Promise((resolve, reject) => {
		settings.egress!.lookup(host, { family: 0 }, (error, address) => {
			if (error) reject(routeError(settings, host, error, true));
			else resolve(typeof address === 'string' ? address : address[0].address);
		});
	});
}

function routeError(settings: ConnectionSettings, name: string, error: Error, viaProxy: boolean): SyncError {
	const host = serverName(settings);
	const code = (error as NodeJS.ErrnoException).code ?? '';
	if (['ENOTFOUND', 'ENODATA', 'EAI_AGAIN'].includes(code))
		return new SyncError('hostNotFound', { reason: code === 'EAI_AGAIN' ? 'noDns' : 'unknown', host, name });
	return new SyncError('connectionRefused', { reason: 'egress', host, viaProxy });
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const bracketed = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);
