import { itemRequest } from '../../../shared/itemRequest';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { readResolved } from '../readResolved';

export const getRaw: Operation = {
	resource: 'message',
	value: 'getRaw',
	name: 'Get Raw',
	action: 'Get raw message',
	description: 'Get the complete message as an .eml file, exactly as it is stored',
	effect: 'reads',
	properties: [
		...messageFields,
		{
			displayName: 'Put Output File in Field',
			name: 'outputField',
			type: 'string',
			default: 'message',
			required: true,
			description: 'The name of the output binary field to put the file in',
		},
	],
	async run(run) {
		const names = new Map<number, string>();
		await readResolved(
			run,
			(index) => {
				names.set(index, run.requiredText('outputField', index));
				return itemRequest('raw');
			},
			({ json, binary }, index) => [{ json, binary: binary?.message ? { [names.get(index) ?? 'message']: binary.message } : {} }],
		);
	},
};
