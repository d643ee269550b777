import type { Operation } from '../operation';
import { wholeFolder } from './wholeFolder';

export const unsubscribeFolder: Operation = {
	resource: 'folder',
	value: 'unsubscribe',
	name: 'Unsubscribe',
	action: 'Unsubscribe from folder',
	description: 'Make mail programs hide a folder, keeping its messages',
	effect: 'changes',
	properties: [wholeFolder('The folder to unsubscribe from')],
	async run(run) {
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const { writer } = await run.session();
			await writer.setSubscribed(folder, false);
			run.succeed(index, { account: await run.account(), folder, subscribed: false });
		});
	},
};
