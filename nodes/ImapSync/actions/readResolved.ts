import type { INodeExecutionData } from 'n8n-workflow';
import { SyncError } from '../../../sync/errors/syncError';
import type { MessageAddress } from '../../../sync/reading/messageAddress';
import { readAddressed, type ReadTask } from '../../../sync/reading/readAddressed';
import type { ItemRequest } from '../../shared/itemRequest';
import { toItem } from '../../shared/items';
import type { ActionRun } from './ActionRun';
import { resolveMessages, type ResolvedMessage } from './resolveMessages';
import type { FetchedMessage } from '../../../sync/server/message';

/** Turns the item of a message into what is returned for it; the item itself when absent. */
export type ItemsOf = (item: INodeExecutionData, index: number) => INodeExecutionData[];

/**
 * The whole of an operation that reads the messages of the input items: finds them, reads each folder with few FETCHes and
 * returns their items. `requestOf` throws SyncError when an item's fields are wrong.
 */
export async function readResolved(
	run: ActionRun,
	requestOf: (index: number) => ItemRequest,
	itemsOf: ItemsOf = (item) => [item],
): Promise<void> {
	// Before anything is asked of the server: a wrong field of the last item is reported at once.
	const requests = new Map((await run.readEach(requestOf)).map(({ index, value }) => [index, value]));
	const resolved = (await resolveMessages(run, [...requests.keys()])).map(({ index, address }) => ({
		index,
		address,
		request: requests.get(index)!,
	}));
	await readItems(run, resolved, { itemsOf });
}

/**
 * Reads messages whose addresses are known and returns their items, in the order in which they are given. Of what
 * was `found` by a search, a message that is not there any more is left out, and one that cannot be read is an item that says so; else
 * either is an error.
 */
export async function readItems(
	run: ActionRun,
	wanted: ReadonlyArray<ResolvedMessage & { request: ItemRequest; known?: FetchedMessage }>,
	{ itemsOf = (item) => [item], found = false }: { itemsOf?: ItemsOf; found?: boolean } = {},
): Promise<void> {
	if (wanted.length === 0) return;
	const account = await run.account();
	const { reader } = await run.session();
	const answers = new Map<number, INodeExecutionData[] | SyncError>();
	/** Places in the order of the items; one that failed at once has nothing pending. */
	let next = 0;
	const handOut = (): void => {
		for (let answer = answers.get(next); answer !== undefined; answer = answers.get(++next)) {
			answers.delete(next);
			const { index, address } = wanted[next];
			if (answer instanceof SyncError) {
				// Counted first: fail() may throw.
				next++;
				if (found) run.miss(index, answer, { account, ...address });
				else run.fail(index, answer, { ...address });
				next--;
			} else for (const { json, binary } of answer) run.succeed(index, json, binary);
		}
	};
	// All messages of an input item have one request, and there may be a hundred thousand.
	const tasksOf = new Map<ItemRequest, ReadTask['task']>();
	const taskOf = (request: ItemRequest): ReadTask['task'] => {
		let task = tasksOf.get(request);
		if (!task) tasksOf.set(request, (task = { key: keyOf(request), settings: request.reading }));
		return task;
	};
	const tasks = wanted.map(({ address, request, known }): ReadTask => ({ address, task: taskOf(request), known }));
	await readAddressed(reader, tasks, {
		signal: run.signal,
		take: async (place, message, address) => {
			const { index, request } = wanted[place];
			const item = await toItem({ account, ...identityOf(message, address) }, message, request, run.files);
			answers.set(place, itemsOf(item, index));
			handOut();
		},
		fail: (place, error) => {
			answers.set(place, found && error.code === 'messageNotFound' ? [] : error);
			handOut();
		},
	});
}

/** The same for requests that are read the same way. */
const keyOf = ({ reading, attachmentContent, headers, html }: ItemRequest): string =>
	JSON.stringify([reading.output, reading.messageSize, attachmentContent, headers, html]);

/** The address of a message and its ids, as every item has them. */
function identityOf(
	{ flags, labels, emailId, threadId }: FetchedMessage,
	{ folder, uid, uidValidity }: Required<MessageAddress>,
): object {
	return { folder, uid, uidValidity, flags, labels, emailId, threadId };
}
