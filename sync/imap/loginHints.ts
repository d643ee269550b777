import type { LoginHint } from '../errors/errorData';
import { providerOfServer } from './providers';
import type { ConnectionSettings } from './settings';

/** What the words of a refused login mean, whoever said them; the first that fits. Each is tested with recorded answers. */
const byWords: ReadonlyArray<[RegExp, LoginHint]> = [
	[/application-specific password|app(lication)?[ -]?(specific )?password/i, 'appPassword'],
	[/\b(two|2)[ -](factor|step)|multi-?factor|\b2fa\b/i, 'appPassword'],
	[/web ?login required|log ?in via your web browser/i, 'webLogin'],
	// Exchange: the token or password was right, and there is no mailbox behind it that this login may open.
	[/authenticated but not connected/i, 'mailboxNotConnected'],
	[/basic ?auth(entication)? (is |has been )?(disabled|blocked|not)|BasicAuth(Blocked|Disabled)/i, 'microsoft'],
	[
		/not enabled for imap|yet to enable imap|imap (access |service |protocol )?(is |has been )?(currently )?(disabled|not enabled|switched off|turned off|blocked)|enable imap|imap4? is disabled|service is not open/i,
		'imapSwitchedOff',
	],
	[
		/account (is |has been )?(temporarily |currently )?(locked|blocked|suspended|disabled|deactivated)|account is not active/i,
		'accountLocked',
	],
	[/password (is |has |must be )?(expired|changed)|expired password/i, 'passwordExpired'],
];

/** What a refused login wants: the large providers refuse right passwords too, each for its own reason. */
export function loginHint(settings: ConnectionSettings, responseCode: string, text: string): LoginHint {
	const hint = byWords.find(([words]) => words.test(text))?.[1];
	if (settings.oAuth2) {
		// About passwords a token has no need to hear.
		if (hint === 'mailboxNotConnected' || hint === 'imapSwitchedOff' || hint === 'accountLocked') return hint;
		return tokenHints[settings.oAuth2.issuer];
	}
	if (hint !== undefined) return hint;
	if (responseCode === 'EXPIRED') return 'passwordExpired';
	const provider = providerOfServer(settings.host);
	if (provider?.id === 'gmail' || /\bgmail\b/i.test(text)) return 'gmail';
	if (provider?.password === 'none') return 'microsoft';
	if (provider?.password === 'app') return 'providerAppPassword';
	return provider?.switchedOff ? 'imapSwitchedOff' : 'none';
}

const tokenHints = { google: 'googleToken', microsoft: 'microsoftToken', other: 'token' } as const;
