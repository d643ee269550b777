import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { printable } from '../../../../sync/errors/printable';
import { SyncError, stopError } from '../../../../sync/errors/syncError';
import type { EventSink } from '../../../../sync/events/eventSink';
import { encodePosition, type Position } from '../../../../sync/state/position';
import { sampleMessage } from '../../../../sync/run/sample';
import { syncAccount, type SyncOutcome } from '../../../../sync/run/syncAccount';
import { accountKeys } from '../../../../sync/state/accountState';
import { isKeyOf } from '../../../../sync/state/saltedKey';
import { invalidField } from '../../../shared/fieldValues';
import { eventItem } from '../../../shared/items';
import { describeError } from '../../../shared/nodeErrors';
import { sentences } from '../../../shared/sentences';
import { labels } from '../../../shared/labels';
import { triggerFields } from '../../../shared/triggerFields';
import { knowledgeFor, settingsFor, type AccountKnowledge } from '../../../shared/ownChanges';
import { readRequest, type NodeRequest } from '../../../shared/request';
import type { ActionRun } from '../ActionRun';
import type { Operation } from '../operation';
import { storeFields, storeOf, type StateStore } from './stateStore';
import { samePath } from '../../../../sync/server/folderListing';
import type { FolderSelection } from '../../../../sync/server/folderSelection';
import type { SyncState } from '../../../../sync/state/syncState';
import type { SyncSettings } from '../../../../sync/settings/syncSettings';

/** As long as a poll of the trigger may take. */
const RUN_MS = 5 * 60_000;

/** How often a run is made anew because another one was faster. */
const ATTEMPTS = 3;

const isOptions = ({ name }: INodeProperties): boolean => name === 'options';

/** The trigger's own fields. */
const syncFields = triggerFields().filter((field) => !isOptions(field));

/** The trigger's options, and the one that only makes sense here. */
const syncOptions = triggerFields()
	.filter(isOptions)
	.map((field) => ({ ...field, options: inOrder([...((field.options ?? []) as INodeProperties[]), summaryOption()]) }));

function summaryOption(): INodeProperties {
	return {
		displayName: 'Summary',
		name: 'summary',
		type: 'boolean',
		default: false,
		description:
			"Whether to add a summary as the last item: number of events, whether more is waiting, and problems. Always added if 'State Store' is 'Cursor'.",
	};
}

function inOrder(fields: INodeProperties[]): INodeProperties[] {
	return fields.sort((a, b) => a.displayName.localeCompare(b.displayName));
}

export const getManyChanges: Operation = {
	resource: 'change',
	value: 'getMany',
	name: 'Get Many',
	action: 'Get many changes',
	description: 'Get messages that are new, changed, moved or deleted since the last run, as the trigger does',
	effect: 'reads',
	properties: [
		...syncFields,
		...storeFields,
		{
			displayName: 'If Nothing Is Saved',
			name: 'ifNothingSaved',
			type: 'options',
			default: 'fail',
			options: [
				{
					name: 'Fail',
					value: 'fail',
					description:
						'A published workflow stops with an error, so that a lost position never passes for a first run. A test run in the editor starts.',
				},
				{ name: 'Start', value: 'start', description: "Start as 'Start From' says" },
			],
			description: "What to do when no position is saved. 'Change > Reset' saves one too.",
		},
		...syncOptions,
	],
	async run(run) {
		// Items that ask for the same are one run: its position cannot be in two places.
		const groups = new Map<string, number>();
		for (const index of run.indexes) {
			const key = JSON.stringify(run.fields.map(({ name }) => run.value(name, index)));
			if (!groups.has(key)) groups.set(key, index);
		}
		for (const index of groups.values()) {
			try {
				run.throwIfStopped();
				await getChanges(run, index);
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				run.fail(index, error);
			}
		}
	},
};

/** What one run found. */
interface Found {
	outcome: SyncOutcome;
	position: Position;
	items: INodeExecutionData[];
	events: Record<string, number>;
	isFirst: boolean;
	/** The first click in the editor: there is no position yet that could have been lost. */
	isTrial: boolean;
}

async function getChanges(run: ActionRun, index: number): Promise<void> {
	const { account, settings } = await run.readCredential();
	const now = Date.now();
	const request = readRequest(run.fieldsOf(index), account, { now, deadline: now + RUN_MS });
	const store = await storeOf(run, index);
	request.sync = settingsFor(request, settings);
	if (store.folder !== undefined) {
		const { watch } = request.sync;
		request.sync = { ...request.sync, watch: { ...watch, selection: without(watch.selection, store.folder) } };
	}
	const knowledge = knowledgeFor(request, settings);
	await store.check();
	for (let attempt = 1; ; attempt++) {
		const found = await syncOnce(run, index, { request, knowledge }, store);
		try {
			if (found.outcome.changed || found.isFirst) await store.save(found.position);
		} catch (error) {
			if (error instanceof SyncError && error.code === 'stateOvertaken' && attempt < ATTEMPTS) continue;
			throw error;
		}
		if (found.isTrial && found.items.length === 0) await addSample(run, request, found);
		emit(run, index, store, found);
		return;
	}
}

