import type { IDataObject } from 'n8n-workflow';
import { copyFolderToAccount, type CopyOutcome, type FolderCopied } from '../../../../sync/changing/copyToAccount';
import { serverOut, stopError, SyncError } from '../../../../sync/errors/syncError';
import { watchedPaths } from '../../../../sync/run/watchedFolders';
import { selectFolders } from '../../../../sync/server/folderSelection';
import type { Uid } from '../../../../sync/uids/uid';
import { DescribedError } from '../../../shared/describedError';
import { describeSyncError } from '../../../shared/errorTexts/describeSyncError';
import { invalidField } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';
import { Progress } from '../Progress';
import { readFolders } from '../selectedFolders';
import { readCopySettings, readCopyTarget, refuseSelf } from './copyTarget';

/** Failed messages that one result item names. */
const NAMED_FAILURES = 100;

/** Copies whole folders, with one result item for each. All folders are tried before the first failure ends the node. */
export async function copyFolders(run: ActionRun): Promise<void> {
	const failures: Array<() => void> = [];
	const progress = new Progress(run.n8n, 'Copied');
	await run.each(async (index) => {
		const selection = readFolders(run, index);
		const settings = readCopySettings(run, index);
		const target = await readCopyTarget(run, index);
		const { reader } = await run.session();
		const paths = watchedPaths(
			{ selection },
			selection.kind === 'chosen' ? undefined : await reader.listFolders({ status: false }),
		);
		if (paths.length === 0) throw invalidField('Include', 'matches no folder of the account');
		const claimed = new Map<string, string>();
		let lost: SyncError | undefined;
		for (const from of paths) {
			const to = target.targetOf(from);
			const account = (await run.accounts()).source.name;
			const base = { account, folder: from, copiedTo: { account: target.account.name, folder: to } };
			try {
				if (lost) throw lost;
				if (run.signal?.aborted) throw stopError(from);
				refuseSelf(target, from, to);
				if (target.isSameAccount && selectFolders([{ path: to, selectable: true }], selection).length > 0)
					throw copiesItself(from, to);
				const claimant = claimed.get(to);
				if (claimant !== undefined) throw sameTarget(claimant, from, to);
				claimed.set(to, from);
				const failed = new FailedMessages();
				const done = await copyFolderToAccount(
					reader,
					await run.targetSession(),
					{ from, to },
					{
						...settings,
						signal: run.signal,
						onResult: (uid, outcome, message, left) => {
							failed.take(uid, outcome, message?.messageId);
							progress.step(from, left);
						},
					},
				);
				const { endedBy, ...counts } = done;
				const result = { ...base, ...counts, ...failed.fields };
				if (endedBy && serverOut(endedBy)) lost = endedBy;
				const cause = endedBy ?? failed.firstError;
				if (!cause) run.succeed(index, result);
				// All folders are tried before the first failure ends the node.
				else failures.push(() => run.fail(index, incomplete(from, done, cause), result));
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				if (serverOut(error)) lost = error;
				failures.push(() => run.fail(index, error, base));
			}
		}
	});
	for (const fail of failures) fail();
}

/** The messages of a folder that could not be copied, as far as one result item names them. */
class FailedMessages {
	private readonly named: IDataObject[] = [];
	firstError: SyncError | undefined;

	take(uid: Uid, outcome: CopyOutcome, messageId: string | undefined): void {
		if (outcome.kind !== 'failed') return;
		const { error } = outcome;
		this.firstError ??= error;
		if (this.named.length === NAMED_FAILURES) return;
		this.named.push({ uid, messageId, code: error.code, error: describeSyncError(error).message });
	}

	/** What the result item says of them; nothing where there are none. */
	get fields(): IDataObject {
		return this.named.length > 0 ? { failures: this.named } : {};
	}
}

function copiesItself(from: string, to: string): SyncError {
	return new DescribedError(
		'refusedForSafety',
		`The folder "${from}" was to be copied to "${to}" of the same account, which is itself among the folders to copy`,
		"Leave it out with 'Exclude', or the copies would be copied again each time.",
		{ folder: from },
	);
}

function sameTarget(first: string, second: string, to: string): SyncError {
	return new DescribedError(
		'settingsInvalid',
		`The folders "${first}" and "${second}" would both be "${to}" in the other account`,
		"Give one of them another name in 'Folder Names'.",
		{ folder: second },
	);
}

function incomplete(folder: string, { copied, alreadyThere, failed }: FolderCopied, cause: SyncError): SyncError {
	const { message, advice } = describeSyncError(cause);
	return new DescribedError(
		cause.code,
		`Of the folder "${folder}" ${copied} messages were copied, ${alreadyThere} were there already, and ${failed} were not copied: ${message}`,
		advice,
		{ ...cause.data, cause },
	);
}
