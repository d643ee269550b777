import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';
import { outputField, outputOptions } from '../../../shared/outputFields';
import { readReading } from '../readReading';
import { readResolved } from '../readResolved';

export const getMessage: Operation = {
	resource: 'message',
	value: 'get',
	name: 'Get',
	action: 'Get message',
	description: 'Read one message, or those that the input items are about, with the fields that a trigger gives',
	properties: [...messageFields, outputField, optionsField(outputOptions)],
	async run(run) {
		await readResolved(run, (index) => readReading(run, index));
	},
};
