import type { Operation } from '../operation';
import { askOnce } from './askOnce';
import { wholeFolder } from './wholeFolder';

export const getFolderStatus: Operation = {
	resource: 'folder',
	value: 'getStatus',
	name: 'Get Status',
	action: 'Get status of folder',
	description: 'Get the number of messages and of unread messages in a folder',
	effect: 'reads',
	properties: [wholeFolder('The folder to look up')],
	async run(run) {
		const statusOf = askOnce(async (folder: string) => (await run.session()).writer.status(folder));
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const counts = await statusOf(folder);
			run.succeed(index, { account: await run.account(), folder, ...counts });
		});
	},
};
