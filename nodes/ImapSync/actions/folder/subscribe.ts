import type { Operation } from '../operation';
import { wholeFolder } from './wholeFolder';

export const subscribeFolder: Operation = {
	resource: 'folder',
	value: 'subscribe',
	name: 'Subscribe',
	action: 'Subscribe to folder',
	description: 'Make mail programs show a folder',
	effect: 'changes',
	properties: [wholeFolder('The folder to subscribe to')],
	async run(run) {
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const { writer } = await run.session();
			await writer.setSubscribed(folder, true);
			run.succeed(index, { account: await run.account(), folder, subscribed: true });
		});
	},
};
