import type { IDataObject } from 'n8n-workflow';
import { readManifest, type ManifestEntry } from '../../../../sync/archive/manifest';
import { verifyWithManifest, verifyWithState, type Difference, type Verified } from '../../../../sync/archive/verify';
import { SyncError, stopError } from '../../../../sync/errors/syncError';
import { ResumingReader } from '../../../../sync/reading/resumingReader';
import type { OpenFolder } from '../../../../sync/server/mailServer';
import { decodeState } from '../../../../sync/state/state';
import { accountKeys } from '../../../../sync/state/accountState';
import { isKeyOf } from '../../../../sync/state/saltedKey';
import { invalidField, readText } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';
import { Progress } from '../Progress';
import { folderField } from '../../../shared/folderField';
import type { Operation } from '../operation';
import { samePath } from '../../../../sync/server/folderListing';

export const verify: Operation = {
	resource: 'archive',
	value: 'verify',
	name: 'Verify',
	action: 'Compare folder with export',
	description: 'Find out which messages are missing, extra or changed since an export or a saved sync state',
	effect: 'reads',
	properties: [
		{
			displayName: 'Compare With',
			name: 'against',
			type: 'options',
			default: 'manifestFile',
			options: [
				{ name: 'Manifest File', value: 'manifestFile', description: 'The manifest of an export, as a file in the input item' },
				{
					name: 'Manifest JSON',
					value: 'manifestJson',
					description: 'The manifest of an export as JSON, or the items of an export as .eml files',
				},
				{ name: 'Sync State', value: 'state', description: "What a trigger or 'Change > Get Many' last knew about the folder" },
			],
			description: 'What to compare the folder with',
		},
		{
			displayName: 'Input Data Field Name',
			name: 'fileField',
			type: 'string',
			default: 'manifest',
			required: true,
			displayOptions: { show: { against: ['manifestFile'] } },
			description: 'The name of the input binary field that contains the manifest',
		},
		{
			displayName: 'Manifest',
			name: 'manifest',
			type: 'json',
			default: '',
			required: true,
			displayOptions: { show: { against: ['manifestJson'] } },
			description: 'The manifest as JSON, or a list of its entries',
		},
		{
			displayName: 'State',
			name: 'state',
			type: 'json',
			default: '',
			required: true,
			displayOptions: { show: { against: ['state'] } },
			description: "The saved state: a cursor of 'Change > Get Many', or the static data of a trigger",
		},
		folderField({
			displayName: 'Folder',
			name: 'folder',
			description:
				'The folder to compare. Leave empty to compare all folders of the manifest. If the manifest contains only one folder, it is compared with this one even if the names differ.',
		}),
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			description: 'Rarely needed settings',
			options: [
				{
					displayName: 'Compare Content',
					name: 'deep',
					type: 'boolean',
					default: false,
					description: 'Whether to download every message and compare its content (SHA-256) too. Only with a manifest.',
				},
				{
					displayName: 'Max Listed',
					name: 'maxListed',
					type: 'number',
					typeOptions: { minValue: 0 },
					default: 100,
					description: 'Max number of missing, extra or changed messages to list. All of them are counted.',
				},
			],
		},
	],
	async run(run) {
		await run.each(async (index) => {
			const against = run.choice('against', index, ['manifestFile', 'manifestJson', 'state'] as const);
			const deep = run.yesOrNo('options.deep', index);
			const maxListed = run.wholeNumber('options.maxListed', index, 0, 100);
			const folder =
				readText(run.label('folder'), run.value('folder', index)) === undefined ? undefined : run.folder('folder', index);
			const work = against === 'state' ? await workOfState(run, index, folder) : await workOfManifest(run, index, folder, deep);
			const { reader } = await run.session();
			const account = await run.account();
			for (const { path, expected, compare } of work) {
				run.throwIfStopped();
				const [visit] = await new ResumingReader(reader).visitFolders(
					[path],
					async (_path, connection) => await compare(await connection.open(path)),
				);
				if (visit.status === 'fulfilled') {
					run.succeed(index, { account, folder: path, ...fieldsOf(visit.value, maxListed), deep: deep && against !== 'state' });
				} else if (visit.reason instanceof SyncError && visit.reason.code === 'folderNotFound') {
					// That it is gone is the answer.
					const gone: Verified = { ...noneThere, expected: expected.length, missing: expected };
					run.succeed(index, { account, folder: path, folderMissing: true, ...fieldsOf(gone, maxListed), deep: false });
				} else throw visit.reason;
			}
		});
	},
};

