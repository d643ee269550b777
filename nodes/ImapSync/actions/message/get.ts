import { asEventOption, checkAsEvent, eventsWhereAsked } from '../asEvent';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';
import { outputOptions } from '../../../shared/outputFields';
import { textFromField, outputOfOne } from '../tool/readingFields';
import { readReading } from '../readReading';
import { readResolved } from '../readResolved';

export const getMessage: Operation = {
	resource: 'message',
	value: 'get',
	name: 'Get',
	action: 'Get message',
	description: 'Read one message, or those that the input items are about, with the fields that a trigger gives',
	effect: 'reads',
	properties: [...messageFields, outputOfOne, textFromField, optionsField([asEventOption, ...outputOptions])],
	async run(run) {
		if (run.isTool) run.asked.textFrom = run.wholeNumber('textFrom', 0, 0, 0);
		await readResolved(
			run,
			(index) => {
				checkAsEvent(run, index);
				return readReading(run, index);
			},
			await eventsWhereAsked(run),
		);
	},
};
