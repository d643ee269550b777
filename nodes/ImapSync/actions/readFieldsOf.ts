import type { MessageAddress } from '../../../sync/reading/messageAddress';
import { readMessage, type MessageFields } from '../../../sync/mime/readMessage';
import { readAddressed, type ReadTask } from '../../../sync/reading/readAddressed';
import { itemRequest } from '../itemRequest';
import type { ActionRun } from './ActionRun';
import type { ResolvedMessage } from './locate';
import type { FetchedMessage } from '../../../sync/server/message';
import type { OutputLevel } from '../../../sync/settings/readingSettings';

/** A message of the input, read to work with. */
export interface ReadLocated {
	index: number;
	address: Required<MessageAddress>;
	message: FetchedMessage;
	fields: MessageFields;
}

/** Reads messages for the node's own use, in the order given; one that cannot be read fails for its item and is left out. */
export async function readFieldsOf(
	run: ActionRun,
	located: readonly ResolvedMessage[],
	level: OutputLevel,
): Promise<ReadLocated[]> {
	if (located.length === 0) return [];
	const { reader } = await run.session();
	const read = new Map<number, ReadLocated>();
	const settings = itemRequest(level).reading;
	const tasks = located.map(({ address }): ReadTask => ({ address, task: { key: level, settings } }));
	await readAddressed(reader, tasks, {
		stopped: run.stopped,
		take: async (place, message, address) => {
			const { fields } = await readMessage(message, { level, headers: [], attachmentContent: false });
			read.set(place, { index: located[place].index, address, message, fields });
		},
		fail: (place, error) => {
			const { index, address } = located[place];
			run.fail(index, error, { ...address });
		},
	});
	return [...read].sort(([a], [b]) => a - b).map(([, found]) => found);
}
