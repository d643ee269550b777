import { changeMessages, type ChangeTask, type MessageChange } from '../../sync/changing/changeMessages';
import { specialFolder } from '../../sync/changing/specialFolder';
import type { MailboxWriter } from '../../sync/changing/writing';
import { SyncError } from '../../sync/errors/syncError';
import type { Fate, Finishing } from '../../sync/push/finishing';
import { UidSet } from '../../sync/uids/uidSet';
import { DescribedError } from '../shared/describedError';
import type { Afterwards } from './pushFields';

/** What became of finishing messages. */
export interface Finished {
	/** What was done, and what nothing can be done to any more. */
	done: readonly Finishing[];
	/** Why something is left. */
	problem?: SyncError;
}

/**
 * Does to messages what is to be done after their executions, with few commands. A message that is gone, or whose folder was
 * renumbered, is left alone; what the connection cut short stays on the list.
 */
export async function finishMessages(
	writer: MailboxWriter,
	list: readonly Finishing[],
	afterwards: Readonly<Record<Fate, Afterwards>>,
): Promise<Finished> {
	const finished: Finishing[] = [];
	let problem: SyncError | undefined;
	for (const one of list) {
		try {
			const change = await changeFor(writer, afterwards[one.fate]);
			const { done, error } = change ? await finishGroup(writer, one, change) : { done: one.uids, error: undefined };
			finished.push({ ...one, uids: done });
			problem ??= error;
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			problem ??= error;
		}
		if (problem?.scope === 'connection' || problem?.scope === 'account') break;
	}
	return { done: finished, ...(problem === undefined ? {} : { problem }) };
}

async function finishGroup(
	writer: MailboxWriter,
	{ folder, uidValidity, uids }: Finishing,
	change: MessageChange,
): Promise<{ done: UidSet; error: SyncError | undefined }> {
	// It is where it should go already.
	if (change.kind === 'move' && change.to === folder) return { done: uids, error: undefined };
	const tasks = [...uids].map((uid): ChangeTask => ({ address: { folder, uidValidity, uid }, task: change }));
	const done: number[] = [];
	let problem: SyncError | undefined;
	await changeMessages(writer, tasks, {
		onResult: (index, outcome) => {
			if (outcome instanceof SyncError && !isOver(outcome, folder)) problem ??= outcome;
			else done.push(tasks[index].address.uid);
		},
	});
	return { done: UidSet.of(done), error: problem };
}

/** Whether there is nothing left to do it to. */
const isOver = ({ code, scope, data }: SyncError, folder: string): boolean =>
	scope === 'message' || code === 'folderRenumbered' || (code === 'folderNotFound' && data.folder === folder);

async function changeFor(writer: MailboxWriter, afterwards: Afterwards): Promise<MessageChange | undefined> {
	switch (afterwards.kind) {
		case 'nothing':
			return undefined;
		case 'markRead':
			return { kind: 'flags', mode: 'add', flags: ['\\Seen'] };
		case 'addKeyword':
			return { kind: 'flags', mode: 'add', flags: [afterwards.keyword] };
		case 'move':
			return { kind: 'move', to: afterwards.folder, mayCreate: true };
		case 'trash':
			return { kind: 'move', to: await trashOf(writer) };
	}
}

async function trashOf(writer: MailboxWriter): Promise<string> {
	const trash = specialFolder(await writer.folders(), '\\Trash');
	if (trash !== undefined) return trash;
	throw new DescribedError(
		'folderNotFound',
		'The account has no folder for deleted messages, so messages that are done stay in their folder',
		"Create a folder named Trash, or change 'When Done'.",
		{},
	);
}
