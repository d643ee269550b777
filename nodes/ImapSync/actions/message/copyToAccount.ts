import type { IDataObject, INodeProperties } from 'n8n-workflow';
import {
	copyFolderToAccount,
	type CopyOptions,
	type CopyOutcome,
	type FolderCopied,
} from '../../../../sync/changing/copyToAccount';
import { serverOut, SyncError, stopError } from '../../../../sync/errors/syncError';
import { nameInOtherAccount } from '../../../../sync/changing/nameInOtherAccount';
import { selectFolders } from '../../../../sync/server/folderSelection';
import { renumbered } from '../../../../sync/reading/messageAddress';
import { watchedPaths } from '../../../../sync/run/watchedFolders';
import type { Uid } from '../../../../sync/uids/uid';
import { UidSet } from '../../../../sync/uids/uidSet';
import { invalidField, readMegabytes, readText } from '../../fieldValues';
import type { ActionRun } from '../ActionRun';
import { folderField } from '../folderField';
import { folderSelectionFields } from '../folderSelectionFields';
import { readFolders } from '../foldersField';
import { locateMessages, type ResolvedMessage } from '../locate';
import { messageFields } from '../messageFields';
import type { Operation } from '../operation';
import type { Account } from '../../../../sync/server/account';
import { type FolderListing, type Hierarchy, samePath } from '../../../../sync/server/folderListing';

const MEGABYTE = 1024 * 1024;
/** Failed messages that one result item names. */
const NAMED_FAILURES = 100;

export const copyToAccount: Operation = {
	resource: 'message',
	value: 'copyToAccount',
	name: 'Copy To Account',
	action: 'Copy message to another account',
	description: 'Copy messages or whole folders to a second account, leaving out what is there already: for backup and migration',
	properties: [
		{
			displayName: 'Copy',
			name: 'copyWhat',
			type: 'options',
			default: 'messages',
			options: [
				{ name: 'Messages', value: 'messages', description: 'The messages that the input items mean' },
				{ name: 'Whole Folders', value: 'folders', description: 'All messages of one folder, several or all folders' },
			],
			description: 'What is copied',
		},
		...messageFields.map((field) => shownWith(field, 'messages')),
		folderField({
			displayName: 'To Folder',
			name: 'targetFolder',
			account: 'target',
			displayOptions: { show: { copyWhat: ['messages'] } },
			description: 'The folder of the second account. Empty: the one with the name of the folder in which the message lies.',
		}),
		...folderSelectionFields.map((field) => shownWith(field, 'folders')),
		{
			displayName: 'Below Folder',
			name: 'below',
			type: 'string',
			default: '',
			displayOptions: { show: { copyWhat: ['folders'] } },
			placeholder: 'e.g. Backup',
			description: 'A folder of the second account to put all folders in. Empty: on the top level.',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Create Folders',
					name: 'createFolders',
					type: 'boolean',
					default: true,
					description: 'Whether to create folders that the second account does not have',
				},
				{
					displayName: 'Folder Names',
					name: 'folderNames',
					type: 'string',
					typeOptions: { rows: 3 },
					default: '',
					placeholder: 'e.g. Sent Items = Sent',
					description: 'Folders that have another name in the second account, one a line: name here = name there',
				},
				{
					displayName: 'Match Special Folders',
					name: 'matchSpecial',
					type: 'boolean',
					default: true,
					description:
						'Whether the folder for sent mail goes to the one for sent mail, and so on, whatever they are called. Not with Below Folder.',
				},
				{
					displayName: 'Max Message Size (MB)',
					name: 'maxSize',
					type: 'number',
					typeOptions: { minValue: 1 },
					default: 100,
					description: 'Larger messages are reported and not copied. A message is held in memory while it is stored.',
				},
			],
		},
	],
	async run(run) {
		// One way for all items: what an expression makes of it for the first one.
		if (run.choice('copyWhat', 0, ['messages', 'folders'] as const) === 'folders') await copyFolders(run);
		else await copyMessages(run);
	},
};

function shownWith(field: INodeProperties, copyWhat: string): INodeProperties {
	return { ...field, displayOptions: { show: { copyWhat: [copyWhat], ...field.displayOptions?.show } } };
}

/** Where a folder's messages go. */
interface Names {
	targetOf(path: string): string;
	isSameAccount: boolean;
	target: Account;
}