/** One run from the position that is saved; saves nothing. */
async function syncOnce(
	run: ActionRun,
	index: number,
	{ request, knowledge }: { request: NodeRequest; knowledge: AccountKnowledge },
	store: StateStore,
): Promise<Found> {
	const { account } = await run.readCredential();
	const before = await store.load();
	const isFirst = before?.state === undefined;
	const isTrial = !before && run.choice('ifNothingSaved', index, ['fail', 'start'] as const) === 'fail';
	if (isTrial && run.n8n.getMode() !== 'manual') throw nothingSaved(run, store);
	if (before?.state && isOfAnother(before.state, accountKeys(account).user)) {
		throw new SyncError('stateMissing', { reason: 'otherMailbox', where: store.where, account: account.name });
	}
	const sync = before?.since === undefined ? request.sync : startingFrom(request.sync, new Date(before.since));
	const items: INodeExecutionData[] = [];
	const events: Record<string, number> = {};
	const { reader } = await run.session();
	const outcome = await syncAccount(sync, before?.state, {
		...knowledge,
		server: reader,
		sink: async (event, message) => {
			run.throwIfStopped();
			items.push(await eventItem(event, message, request, run.files));
			events[event.event] = (events[event.event] ?? 0) + 1;
		},
		now: Date.now,
	});
	if (run.signal?.aborted) throw stopError();
	// At the start every folder has to be there, or the position would begin without it.
	if (isFirst && items.length === 0 && outcome.problems.length > 0) throw outcome.problems[0];
	const olderWaits =
		Object.values(outcome.state.folders).some(({ backfill }) => !backfill.isEmpty) || outcome.state.unopened.length > 0;
	const position: Position = {
		state: outcome.state,
		serial: (before?.serial ?? 0) + 1,
		savedAt: Date.now(),
		...(before?.since !== undefined && olderWaits ? { since: before.since } : {}),
	};
	return { outcome, position, items, events, isFirst, isTrial };
}

/** Whoever tries the node out for the first time needs an item to build the workflow with. */
async function addSample(run: ActionRun, request: NodeRequest, found: Found): Promise<void> {
	const { reader } = await run.session();
	const sink: EventSink = async (event, message) => {
		found.items.push(await eventItem(event, message, request, run.files));
	};
	if (await sampleMessage(request.sync, { server: reader, sink, now: Date.now }))
		report(
			run,
			'This is the newest message, as a sample. From now on, Get Many returns what has happened since this test run.',
			'info',
		);
}

/** The settings with another start: a position that Reset made says where its first run begins. */
const startingFrom = (sync: SyncSettings, date: Date): SyncSettings => ({
	...sync,
	watch: { ...sync.watch, startFrom: { kind: 'date', date } },
});

/** Gives the items, then the summary. What went wrong is the error of a run that gives nothing else, and a hint beside items. */
function emit(run: ActionRun, index: number, store: StateStore, { outcome, position, items, events, isFirst }: Found): void {
	const texts = outcome.problems.map((problem) => ({ problem, ...describeError(problem) }));
	for (const { json, binary } of items) run.succeed(index, json, binary);
	const isCursor = store.kind === 'cursor';
	if (isCursor || run.yesOrNo('options.summary', index)) {
		const summary: IDataObject = {
			event: 'summary',
			events: items.length,
			counts: events,
			unfinished: outcome.unfinished,
			firstRun: isFirst,
			problems: texts.map(({ problem, message, advice }) => ({
				message,
				advice,
				code: problem.code,
				...(problem.data.folder === undefined ? {} : { folder: problem.data.folder }),
			})),
			...(isCursor ? { cursor: JSON.stringify(encodePosition(position)) } : {}),
		};
		run.succeed(index, summary);
	} else if (items.length === 0 && outcome.problems.length > 0) {
		throw outcome.problems[0];
	}
	for (const { message, advice } of texts) report(run, sentences(message, advice));
	if (isFirst)
		report(
			run,
			`This was the first run with the position in ${store.where}. Where it starts is set in '${labels.startFrom}', or by Change > Reset.`,
			'info',
		);
}

/** Says something beside the items, in the log of a production run too. */
function report({ n8n }: ActionRun, text: string, type: 'info' | 'warning' = 'warning'): void {
	// The place of the position has the name of a folder.
	const message = printable(text);
	n8n.logger[type === 'info' ? 'info' : 'warn'](`${n8n.getNode().name}: ${message}`);
	n8n.addExecutionHints?.({ message, type, location: 'outputPane' });
}

function nothingSaved(run: ActionRun, store: StateStore): SyncError {
	return new SyncError('stateMissing', { reason: 'nothingSaved', where: store.where, field: run.label('ifNothingSaved') });
}

/** Whether a state is neither this user's nor holds one of his from before. */
function isOfAnother({ account, earlierAccounts }: SyncState, user: string): boolean {
	return !isKeyOf(account.user, user) && !earlierAccounts.some((stored) => isKeyOf((stored as { a?: string[] }).a?.[0], user));
}

/** The selection without the folder that holds positions. */
function without(selection: FolderSelection, folder: string): FolderSelection {
	if (selection.kind === 'all') return { kind: 'pattern', include: ['*'], exclude: [folder] };
	if (selection.kind === 'pattern') return { ...selection, exclude: [...selection.exclude, folder] };
	if (!selection.folders.some((path) => samePath(path, folder))) return selection;
	throw invalidField(
		labels.folders,
		`holds "${folder}", in which the position is kept`,
		`Choose another folder in 'State Folder'.`,
	);
}
