import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	ILoadOptionsFunctions,
	INodeCredentialTestResult,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { connectToServer, withServer, type Connect } from './connect';
import { credentialIdOf, credentialKinds, credentialTypeOf, readMailbox, type CredentialType, type Mailbox } from './credentials';
import { describeError, toNodeError } from './nodeErrors';
import { sentences } from './sentences';
import type { FolderListing } from '../../sync/server/folderListing';

/** A person waits for these answers. */
const PATIENCE_MS = 20_000;

/** Tries the credential: connects, logs in and lists the folders. */
export async function testCredential(
	credential: ICredentialsDecrypted,
	connect: Connect = connectToServer,
): Promise<INodeCredentialTestResult> {
	let mailbox: Mailbox | undefined;
	try {
		mailbox = readMailbox(
			credential.data ?? {},
			credentialKinds.find(({ type }) => type === credential.type)?.type,
			credential.id,
		);
		const folders = await listFolders(mailbox, connect);
		return {
			status: 'OK',
			message: `Connection successful: ${folders.length} ${folders.length === 1 ? 'folder' : 'folders'} found`,
		};
	} catch (error) {
		const { message, advice } = describeError(error, { mailbox });
		return { status: 'Error', message: sentences(message, advice) };
	}
}

/** The folders of the account that can be opened, for the list in the editor. `credential`: of another account than the node's own. */
export async function folderOptions(
	context: ILoadOptionsFunctions,
	connect: Connect = connectToServer,
	credential?: CredentialType,
): Promise<INodePropertyOptions[]> {
	let mailbox: Mailbox | undefined;
	try {
		const type = credential ?? credentialTypeOf(context.getNodeParameter('authentication', 'password'));
		mailbox = readMailbox(await context.getCredentials(type), type, credentialIdOf(context.getNode(), type));
		const folders = await listFolders(mailbox, connect);
		return folders
			.filter((folder) => folder.selectable)
			.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path))
			.map((folder) => ({ name: folderLabel(folder), value: folder.path }));
	} catch (error) {
		throw toNodeError(context.getNode(), error, { mailbox });
	}
}

async function listFolders(mailbox: Mailbox, connect: Connect): Promise<FolderListing[]> {
	const settings = {
		...mailbox.settings,
		connectTimeoutMs: PATIENCE_MS,
		commandTimeoutMs: PATIENCE_MS,
		deadline: Date.now() + 3 * PATIENCE_MS,
	};
	return await withServer(connect, settings, (server) => server.listFolders({ status: false }));
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

/** n8n calls these by name. */
export const methods = {
	credentialTest: {
		async imapSyncApiTest(this: ICredentialTestFunctions, credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
			return await testCredential(credential);
		},
	},
	loadOptions: {
		async getFolders(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
			return await folderOptions(this);
		},
	},
	listSearch: {
		async searchFolders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
			return { results: matching(await folderOptions(this), filter) };
		},
		async searchTargetFolders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
			return { results: matching(await folderOptions(this, connectToServer, 'imapSyncTargetApi'), filter) };
		},
	},
};
