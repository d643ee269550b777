import type { INodeProperties } from 'n8n-workflow';

/** A field for one folder: picked from a list of the account, or its path. Read with run.folder(). */
export function folderField(
	field: Pick<INodeProperties, 'displayName' | 'name' | 'description'> &
		Partial<Pick<INodeProperties, 'required' | 'displayOptions' | 'hint'>> & { path?: string },
): INodeProperties {
	const { path = '', ...rest } = field;
	return {
		...rest,
		type: 'resourceLocator',
		default: { mode: path === '' ? 'list' : 'path', value: path },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchFolders', searchable: true },
			},
			{ displayName: 'By Path', name: 'path', type: 'string', placeholder: 'e.g. INBOX/Orders' },
		],
	};
}
