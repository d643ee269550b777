import type { INodeProperties } from 'n8n-workflow';

/** The collection Options, with these fields in alphabetical order of their labels. */
export function optionsField(fields: readonly INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		description: 'Rarely needed settings',
		options: [...fields].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}
