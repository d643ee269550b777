import { printable } from '../../sync/errors/printable';
import { SyncError } from '../../sync/errors/syncError';
import type { TokenIssuer } from '../../sync/imap/oAuth2';
import { DescribedError } from './describedError';

const SIGN_IN_AGAIN = 'Open the credential and sign in again.';

/** What a token endpoint says of a sign-in that does not work any more, and what to do. The first that fits. */
const refusals: ReadonlyArray<[RegExp, message: string, advice: string]> = [
	[
		/AADSTS7000222|client secret.*expired/i,
		'The client secret of the app has expired',
		'Make a new client secret in the app registration and enter it in the credential.',
	],
	[
		/AADSTS(700024|500133|700027)|not within its valid time range|clock/i,
		'The sign-in server takes the clock of this machine for wrong',
		'Set the clock of the machine on which n8n runs.',
	],
	[
		/AADSTS(65001|65004|90094)|consent_required|admin_policy_enforced|org_internal|access_not_configured/i,
		'The app has no consent for IMAP',
		'Sign in again in the credential and accept what it asks for; in a company an administrator has to consent to the app.',
	],
	[
		/AADSTS(50076|50079|50158|5300\d|530\d\d)|interaction_required/i,
		'The sign-in server wants the person to sign in once more',
		`${SIGN_IN_AGAIN} If it comes back, a rule of the organization (Conditional Access, multi-factor sign-in) ends it: ask its administrator.`,
	],
	[
		/AADSTS(50057|50053|50034)|account_disabled/i,
		'The account that signed in is locked, disabled or gone',
		'Ask the administrator of the account, then sign in again in the credential.',
	],
	[
		/AADSTS(90002|700016|50020|500011)|tenant .* not found/i,
		'The app or the account does not belong to this tenant',
		'Check the tenant in Authorization URL and Access Token URL, and Client ID.',
	],
	[
		/AADSTS(70011|1002012|28003)|invalid_scope/i,
		'The sign-in server does not know the scope',
		'Check the scope of the credential, and that the app registration has the permission for IMAP.',
	],
	[
		/invalid_client|unauthorized_client|deleted_client|disabled_client|AADSTS7000215|Client authentication failed/i,
		'The sign-in server refused the app',
		'Check Client ID and Client Secret in the credential, and that the app was not deleted.',
	],
	[
		/invalid_grant|needs to be reconnected|AADSTS(50173|70008|700082|700084|70043|50078)/i,
		'The sign-in is no longer valid: access was revoked, it expired, or the password changed',
		SIGN_IN_AGAIN,
	],
	[
		/no refresh token/i,
		'The access token has expired and there is nothing to renew it with',
		`${SIGN_IN_AGAIN} The provider has to give a refresh token: for most, the scope offline_access or the query parameter access_type=offline asks for it.`,
	],
	[/not connected/i, 'Nobody has signed in with this credential yet', 'Open the credential and sign in.'],
];

/** In the words of Google, what ends all sign-ins of an unfinished app. */
const GOOGLE_TESTING = ' Google ends the sign-ins of an app in status Testing after 7 days: publish the app.';

/** It may pass: the server did not refuse anything. */
const passing =
	/temporarily_unavailable|server_error|slow_down|status code 5\d\d|HTTP status (429|5\d\d)|timeout|socket hang up/i;

/** Whose sign-in it was. */
export interface SignInPlace {
	issuer: TokenIssuer;
	/** Where tokens come from, as it is in the credential. */
	tokenUrl: string;
}

/** Why there is no token, as an error that a person understands. The words of the server are shortened; nothing secret is in them. */
export function signInError(thrown: unknown, { issuer, tokenUrl }: SignInPlace): SyncError {
	if (thrown instanceof SyncError) return thrown;
	const said = wordsOf(thrown);
	const row = refusals.find(([words]) => words.test(said.all));
	if (row) {
		const [, message, advice] = row;
		const testing = issuer === 'google' && advice === SIGN_IN_AGAIN ? GOOGLE_TESTING : '';
		return new DescribedError('loginRefused', withAnswer(message, said.answer), advice + testing);
	}
	const server = hostOf(tokenUrl);
	if (/restricted (IP address)|hostname is restricted/i.test(said.all))
		return new DescribedError(
			'connectionRefused',
			`This n8n allows no connection to the sign-in server ${server}`,
			'The addresses that n8n may connect to are restricted (SSRF protection): ask the administrator to allow it.',
		);
	if (said.network || passing.test(said.all))
		return new DescribedError(
			'connectionTimedOut',
			withAnswer(`The sign-in server ${server} gave no token`, said.answer),
			'Nothing is lost: the next run tries again. If this persists, check Access Token URL and the network of this machine.',
		);
	return new DescribedError(
		'loginRefused',
		withAnswer(`The sign-in server ${server} gave no token`, said.answer),
		`Check Access Token URL, Client ID and Client Secret in the credential. ${SIGN_IN_AGAIN}`,
	);
}

interface Words {
	/** All that was said, along the chain of causes. */
	all: string;
	/** What the server itself said. */
	answer: string;
	network: boolean;
}

function wordsOf(thrown: unknown): Words {
	const parts: string[] = [];
	let answer = '';
	let network = false;
	let error: unknown = thrown;
	for (let depth = 0; depth < 5 && typeof error === 'object' && error !== null; depth++) {
		const { message, code, body, cause } = error as Record<string, unknown>;
		const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
		const said = [fields.error, fields.error_description].filter((part) => typeof part === 'string');
		if (answer === '' && said.length > 0) answer = said.join(': ');
		parts.push(...said, ...[message, code].filter((part) => typeof part === 'string'));
		network ||= typeof code === 'string' && /^(E[A-Z]+|ERR_NETWORK|UND_ERR_\w+)$/.test(code) && !/^E(AUTH|STATUS)$/.test(code);
		error = cause;
	}
	return { all: parts.join(' ').slice(0, 2_000), answer: shortened(answer), network };
}

/** The first sentence or so: Microsoft adds numbers for its support, line by line. */
const shortened = (text: string): string =>
	printable(text.slice(0, 600))
		.split(/ Trace ID:/)[0]
		.slice(0, 200)
		.trim();

const withAnswer = (message: string, answer: string): string => (answer === '' ? message : `${message}: "${answer}"`);

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'of the credential');
