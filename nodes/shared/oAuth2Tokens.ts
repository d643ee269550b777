import type { IAllExecuteFunctions, ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';
import type { OAuth2Login, TokenIssuer } from '../../sync/imap/oAuth2';
import { DescribedError } from './describedError';
import { isBlank } from './fieldValues';
import { signInError, type SignInPlace } from './oAuth2Errors';
import { continueSignIn } from './signIns';

/** A token that ends within this time is renewed first: the login itself takes a while. */
const MARGIN_MS = 120_000;

/** What n8n keeps of a sign-in. */
interface Tokens {
	accessToken: string;
	refreshToken: string;
	/** milliseconds since 1970; undefined where n8n does not know. */
	expiresAt?: number;
}

/** What gets tokens from n8n. */
export interface TokenContext {
	getCredentials(type: string): Promise<ICredentialDataDecryptedObject>;
	helpers?: object;
}

/** The parts of n8n's helpers that this uses; refreshOAuth2Token came with 1.120. */
type TokenHelpers = Partial<Pick<IAllExecuteFunctions['helpers'], 'refreshOAuth2Token' | 'httpRequestWithAuthentication'>>;

/** A credential of the kind OAuth2. */
export interface TokenCredential {
	type: string;
	id: string | undefined;
	issuer: TokenIssuer;
	data: ICredentialDataDecryptedObject;
}

/**
 * The login with the tokens of a credential. n8n renews and stores them, once for all its processes; without `context` (in the test of a
 * credential) there is only the one that is stored.
 */
export function tokenLogin(credential: TokenCredential, context?: TokenContext): OAuth2Login {
	const { data, issuer } = credential;
	let tokens = tokensOf(data);
	const seen = new Set<string>();
	const note = (found: Tokens): Tokens => {
		for (const secret of [found.accessToken, found.refreshToken]) if (secret !== '') seen.add(secret);
		return (tokens = found);
	};
	note(tokens);
	return {
		issuer,
		secret: clientSecretOf(credential),
		async accessToken(refused) {
			if (usable(tokens, refused)) return tokens.accessToken;
			if (!context) return storedOnly(tokens, credential);
			// Another run, or another process, may have renewed it meanwhile.
			note(tokensOf(await context.getCredentials(credential.type)));
			if (usable(tokens, refused)) return tokens.accessToken;
			return note(await renew(credential, context, tokens)).accessToken;
		},
		secrets: () => [...seen, ...['clientSecret', 'privateKey'].map((name) => textOf(data[name])).filter((text) => text !== '')],
	};
}

/** The refresh token of a credential; empty without one. */
export const refreshTokenOf = (data: ICredentialDataDecryptedObject): string => tokensOf(data).refreshToken;

const usable = ({ accessToken, expiresAt = Infinity }: Tokens, refused: string | undefined): boolean =>
	accessToken !== '' && accessToken !== refused && Date.now() + MARGIN_MS < expiresAt;

function storedOnly({ accessToken }: Tokens, credential: TokenCredential): string {
	if (accessToken === '') throw signInError(new Error('not connected'), placeOf(credential));
	return accessToken;
}

async function renew(credential: TokenCredential, context: TokenContext, before: Tokens): Promise<Tokens> {
	const { type, id, data } = credential;
	const helpers = (context.helpers ?? {}) as TokenHelpers;
	const self = context as unknown as IAllExecuteFunctions;
	try {
		if (before.accessToken === '') return await firstToken(credential, context, helpers);
		if (typeof helpers.refreshOAuth2Token !== 'function') throw tooOld();
		const renewed = tokensOf({ ...data, oauthTokenData: (await helpers.refreshOAuth2Token.call(self, type)) as IDataObject });
		if (id !== undefined) continueSignIn(id, renewed.refreshToken);
		return renewed;
	} catch (error) {
		throw signInError(error, placeOf(credential));
	}
}

/**
 * The first token of an app that acts for itself: n8n fetches and stores it before its first request with the credential, and offers no
 * other way. The request goes to where the token comes from, which knows it already; what it answers does not matter.
 */
async function firstToken(credential: TokenCredential, context: TokenContext, helpers: TokenHelpers): Promise<Tokens> {
	const { type, data } = credential;
	if (data.grantType !== 'clientCredentials') throw new Error('not connected');
	if (typeof helpers.httpRequestWithAuthentication !== 'function') throw tooOld();
	let failure: unknown;
	try {
		await helpers.httpRequestWithAuthentication.call(context as unknown as IAllExecuteFunctions, type, {
			url: placeOf(credential).tokenUrl,
			method: 'GET',
			ignoreHttpStatusErrors: true,
			timeout: 20_000,
		});
	} catch (error) {
		failure = error;
	}
	const tokens = tokensOf(await context.getCredentials(type));
	if (tokens.accessToken === '') throw failure ?? new Error('not connected');
	return tokens;
}

const tooOld = (): DescribedError =>
	new DescribedError(
		'settingsInvalid',
		'This version of n8n gives nodes no way to renew an OAuth2 token',
		'Update n8n to 1.120 or newer.',
	);

const placeOf = ({ issuer, data }: TokenCredential): SignInPlace => ({ issuer, tokenUrl: textOf(data.accessTokenUrl) });

function tokensOf({ oauthTokenData }: ICredentialDataDecryptedObject): Tokens {
	const stored = typeof oauthTokenData === 'object' && oauthTokenData !== null ? (oauthTokenData as Record<string, unknown>) : {};
	const expiresAt = Number(stored.n8n_expires_at);
	return {
		accessToken: textOf(stored.access_token),
		refreshToken: textOf(stored.refresh_token),
		...(isBlank(stored.n8n_expires_at) || !Number.isFinite(expiresAt) ? {} : { expiresAt }),
	};
}

/** What of the credential does not change with its tokens. A public client has no secret: then its id stands for it. */
function clientSecretOf({ id, data }: TokenCredential): string {
	const secret = textOf(data.clientSecret) || textOf(data.privateKey) || `credential ${id ?? ''}`;
	return JSON.stringify([textOf(data.clientId), secret]);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
