import { emptyFolder } from '../../../../sync/changing/emptyFolder';
import { DescribedError } from '../../../shared/describedError';
import type { Operation } from '../operation';
import { askOnce } from './askOnce';
import { wholeFolder } from './wholeFolder';

export const emptyWholeFolder: Operation = {
	resource: 'folder',
	value: 'empty',
	name: 'Empty',
	action: 'Empty folder',
	description: 'Delete all messages of a folder for good, such as those in the trash',
	effect: 'destroys',
	properties: [
		wholeFolder('The path of the folder to empty, such as Trash'),
		{
			displayName: 'Delete All Messages for Good',
			name: 'confirm',
			type: 'boolean',
			default: false,
			description:
				'Whether you are sure that all messages may go for good, past the trash, which cannot be undone; without it nothing is done',
		},
	],
	danger: () => ['folder', 'confirm'],
	async run(run) {
		// All items that name a folder mean the messages that are in it now: what comes while they are gone through stays.
		const emptied = askOnce(async (folder: string) => emptyFolder((await run.session()).writer, folder, run.signal));
		const counted = new Set<string>();
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			if (!run.yesOrNo('confirm', index)) {
				throw new DescribedError(
					'refusedForSafety',
					`The folder "${folder}" was not emptied: it is not confirmed`,
					`Switch on '${run.label('confirm')}'.`,
					{ folder },
				);
			}
			const { removed, uidValidity } = await emptied(folder);
			// Whoever adds the items up counts each message once.
			run.succeed(index, { account: await run.account(), folder, uidValidity, removed: counted.has(folder) ? 0 : removed });
			counted.add(folder);
		});
	},
};
