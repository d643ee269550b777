import { readObject } from '../../shared/fieldValues';
import { readItemRequest, type ItemRequest } from '../../shared/itemRequest';
import type { ActionRun } from './ActionRun';

/** Reads outputField and outputOptions (shared/outputFields.ts) for one input item. Throws settingsInvalid. */
export function readReading(run: ActionRun, index: number): ItemRequest {
	return readItemRequest(run.value('output', index), readObject('Options', run.value('options', index)));
}
