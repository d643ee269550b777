import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';
import { realDirectories, serverOfAddress, serverOfProvider, type FetchText, type FoundServer } from './findServer';
import { isBlank, readText } from './fieldValues';

/** n8n's helpers, as far as they fetch pages. */
export interface WebHelpers {
	httpRequest?: (request: IHttpRequestOptions) => Promise<unknown>;
	/** What there is in the test of a credential. */
	request?: (request: object) => Promise<unknown>;
}

/** A credential with its server, and how that was found; undefined where it was entered. */
export interface LocatedCredential {
	data: ICredentialDataDecryptedObject;
	found?: FoundServer;
}

/** Puts the server of the chosen provider into a credential. Throws settingsInvalid. */
export async function locateServer(data: ICredentialDataDecryptedObject, helpers?: WebHelpers): Promise<LocatedCredential> {
	const { provider } = data;
	if (isBlank(provider) || provider === 'custom') return { data };
	const found =
		provider === 'fromAddress'
			? await serverOfAddress(readText('User', data.user) ?? '', realDirectories(fetchTextOf(helpers)))
			: serverOfProvider(String(provider));
	const { host, port, security } = found;
	return { data: { ...data, host, port, security }, found };
}

/** A page is looked for at an address that anybody can choose: briefly, and without following it elsewhere. */
function fetchTextOf(helpers: WebHelpers | undefined): FetchText | undefined {
	const timeout = 5_000;
	const { httpRequest, request } = helpers ?? {};
	if (httpRequest)
		return async (url) => String(await httpRequest({ url, timeout, disableFollowRedirect: true, encoding: 'text', json: false }));
	if (request) return async (url) => String(await request({ uri: url, timeout, followRedirect: false }));
	return undefined;
}
