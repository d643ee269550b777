import type { StopSignal } from '../errors/stopSignal';
import { serverOut, stopError, SyncError, withConsequence } from '../errors/syncError';
import { folderReadOnly } from './folderReadOnly';
import { paced } from '../reading/pace';
import { groupByFolder, notThere, renumbered, type AddressGroup, type MessageAddress } from '../reading/messageAddress';
import { TargetFolders } from './targetFolders';
import { asUid, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { FlagChange, MailboxWriter, Transferred, WritableFolder } from './writing';

/**
 * How many messages a command changes at most. What is made of its answer happens in one go: 100,000 new UIDs after a MOVE kept the
 * process busy for 460 ms.
 */
const MOST_AT_ONCE = 10_000;

/** A change to a message in its folder. */
export type MessageChange =
	| ({ kind: 'flags' } & FlagChange)
	| ({ kind: 'labels' } & FlagChange)
	/** Flags and Gmail's labels, in this order. */
	| { kind: 'flagsAndLabels'; flags: FlagChange; labels: FlagChange }
	/** Only checks whether it exists. */
	| { kind: 'look' }
	/** `mayCreate`: a missing folder is created. */
	| { kind: 'move'; to: string; mayCreate?: boolean }
	| { kind: 'copy'; to: string; mayCreate?: boolean }
	| { kind: 'remove' };

export interface ChangeTask {
	address: MessageAddress;
	task: MessageChange;
}

/** The outcome for a message. */
export interface Changed {
	/** Where it is or was: its address with the folder's current UIDVALIDITY. */
	address: Required<MessageAddress>;
	/** Its flags and keywords now, where the server reported them. */
	flags?: string[];
	/** move and copy: where it is now; UID and UIDVALIDITY where the server reported them. */
	target?: { folder: string; uid?: Uid; uidValidity?: string };
}

export interface ChangeOptions {
	/** Called once for each task, with its index in the list; may throw to end everything. */
	onResult(index: number, outcome: Changed | SyncError): void;
	/** Asked between commands. */
	signal?: StopSignal;
}

/**
 * Changes messages with as few commands as the folders and kinds of change allow. Each task gets exactly one
 * answer, in the order in which things are done. An address whose UIDVALIDITY is not the folder's, and a UID that is not there,
 * get an error and the others are done. After a lost connection what is left of that folder is not tried; the next folder is.
 */
export async function changeMessages(writer: MailboxWriter, tasks: readonly ChangeTask[], options: ChangeOptions): Promise<void> {
	let lastFailure: SyncError | undefined;
	const targets = new TargetFolders(writer);
	for (const { folder: path, groups } of groupByFolder(tasks)) {
		const round = new FolderRound(writer, targets, tasks, options, path, groups);
		// A server that cannot be reached is not asked again for each of a hundred folders.
		if (lastFailure && serverOut(lastFailure)) round.failAll(lastFailure);
		else lastFailure = await round.run();
	}
}

/** What is done in one folder. */
class FolderRound {
	private readonly open = new Set<number>();
	private readonly pace = paced();

	constructor(
		private readonly writer: MailboxWriter,
		private readonly targets: TargetFolders,
		private readonly tasks: readonly ChangeTask[],
		private readonly options: ChangeOptions,
		private readonly path: string,
		private readonly groups: Array<AddressGroup<MessageChange>>,
	) {
		for (const { indexes } of groups) for (const index of indexes) this.open.add(index);
	}

	/** Returns the error that ended it early. */
	async run(): Promise<SyncError | undefined> {
		let folder: WritableFolder;
		try {
			if (this.options.signal?.aborted) throw stopError(this.path);
			folder = await this.writer.open(this.path);
		} catch (error) {
			return this.failAll(asSyncError(error));
		}
		for (const group of this.groups) {
			const indexes = this.sameValidity(folder, group.indexes);
			if (indexes.length === 0) continue;
			const byUid = new Map<number, number[]>();
			for (const index of indexes) {
				const { uid } = this.tasks[index].address;
				byUid.set(uid, [...(byUid.get(uid) ?? []), index]);
				await this.pace();
			}
			for (const uids of UidSet.of(byUid.keys()).chunks(this.writer.capabilities.maxSetLength, MOST_AT_ONCE)) {
				try {
					if (this.options.signal?.aborted) throw stopError(this.path);
					if (folder.changesNothing && group.task.kind !== 'copy' && group.task.kind !== 'look') throw folderReadOnly(this.path);
					const { done, failed } = await carryOut({ writer: this.writer, targets: this.targets, folder }, group.task, uids);
					// Successes first: a caller that ends everything at the first failure must know all that one command did.
					for (const [uid, what] of done) {
						const address = { folder: this.path, uid: asUid(uid), uidValidity: folder.uidValidity };
						for (const index of byUid.get(uid) ?? []) this.report(index, { address, ...what });
						await this.pace();
					}
					for (const uid of uids) {
						const left = (byUid.get(uid) ?? []).filter((index) => this.open.has(index));
						for (const index of left) this.report(index, failed.get(uid) ?? notThere(this.tasks[index].address));
						await this.pace();
					}
					const lost = [...failed.values()].find(({ scope }) => scope === 'connection' || scope === 'account');
					if (lost) return this.failAll(notTried(this.path, lost));
				} catch (error) {
					const failure = asSyncError(error);
					for (const uid of uids) for (const index of byUid.get(uid) ?? []) this.report(index, failure);
					if (failure.scope === 'connection' || failure.scope === 'account') return this.failAll(notTried(this.path, failure));
				}
			}
		}
		return undefined;
	}

	/** Answers all tasks that have no answer yet. */
	failAll(error: SyncError): SyncError {
		for (const index of this.open) this.report(index, error);
		return error;
	}

	private report(index: number, outcome: Changed | SyncError): void {
		if (this.open.delete(index)) this.options.onResult(index, outcome);
	}

	private sameValidity(folder: WritableFolder, indexes: number[]): number[] {
		return indexes.filter((index) => {
			const { address } = this.tasks[index];
			if (address.uidValidity === undefined || address.uidValidity === folder.uidValidity) return true;
			this.report(index, renumbered(address, folder.uidValidity));
			return false;
		});
	}
}

type Done = Omit<Changed, 'address'>;

/** What happened to some messages of a folder; those in neither map are not there. */
interface Answer {
	done: Map<number, Done>;
	failed: Map<number, SyncError>;
}

/** Where something is done. */
interface Place {
	writer: MailboxWriter;
	targets: TargetFolders;
	folder: WritableFolder;
}

/** Does one thing to some messages. What it throws applies to all of them. */
async function carryOut(place: Place, change: MessageChange, uids: UidSet): Promise<Answer> {
	const { writer, folder } = place;
	switch (change.kind) {
		case 'flags':
			return await storeFlags(folder, uids, change);
		case 'labels':
			return answered(await storeLabels(folder, uids, change));
		case 'flagsAndLabels':
			return await storeBoth(folder, uids, change);
		case 'look':
			return answered(new Map([...(await folder.existing(uids))].map((uid) => [uid, {}])));
		case 'copy':
			return answered(await copy(place, uids, change));
		case 'move':
			return writer.capabilities.move ? await move(place, uids, change) : await moveByCopy(place, uids, change);
		case 'remove':
			return answered(await remove(writer, folder, uids));
	}
}

const answered = (done: Map<number, Done>): Answer => ({ done, failed: new Map() });

async function storeFlags(folder: WritableFolder, uids: UidSet, change: FlagChange): Promise<Answer> {
	if (change.mode !== 'remove') folder.assertStorable(change.flags);
	const rows = await folder.store(uids, change);
	const done = new Map<number, Done>();
	const failed = new Map<number, SyncError>();
	for (const { uid, flags } of rows) {
		if (!uids.has(uid)) continue;
		const wrong = contradiction(change, flags);
		if (wrong === undefined) done.set(uid, { flags });
		else failed.set(uid, notStored(folder.path, wrong));
	}
	// STORE silently ignores UIDs that do not exist (RFC 3501 section 6.4.8), and a server may leave out rows.
	const silent = uids.subtract(UidSet.of([...done.keys(), ...failed.keys()]));
	if (!silent.isEmpty) for (const uid of await folder.existing(silent)) done.set(uid, {});
	return { done, failed };
}

/** The flag by which a message shows that it was not changed as the server said: Courier 5.0 leaves out what the account has no right to. */
function contradiction({ mode, flags }: FlagChange, now: readonly string[]): { flag: string; stayed: boolean } | undefined {
	const lower = (list: readonly string[]): Set<string> => new Set(list.map((flag) => flag.toLowerCase()));
	const [there, wanted] = [lower(now), lower(flags)];
	const missing = mode === 'remove' ? undefined : flags.find((flag) => !there.has(flag.toLowerCase()));
	if (missing !== undefined) return { flag: missing, stayed: false };
	// A server may have keywords of its own that nobody can take away.
	const unwanted = (flag: string): boolean =>
		mode === 'remove' ? wanted.has(flag.toLowerCase()) : flag.startsWith('\\') && !wanted.has(flag.toLowerCase());
	const kept = mode === 'add' ? undefined : now.find(unwanted);
	return kept === undefined ? undefined : { flag: kept, stayed: true };
}

function notStored(folder: string, { flag, stayed }: { flag: string; stayed: boolean }): SyncError {
	return new SyncError('folderForbidden', { reason: 'flagNotStored', folder, flag, stayed });
}

async function storeLabels(folder: WritableFolder, uids: UidSet, change: FlagChange): Promise<Map<number, Done>> {
	const there = await folder.existing(uids);
	if (!there.isEmpty) await folder.storeLabels(there, change);
	return new Map([...there].map((uid) => [uid, {}]));
}

async function storeBoth(
	folder: WritableFolder,
	uids: UidSet,
	change: { flags: FlagChange; labels: FlagChange },
): Promise<Answer> {
	const { done, failed } = await storeFlags(folder, uids, change.flags);
	if (done.size === 0) return { done, failed };
	try {
		await folder.storeLabels(UidSet.of(done.keys()), change.labels);
		return { done, failed };
	} catch (error) {
		const cause = asSyncError(error);
		const half = withConsequence(cause, { kind: 'labelsNotChanged' });
		return { done: new Map(), failed: new Map([...failed, ...[...done.keys()].map((uid) => [uid, half] as const)]) };
	}
}

/** The folder that messages go to. */
interface Target {
	to: string;
	mayCreate?: boolean;
}

async function copy({ folder, targets }: Place, uids: UidSet, { to, mayCreate = false }: Target): Promise<Map<number, Done>> {
	const there = await folder.existing(uids);
	if (there.isEmpty) return new Map();
	return arrived(there, to, await targets.into(to, mayCreate, () => folder.copy(there, to)));
}

/**
 * Asks first which messages are there: afterwards a message that was moved and one that never was look the same where the
 * server reports no new UIDs. After a lost connection a second look shows what became of them.
 */
async function move({ writer, folder, targets }: Place, uids: UidSet, { to, mayCreate = false }: Target): Promise<Answer> {
	const there = await folder.existing(uids);
	if (there.isEmpty) return answered(new Map());
	try {
		return answered(arrived(there, to, await targets.into(to, mayCreate, () => folder.move(there, to))));
	} catch (error) {
		const cause = asSyncError(error);
		if (cause.code !== 'outcomeUnknown') throw cause;
		return { done: new Map(), failed: await afterLostMove(writer, folder, there, to, cause) };
	}
}

/** What became of messages in whose MOVE the connection was lost: RFC 6851 section 3.3 has each either moved or left where it was. */
async function afterLostMove(
	writer: MailboxWriter,
	folder: WritableFolder,
	uids: UidSet,
	to: string,
	cause: SyncError,
): Promise<Map<number, SyncError>> {
	let left: UidSet | undefined;
	try {
		const again = await writer.open(folder.path);
		if (again.uidValidity === folder.uidValidity) left = await again.existing(uids);
	} catch {
		// Then it stays unknown.
	}
	return new Map(
		[...uids].map((uid) => {
			if (left === undefined) return [uid, cause];
			return [
				uid,
				left.has(uid)
					? withConsequence(cause, { kind: 'notMoved' }, 'connectionLost')
					: new SyncError('outcomeUnknown', { reason: 'leftFolder', folder: folder.path, target: to }, { cause }),
			];
		}),
	);
}

/**
 * What MOVE does, for servers without it. Not without UIDPLUS: a plain EXPUNGE would also remove what others have flagged
 * \Deleted.
 */
async function moveByCopy(place: Place, uids: UidSet, target: Target): Promise<Answer> {
	const { writer, folder } = place;
	const { to } = target;
	if (!writer.capabilities.uidPlus) {
		throw new SyncError('notOffered', { reason: 'move', folder: folder.path });
	}
	folder.assertExpungeable();
	const there = await folder.existing(uids);
	if (there.isEmpty) return answered(new Map());
	const done = arrived(there, to, await place.targets.into(to, target.mayCreate === true, () => folder.copy(there, to)));
	try {
		await folder.remove(there);
	} catch (error) {
		const cause = asSyncError(error);
		const half = withConsequence(
			cause,
			{ kind: 'copiedNotRemoved', folder: folder.path, target: to },
			cause.code === 'runStopped' ? 'runStopped' : cause.scope === 'folder' ? 'commandRefused' : 'outcomeUnknown',
		);
		return { done: new Map(), failed: new Map([...there].map((uid) => [uid, half])) };
	}
	return answered(done);
}

async function remove(writer: MailboxWriter, folder: WritableFolder, uids: UidSet): Promise<Map<number, Done>> {
	if (!writer.capabilities.uidPlus) {
		throw new SyncError('notOffered', { reason: 'delete', folder: folder.path });
	}
	folder.assertExpungeable();
	const there = await folder.existing(uids);
	if (there.isEmpty) return new Map();
	await folder.remove(there);
	return new Map([...there].map((uid) => [uid, {}]));
}

function arrived(uids: UidSet, to: string, { uids: newUids, uidValidity }: Transferred): Map<number, Done> {
	return new Map(
		[...uids].map((uid) => {
			const newUid = newUids.get(uid);
			return [uid, { target: { folder: to, ...(newUid === undefined ? {} : { uid: asUid(newUid), uidValidity }) } }];
		}),
	);
}

const asSyncError = (error: unknown): SyncError => {
	if (error instanceof SyncError) return error;
	throw error;
};

/** The error for what was never begun, because an earlier command failed. */
function notTried(folder: string, cause: SyncError): SyncError {
	if (cause.code === 'runStopped') return cause;
	return withConsequence(cause, { kind: 'notTried', folder }, cause.code === 'outcomeUnknown' ? 'connectionLost' : cause.code);
}
