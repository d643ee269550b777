import { copyFolderToAccount, type CopyOutcome } from '../../../../sync/changing/copyToAccount';
import { serverOut, stopError, SyncError } from '../../../../sync/errors/syncError';
import { renumbered } from '../../../../sync/reading/messageAddress';
import type { Uid } from '../../../../sync/uids/uid';
import { UidSet } from '../../../../sync/uids/uidSet';
import { readText } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';
import { Progress } from '../Progress';
import { resolveMessages, type ResolvedMessage } from '../resolveMessages';
import { readCopySettings, readCopyTarget, refuseSelf, type CopySettings, type CopyTarget } from './copyTarget';

/** Messages that go from one folder to one folder in the same way. */
interface CopyGroup {
	from: string;
	to: string;
	messages: ResolvedMessage[];
	settings: CopySettings;
}

/** Copies the messages that the input items mean, folder by folder. */
export async function copyMessages(run: ActionRun): Promise<void> {
	const resolved = await resolveMessages(run);
	if (resolved.length === 0) return;
	const target = await readCopyTarget(run, 0);
	let lost: SyncError | undefined;
	for (const group of groupsOf(run, target, resolved)) {
		const copying = new GroupCopy(run, target, group);
		try {
			if (lost) throw lost;
			const endedBy = await copying.run();
			if (endedBy && serverOut(endedBy)) lost = endedBy;
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			if (serverOut(error)) lost = error;
			copying.failRest(error);
		}
	}
}

/** The messages by where they go. An item whose fields are wrong fails and is left out. */
function groupsOf(run: ActionRun, target: CopyTarget, resolved: readonly ResolvedMessage[]): Iterable<CopyGroup> {
	const groups = new Map<string, CopyGroup>();
	for (const message of resolved) {
		const { index, address } = message;
		try {
			const named = readText(run.label('targetFolder'), run.value('targetFolder', index));
			const from = address.folder.toUpperCase() === 'INBOX' ? 'INBOX' : address.folder;
			const to = named === undefined ? target.targetOf(from) : String(run.value('targetFolder', index));
			refuseSelf(target, from, to);
			const settings = readCopySettings(run, index);
			const key = JSON.stringify([from, to, settings]);
			const group = groups.get(key);
			if (group) group.messages.push(message);
			else groups.set(key, { from, to, messages: [message], settings });
		} catch (error) {
			if (!(error instanceof SyncError)) throw error;
			run.fail(index, error, { ...address });
		}
	}
	return groups.values();
}

/** Copies one group. Several input items may mean the same message: it is copied once, and each of them is answered. */
class GroupCopy {
	/** What is not answered yet. */
	private readonly byUid = new Map<number, ResolvedMessage[]>();
	private uidValidity = '';

	constructor(
		private readonly actionRun: ActionRun,
		private readonly target: CopyTarget,
		private readonly group: CopyGroup,
	) {
		for (const message of group.messages)
			this.byUid.set(message.address.uid, [...(this.byUid.get(message.address.uid) ?? []), message]);
	}

	/** Returns what ended it before all messages were tried. Throws SyncError where nothing could be begun. */
	async run(): Promise<SyncError | undefined> {
		const { from, to, settings } = this.group;
		const { signal } = this.actionRun;
		const progress = new Progress(this.actionRun.n8n, 'Copied');
		if (signal?.aborted) throw stopError(from);
		const [{ reader }, target] = [await this.actionRun.session(), await this.actionRun.targetSession()];
		const { endedBy } = await copyFolderToAccount(
			reader,
			target,
			{ from, to, choose: (uidValidity) => this.choose(uidValidity) },
			{
				...settings,
				signal,
				onResult: (uid, outcome, _message, left) => {
					this.answer(uid, outcome);
					progress.step(from, left);
				},
			},
		);
		return endedBy;
	}

	/** What has no answer yet fails. */
	failRest(error: SyncError): void {
		for (const messages of this.byUid.values())
			for (const { index, address } of messages) this.actionRun.fail(index, error, { ...address });
	}

	/** The UIDs to copy. A message whose address is of another UIDVALIDITY fails and is left out. */
	private choose(uidValidity: string): UidSet {
		this.uidValidity = uidValidity;
		for (const [uid, messages] of this.byUid) {
			const isStale = ({ address }: ResolvedMessage): boolean =>
				address.uidValidity !== undefined && address.uidValidity !== uidValidity;
			for (const { index, address } of messages.filter(isStale))
				this.actionRun.fail(index, renumbered(address, uidValidity), { ...address });
			const rest = messages.filter((message) => !isStale(message));
			if (rest.length > 0) this.byUid.set(uid, rest);
			else this.byUid.delete(uid);
		}
		return UidSet.of(this.byUid.keys());
	}

	private answer(uid: Uid, outcome: CopyOutcome): void {
		const messages = this.byUid.get(uid) ?? [];
		this.byUid.delete(uid);
		for (const { index, address } of messages) {
			if (outcome.kind === 'failed') this.actionRun.fail(index, outcome.error, { ...address });
			else {
				this.actionRun.succeed(index, {
					folder: this.group.from,
					uid,
					uidValidity: this.uidValidity,
					copied: outcome.kind === 'copied',
					alreadyThere: outcome.kind === 'alreadyThere',
					copiedTo: { account: this.target.account.name, ...outcome.target },
				});
			}
		}
	}
}
