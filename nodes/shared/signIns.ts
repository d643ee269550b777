import { createHmac, randomBytes } from 'node:crypto';

/** Maximum credentials of which the sign-in is remembered; the one that was used least recently is forgotten first. */
const MOST_CREDENTIALS = 5_000;

interface SignIn {
	/** Names it, without revealing anything. */
	id: string;
	/** Of the refresh token that it has now. */
	fingerprint: string;
}

const processKey = randomBytes(32);

/**
 * The sign-ins of OAuth2 credentials that this process knows. A refused login is not tried again until its credential changes; but
 * tokens change by themselves, and what does mend it is that a person signed in again, which shows in a refresh token that this process
 * did not fetch.
 */
const signIns = new Map<string, SignIn>();

/** Another one after somebody signed in again; the same after a refresh. */
export function signInOf(credentialId: string, refreshToken: string): string {
	const fingerprint = fingerprintOf(refreshToken);
	const known = signIns.get(credentialId);
	return remember(
		credentialId,
		known?.fingerprint === fingerprint ? known : { id: randomBytes(9).toString('base64'), fingerprint },
	);
}

/** A refresh brought the sign-in another refresh token. */
export function continueSignIn(credentialId: string, refreshToken: string): void {
	const known = signIns.get(credentialId);
	if (known) remember(credentialId, { ...known, fingerprint: fingerprintOf(refreshToken) });
}

function remember(credentialId: string, signIn: SignIn): string {
	signIns.delete(credentialId);
	signIns.set(credentialId, signIn);
	if (signIns.size > MOST_CREDENTIALS) signIns.delete([...signIns.keys()][0]);
	return signIn.id;
}

const fingerprintOf = (token: string): string => createHmac('sha256', processKey).update(token).digest('base64');
