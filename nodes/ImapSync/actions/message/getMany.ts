import { serverOut, SyncError } from '../../../../sync/errors/syncError';
import { searchFolders, type FoundMessage } from '../../../../sync/search/searchFolders';
import { withThreads } from '../../../../sync/search/threadCriteria';
import type { ActionRun } from '../ActionRun';
import { asEventOption, checkAsEvent, eventOfOption, eventsWhereAsked } from '../asEvent';
import { searchInFields, foldersOf, readFolders } from '../selectedFolders';
import { limitFields, readLimit } from '../limitFields';
import type { Operation } from '../operation';
import { optionsField } from '../../../shared/optionsField';
import { outputOptions } from '../../../shared/outputFields';
import { skipField, outputOfMany, readSkip } from '../tool/readingFields';
import { readReading } from '../readReading';
import { readItems } from '../readResolved';
import { readCriteria, searchField } from '../searchField';
import type { SearchCriteria } from '../../../../sync/server/searchCriteria';
import type { FolderSelection } from '../../../../sync/server/folderSelection';

export const getManyMessages: Operation = {
	resource: 'message',
	value: 'getMany',
	name: 'Get Many',
	action: 'Get many messages',
	description: 'Search one, several or all folders and get the newest matching messages',
	effect: 'reads',
	properties: [
		...searchInFields(),
		...searchField,
		...limitFields,
		outputOfMany,
		skipField,
		optionsField([
			asEventOption,
			eventOfOption,
			...outputOptions,
			{
				displayName: 'Sort',
				name: 'sort',
				type: 'options',
				default: 'newestFirst',
				options: [
					{ name: 'Newest First', value: 'newestFirst' },
					{ name: 'Oldest First', value: 'oldestFirst' },
				],
				description: "The order of the messages, and which ones to return if there are more than 'Limit'",
			},
		]),
	],
	async run(run) {
		const questions = await run.readEach((index) => {
			checkAsEvent(run, index);
			return {
				selection: readFolders(run, index),
				criteria: readCriteria(run, index),
				limit: readLimit(run, index),
				skip: readSkip(run, index),
				order: run.choice('options.sort', index, ['newestFirst', 'oldestFirst'] as const),
				request: readReading(run, index),
			};
		});
		/** Items that ask the same get the same answer, asked for once. */
		const answers = new Map<string, Promise<FoundMessage[]>>();
		let lost: SyncError | undefined;
		const wanted: Parameters<typeof readItems>[1][number][] = [];
		for (const { index, value } of questions) {
			const { request, limit, skip, ...question } = value;
			const key = JSON.stringify([question, limit === Infinity ? 'all' : limit, skip]);
			try {
				if (lost) throw lost;
				const answer = answers.get(key) ?? find(run, { ...question, limit: skip + limit });
				answers.set(key, answer);
				const found = await answer;
				if (found.length === skip + limit) run.asked.isLimited = true;
				for (const { address, known } of found.slice(skip)) wanted.push({ index, address, known, request });
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				// A server that lets nobody in, or is gone, is not asked again for each of a thousand items.
				if (serverOut(error)) lost = error;
				run.fail(index, error);
			}
		}
		// Somebody may have deleted one since the search.
		await readItems(run, wanted, { itemsOf: await eventsWhereAsked(run), found: true });
	},
};

interface Question {
	selection: FolderSelection;
	criteria: SearchCriteria;
	limit: number;
	order: 'newestFirst' | 'oldestFirst';
}

async function find(run: ActionRun, { selection, criteria, limit, order }: Question): Promise<FoundMessage[]> {
	run.throwIfStopped();
	const { reader } = await run.session();
	const { paths, mayMiss } = await foldersOf(reader, selection);
	const options = { mayMiss, signal: run.signal };
	const criteriaOf = await withThreads(reader, paths, criteria, options);
	return await searchFolders(reader, paths, { limit, order, criteriaOf }, options);
}
