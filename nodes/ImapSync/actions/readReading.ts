import { readObject } from '../../shared/fieldValues';
import { readItemRequest, type ItemRequest } from '../../shared/itemRequest';
import type { ActionRun } from './ActionRun';

/** Reads outputField and outputOptions (shared/outputFields.ts) for one input item. Throws settingsInvalid. */
export function readReading(run: ActionRun, index: number): ItemRequest {
	const output = run.value('output', index);
	if (run.isTool && output === 'content') run.textForModel.add(index);
	// The beginning of the text is part of what a model sees of a message in a list.
	const level = run.isTool && output === 'metadata' ? 'content' : output;
	return readItemRequest(level, readObject('Options', run.value('options', index)));
}
