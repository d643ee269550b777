import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDovecot, type Dovecot } from './dovecot';

export const client = { id: 'imap-sync', secret: 'client-secret-of-tests' };

/** A provider of OAuth2 on loopback: signs in, asking a person or not, renews, and tells a mail server whose token it is. */
export class OAuth2Provider {
	/** Whose mailbox the next sign-in opens. */
	account = 'nobody';
	/** Whether a person is asked, on a page with a link to allow it and one to refuse. */
	asks = false;
	/** Seconds that an access token lives. */
	lifetime = 3600;
	/** What each request for a token was: refresh_token, authorization_code, client_credentials. */
	readonly grants: string[] = [];
	/** Answers the next requests for a token in the place of a token. */
	refusal: { status: number; body: object } | undefined;
	private readonly access = new Map<string, { account: string; expiresAt: number }>();
	private readonly refresh = new Map<string, string>();

	private constructor(
		private readonly server: ReturnType<typeof createServer>,
		readonly url: string,
	) {}

	static async start(): Promise<OAuth2Provider> {
		const server = createServer((request, response) => void provider.answer(request, response));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const provider: OAuth2Provider = new OAuth2Provider(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
		return provider;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	/** Tokens as a sign-in gives them, in n8n's form. */
	signIn(account: string, { expiresIn = this.lifetime } = {}): Record<string, string | number> {
		const refreshToken = `refresh-${randomBytes(12).toString('hex')}`;
		this.refresh.set(refreshToken, account);
		return {
			token_type: 'Bearer',
			access_token: this.newAccessToken(account, expiresIn),
			refresh_token: refreshToken,
			expires_in: expiresIn,
			n8n_expires_at: String(Date.now() + expiresIn * 1000),
		};
	}

	/** Ends all access tokens at once, whatever was said of their time. */
	endAccessTokens(): void {
		this.access.clear();
	}

	/** Ends all sign-ins: nothing can be renewed. */
	revoke(): void {
		this.access.clear();
		this.refresh.clear();
	}

	private newAccessToken(account: string, expiresIn: number): string {
		const token = `access-${randomBytes(24).toString('hex')}`;
		this.access.set(token, { account, expiresAt: Date.now() + expiresIn * 1000 });
		return token;
	}

	private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const url = new URL(request.url ?? '/', this.url);
		const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
		const send = (status: number, body: object): void => {
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		};
		switch (`${request.method} ${url.pathname}`) {
			case 'GET /authorize': {
				const back = (answer: Record<string, string>): string => {
					const target = new URL(url.searchParams.get('redirect_uri') ?? '');
					for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
					target.searchParams.set('state', url.searchParams.get('state') ?? '');
					return target.href;
				};
				const allowed = back({ code: `code-of-${this.account}` });
				if (!this.asks) return void response.writeHead(302, { location: allowed }).end();
				const link = (href: string, text: string): string => `<a href="${href.replaceAll('&', '&amp;')}">${text}</a>`;
				const page = `<h1>Mail of ${this.account}</h1>${link(allowed, 'Allow')} ${link(back({ error: 'access_denied' }), 'Refuse')}`;
				return void response.writeHead(200, { 'content-type': 'text/html' }).end(page);
			}
			case 'POST /token':
				return this.giveToken(form, send);
			case 'POST /introspect': {
				const known = this.access.get(form.get('token') ?? '');
				const active = known !== undefined && Date.now() < known.expiresAt;
				return send(200, active ? { active: true, username: known.account } : { active: false });
			}
			default:
				return send(404, { error: 'not_found' });
		}
	}

	private giveToken(form: URLSearchParams, send: (status: number, body: object) => void): void {
		const grant = form.get('grant_type') ?? '';
		this.grants.push(grant);
		if (this.refusal) return send(this.refusal.status, this.refusal.body);
		const answer = (account: string, more: object = {}): void =>
			send(200, {
				token_type: 'Bearer',
				access_token: this.newAccessToken(account, this.lifetime),
				expires_in: this.lifetime,
				...more,
			});
		if (grant === 'client_credentials') return answer(this.account);
		if (grant === 'authorization_code') return send(200, this.signIn((form.get('code') ?? '').replace('code-of-', '')));
		const old = form.get('refresh_token') ?? '';
		const account = this.refresh.get(old);
		if (account === undefined)
			return send(400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
		// As Microsoft does: each refresh brings the next refresh token, and the old one is good no more.
		this.refresh.delete(old);
		const next = `refresh-${randomBytes(12).toString('hex')}`;
		this.refresh.set(next, account);
		return answer(account, { refresh_token: next });
	}
}

/** A Dovecot that takes the tokens of a provider, by XOAUTH2 and OAUTHBEARER. `mechanisms`: only these. */
export async function startTokenDovecot(provider: OAuth2Provider, mechanisms = 'xoauth2 oauthbearer'): Promise<Dovecot> {
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-oauth2-'));
	const file = join(folder, 'oauth2.conf');
	writeFileSync(
		file,
		[
			`introspection_url = ${provider.url}/introspect`,
			'introspection_mode = post',
			'username_attribute = username',
			'active_attribute = active',
			'active_value = true',
			`client_id = ${client.id}`,
			`client_secret = ${client.secret}`,
		].join('\n'),
		{ mode: 0o644 },
	);
	const remove = (): void => rmSync(folder, { recursive: true, force: true });
	try {
		const dovecot = await startDovecot({
			extraConfig: `auth_mechanisms = ${mechanisms}\npassdb {\n\tdriver = oauth2\n\tmechanisms = xoauth2 oauthbearer\n\targs = ${file}\n}\n`,
		});
		const stop = dovecot.stop.bind(dovecot);
		dovecot.stop = async () => {
			await stop();
			remove();
		};
		return dovecot;
	} catch (error) {
		remove();
		throw error;
	}
}
