import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { SyncError } from '../../../../sync/errors/syncError';
import { decodePosition, encodePosition, type Position } from '../../../../sync/state/position';
import { accountSealOf } from '../../../../sync/session/accountSealOf';
import { StateMailbox } from '../../../../sync/state/stateMailbox';
import { invalidField } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';
import { folderField } from '../../../shared/folderField';
import { pathOf } from '../folder/folderPath';
import { staticDataObstacle, surroundingsOf } from './staticDataObstacle';

/** Where a position is kept between two executions. */
export interface StateStore {
	kind: 'cursor' | 'mailServer' | 'staticData';
	/** For texts: goes on after "in". */
	where: string;
	/** The folder on the mail server, which is never read as mail. */
	folder?: string;
	/** Throws stateUnreadable; undefined where nothing is saved. */
	load(): Promise<Position | undefined>;
	/** Throws stateOvertaken and stateNotKept. A cursor is saved by whoever takes it out of the item. */
	save(position: Position): Promise<void>;
	/** Lets save() replace what cannot be read. */
	overDamaged?(): void;
	/** Throws where the position could not be kept anyway, or was lost unless it is to be reset; before anything is done. */
	check(what?: { isReset: boolean }): Promise<void>;
}

const STATIC_DATA_PREFIX = 'imapSync ';

/** The fields that say where the position is kept. */
export const storeFields: INodeProperties[] = [
	{
		displayName: 'State Store',
		name: 'stateStore',
		type: 'options',
		default: 'mailServer',
		options: [
			{
				name: 'Cursor',
				value: 'cursor',
				description: 'The workflow keeps it: each run returns a cursor, which is the input of the next run',
			},
			{
				name: 'Mail Server',
				value: 'mailServer',
				description: 'A small message in a folder of the mailbox. Works with any number of n8n processes.',
			},
			{
				name: 'Static Data',
				value: 'staticData',
				description: 'Stored with the workflow in n8n. Not for queue mode, and not for workflows with a polling trigger.',
			},
		],
		description: 'Where to keep the position, so that the next run continues from there',
	},
	{
		displayName: 'Cursor',
		name: 'cursor',
		type: 'string',
		default: '',
		displayOptions: { show: { stateStore: ['cursor'] } },
		placeholder: 'e.g. {{ $json.cursor }}',
		description: "The field cursor of the last item of the previous run. If empty, 'If Nothing Is Saved' applies.",
	},
	folderField({
		displayName: 'State Folder',
		name: 'stateFolder',
		path: 'IMAP Sync',
		required: true,
		displayOptions: { show: { stateStore: ['mailServer'] } },
		description:
			'The folder for the message that keeps the position. It is created if it does not exist, and never read as mail.',
	}),
	{
		displayName: 'State Name',
		name: 'stateName',
		type: 'string',
		default: 'default',
		required: true,
		displayOptions: { show: { stateStore: ['mailServer', 'staticData'] } },
		description: 'A name for the position. Use a different name for each purpose that reads the same mailbox.',
	},
];

/** The store that an input item asks for. Throws settingsInvalid. */
export async function storeOf(run: ActionRun, index: number): Promise<StateStore> {
	const kind = run.choice('stateStore', index, ['mailServer', 'cursor', 'staticData'] as const);
	if (kind === 'cursor') return cursorStore(run, index);
	const name = run.requiredText('stateName', index);
	if (name.length > 200) throw invalidField(run.label('stateName'), 'is longer than 200 characters');
	return kind === 'staticData' ? staticDataStore(run, name) : await mailServerStore(run, index, name);
}

function cursorStore(run: ActionRun, index: number): StateStore {
	const where = `'${run.label('cursor')}'`;
	return {
		kind: 'cursor',
		where,
		load: async () => decodePosition(run.value('cursor', index), where),
		save: async () => undefined,
		check: async () => undefined,
	};
}

async function mailServerStore(run: ActionRun, index: number, name: string): Promise<StateStore> {
	const session = await run.session();
	const folder = pathOf(session.writer, run.folder('stateFolder', index));
	if (/[*?]|^\\/.test(folder)) throw invalidField(run.label('stateFolder'), 'must not hold * or ? nor begin with \\');
	const mailbox = new StateMailbox(session, folder, name, randomUUID, accountSealOf((await run.readCredential()).settings));
	return {
		kind: 'mailServer',
		where: `the folder "${folder}" of the mailbox under the name "${name}"`,
		folder,
		load: async () => await mailbox.load(),
		save: async (position) => await mailbox.save(position),
		overDamaged: () => mailbox.overDamaged(),
		check: async () => undefined,
	};
}

/**
 * Positions that this process saw n8n take, by workflow and name. n8n drops them without a word: one that was there and
 * is not any more must not pass for a first run.
 */
const seen = new Set<string>();

/** In the static data of the whole workflow, so that Reset and Get State, which are nodes of their own, find it. */
function staticDataStore(run: ActionRun, name: string): StateStore {
	const key = STATIC_DATA_PREFIX + name;
	const where = `the static data of the workflow under the name "${name}"`;
	const id = JSON.stringify([run.n8n.getWorkflow().id, name]);
	const data = (): IDataObject => run.n8n.getWorkflowStaticData('global');
	const refuse = (detail: string): SyncError => new SyncError('stateNotKept', { detail });
	return {
		kind: 'staticData',
		where,
		load: async () => {
			const position = decodePosition(data()[key], where);
			if (position) seen.add(id);
			return position;
		},
		save: async (position) => {
			// One assignment of a top-level key, of values that n8n does not watch yet: it notices nothing else.
			data()[key] = JSON.parse(JSON.stringify(encodePosition(position))) as IDataObject;
		},
		check: async ({ isReset } = { isReset: false }) => {
			const has = data()[key] !== undefined;
			const why = staticDataObstacle(surroundingsOf(run, has));
			if (why !== undefined) throw refuse(why);
			if (!has && seen.delete(id) && !isReset)
				throw refuse('it was there at an earlier execution, and n8n has lost it or somebody removed it');
		},
	};
}
