import { SyncError } from '../../../../sync/errors/syncError';
import { DescribedError } from '../../../shared/describedError';
import type { Operation } from '../operation';
import { wholeFolder } from './wholeFolder';

export const deleteFolder: Operation = {
	resource: 'folder',
	value: 'delete',
	name: 'Delete',
	action: 'Delete folder',
	description: 'Delete a folder, by default only if it contains no messages',
	effect: 'destroys',
	properties: [
		wholeFolder('The path of the folder to delete, such as INBOX/Orders; folders inside it are kept'),
		{
			displayName: 'Delete Messages Too',
			name: 'deleteMessages',
			type: 'boolean',
			default: false,
			description: 'Whether to delete the folder even if it contains messages, which are then deleted permanently',
		},
	],
	danger: () => ['folder', 'deleteMessages'],
	async run(run) {
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const evenFull = run.yesOrNo('deleteMessages', index);
			if (folder.toUpperCase() === 'INBOX') {
				throw new DescribedError(
					'refusedForSafety',
					'INBOX cannot be deleted',
					"To delete its messages, use the operation 'Empty'.",
					{ folder },
				);
			}
			const { writer } = await run.session();
			const messages = evenFull ? undefined : await messagesIn(writer, folder);
			if (messages !== undefined && messages > 0) {
				throw new DescribedError(
					'refusedForSafety',
					`The folder "${folder}" was not deleted: it holds ${messages} ${messages === 1 ? 'message' : 'messages'}`,
					`Move them first, or turn on '${run.label('deleteMessages')}'.`,
					{ folder },
				);
			}
			await writer.deleteFolder(folder);
			run.succeed(index, { account: await run.account(), folder, deleted: true });
		});
	},
};

type Writer = Awaited<ReturnType<Parameters<Operation['run']>[0]['session']>>['writer'];

/** How many messages are in a folder; one that cannot be opened has none. Throws when the server does not report it: then nobody knows. */
async function messagesIn(writer: Writer, folder: string): Promise<number> {
	try {
		const { messages } = await writer.status(folder);
		if (messages !== undefined) return messages;
	} catch (error) {
		if (!(error instanceof SyncError)) throw error;
		if (error.code === 'folderNotSelectable') return 0;
		if (error.code !== 'commandRefused') throw error;
		const listed = (await writer.folders()).find(({ path }) => path === folder);
		if (listed && !listed.selectable) return 0;
		throw error;
	}
	throw new DescribedError(
		'folderInconsistent',
		`The mail server does not report how many messages are in "${folder}", so it was not deleted`,
		'Check the folder first.',
		{ folder },
	);
}