interface Work {
	path: string;
	/** What was noted, for the case that the folder is gone. */
	expected: Difference[];
	compare(folder: OpenFolder): Promise<Verified>;
}

const noneThere: Verified = {
	uidValidity: '',
	comparedBy: 'nothing',
	messages: 0,
	expected: 0,
	same: 0,
	missing: [],
	extra: [],
	changed: [],
};

async function workOfManifest(run: ActionRun, index: number, folder: string | undefined, deep: boolean): Promise<Work[]> {
	const isFile = run.choice('against', index, ['manifestFile', 'manifestJson'] as const) === 'manifestFile';
	const value = isFile
		? (await run.file(run.requiredText('fileField', index), index)).toString('utf8')
		: run.value('manifest', index);
	if (value === undefined || value === '') throw invalidField(run.label('manifest'), 'is empty');
	const byFolder = new Map<string, ManifestEntry[]>();
	const manifest = readManifest(value);
	if (deep && manifest.entries.some(({ sha256 }) => sha256 === undefined)) {
		throw invalidField(
			run.label('options.deep'),
			'is on, but the manifest says nothing of the bytes of messages',
			"Export with the messages, not with 'Manifest Only'.",
		);
	}
	const sameAccount = manifest.account === undefined || manifest.account === (await run.account());
	for (const entry of manifest.entries) {
		const entries = byFolder.get(entry.folder);
		if (entries) entries.push(entry);
		else byFolder.set(entry.folder, [entry]);
	}
	const chosen = [...byFolder].filter(([path]) => folder === undefined || byFolder.size === 1 || samePath(path, folder));
	// A folder without messages is as good as any other.
	if (folder !== undefined && manifest.entries.length === 0) chosen.push([folder, []]);
	if (chosen.length === 0) {
		throw invalidField(
			run.label('folder'),
			folder === undefined ? 'is empty, and so is the manifest' : `"${folder}" is not in the manifest`,
			'Choose a folder that was exported.',
		);
	}
	const progress = new Progress(run.n8n, 'Compared');
	return chosen.map(([path, entries]) => ({
		path: folder ?? path,
		expected: entries.map(({ uid, messageId, date, size }) => ({ uid, messageId, date, size })),
		compare: (open) =>
			verifyWithManifest(open, entries, {
				deep,
				signal: run.signal,
				onRead: (left) => progress.step(folder ?? path, left),
				sameFolder: sameAccount && samePath(path, folder ?? path),
			}),
	}));
}

async function workOfState(run: ActionRun, index: number, folder: string | undefined): Promise<Work[]> {
	const value = run.value('state', index);
	let stored: unknown = value;
	try {
		if (typeof value === 'string') stored = JSON.parse(value);
	} catch {
		throw invalidField(run.label('state'), 'is not JSON');
	}
	const state = decodeState(stored);
	if (!state) throw invalidField(run.label('state'), 'is empty');
	if (!isKeyOf(state.account.user, accountKeys(await run.ownAccount()).user)) {
		throw invalidField(
			run.label('state'),
			'belongs to another account than the credential',
			'Choose the credential that the state was made with.',
		);
	}
	const chosen = Object.entries(state.folders).filter(([path]) => folder === undefined || samePath(path, folder));
	if (chosen.length === 0)
		throw invalidField(
			run.label('folder'),
			'is not in the state',
			`The state knows: ${Object.keys(state.folders).slice(0, 20).join(', ') || 'nothing'}.`,
		);
	return chosen.map(([path, known]) => ({
		path,
		expected: known.knownUids ? [...known.knownUids].map((uid) => ({ uid })) : [],
		compare: (open) => {
			if (run.signal?.aborted) throw stopError(path);
			return verifyWithState(open, known);
		},
	}));
}

function fieldsOf(
	{ uidValidity, missing, extra, changed, missingUnknown = 0, ...counts }: Verified,
	maxListed: number,
): IDataObject {
	const list = (differences: Difference[]): IDataObject[] =>
		differences
			.slice(0, maxListed)
			.map(
				(difference) => Object.fromEntries(Object.entries(difference).filter(([, value]) => value !== undefined)) as IDataObject,
			);
	return {
		...(uidValidity === '' ? {} : { uidValidity }),
		identical: missing.length + extra.length + changed.length + missingUnknown === 0,
		...counts,
		missing: missing.length + (missing.length === 0 ? missingUnknown : 0),
		extra: extra.length,
		changed: changed.length,
		missingMessages: list(missing),
		extraMessages: list(extra),
		changedMessages: list(changed),
	};
}
