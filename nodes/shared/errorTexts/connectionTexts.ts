import type { CertificateProblem, ErrorData, LoginHint, OtherService } from '../../../sync/errors/errorData';
import { providerById } from '../../../sync/imap/providers';
import { inFolder, quoted, type TextsOf } from './errorText';

/** Certificate problems by Node's code: goes on after "The TLS certificate of the server". */
const untrusted: Record<CertificateProblem, string> = {
	DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
	SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted here',
	UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		'cannot be verified: its authority is not trusted here, or the server does not send the whole chain',
	UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not trusted here',
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an authority that is not trusted here',
	CERT_UNTRUSTED: 'is not trusted here',
	CERT_REJECTED: 'was rejected',
	CERT_REVOKED: 'was revoked',
	CERT_HAS_EXPIRED: 'has expired',
	CERT_NOT_YET_VALID: 'is not valid yet',
	CERT_SIGNATURE_FAILURE: 'has a wrong signature',
	INVALID_CA: 'comes from an invalid authority',
	ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name',
	HOSTNAME_MISMATCH: 'is for another name',
};

/** What to do about a refused login. Where the provider is known, its page goes after it. */
const loginAdvice: Record<LoginHint, string> = {
	appPassword:
		'This account needs an app password: create one in the security settings of the mail account and enter it as Password.',
	webLogin: 'The provider requires a sign-in in the web browser first. Then try again, preferably with an app password.',
	gmail:
		'Gmail takes no account password: create an app password (2-Step Verification must be on), or set Authentication to Google OAuth2.',
	microsoft:
		'Microsoft has switched off password logins (basic authentication) for IMAP: set Authentication to Microsoft OAuth2.',
	providerAppPassword:
		'This provider takes no account password for IMAP: create an app password in its security settings and enter it as Password.',
	imapSwitchedOff:
		'Switch on IMAP in the settings of the mailbox on the web (an administrator may have to allow it), and check User and Password.',
	mailboxNotConnected:
		'The sign-in was right, but this login may not open that mailbox by IMAP. Check that User is the address of the mailbox, that it exists, that IMAP is enabled for it (Exchange admin center > mailbox > email apps), and that the signed-in account or app has full access to it.',
	accountLocked: 'The provider has locked this account: sign in on the web to unlock it, then try again.',
	passwordExpired: 'The password has expired: set a new one on the web and enter it.',
	googleToken:
		'Check that User is the address of the Google account that signed in, and that IMAP and this app are allowed by its administrator. Otherwise open the credential and sign in again.',
	microsoftToken:
		'Check that User is the mailbox that signed in, or one that it has full access to; that IMAP is enabled for the mailbox; and that the app registration has the delegated permission IMAP.AccessAsUser.All (without a signed-in user: the application permission IMAP.AccessAsApp, and its service principal added in Exchange Online). Then open the credential and sign in again.',
	token:
		'Check that User is the mailbox of the account that signed in and that the scope includes IMAP, then open the credential and sign in again.',
	none: 'Check User (often the full email address) and Password, and whether the provider requires an app password or IMAP to be turned on.',
};

const NEXT_RUN = 'Nothing is lost: the next run tries again.';

const serviceNames: Record<OtherService, string> = {
	smtp: 'A server for sending mail (SMTP)',
	pop3: 'A POP3 server',
	web: 'A web server',
	ssh: 'An SSH server',
};

/** Where the provider has its app passwords, or its switch for IMAP. */
function pageOf({ hint, provider }: { hint: LoginHint; provider?: string }): string {
	const page = ['appPassword', 'gmail', 'providerAppPassword', 'imapSwitchedOff'].includes(hint)
		? providerById(provider ?? '')?.page
		: undefined;
	return page === undefined ? '' : ` The page for that is ${page}`;
}

const throughProxy = (viaProxy: boolean): string => (viaProxy ? ' through the proxy' : '');

/** What goes wrong before anything can be asked of a folder. */
export const connectionTexts: TextsOf<
	| 'loginRefused'
	| 'hostNotFound'
	| 'connectionRefused'
	| 'notImap'
	| 'connectionTimedOut'
	| 'connectionLost'
	| 'tlsNotTrusted'
	| 'tlsFailed'
	| 'startTlsNotOffered'
	| 'commandTimedOut'
	| 'serverBusy'
	| 'protocolBroken'
	| 'internalError'
