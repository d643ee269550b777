import type { INodeProperties } from 'n8n-workflow';
import type { MessageChange } from '../../../../sync/changing/changeMessages';
import type { MessageAddress } from '../../../../sync/reading/messageAddress';
import { specialFolder } from '../../../../sync/changing/specialFolder';
import { DescribedError } from '../../../shared/describedError';
import { isBlank } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';
import { folderField } from '../../../shared/folderField';

/** Where deleted messages go. */
export const trashField = (displayOptions: INodeProperties['displayOptions']): INodeProperties =>
	folderField({
		displayName: 'Trash Folder',
		name: 'trashFolder',
		displayOptions,
		description: 'The path of the trash folder, such as Trash; leave empty to use the trash folder of the account',
	});

/** Returns the change that moves a message to the trash. A message that is in the trash already stays there. */
export function toTrash(run: ActionRun): (index: number, address: MessageAddress) => Promise<MessageChange> {
	// Asked for once a run, and not at all where every item names its own.
	let listed: Promise<string | undefined> | undefined;
	const ofAccount = async (): Promise<string | undefined> =>
		specialFolder(await (await run.session()).writer.folders(), '\\Trash');
	return async (index, { folder }) => {
		const trash = isBlank(run.value('trashFolder', index)) ? await (listed ??= ofAccount()) : run.folder('trashFolder', index);
		if (trash === undefined) {
			throw new DescribedError(
				'folderNotFound',
				'The account has no folder for deleted messages, so nothing was deleted',
				`Choose one in '${run.label('trashFolder')}', or create a folder named Trash.`,
				{ folder },
			);
		}
		return folder === trash ? { kind: 'look' } : { kind: 'move', to: trash };
	};
}
