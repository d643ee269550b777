import type { IDataObject } from 'n8n-workflow';
import type { Operation } from '../operation';
import { folderField } from '../../../shared/folderField';
import { askOnce } from './askOnce';

export const getQuota: Operation = {
	resource: 'folder',
	value: 'getQuota',
	name: 'Get Quota',
	action: 'Get quota of folder',
	description: 'Get how much storage is used and available, for the account or the part of it that a folder belongs to',
	effect: 'reads',
	properties: [
		folderField({
			displayName: 'Folder',
			name: 'folder',
			path: 'INBOX',
			required: true,
			description: 'A folder in the part of the account to look up; on most mail servers, all folders share one quota',
		}),
	],
	async run(run) {
		const quotaOf = askOnce(async (folder: string) => (await run.session()).writer.quota(folder));
		await run.each(async (index) => {
			const folder = run.folder('folder', index);
			const quota = await quotaOf(folder);
			const resources: IDataObject = {};
			for (const [name, { used, limit }] of Object.entries(quota?.resources ?? {})) {
				resources[name] = {
					used,
					...(limit === undefined ? {} : { limit, free: Math.max(0, limit - used), usedPercent: percent(used, limit) }),
				};
			}
			run.succeed(index, { account: await run.account(), folder, limited: quota !== undefined, root: quota?.root, ...resources });
		});
	},
};

/** With one digit after the point; what has no room at all is full. */
const percent = (used: number, limit: number): number => (limit === 0 ? 100 : Math.round((used / limit) * 1000) / 10);
