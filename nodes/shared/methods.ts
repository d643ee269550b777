import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	ILoadOptionsFunctions,
	INodeCredentialTestResult,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { connectToServer, withServer, type Connect } from './connect';
import { credentialTypeOf, isCredentialType, openMailbox, readMailbox, type AccountOfNode, type Mailbox } from './credentials';
import { describeError, toNodeError } from './nodeErrors';
import { sentences } from './sentences';
import type { FolderListing } from '../../sync/server/folderListing';
import { hasCode } from '../../sync/errors/syncError';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { ServerPeer } from '../../sync/server/mailServer';
import { environmentEgress, type Environment } from './environmentEgress';
import type { FoundServer } from './findServer';
import { locateServer, type WebHelpers } from './locateServer';

/** A person waits for these answers. */
const PATIENCE_MS = 20_000;

/** What the test of a credential takes from outside; tests put their own in. */
export interface CredentialTestServices {
	connect?: Connect;
	helpers?: WebHelpers;
	environment?: Environment;
}

/** Tries the credential: connects, logs in and lists the folders. Says what it found. */
export async function testCredential(
	credential: ICredentialsDecrypted,
	{ connect = connectToServer, helpers, environment = process.env }: CredentialTestServices = {},
): Promise<INodeCredentialTestResult> {
	let mailbox: Mailbox | undefined;
	try {
		const { data, found } = await locateServer(credential.data ?? {}, helpers);
		mailbox = readMailbox(data, isCredentialType(credential.type) ? credential.type : undefined, credential.id);
		const egress = environmentEgress(environment);
		if (egress) mailbox.settings.egress = egress;
		const { folders, peer } = await withServer(connect, patient(mailbox), async (server) => ({
			folders: await server.listFolders({ status: false }),
			peer: server.peer,
		}));
		const count = `${folders.length} ${folders.length === 1 ? 'folder' : 'folders'}`;
		return { status: 'OK', message: sentences(`Connection successful: ${count} found`, ...describeServer(mailbox, found, peer)) };
	} catch (error) {
		const { message, advice } = describeError(error, { mailbox });
		return { status: 'Error', message: sentences(message, advice, await presentedFingerprint(error, mailbox, connect)) };
	}
}

/** Which server it was, and how its certificate can be pinned. */
function describeServer({ account }: Mailbox, found: FoundServer | undefined, peer: ServerPeer | undefined): string[] {
	const { fingerprint, tlsVersion } = peer ?? {};
	return [
		...(found === undefined ? [] : [`The server is ${account.host}, found ${found.by}`]),
		...(fingerprint === undefined
			? []
			: [
					`The connection to ${account.host} is encrypted with ${tlsVersion ?? 'TLS'}; its certificate has the fingerprint (SHA-256) ${fingerprint}`,
				]),
	];
}

/** For a certificate that nobody vouches for: its fingerprint, read by a connection that sends neither password nor token. */
async function presentedFingerprint(error: unknown, mailbox: Mailbox | undefined, connect: Connect): Promise<string | undefined> {
	if (!mailbox || !hasCode(error, 'tlsNotTrusted') || error.data.problem === 'otherFingerprint') return undefined;
	const nobodys = Array<string>(32).fill('00').join(':');
	try {
		await (await connect({ ...patient(mailbox), fingerprint: nobodys })).close();
	} catch (refusal) {
		if (!hasCode(refusal, 'tlsNotTrusted') || refusal.data.problem !== 'otherFingerprint') return undefined;
		const { found } = refusal.data;
		if (found !== '') return `Its fingerprint (SHA-256) is ${found}: pin it only if the operator of the server confirms it`;
	}
	return undefined;
}

/** A person waits. */
const patient = ({ settings }: Mailbox): ConnectionSettings => ({
	...settings,
	connectTimeoutMs: PATIENCE_MS,
	commandTimeoutMs: PATIENCE_MS,
	deadline: Date.now() + 3 * PATIENCE_MS,
});

/** The folders of the account that can be opened, for the list in the editor. `account`: whose. */
export async function folderOptions(
	context: ILoadOptionsFunctions,
	connect: Connect = connectToServer,
	account: AccountOfNode = 'own',
): Promise<INodePropertyOptions[]> {
	let mailbox: Mailbox | undefined;
	try {
		const field = account === 'own' ? 'authentication' : 'targetAuthentication';
		mailbox = await openMailbox(context, credentialTypeOf(context.getNodeParameter(field, 'password'), account));
		const folders = await withServer(connect, patient(mailbox), (server) => server.listFolders({ status: false }));
		return folders
			.filter((folder) => folder.selectable)
			.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path))
			.map((folder) => ({ name: folderLabel(folder), value: folder.path }));
	} catch (error) {
		throw toNodeError(context.getNode(), error, { mailbox });
	}
}

const rank = (folder: FolderListing): number => (folder.path.toUpperCase() === 'INBOX' ? 0 : 1);

/** The path, and what the folder is for where its name does not say so: "Gesendet (Sent)". */
function folderLabel({ path, specialUse }: FolderListing): string {
	const use = specialUse?.replace(/^\\/, '');
	return use === undefined || path.toLowerCase().includes(use.toLowerCase()) ? path : `${path} (${use})`;
}

/** The folders whose name holds what was typed into the list's search field. */
function matching(options: INodePropertyOptions[], filter: string | undefined): Array<{ name: string; value: string }> {
	const wanted = filter?.trim().toLowerCase() ?? '';
	return options
		.filter(({ name }) => name.toLowerCase().includes(wanted))
		.map(({ name, value }) => ({ name, value: String(value) }));
}

/**
 * What the list shows where the folders could not be read. n8n would show an error in the place of the field, and keep it there after the
 * credential was mended; so INBOX can be chosen meanwhile, and the list says how to read it again.
 */
function whyNone(error: unknown): INodePropertyOptions[] {
	const { message, description } = error as { message: string; description?: string | null };
	return [
		{ name: 'INBOX', value: 'INBOX' },
		{
			name: `Could not load the folders: ${message}`,
			value: '',
			description: sentences(description ?? '', "Then choose 'Refresh List' in the menu of this field"),
		},
	];
}

/** n8n calls these by name. */
export const methods = {
	credentialTest: {
		async imapSyncApiTest(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
			return await testCredential(credential, { helpers: this.helpers as WebHelpers | undefined });
		},
	},
	loadOptions: {
		async getFolders(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
			return await folderOptions(this).catch(whyNone);
		},
	},
	listSearch: {
		async searchFolders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
			return { results: matching(await folderOptions(this), filter) };
		},
		async searchTargetFolders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
			return { results: matching(await folderOptions(this, connectToServer, 'target'), filter) };
		},
	},
};
