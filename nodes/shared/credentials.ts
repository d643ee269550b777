import type { ICredentialDataDecryptedObject, INode, INodeCredentialDescription, INodeProperties } from 'n8n-workflow';
import { loginOf } from '../../sync/imap/login';
import { checkSettings, serverName, type ConnectionSettings } from '../../sync/imap/settings';
import type { Account } from '../../sync/server/account';
import { isBlank, readChoice, readText, readWholeNumber, readYesOrNo } from './fieldValues';
import { labels } from './labels';
import { secretsOf } from './secrets';

/** A mailbox as the credential describes it. */
export interface Mailbox {
	settings: ConnectionSettings;
	account: Account;
	/** Everything that must not be readable in a text that leaves the node. */
	secrets: string[];
	/** Another one when the credential was changed; does not reveal what it holds. */
	credentialKey: string;
}

/** A type of credential, and how its fields become settings. */
interface CredentialKind {
	/** The name of the credential type. */
	type: string;
	/** The value of the field Authentication that asks for it; absent where it is not chosen there. */
	authentication?: string;
	/** What the editor calls it in the field Authentication. */
	label?: string;
	/** Throws settingsInvalid that names the field. The settings are checked by the caller. */
	readSettings(credential: ICredentialDataDecryptedObject): ConnectionSettings;
}

/** Every type of credential that the nodes take. A new one is a line here and a class in credentials/. */
export const credentialKinds = [
	{ type: 'imapSyncApi', authentication: 'password', label: 'Password', readSettings: readPasswordSettings },
	{ type: 'imapSyncTargetApi', readSettings: readPasswordSettings },
] as const satisfies readonly CredentialKind[];

/** The name of a credential type. */
export type CredentialType = (typeof credentialKinds)[number]['type'];

/** The kinds that are chosen in the field Authentication. */
const chosenKinds: ReadonlyArray<CredentialKind & { type: CredentialType }> = credentialKinds.filter(
	({ authentication }: CredentialKind) => authentication !== undefined,
);

/** n8n finds the test of a credential by this name (methods.ts). */
const TESTED_BY = 'imapSyncApiTest';

/** Which way to log in: one choice for each kind. Read with credentialTypeOf(). */
export const authenticationField: INodeProperties = {
	displayName: labels.authentication,
	name: 'authentication',
	type: 'options',
	options: chosenKinds.map(({ label = '', authentication = '' }) => ({ name: label, value: authentication })),
	default: 'password',
	description: 'How to log in to the mail server',
};

/** The credentials of a node's description: each is asked for where Authentication says so. */
export const accountCredentials: INodeCredentialDescription[] = chosenKinds.map(({ type, authentication = '' }) => ({
	name: type,
	required: true,
	testedBy: TESTED_BY,
	displayOptions: { show: { authentication: [authentication] } },
}));

/** The credential of a second account, for a node whose fields are as `show` says. */
export const targetCredential = (show: Record<string, string[]>): INodeCredentialDescription => ({
	name: 'imapSyncTargetApi',
	required: true,
	testedBy: TESTED_BY,
	displayOptions: { show },
});

/** The type of credential that the value of Authentication asks for. Throws settingsInvalid. */
export function credentialTypeOf(authentication: unknown): CredentialType {
	const values = chosenKinds.map((kind) => kind.authentication ?? '');
	const value = readChoice(labels.authentication, authentication, values, 'password');
	return chosenKinds.find((kind) => kind.authentication === value)!.type;
}

/** The id of the credential that a node has of a type; undefined where n8n gives none. */
export const credentialIdOf = (node: INode, type: CredentialType): string | undefined =>
	node.credentials?.[type]?.id ?? undefined;

/** Reads and checks the fields of a credential. Throws SyncError settingsInvalid that names the field. */
export function readMailbox(
	credential: ICredentialDataDecryptedObject,
	type: CredentialType = 'imapSyncApi',
	credentialId?: string,
): Mailbox {
	const settings = credentialKinds.find((kind) => kind.type === type)!.readSettings(credential);
	checkSettings(settings);
	if (credentialId !== undefined) settings.credentialId = credentialId;
	const { user, host } = settings;
	return {
		settings,
		account: { name: user.includes('@') ? user : `${user}@${host}`, user, host: serverName(settings) },
		secrets: secretsOf(settings),
		credentialKey: loginOf(settings).key,
	};
}

/** The settings of a login with a password. */
function readPasswordSettings(credential: ICredentialDataDecryptedObject): ConnectionSettings {
	const settings: ConnectionSettings = {
		user: readText('User', credential.user) ?? '',
		// Spaces at its ends belong to a password.
		password: typeof credential.password === 'string' ? credential.password : '',
		host: readText('Host', credential.host)?.toLowerCase() ?? '',
		port: readWholeNumber('Port', credential.port, 1, 993),
		security: readChoice('Security', credential.security, ['tls', 'starttls', 'none'], 'tls'),
		allowUnauthorizedCerts: readYesOrNo('Allow Unauthorized Certificates', credential.allowUnauthorizedCerts) ?? false,
	};
	for (const name of ['ca', 'cert', 'key', 'servername', 'proxyUrl'] as const) {
		const value = credential[name];
		if (!isBlank(value)) settings[name] = String(value).trim();
	}
	const notesFolder = readText('Folder for Notes', credential.notesFolder);
	if (notesFolder !== undefined) settings.notesFolder = notesFolder;
	return settings;
}