async function copyMessages(run: ActionRun): Promise<void> {
	const located = await locateMessages(run);
	if (located.length === 0) return;
	const names = await readNames(run, 0);
	const groups = new Map<string, { from: string; to: string; messages: ResolvedMessage[]; options: Settings }>();
	for (const message of located) {
		const { index, address } = message;
		try {
			const named = readText(run.label('targetFolder'), run.value('targetFolder', index));
			const from = address.folder.toUpperCase() === 'INBOX' ? 'INBOX' : address.folder;
			const to = named === undefined ? names.targetOf(from) : String(run.value('targetFolder', index));
			refuseSelf(names, from, to);
			const options = readSettings(run, index);
			const key = JSON.stringify([from, to, options]);
			const group = groups.get(key);
			if (group) group.messages.push(message);
			else groups.set(key, { from, to, messages: [message], options });
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			run.fail(index, error, { ...address });
		}
	}
	let lost: SyncError | undefined;
	for (const { from, to, messages, options } of groups.values()) {
		const byUid = new Map<number, ResolvedMessage[]>();
		for (const message of messages) byUid.set(message.address.uid, [...(byUid.get(message.address.uid) ?? []), message]);
		let uidValidity = '';
		const tell = (uid: Uid, outcome: CopyOutcome): void => {
			const means = byUid.get(uid) ?? [];
			byUid.delete(uid);
			for (const { index, address } of means) {
				if (outcome.kind === 'failed') run.fail(index, outcome.error, { ...address });
				else {
					run.succeed(index, {
						folder: from,
						uid,
						uidValidity,
						copied: outcome.kind === 'copied',
						alreadyThere: outcome.kind === 'alreadyThere',
						copiedTo: { account: names.target.name, ...outcome.target },
					});
				}
			}
		};
		const failRest = (error: SyncError): void => {
			for (const means of byUid.values()) for (const { index, address } of means) run.fail(index, error, { ...address });
		};
		try {
			if (lost) throw lost;
			if (run.stopped()) throw stopError(from);
			const [{ reader }, target] = [await run.session(), await run.targetSession()];
			const choose = (validity: string): UidSet => {
				uidValidity = validity;
				for (const [uid, means] of byUid) {
					const [{ address }] = means;
					const stale = means.filter(
						(located) => located.address.uidValidity !== undefined && located.address.uidValidity !== validity,
					);
					if (stale.length === 0) continue;
					for (const located of stale) run.fail(located.index, renumbered(located.address, validity), { ...located.address });
					const rest = means.filter((located) => !stale.includes(located));
					if (rest.length > 0) byUid.set(address.uid, rest);
					else byUid.delete(uid);
				}
				return UidSet.of(byUid.keys());
			};
			const { endedBy } = await copyFolderToAccount(
				reader,
				target,
				{ from, to, choose },
				{ ...options, stopped: run.stopped, tell },
			);
			if (endedBy && serverOut(endedBy)) lost = endedBy;
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			if (serverOut(error)) lost = error;
			failRest(error);
		}
	}
}

async function copyFolders(run: ActionRun): Promise<void> {
	const failures: Array<() => void> = [];
	await run.each(async (index) => {
		const selection = readFolders(run, index);
		const settings = readSettings(run, index);
		const names = await readNames(run, index);
		const { reader } = await run.session();
		const paths = watchedPaths(
			{ selection },
			selection.kind === 'chosen' ? undefined : await reader.listFolders({ status: false }),
		);
		if (paths.length === 0) throw invalidField('Include', 'matches no folder of the account');
		const claimed = new Map<string, string>();
		let lost: SyncError | undefined;
		for (const from of paths) {
			const to = names.targetOf(from);
			const account = (await run.accounts()).source.name;
			const about = { account, folder: from, copiedTo: { account: names.target.name, folder: to } };
			try {
				if (lost) throw lost;
				if (run.stopped()) throw stopError(from);
				refuseSelf(names, from, to);
				if (names.isSameAccount && selectFolders([{ path: to, selectable: true }], selection).length > 0)
					throw copiesItself(from, to);
				const claimant = claimed.get(to);
				if (claimant !== undefined) throw sameTarget(claimant, from, to);
				claimed.set(to, from);
				const errors: IDataObject[] = [];
				let firstError: SyncError | undefined;
				const done = await copyFolderToAccount(
					reader,
					await run.targetSession(),
					{ from, to },
					{
						...settings,
						stopped: run.stopped,
						tell(uid, outcome, message) {
							if (outcome.kind !== 'failed') return;
							firstError ??= outcome.error;
							if (errors.length < NAMED_FAILURES) {
								errors.push({ uid, messageId: message?.messageId, code: outcome.error.code, error: outcome.error.message });
							}
						},
					},
				);
				const { endedBy, ...counts } = done;
				const result = { ...about, ...counts, ...(errors.length > 0 ? { failures: errors } : {}) };
				if (endedBy && serverOut(endedBy)) lost = endedBy;
				const cause = endedBy ?? firstError;
				if (!cause) run.succeed(index, result);
				// All folders are tried before the first failure ends the node.
				else failures.push(() => run.fail(index, incomplete(from, done, cause), result));
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				if (serverOut(error)) lost = error;
				failures.push(() => run.fail(index, error, about));
			}
		}
	});
	for (const fail of failures) fail();
}

