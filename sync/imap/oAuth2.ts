/** Whose tokens they are: it decides what is said about a refused one. */
export type TokenIssuer = 'google' | 'microsoft' | 'other';

/** A login with an access token (XOAUTH2, or OAUTHBEARER of RFC 7628) in the place of a password. Tokens live an hour or so. */
export interface OAuth2Login {
	readonly issuer: TokenIssuer;
	/**
	 * What of the credential stays the same while its tokens change, such as the secret of the client. Logins are distinguished by it,
	 * and seals are made of it.
	 */
	readonly secret: string;
	/**
	 * A token that is still good for a while. `refused`: one that the mail server did not take, so that another one is fetched unless
	 * somebody else did. Throws a SyncError that says why there is none.
	 */
	accessToken(refused?: string): Promise<string>;
	/** Everything that must not be shown: the tokens handed out so far and the secrets behind them. */
	secrets(): string[];
}
