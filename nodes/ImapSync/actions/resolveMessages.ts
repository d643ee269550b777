import { changeMessages, type Changed, type MessageChange } from '../../../sync/changing/changeMessages';
import { SyncError, stopError } from '../../../sync/errors/syncError';
import { existingIn } from '../../../sync/reading/existing';
import { findByMessageId, type Lookup } from '../../../sync/search/findByMessageId';
import type { MessageAddress } from '../../../sync/reading/messageAddress';
import { paced } from '../../../sync/reading/pace';
import type { ActionRun } from './ActionRun';
import { wantedMessages, type WantedMessages, type WantedUids } from './messageFields';

/** A message that an input item means. */
export interface ResolvedMessage {
	index: number;
	address: MessageAddress;
}

/** The messages that an item means, one by one as there may be a hundred thousand; or why it means none. */
type Answer = Iterable<MessageAddress> | SyncError;

/**
 * The messages that the input items mean (messageFields), in the order of the items; Message-IDs are looked up together, and so are
 * ranges of UIDs. An item whose fields are wrong or whose message is nowhere fails and is left out. `indexes`: only of these items.
 */
export async function resolveMessages(run: ActionRun, indexes: readonly number[] = run.indexes): Promise<ResolvedMessage[]> {
	const wanted = await run.readEach((index) => wantedMessages(run, index), indexes);
	const answers = new Map<WantedMessages, Answer>();
	await lookUp(run, ofKind(wanted, 'messageId'), answers, findMessageIds);
	await lookUp(
		run,
		ofKind(wanted, 'uids').filter(({ ranges }) => !ranges.isEmpty),
		answers,
		findRanges,
	);
	const resolved: ResolvedMessage[] = [];
	const pace = paced();
	for (const { index, value } of wanted) {
		const answer = value.kind === 'addresses' ? value.addresses : (answers.get(value) ?? namedOf(value));
		if (answer instanceof SyncError) run.fail(index, answer, whatWasWanted(value));
		else {
			for (const address of answer) {
				resolved.push({ index, address });
				await pace();
			}
		}
	}
	return resolved;
}

type OfKind<K extends WantedMessages['kind']> = Extract<WantedMessages, { kind: K }>;

const ofKind = <K extends WantedMessages['kind']>(wanted: ReadonlyArray<{ value: WantedMessages }>, kind: K): Array<OfKind<K>> =>
	wanted.flatMap(({ value }) => (value.kind === kind ? [value as OfKind<K>] : []));

async function lookUp<T extends WantedMessages>(
	run: ActionRun,
	wanted: T[],
	answers: Map<WantedMessages, Answer>,
	find: (run: ActionRun, wanted: T[]) => Promise<Answer[]>,
): Promise<void> {
	if (wanted.length === 0) return;
	const found = run.signal?.aborted ? wanted.map(() => stopError()) : await find(run, wanted);
	wanted.forEach((value, place) => answers.set(value, found[place]));
}

async function findMessageIds(run: ActionRun, wanted: Lookup[]): Promise<Answer[]> {
	const { reader } = await run.session();
	const found = await findByMessageId(reader, wanted);
	return found.map((answer) => (answer instanceof SyncError ? answer : [answer]));
}

/** The messages that are in the folder: those of the ranges as the server lists them, and those that were named, whether or not. */
async function findRanges(run: ActionRun, wanted: WantedUids[]): Promise<Answer[]> {
	const { reader } = await run.session();
	const found = await existingIn(
		reader,
		wanted.map(({ folder, uidValidity, ranges }) => ({ folder, uidValidity, uids: ranges })),
	);
	return wanted.map((range, place) => {
		const answer = found[place];
		if (answer instanceof SyncError) return answer;
		const { folder, named } = range;
		const uids = answer.uids.union(named);
		if (uids.isEmpty)
			return new SyncError('messageNotFound', { reason: 'range', folder, uids: range.ranges.toString().slice(0, 40) });
		return addressesOf({ folder, uidValidity: answer.uidValidity }, uids);
	});
}

/** What no server has to be asked about. */
const namedOf = (value: WantedMessages): Iterable<MessageAddress> =>
	value.kind === 'uids'
		? addressesOf(
				{ folder: value.folder, ...(value.uidValidity === undefined ? {} : { uidValidity: value.uidValidity }) },
				value.named,
			)
		: [];

function* addressesOf(place: Omit<MessageAddress, 'uid'>, uids: WantedUids['named']): Generator<MessageAddress> {
	for (const uid of uids) yield { ...place, uid };
}

function whatWasWanted(value: WantedMessages): Record<string, string> {
	if (value.kind === 'messageId') return { messageId: value.messageId };
	return value.kind === 'uids' ? { folder: value.folder } : {};
}

/** What a change of one message adds to its result item besides folder, uid and uidValidity. */
export type ResultOf = (changed: Changed, index: number) => Record<string, unknown>;

/**
 * The whole of an operation that changes messages in their folders: finds the messages of all input items, asks what to do with
 * those of an item in a folder, does it with as few commands as possible and returns one item a message. `changeOf` throws SyncError
 * when an item's fields are wrong.
 */
export async function changeResolved(
	run: ActionRun,
	changeOf: (index: number, address: MessageAddress) => MessageChange | Promise<MessageChange>,
	resultOf: ResultOf = flagsOf,
): Promise<void> {
	const tasks: Array<ResolvedMessage & { task: MessageChange }> = [];
	const pace = paced();
	let last: { index: number; folder: string; task: MessageChange } | undefined;
	for (const { index, address } of await resolveMessages(run)) {
		const { folder } = address;
		try {
			// Once for the messages of an item: it may mean a hundred thousand.
			if (last?.index !== index || last.folder !== folder) last = { index, folder, task: await changeOf(index, address) };
			tasks.push({ index, address, task: last.task });
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			run.fail(index, error, { ...address });
		}
		await pace();
	}
	if (tasks.length === 0) return;
	if (run.signal?.aborted) {
		for (const { index, address } of tasks) run.fail(index, stopError(address.folder), { ...address });
		return;
	}
	const { writer } = await run.session();
	await changeMessages(writer, tasks, {
		signal: run.signal,
		onResult: (taskIndex, outcome) => {
			const { index, address } = tasks[taskIndex];
			if (outcome instanceof SyncError) run.fail(index, outcome, { ...address });
			else run.succeed(index, { ...outcome.address, ...resultOf(outcome, index) });
		},
	});
}

/** The flags a message has now, where the server reported them. */
const flagsOf: ResultOf = ({ flags }) => ({ flags });
