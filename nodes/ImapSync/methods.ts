import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	ILoadOptionsFunctions,
	INodeCredentialTestResult,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { MailServer } from '../../sync/server/mailServer';
import { readMailbox, type Mailbox } from './connection';
import { describeError, sentences, toNodeError } from './nodeErrors';
import type { FolderListing } from '../../sync/server/folderListing';

/** Opens a session with a mail server. */
export type Connect = (settings: ConnectionSettings) => Promise<MailServer>;

/** A person waits for these answers. */
const PATIENCE_MS = 20_000;

/** Tries the credential: connects, logs in and lists the folders. */
export async function testCredential(
	credential: ICredentialsDecrypted,
	connect: Connect = connectMailServer,
): Promise<INodeCredentialTestResult> {
	let mailbox: Mailbox | undefined;
	try {
		mailbox = readMailbox(credential.data ?? {});
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

/** The folders of the account that can be opened, for the list in the editor. */
export async function folderOptions(
	context: ILoadOptionsFunctions,
	connect: Connect = connectMailServer,
	credential: 'imapSyncApi' | 'imapSyncTargetApi' = 'imapSyncApi',
): Promise<INodePropertyOptions[]> {
	let mailbox: Mailbox | undefined;
	try {
		mailbox = readMailbox(await context.getCredentials(credential));
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
	const server = await connect({ ...mailbox.settings, connectTimeoutMs: PATIENCE_MS, commandTimeoutMs: PATIENCE_MS });
	try {
		return await server.listFolders({ status: false });
	} finally {
		await server.close();
	}
}

const rank = (folder: FolderListing): number => (folder.path.toUpperCase() === 'INBOX' ? 0 : 1);

/** The path, and what the folder is for where its name does not say so: "Gesendet (Sent)". */
function folderLabel({ path, specialUse }: FolderListing): string {
	const use = specialUse?.replace(/^\\/, '');
	return use === undefined || path.toLowerCase().includes(use.toLowerCase()) ? path : `${path} (${use})`;
}

/** The folders whose name holds what was typed into the list's search field. */
export function matching(options: INodePropertyOptions[], filter: string | undefined): Array<{ name: string; value: string }> {
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
			return { results: matching(await folderOptions(this, connectMailServer, 'imapSyncTargetApi'), filter) };
		},
	},
};