> = {
	loginRefused(data) {
		const { host, answer, alerts = [] } = data;
		const words = `${quoted(answer)}${alerts.length > 0 ? ` (${alerts.join('; ')})` : ''}`;
		switch (data.reason) {
			case 'encryptionRequired':
				return {
					message: `${host} accepts no login on this connection${words}`,
					advice: 'It requires encryption: set Security to STARTTLS, or to TLS with port 993.',
				};
			case 'passwordLoginOff':
				return {
					message: `${host} accepts no login on this connection${words}`,
					advice: 'Password sign-in is turned off on this server. Ask the provider how to sign in.',
				};
			case 'noPasswordMechanism':
				return {
					message: `${host} offers no login with a password${words}`,
					advice: 'It requires OAuth2: select it in Authentication, with a credential of that type.',
				};
			case 'noTokenMechanism':
				return {
					message: `${host} offers no login with OAuth2${words}`,
					advice:
						'Check Host and Security. If they are correct, this server requires a password: set Authentication to Password.',
				};
			case 'credentials':
				return {
					message: `${host} refused the login of ${data.user}${words}${data.tokenStatus === undefined ? '' : ` (token: ${data.tokenStatus})`}`,
					advice: loginAdvice[data.hint] + pageOf(data),
				};
		}
	},

	hostNotFound: ({ name, reason }) =>
		reason === 'unknown'
			? { message: `There is no mail server with the name ${name}`, advice: 'Check the spelling of Host.' }
			: {
					message: `The name ${name} could not be looked up`,
					advice: 'Check the spelling of Host and the DNS of this machine.',
				},

	connectionRefused({ host, reason, viaProxy }) {
		switch (reason) {
			case 'refused':
				return {
					message: `${host} refused the connection${throughProxy(viaProxy)}`,
					advice:
						'Check Host and Port (993 with TLS, 143 with STARTTLS), that IMAP is turned on, and that no firewall blocks the connection.',
				};
			case 'unreachable':
				return {
					message: `${host} cannot be reached from here${throughProxy(viaProxy)}`,
					advice: 'Check Host and the network of this machine.',
				};
			case 'proxy':
				return {
					message: `The proxy gives no connection to ${host}`,
					advice: 'Check Proxy URL, and that the proxy allows this server and port.',
				};
			case 'egress':
				return {
					message: `This n8n allows no connection to ${viaProxy ? `${host} or its proxy` : host}`,
					advice:
						'The addresses that n8n may connect to are restricted (SSRF protection): ask the administrator to allow this host name or its address.',
				};
		}
	},

	notImap: ({ host, service }) => ({
		message: `${serviceNames[service]} answers at ${host}, not an IMAP server`,
		advice:
			service === 'web'
				? 'Check Host and Port (993 with TLS, 143 with STARTTLS). On a guest network, sign in to the network first.'
				: 'Check Port: usually 993 for TLS and 143 for STARTTLS.',
	}),

	connectionTimedOut(data) {
		const { host } = data;
		switch (data.reason) {
			case 'noAnswer':
				return {
					message: `${host} did not answer in time${throughProxy(data.viaProxy)}`,
					advice: 'Check Host and Port, and that no firewall blocks the connection.',
				};
			case 'noGreeting':
				return {
					message: `${host} accepted the connection but sent no greeting in time`,
					advice: 'Check Port (993 for TLS): another service may be answering there. Otherwise try again later.',
				};
			case 'loginUnfinished':
				return {
					message: `${host} did not finish the login within ${data.seconds} s`,
					advice: 'Try again later. If this persists, the server is overloaded or a firewall blocks the connection.',
				};
		}
	},

	connectionLost(data) {
		if (data.reason === 'ended') return { message: `The connection to ${data.host} was ended`, advice: NEXT_RUN };
		const { host, folder, connecting, answer } = data;
		const when = connecting ? ' before the login was done' : inFolder(folder);
		return { message: `${host} closed the connection${when}${quoted(answer)}`, advice: NEXT_RUN };
	},

	tlsNotTrusted(data) {
		const { host, problem } = data;
		if (problem === 'otherFingerprint')
			return {
				message: `The TLS certificate of ${host} is not the one of Certificate Fingerprint`,
				advice:
					data.found === ''
						? 'It could not be seen at all: check Security and Port.'
						: `Its fingerprint (SHA-256) is ${data.found}. Only if the operator of the server confirms that it has a new certificate, enter this one.`,
			};
		const otherName = problem === 'ERR_TLS_CERT_ALTNAME_INVALID' || problem === 'HOSTNAME_MISMATCH';
		const ofTime = problem === 'CERT_HAS_EXPIRED' || problem === 'CERT_NOT_YET_VALID';
		return {
			message: `The TLS certificate of ${host} ${untrusted[problem]}`,
			advice: otherName
				? 'Use the name the certificate is for as Host, or enter it as Server Name; on a guest network, sign in to the network first. Allow Unauthorized Certificates skips the check, at your own risk.'
				: ofTime
					? 'The server needs a new certificate, or the clock of this machine is wrong. Allow Unauthorized Certificates skips the check, at your own risk.'
					: 'Enter the certificate of its authority as CA Certificate, or the fingerprint that the test of the credential shows as Certificate Fingerprint. Allow Unauthorized Certificates skips the check, at your own risk.',
		};
	},

	tlsFailed(data) {
		const { host } = data;
		switch (data.reason) {
			case 'tlsExpected':
				return {
					message: `${host} sent no greeting to a connection that begins without TLS`,
					advice:
						'This port probably expects TLS from the start: set Security to TLS (usually port 993), or use the port for STARTTLS (143).',
				};
			case 'injectedData':
				return {
					message: `${host} sent data between STARTTLS and TLS, as an attacker on the way would`,
					advice: 'Set Security to TLS and Port to 993.',
				};
			case 'noTls':
				return { message: `${host} does not speak TLS on this port`, advice: portAdvice(data) };
			case 'oldVersion':
				return {
					message: `${host} has no version of TLS in common with what the credential allows${data.tlsCode ? ` (${data.tlsCode})` : ''}`,
					advice:
						"The mail server should be updated to TLS 1.2 or newer. Until then, 'Minimum TLS Version' in the credential allows older versions, which are not secure.",
				};
			case 'failed':
				return {
					message: `TLS with ${host} failed${data.tlsCode ? ` (${data.tlsCode})` : ''}`,
					advice: portAdvice(data),
				};
		}
	},

	startTlsNotOffered: ({ host }) => ({
		message: `${host} does not offer STARTTLS`,
		advice:
			'Set Security to TLS and Port to 993. Without encryption (Security: None), anyone on the network can read the password.',
	}),

	commandTimedOut(data) {
		const { host, folder } = data;
		if (data.reason === 'runOver') {
			return {
				message: `The time for this run was over before ${host} had answered${inFolder(folder)}`,
				advice: 'Nothing is lost: the next run continues. If this persists, poll less often, so that each run may take longer.',
			};
		}
		return {
			message: `${host} did not answer within ${data.seconds} s${inFolder(folder)}`,
			advice: 'Nothing is lost: the next run tries again with a new connection.',
		};
	},

	serverBusy(data) {
		if (data.reason === 'connectionsInUse') {
			return {
				message: `All ${data.connections} connections of this account to ${data.host} are in use by other workflows`,
				advice: 'The next run tries again. If this persists, poll less often or at different times.',
			};
		}
		const { host, answer, retryAfterMs } = data;
		return {
			message: `${host} asks to slow down or has no connection left${quoted(answer)}`,
			advice:
				retryAfterMs === undefined
					? 'Nothing is lost: the next run tries again. If this persists, poll less often or close other mail programs of this account.'
					: `Nothing is lost: try again in ${Math.ceil(retryAfterMs / 1000)} s. If this persists, poll less often.`,
		};
	},

	protocolBroken(data) {
		switch (data.reason) {
			case 'conversation':
				return {
					message: `The conversation with ${data.host} failed${inFolder(data.folder)}: ${data.detail}`,
					advice:
						'The next run starts with a new connection. If this persists, report the message together with the name of the mail server.',
				};
			case 'tooMuch':
				return {
					message: `${data.host} sent more than ${data.megabytes} MB, or too many lines, in answer to one question${inFolder(data.folder)}`,
					advice:
						'The connection was closed to protect the memory of n8n. If this persists, ask the operator of the mail server: it reports wrong sizes, or is broken.',
				};
			case 'loginStep':
				return {
					message: `${data.host} refused a command${inFolder(data.folder)}${quoted(data.answer)}`,
					advice: 'The next run tries again. If this persists, the answer of the mail server gives the reason.',
				};
		}
	},

	internalError: ({ detail, folder }) => ({
		message: `A defect in this package stopped the work${inFolder(folder)}: ${detail}`,
		advice:
			'Nothing is lost, and other folders continue, but this will not go away by itself. Please report it with the related lines of the log of n8n.',
	}),
};

const portAdvice = ({ security }: Extract<ErrorData['tlsFailed'], { security: string }>): string =>
	security === 'tls'
		? 'Check Port: usually 993 for TLS. For port 143, set Security to STARTTLS.'
		: 'Set Security to TLS and Port to 993, or ask the provider which security the server requires.';
