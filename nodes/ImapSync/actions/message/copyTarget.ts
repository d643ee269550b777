import type { CopyOptions } from '../../../../sync/changing/copyToAccount';
import { nameInOtherAccount } from '../../../../sync/changing/nameInOtherAccount';
import type { Account } from '../../../../sync/server/account';
import { samePath, type FolderListing, type Hierarchy } from '../../../../sync/server/folderListing';
import { DescribedError } from '../../../shared/describedError';
import { invalidField, readMegabytes } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';

const MEGABYTE = 1024 * 1024;

/** The second account, and what folders are called there. */
export interface CopyTarget {
	targetOf(path: string): string;
	isSameAccount: boolean;
	account: Account;
}

/** How messages are copied, as the options say. */
export type CopySettings = Pick<CopyOptions, 'createFolder' | 'maxSize'>;

/** Reads the options for one input item. Throws settingsInvalid. */
export function readCopySettings(run: ActionRun, index: number): CopySettings {
	const createFolders = run.value('options.createFolders', index);
	return {
		createFolder: createFolders === undefined ? true : run.yesOrNo('options.createFolders', index),
		maxSize: readMegabytes(run.label('options.maxSize'), run.value('options.maxSize', index)) ?? 100 * MEGABYTE,
	};
}

/** Looks at both accounts and says what folders are called in the other one. */
export async function readCopyTarget(run: ActionRun, index: number): Promise<CopyTarget> {
	const { source, target } = await run.accounts();
	const isSameAccount =
		source.user.toLowerCase() === target.user.toLowerCase() && source.host.toLowerCase() === target.host.toLowerCase();
	const [here, there] = [await run.session(), await run.targetSession()];
	const named = readFolderNames(run, index);
	const below = run.value('copyWhat', index) === 'folders' ? run.text('below', index) : undefined;
	const matchSpecial = run.value('options.matchSpecial', index) === undefined || run.yesOrNo('options.matchSpecial', index);
	const listing = matchSpecial ? await here.reader.listFolders({ status: false }) : [];
	const targets = matchSpecial ? await there.reader.listFolders({ status: false }) : undefined;
	const folderAt = (path: string): Pick<FolderListing, 'path' | 'specialUse'> =>
		listing.find((folder) => samePath(folder.path, path)) ?? { path };
	const hierarchy = (session: typeof here): Hierarchy => session.writer.hierarchy;
	return {
		account: target,
		isSameAccount,
		targetOf: (path) =>
			nameInOtherAccount(folderAt(path), { from: hierarchy(here), to: hierarchy(there), below, named, targets }),
	};
}

function readFolderNames(run: ActionRun, index: number): Map<string, string> {
	const label = run.label('options.folderNames');
	return new Map(
		run.list('options.folderNames', index, 'line').map((line) => {
			const [from, to, ...more] = line.split('=').map((name) => name.trim());
			if (!from || !to || more.length > 0)
				throw invalidField(label, `must have lines such as "Sent Items = Sent", but has "${line.slice(0, 40)}"`);
			return [from, to] as const;
		}),
	);
}

/** Throws refusedForSafety for a folder that would be copied into itself. */
export function refuseSelf({ isSameAccount, account }: CopyTarget, from: string, to: string): void {
	if (!isSameAccount || !samePath(from, to)) return;
	throw new DescribedError(
		'refusedForSafety',
		`The folder "${from}" of ${account.name} was to be copied into itself`,
		'Choose another account in the second credential, or another folder.',
		{ folder: from },
	);
}
