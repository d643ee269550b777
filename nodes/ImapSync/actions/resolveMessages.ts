import { changeMessages, type Changed, type MessageChange } from '../../../sync/changing/changeMessages';
import { SyncError, stopError } from '../../../sync/errors/syncError';
import { findByMessageId } from '../../../sync/search/findByMessageId';
import type { MessageAddress } from '../../../sync/reading/messageAddress';
import type { ActionRun } from './ActionRun';
import { wantedMessages } from './messageFields';

/** A message that an input item means. */
export interface ResolvedMessage {
	index: number;
	address: MessageAddress;
}

/**
 * The messages that the input items mean (messageFields), in the order of the items; Message-IDs are looked up together. An
 * item whose fields are wrong or whose message is nowhere fails and is left out. `indexes`: only of these items.
 */
export async function resolveMessages(run: ActionRun, indexes: readonly number[] = run.indexes): Promise<ResolvedMessage[]> {
	const wanted = run.readEach((index) => wantedMessages(run, index), indexes);
	const lookups = wanted.flatMap(({ index, value }) => (value.kind === 'messageId' ? [{ index, lookup: value }] : []));
	const found = new Map<number, MessageAddress | SyncError>();
	if (lookups.length > 0) {
		if (run.stopped()) lookups.forEach(({ index }) => found.set(index, stopError()));
		else {
			const { reader } = await run.session();
			const answers = await findByMessageId(
				reader,
				lookups.map(({ lookup }) => lookup),
			);
			lookups.forEach(({ index }, place) => found.set(index, answers[place]));
		}
	}
	return wanted.flatMap(({ index, value }): ResolvedMessage[] => {
		if (value.kind === 'addresses') return value.addresses.map((address) => ({ index, address }));
		const answer = found.get(index);
		if (answer === undefined) return [];
		if (!(answer instanceof SyncError)) return [{ index, address: answer }];
		run.fail(index, answer, { messageId: value.messageId });
		return [];
	});
}

/** What a change of one message adds to its result item besides folder, uid and uidValidity. */
export type ResultOf = (changed: Changed, index: number) => Record<string, unknown>;

/**
 * The whole of an operation that changes messages in their folders: finds the messages of all input items, asks for each what to
 * do with it, does it with as few commands as possible and returns one item a message. `changeOf` throws SyncError when an
 * item's fields are wrong.
 */
export async function changeResolved(
	run: ActionRun,
	changeOf: (index: number, address: MessageAddress) => MessageChange | Promise<MessageChange>,
	resultOf: ResultOf = flagsOf,
): Promise<void> {
	const tasks: Array<ResolvedMessage & { task: MessageChange }> = [];
	for (const { index, address } of await resolveMessages(run)) {
		try {
			tasks.push({ index, address, task: await changeOf(index, address) });
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			run.fail(index, error, { ...address });
		}
	}
	if (tasks.length === 0) return;
	if (run.stopped()) {
		for (const { index, address } of tasks) run.fail(index, stopError(address.folder), { ...address });
		return;
	}
	const { writer } = await run.session();
	await changeMessages(writer, tasks, {
		stopped: run.stopped,
		onResult: (taskIndex, outcome) => {
			const { index, address } = tasks[taskIndex];
			if (outcome instanceof SyncError) run.fail(index, outcome, { ...address });
			else run.succeed(index, { ...outcome.address, ...resultOf(outcome, index) });
		},
	});
}

/** The flags a message has now, where the server reported them. */
const flagsOf: ResultOf = ({ flags }) => ({ flags });
