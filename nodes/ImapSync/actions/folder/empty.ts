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
	description: 'Permanently delete all messages in a folder, such as the trash',
	effect: 'destroys',
	properties: [
		wholeFolder('The path of the folder to empty, such as Trash'),
		{
			displayName: 'Permanently Delete All Messages',
			name: 'confirm',
			type: 'boolean',
			default: false,
			description:
				'Whether to permanently delete all messages in the folder, which cannot be undone; nothing is done while this is off',
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
					`Turn on '${run.label('confirm')}'.`,
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
