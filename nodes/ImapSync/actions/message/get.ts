import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { optionsField, outputField, readingOptions, readReading } from '../readingFields';
import { readLocated } from '../readLocated';

export const getMessage: Operation = {
	resource: 'message',
	value: 'get',
	name: 'Get',
	action: 'Get message',
	description: 'Read one message, or those that the input items are about, with the fields that a trigger gives',
	properties: [...messageFields, outputField, optionsField(readingOptions)],
	async run(run) {
		await readLocated(run, (index) => readReading(run, index));
	},
};
