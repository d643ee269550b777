import { asEventOption, checkAsEvent, eventOfOption, eventsWhereAsked } from '../asEvent';
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
	description: 'Get one message, or the messages of the input items, with the same fields as in a trigger',
	effect: 'reads',
	properties: [...messageFields, outputOfOne, textFromField, optionsField([asEventOption, eventOfOption, ...outputOptions])],
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