type Settings = Pick<CopyOptions, 'createFolder' | 'maxSize'>;

function readSettings(run: ActionRun, index: number): Settings {
	const createFolders = run.value('options.createFolders', index);
	return {
		createFolder: createFolders === undefined ? true : run.yesOrNo('options.createFolders', index),
		maxSize: readMegabytes(run.label('options.maxSize'), run.value('options.maxSize', index)) ?? 100 * MEGABYTE,
	};
}

/** Looks at both accounts and says what folders are called in the other one. */
async function readNames(run: ActionRun, index: number): Promise<Names> {
	const { source, target } = await run.accounts();
	const isSameAccount =
		source.user.toLowerCase() === target.user.toLowerCase() && source.host.toLowerCase() === target.host.toLowerCase();
	const [here, there] = [await run.session(), await run.targetSession()];
	const named = readFolderNames(run, index);
	const below = run.value('copyWhat', index) === 'folders' ? run.text('below', index) : undefined;
	const matchSpecial = run.value('options.matchSpecial', index) === undefined || run.yesOrNo('options.matchSpecial', index);
	const listing = matchSpecial ? await here.reader.listFolders({ status: false }) : [];
	const targets = matchSpecial ? await there.reader.listFolders({ status: false }) : undefined;
	const folderAt = (path: string): Pick<FolderListing, 'path' | 'specialUse'> =>
		listing.find((folder) => samePath(folder.path, path)) ?? { path };
	const hierarchy = (session: typeof here): Hierarchy => session.writer.hierarchy;
	return {
		target,
		isSameAccount,
		targetOf: (path) =>
			nameInOtherAccount(folderAt(path), { from: hierarchy(here), to: hierarchy(there), below, named, targets }),
	};
}

function readFolderNames(run: ActionRun, index: number): Map<string, string> {
	const label = run.label('options.folderNames');
	return new Map(
		run.list('options.folderNames', index, 'line').map((line) => {
			const [from, to, ...more] = line.split('=').map((name) => name.trim());
			if (!from || !to || more.length > 0)
				throw invalidField(label, `must have lines such as "Sent Items = Sent", but has "${line.slice(0, 40)}"`);
			return [from, to] as const;
		}),
	);
}

function refuseSelf({ isSameAccount, target }: Names, from: string, to: string): void {
	if (!isSameAccount || !samePath(from, to)) return;
	throw new SyncError(
		'refusedForSafety',
		`The folder "${from}" of ${target.name} was to be copied into itself`,
		'Choose another account in the second credential, or another folder.',
		{ place: { folder: from } },
	);
}

function copiesItself(from: string, to: string): SyncError {
	return new SyncError(
		'refusedForSafety',
		`The folder "${from}" was to be copied to "${to}" of the same account, which is itself among the folders to copy`,
		"Leave it out with 'Exclude', or the copies would be copied again each time.",
		{ place: { folder: from } },
	);
}

function sameTarget(first: string, second: string, to: string): SyncError {
	return new SyncError(
		'settingsInvalid',
		`The folders "${first}" and "${second}" would both be "${to}" in the other account`,
		"Give one of them another name in 'Folder Names'.",
		{ place: { folder: second } },
	);
}

function incomplete(folder: string, { copied, alreadyThere, failed }: FolderCopied, cause: SyncError): SyncError {
	const { code, message, advice, place, retryAfterMs } = cause;
	return new SyncError(
		code,
		`Of the folder "${folder}" ${copied} messages were copied, ${alreadyThere} were there already, and ${failed} were not copied: ${message}`,
		advice,
		{ place, cause, retryAfterMs },
	);
}
