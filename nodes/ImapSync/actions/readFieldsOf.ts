import type { MessageAddress } from '../../../sync/reading/messageAddress';
import { readMessage, type MessageFields } from '../../../sync/mime/readMessage';
import { readAddressed, type ReadTask } from '../../../sync/reading/readAddressed';
import { itemRequest } from '../../shared/itemRequest';
import type { ActionRun } from './ActionRun';
import type { ResolvedMessage } from './resolveMessages';
import type { FetchedMessage } from '../../../sync/server/message';
import type { OutputLevel } from '../../../sync/settings/readingSettings';

/** A message of the input, read to work with. */
export interface ReadSource {
	index: number;
	address: Required<MessageAddress>;
	message: FetchedMessage;
	fields: MessageFields;
}

/** Reads messages for the node's own use, in the order given; one that cannot be read fails for its item and is left out. */
export async function readFieldsOf(
	run: ActionRun,
	resolved: readonly ResolvedMessage[],
	level: OutputLevel,
): Promise<ReadSource[]> {
	if (resolved.length === 0) return [];
	const { reader } = await run.session();
	const read = new Map<number, ReadSource>();
	const settings = itemRequest(level).reading;
	const tasks = resolved.map(({ address }): ReadTask => ({ address, task: { key: level, settings } }));
	await readAddressed(reader, tasks, {
		signal: run.signal,
		take: async (place, message, address) => {
			const { fields } = await readMessage(message, { level, headers: [], attachmentContent: false });
			read.set(place, { index: resolved[place].index, address, message, fields });
		},
		fail: (place, error) => {
			const { index, address } = resolved[place];
			run.fail(index, error, { ...address });
		},
	});
	return [...read].sort(([a], [b]) => a - b).map(([, found]) => found);
}
