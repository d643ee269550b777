import { SyncError } from '../../../../sync/errors/syncError';
import { DescribedError } from '../../../shared/describedError';
import { folderField } from '../../../shared/folderField';
import type { Operation } from '../operation';
import { pathOf, splitPath } from './folderPath';
import { wholeFolder } from './wholeFolder';

export const renameFolder: Operation = {
	resource: 'folder',
	value: 'rename',
	name: 'Rename',
	action: 'Rename folder',
	description: 'Rename a folder, or move it with its contents into another folder',
	effect: 'changes',
	properties: [
		wholeFolder('The path of the folder to rename, such as INBOX/Orders'),
		{
			displayName: 'New Name',
			name: 'newName',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. Orders 2026',
			description: 'The new name, without the path',
		},
		{
			displayName: 'New Location',
			name: 'newPlace',
			type: 'options',
			default: 'same',
			options: [
				{ name: 'At the Top Level', value: 'top' },
				{ name: 'In Another Folder', value: 'below' },
				{ name: 'Same Location', value: 'same' },
			],
			description: 'Where to put the folder',
		},
		folderField({
			displayName: 'New Parent Folder',
			name: 'newParent',
			required: true,
			displayOptions: { show: { newPlace: ['below'] } },
			description: 'The folder to move it into',
		}),
	],
	async run(run) {
		// Asked for once, and again after a rename that took other folders along.
		let paths: Set<string> | undefined;
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const newName = run.requiredText('newName', index);
			const newPlace = run.choice('newPlace', index, ['same', 'top', 'below'] as const);
			const newParent = newPlace === 'below' ? run.folder('newParent', index) : undefined;
			if (folder.toUpperCase() === 'INBOX') {
				// RFC 3501 section 6.3.5: renaming INBOX moves its messages away and leaves an empty INBOX.
				throw new DescribedError(
					'refusedForSafety',
					'INBOX cannot be renamed: the server would move all its messages into a new folder instead',
					'To do that, move the messages instead.',
					{ folder },
				);
			}
			const { writer } = await run.session();
			const path = pathOf(writer, newName, newPlace === 'same' ? splitPath(writer, folder).parent : newParent);
			// Courier 5.0.13 answers OK to the renaming of a folder that is not there.
			paths ??= new Set((await writer.folders()).map((listed) => listed.path));
			// Courier lists the folders of other users only when asked for them alone. STATUS throws where there is no such folder.
			if (!paths.has(folder)) await writer.status(folder);
			if (paths.has(path)) {
				throw new SyncError('folderExists', { folder: path, target: path });
			}
			await writer.renameFolder(folder, path);
			const inside = `${folder}${writer.hierarchy.delimiter}`;
			if ([...paths].some((other) => other.startsWith(inside))) paths = undefined;
			else {
				paths.delete(folder);
				paths.add(path);
			}
			run.succeed(index, { account: await run.account(), folder: path, previous: { folder } });
		});
	},
};
