import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { readMailbox } from '../../nodes/shared/credentials';
import { describeSyncError } from '../../nodes/shared/errorTexts/describeSyncError';
import { SyncError } from '../../sync/errors/syncError';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { Dovecot } from '../support/dovecot';
import { client, OAuth2Provider, startTokenDovecot } from '../support/oAuth2Provider';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/** n8n as far as it keeps the tokens of one credential: one refresh at a time, stored for all. */
class StoredCredential {
	reads = 0;
	private refreshing: Promise<Record<string, unknown>> | undefined;

	constructor(
		private readonly provider: OAuth2Provider,
		public data: ICredentialDataDecryptedObject,
	) {}

	readonly helpers = {
		refreshOAuth2Token: async (): Promise<unknown> => {
			this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
			return await this.refreshing;
		},
	};

	async getCredentials(): Promise<ICredentialDataDecryptedObject> {
		this.reads++;
		return structuredClone(this.data);
	}

	open() {
		return readMailbox(structuredClone(this.data), 'imapSyncOAuth2Api', 'id', this);
	}

	private async refresh(): Promise<Record<string, unknown>> {
		const old = this.data.oauthTokenData as Record<string, string>;
		const answer = await fetch(`${this.provider.url}/token`, {
			method: 'POST',
			body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: old.refresh_token }),
		});
		const body = (await answer.json()) as Record<string, unknown>;
		if (!answer.ok) throw new Error('The credential "Mail" needs to be reconnected.');
		const renewed = { ...old, ...body, n8n_expires_at: String(Date.now() + Number(body.expires_in) * 1000) };
		this.data = { ...this.data, oauthTokenData: renewed };
		return renewed;
	}
}

const failure = async (promise: Promise<unknown>): Promise<SyncError> => {
	const thrown = await promise.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!(thrown instanceof SyncError)) throw new Error(`no SyncError: ${String(thrown)}`);
	return thrown;
};

describe.each(['xoauth2', 'oauthbearer', 'xoauth2 oauthbearer'])('a login with %s', (mechanisms) => {
	let provider: OAuth2Provider;
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	beforeAll(async () => {
		provider = await OAuth2Provider.start();
		dovecot = await startTokenDovecot(provider, mechanisms);
		proxy = await startProxy(dovecot);
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
		await provider?.stop();
	});
	beforeEach(() => {
		provider.grants.length = 0;
		proxy.reset();
	});

	const stored = (tokens: object, user: string): StoredCredential =>
		new StoredCredential(provider, {
			user,
			host: proxy.host,
			port: proxy.port,
			security: 'none',
			clientId: client.id,
			clientSecret: client.secret,
			accessTokenUrl: `${provider.url}/token`,
			oauthTokenData: tokens,
		} as ICredentialDataDecryptedObject);

	const folders = async (credential: StoredCredential): Promise<string[]> => {
		const server = await connectMailServer(credential.open().settings);
		try {
			return (await server.listFolders({ status: false })).map(({ path }) => path);
		} finally {
			await server.close();
		}
	};

	it('gets in, and asks n8n for nothing while the token is good', async () => {
		const user = dovecot.newUser();
		const credential = stored(provider.signIn(user), user);
		expect(await folders(credential)).toContain('INBOX');
		expect(credential.reads).toBe(0);
		expect(provider.grants).toEqual([]);
	});

	it('renews the token before it ends', async () => {
		const user = dovecot.newUser();
		const credential = stored(provider.signIn(user, { expiresIn: 60 }), user);
		expect(await folders(credential)).toContain('INBOX');
		expect(provider.grants).toEqual(['refresh_token']);
		expect(proxy.transcript().match(/AUTHENTICATE/g)).toHaveLength(1);
	});

	it('renews a token that the server does not take, once', async () => {
		const user = dovecot.newUser();
		const credential = stored(provider.signIn(user), user);
		provider.endAccessTokens();
		expect(await folders(credential)).toContain('INBOX');
		expect(provider.grants).toEqual(['refresh_token']);
	});

	it('renews once for two at the same time, and takes what another process renewed', async () => {
		const user = dovecot.newUser();
		const credential = stored(provider.signIn(user, { expiresIn: 1 }), user);
		const [first, second] = [credential.open(), credential.open()];
		await Promise.all([first, second].map(async ({ settings }) => await (await connectMailServer(settings)).close()));
		const stale = credential.open();
		provider.endAccessTokens();
		await folders(credential);
		await (await connectMailServer(stale.settings)).close();
		expect(provider.grants).toEqual(['refresh_token', 'refresh_token']);
	});

	it('says that the sign-in was revoked, with no secret in it, and mends after signing in again', async () => {
		const user = dovecot.newUser();
		const credential = stored(provider.signIn(user), user);
		provider.revoke();
		const before = credential.open();
		const error = await failure(connectMailServer(before.settings));
		expect(error).toMatchObject({ code: 'loginRefused', scope: 'account' });
		expect(describeSyncError(error)).toMatchObject({
			message: expect.stringContaining('no longer valid'),
			advice: expect.stringContaining('sign in again'),
		});
		expect(credential.open().credentialKey).toBe(before.credentialKey);
		credential.data = { ...credential.data, oauthTokenData: provider.signIn(user) as never };
		expect(credential.open().credentialKey).not.toBe(before.credentialKey);
		expect(await folders(credential)).toContain('INBOX');
	});

	it('stays one credential to what refused it while its tokens are renewed', async () => {
		const user = dovecot.newUser();
		const credential = stored(provider.signIn('somebody else'), user);
		const before = credential.open().credentialKey;
		const error = await failure(connectMailServer(credential.open().settings));
		expect(error).toMatchObject({ code: 'loginRefused', data: { reason: 'credentials', hint: 'token', user } });
		expect(provider.grants).toEqual(['refresh_token']);
		expect(credential.open().credentialKey).toBe(before);
		const shown = JSON.stringify([error.message, error.data, String(error.stack), String(error.cause)]);
		const tokens = credential.data.oauthTokenData as Record<string, string>;
		for (const secret of [tokens.access_token, tokens.refresh_token, client.secret]) expect(shown).not.toContain(secret);
	});
});

it('says that a server has no login with a token', async () => {
	const provider = await OAuth2Provider.start();
	const dovecot = await startTokenDovecot(provider, 'plain');
	try {
		const { host, port } = dovecot;
		const data = { user: 'me', host, port, security: 'none', oauthTokenData: provider.signIn('me') };
		const error = await failure(connectMailServer(readMailbox(data as never, 'imapSyncOAuth2Api').settings));
		expect(error).toMatchObject({ code: 'loginRefused', data: { reason: 'noTokenMechanism' } });
	} finally {
		await dovecot.stop();
		await provider.stop();
	}
});
