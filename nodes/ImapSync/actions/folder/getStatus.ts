import type { Operation } from '../operation';
import { wholeFolder } from './wholeFolder';

export const getFolderStatus: Operation = {
	resource: 'folder',
	value: 'getStatus',
	name: 'Get Status',
	action: 'Get status of folder',
	description: 'Tell how many messages a folder holds, how many are unread, and its UIDNEXT and UIDVALIDITY',
	properties: [wholeFolder('The folder to ask about')],
	async run(run) {
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const { writer } = await run.session();
			const counts = await writer.status(folder);
			run.succeed(index, { account: await run.account(), folder, ...counts });
		});
	},
};
