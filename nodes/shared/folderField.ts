import type { INodeProperties } from 'n8n-workflow';

/**
 * A field for one folder: picked from a list of the account, or its path. Read with run.folder(). With `account: 'target'` the list is
 * that of the second account.
 */
export function folderField(
	field: Pick<INodeProperties, 'displayName' | 'name' | 'description'> &
		Partial<Pick<INodeProperties, 'required' | 'displayOptions' | 'hint'>> & { path?: string; account?: 'target' },
): INodeProperties {
	const { path = '', account, ...rest } = field;
	return {
		...rest,
		type: 'resourceLocator',
		default: { mode: path === '' ? 'list' : 'path', value: path },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: account === 'target' ? 'searchTargetFolders' : 'searchFolders', searchable: true },
			},
			{ displayName: 'By Path', name: 'path', type: 'string', placeholder: 'e.g. INBOX/Orders' },
		],
	};
}
