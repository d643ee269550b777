import { SyncError } from '../../../../sync/errors/syncError';
import { eachOnce, findThreads, type ThreadStart } from '../../../../sync/search/findThreads';
import { searchInFields, foldersOf, readFolders } from '../selectedFolders';
import { resolveMessages } from '../resolveMessages';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';
import { outputOptions } from '../../../shared/outputFields';
import { skipField, outputOfMany, readSkip } from '../tool/readingFields';
import { readReading } from '../readReading';
import { readFieldsOf, type ReadSource } from '../readFieldsOf';
import { readItems } from '../readResolved';

export const getThread: Operation = {
	resource: 'message',
	value: 'getThread',
	name: 'Get Thread',
	action: 'Get thread of message',
	description: 'Get all messages of the conversation that a message belongs to, oldest first',
	effect: 'reads',
	properties: [...messageFields, ...searchInFields('all'), outputOfMany, skipField, optionsField(outputOptions)],
	async run(run) {
		const asked = new Map(
			(await run.readEach((index) => ({ selection: readFolders(run, index), request: readReading(run, index) }))).map(
				({ index, value }) => [index, value],
			),
		);
		const starts = await readFieldsOf(run, await resolveMessages(run, [...asked.keys()]), 'metadata');
		/** Conversations in the same folders are looked for together. */
		const groups = new Map<string, ReadSource[]>();
		for (const start of starts) {
			const key = JSON.stringify(asked.get(start.index)?.selection);
			groups.set(key, [...(groups.get(key) ?? []), start]);
		}
		const wanted: Array<Parameters<typeof readItems>[1][number]> = [];
		for (const group of groups.values()) {
			try {
				run.throwIfStopped();
				const { reader } = await run.session();
				const { paths, mayMiss } = await foldersOf(reader, asked.get(group[0].index)!.selection);
				const threads = await findThreads(reader, paths, group.map(startOf), { mayMiss, signal: run.signal });
				for (const [place, { index, address }] of group.entries()) {
					const { request } = asked.get(index)!;
					// A message that has no Message-ID and refers to none is a conversation of its own.
					const addresses = isAlone(group[place]) ? [address] : eachOnce(threads[place]).map((message) => message.address);
					wanted.push(...addresses.slice(readSkip(run, index)).map((member) => ({ index, address: member, request })));
				}
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				for (const { index } of group) run.fail(index, error);
			}
		}
		await readItems(run, wanted, { found: true });
	},
};

function startOf({ message, fields: { messageId, inReplyTo, references = [] } }: ReadSource): ThreadStart {
	return {
		threadId: message.threadId,
		messageIds: [...new Set([messageId, inReplyTo, ...references].filter((id) => id !== undefined))],
	};
}

function isAlone(start: ReadSource): boolean {
	const { threadId, messageIds } = startOf(start);
	return threadId === undefined && messageIds.length === 0;
}
