import type { ICredentialDataDecryptedObject, INode, INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { loginOf } from '../../sync/imap/login';
import { checkSettings, serverName, type ConnectionSettings } from '../../sync/imap/settings';
import type { TokenIssuer } from '../../sync/imap/oAuth2';
import type { Account } from '../../sync/server/account';
import { egressFilterOf, type EgressHelpers } from './egressFilter';
import { isBlank, readChoice, readText, readWholeNumber, readYesOrNo } from './fieldValues';
import { labels } from './labels';
import { locateServer, type WebHelpers } from './locateServer';
import { refreshTokenOf, tokenLogin, type TokenContext } from './oAuth2Tokens';
import { secretsOf } from './secrets';
import { signInOf } from './signIns';

/** A mailbox as the credential describes it. */
export interface Mailbox {
	settings: ConnectionSettings;
	account: Account;
	/** Everything that must not be readable in a text that leaves the node. */
	readonly secrets: string[];
	/** Another one when the credential was changed; does not reveal what it holds. */
	credentialKey: string;
}

/** A way to log in, by its value in the field Authentication. */
interface LoginKind {
	authentication: string;
	/** What the editor calls it. */
	label: string;
	/** The credential of the node's own account, and that of a second one: n8n gives a node one credential of a type. */
	type: string;
	targetType: string;
	/** Whose tokens log in; absent: a password does. */
	issuer?: TokenIssuer;
}

/** Every way to log in. A new one is a line here and two classes in credentials/. */
const loginKinds = [
	{ authentication: 'password', label: 'Password', type: 'imapSyncApi', targetType: 'imapSyncTargetApi' },
	{
		authentication: 'googleOAuth2',
		label: 'Google OAuth2',
		type: 'imapSyncGoogleOAuth2Api',
		targetType: 'imapSyncTargetGoogleOAuth2Api',
		issuer: 'google',
	},
	{
		authentication: 'microsoftOAuth2',
		label: 'Microsoft OAuth2',
		type: 'imapSyncMicrosoftOAuth2Api',
		targetType: 'imapSyncTargetMicrosoftOAuth2Api',
		issuer: 'microsoft',
	},
	{
		authentication: 'oAuth2',
		label: 'OAuth2 (Any Provider)',
		type: 'imapSyncOAuth2Api',
		targetType: 'imapSyncTargetOAuth2Api',
		issuer: 'other',
	},
] as const satisfies readonly LoginKind[];

/** The name of a credential type. */
export type CredentialType = (typeof loginKinds)[number]['type' | 'targetType'];

/** Which account of a node: its own, or the second one of an operation between two. */
export type AccountOfNode = 'own' | 'target';

const kindOf = (type: CredentialType): LoginKind =>
	loginKinds.find((kind) => kind.type === type || kind.targetType === type) ?? loginKinds[0];

/** Whether this package has a credential type of that name. */
export const isCredentialType = (type: string): type is CredentialType =>
	loginKinds.some((kind) => kind.type === type || kind.targetType === type);

/** n8n finds the test of a credential by this name (methods.ts). */
const TESTED_BY = 'imapSyncApiTest';

const authenticationOptions = loginKinds.map(({ label, authentication }) => ({ name: label, value: authentication }));

/** Which way to log in: one choice for each kind. Read with credentialTypeOf(). */
export const authenticationField: INodeProperties = {
	displayName: labels.authentication,
	name: 'authentication',
	type: 'options',
	options: authenticationOptions,
	default: 'password',
	description: 'How to sign in to the mail server',
};

/** The same for the second account of an operation between two. */
export const targetAuthenticationField: INodeProperties = {
	displayName: labels.targetAuthentication,
	name: 'targetAuthentication',
	type: 'options',
	options: authenticationOptions,
	default: 'password',
	description: 'How to sign in to the account to copy to',
};

/** The credentials of a node's description: each is asked for where Authentication says so. */
export const accountCredentials: INodeCredentialDescription[] = loginKinds.map(({ type, authentication }) => ({
	name: type,
	required: true,
	testedBy: TESTED_BY,
	displayOptions: { show: { authentication: [authentication] } },
}));

/** The credentials of a second account, for a node whose fields are as `show` says. */
export const targetCredentials = (show: Record<string, string[]>): INodeCredentialDescription[] =>
	loginKinds.map(({ targetType, authentication }) => ({
		name: targetType,
		required: true,
		testedBy: TESTED_BY,
		displayOptions: { show: { ...show, targetAuthentication: [authentication] } },
	}));

/** The type of credential that the value of Authentication asks for. Throws settingsInvalid. */
export function credentialTypeOf(authentication: unknown, account: AccountOfNode = 'own'): CredentialType {
	const values = loginKinds.map((kind) => kind.authentication);
	const label = account === 'own' ? labels.authentication : labels.targetAuthentication;
	const value = readChoice(label, authentication, values, 'password');
	const kind = loginKinds.find((one) => one.authentication === value) ?? loginKinds[0];
	return account === 'own' ? kind.type : kind.targetType;
}

/** What of n8n's context a credential needs. */
export interface CredentialContext extends TokenContext {
	getNode(): INode;
	helpers?: EgressHelpers & WebHelpers;
}

/** The mailbox of a node's credential: reads it, and keeps its tokens fresh. Throws settingsInvalid that names the field. */
export async function openMailbox(context: CredentialContext, type: CredentialType): Promise<Mailbox> {
	return await mailboxOf(context, type, await context.getCredentials(type));
}

/** The same for a credential that was read already. */
export async function mailboxOf(
	context: CredentialContext,
	type: CredentialType,
	stored: ICredentialDataDecryptedObject,
): Promise<Mailbox> {
	const { data } = await locateServer(stored, context.helpers);
	const id = context.getNode().credentials?.[type]?.id ?? undefined;
	const mailbox = readMailbox(data, type, id, context);
	const egress = egressFilterOf(context.helpers);
	if (egress !== undefined) mailbox.settings.egress = egress;
	return mailbox;
}

/**
 * Reads and checks the fields of a credential by themselves. Throws SyncError settingsInvalid that names the field. Without `context`
 * a token that has expired stays so.
 */
export function readMailbox(
	data: ICredentialDataDecryptedObject,
	type: CredentialType = 'imapSyncApi',
	credentialId?: string,
	context?: TokenContext,
): Mailbox {
	const { issuer } = kindOf(type);
	const settings = readServerSettings(data, issuer);
	if (issuer === undefined) {
		// Spaces at its ends belong to a password.
		settings.password = typeof data.password === 'string' ? data.password : '';
	} else {
		settings.oAuth2 = tokenLogin({ type, id: credentialId, issuer, data }, context);
	}
	checkSettings(settings);
	if (credentialId !== undefined) settings.credentialId = credentialId;
	const { user, host } = settings;
	const { key } = loginOf(settings);
	const secrets = secretsOf(settings);
	return {
		settings,
		account: { name: user.includes('@') ? user : `${user}@${host}`, user, host: serverName(settings) },
		// Tokens come to it while it is used.
		get secrets() {
			return settings.oAuth2 === undefined ? secrets : secretsOf(settings);
		},
		credentialKey: issuer === undefined ? key : `${key} ${signInOf(credentialId ?? key, refreshTokenOf(data))}`,
	};
}

/** The fields that all kinds of credentials have. */
function readServerSettings(data: ICredentialDataDecryptedObject, issuer: TokenIssuer | undefined): ConnectionSettings {
	const security = readChoice('Security', data.security, ['tls', 'starttls', 'none'], 'tls');
	const settings: ConnectionSettings = {
		user: readText('User', data.user) ?? '',
		password: '',
		host: hostOf(readText('Host', data.host)?.toLowerCase() ?? '', issuer, data),
		port: readWholeNumber('Port', data.port, 1, security === 'tls' ? TLS_PORT : PLAIN_PORT),
		security,
		allowUnauthorizedCerts: readYesOrNo('Allow Unauthorized Certificates', data.allowUnauthorizedCerts) ?? false,
	};
	// What the field has before anybody touches it; nowhere does a server begin in the clear there.
	if (security !== 'tls' && settings.port === TLS_PORT) settings.port = PLAIN_PORT;
	for (const name of ['ca', 'cert', 'key', 'servername', 'proxyUrl'] as const) {
		const value = data[name];
		if (!isBlank(value)) settings[name] = String(value).trim();
	}
	const fingerprint = readText('Certificate Fingerprint', data.fingerprint);
	if (fingerprint !== undefined) settings.fingerprint = withColons(fingerprint);
	const lowestTls = readChoice('Minimum TLS Version', data.lowestTls, ['TLSv1', 'TLSv1.2', 'TLSv1.3'], 'TLSv1.2');
	if (lowestTls !== 'TLSv1.2') settings.lowestTls = lowestTls;
	const maxConnections = readWholeNumber('Max Connections', data.maxConnections, 0, 0);
	if (maxConnections > 0) settings.maxConnections = maxConnections;
	const notesFolder = readText('Folder for Notes', data.notesFolder);
	if (notesFolder !== undefined) settings.notesFolder = notesFolder;
	return settings;
}

/** As Node writes a fingerprint; what is none stays as it is. */
function withColons(text: string): string {
	const digits = text
		.replace(/^sha-?256[ :=]*/i, '')
		.replace(/[\s:]/g, '')
		.toUpperCase();
	return /^[0-9A-F]{64}$/.test(digits) ? digits.match(/../g)!.join(':') : text;
}

const TLS_PORT = 993;
const PLAIN_PORT = 143;

/** The mail servers of Microsoft's national clouds, by what n8n's credential has for the cloud. */
const cloudHosts = new Map([
	['https://graph.microsoft.us', 'outlook.office365.us'],
	['https://dod-graph.microsoft.us', 'outlook-dod.office365.us'],
	['https://microsoftgraph.chinacloudapi.cn', 'partner.outlook.cn'],
]);

function hostOf(entered: string, issuer: TokenIssuer | undefined, { graphApiBaseUrl }: ICredentialDataDecryptedObject): string {
	if (issuer === 'google') return entered || 'imap.gmail.com';
	if (issuer !== 'microsoft') return entered;
	const worldwide = 'outlook.office365.com';
	if (entered !== '' && entered !== worldwide) return entered;
	return cloudHosts.get(String(graphApiBaseUrl)) ?? worldwide;
}
