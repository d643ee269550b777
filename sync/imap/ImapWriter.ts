import type { AppendResponseObject, ImapFlow, ListResponse, StatusObject } from 'imapflow';
import { SyncError } from '../errors/syncError';
import { asUid } from '../uids/uid';
import type {
	Appended,
	Appending,
	FolderCounts,
	FolderDetails,
	MailboxWriter,
	NewMessage,
	Quota,
	WritableFolder,
	WritingCapabilities,
} from '../changing/writing';
import type { FolderListener, ImapConnection } from './connection';
import { toCounts, statusQuery } from './folderCounts';
import { exists, notFound, notSelectable } from './folderErrors';
import { FolderRights } from './folderRights';
import { HARMLESS, MAYBE_TWICE } from './ifLost';
import { ImapAppending } from './ImapAppending';
import { ImapWritableFolder } from './ImapWritableFolder';
import { keepRefusals, keepRights, skipListBeforeOpen, withSubscriptions, type Refusals, type RightsTap } from './internals';
import { toListing } from './listing';
import { refusalCodeOf } from './errorFacts';
import { lostWhile, toWriteError, type WriteCommand } from './writeErrors';

/** Length of the UID set in one command, as for reading: see ImapFolder. */
const LONG_SET = 7_500;
const SHORT_SET = 900;

/** Changes an account over imapflow, on a connection that it shares with the reader of the same session. */
export class ImapWriter implements MailboxWriter {
	readonly capabilities: WritingCapabilities;
	readonly hierarchy: { prefix: string; delimiter: string };
	private readonly refusals = new WeakMap<ImapConnection, Refusals>();
	private readonly rights = new WeakMap<ImapConnection, RightsTap>();
	private selected: ImapWritableFolder | undefined;

	/** `connection` gives the session's connection, a fresh one where the last was lost. */
	constructor(
		first: ImapConnection,
		private readonly connection: () => Promise<ImapConnection>,
	) {
		const { capabilities, enabled } = first.client;
		this.hierarchy = first.hierarchy;
		this.capabilities = Object.freeze({
			move: capabilities.has('MOVE'),
			uidPlus: capabilities.has('UIDPLUS'),
			gmailLabels: capabilities.has('X-GM-EXT-1'),
			quota: [...capabilities.keys()].some((name) => name === 'QUOTA' || name.startsWith('QUOTA=')),
			maxSetLength: enabled.has('CONDSTORE') || enabled.has('QRESYNC') ? LONG_SET : SHORT_SET,
		});
	}

	async open(path: string): Promise<WritableFolder> {
		const connection = await this.connection();
		if (this.selected?.path === path && this.selected.isOpenOn(connection)) return this.selected;
		this.selected = undefined;
		skipListBeforeOpen(connection.client, path);
		let myRights = this.rights.get(connection);
		if (!myRights) this.rights.set(connection, (myRights = keepRights(connection.client)));
		myRights.take();
		let refusal: unknown;
		const mailbox = await connection.run({ doing: 'open', folder: path }, async (client) => {
			try {
				return await client.mailboxOpen(path);
			} catch (error) {
				refusal = error;
				return undefined;
			}
		});
		if (!mailbox) throw connection.explain(refusal, { doing: 'open', folder: path });
		const { uidValidity, uidNext, readOnly, permanentFlags } = mailbox;
		if (!uidValidity) {
			throw new SyncError('folderInconsistent', {
				reason: 'noUidValidityToChange',
				folder: path,
				host: connection.host,
			});
		}
		connection.listen(passOverVanished);
		this.selected = new ImapWritableFolder(this, connection, mailbox, {
			path,
			uidValidity: uidValidity.toString(),
			...(uidNext ? { uidNext: Number(uidNext) } : {}),
			readOnly: readOnly === true,
			rights: new FolderRights({
				readOnly: readOnly === true,
				permanentFlags: permanentFlags ? new Set([...permanentFlags].map((flag) => flag.toLowerCase())) : undefined,
				rights: myRights.take(),
				acl: connection.client.capabilities.has('ACL'),
			}),
		});
		return this.selected;
	}

	async append(path: string, { source, flags, date }: NewMessage): Promise<Appended> {
		const answer: AppendResponseObject = await this.command({ folder: path, ifLost: MAYBE_TWICE }, (client) =>
			client.append(path, source, flags, date),
		);
		if (!answer.uid) return {};
		return { uid: asUid(answer.uid), uidValidity: answer.uidValidity?.toString() };
	}

	appendMany(path: string): Appending {
		return new ImapAppending(this, this.connection, path);
	}

	async folders({ counts = false, subscribed = false }: { counts?: boolean; subscribed?: boolean } = {}): Promise<
		FolderDetails[]
	> {
		const connection = await this.connection();
		const list = (client: ImapFlow): Promise<ListResponse[]> => client.list(counts ? { statusQuery: statusQuery(client) } : {});
		const listed = await connection.run({ doing: 'list' }, (client) =>
			subscribed ? withSubscriptions(client, () => list(client)) : list(client),
		);
		return listed.map((entry) => {
			const { path, selectable, specialUse, delimiter } = toListing(entry, connection.listedNames);
			return {
				path,
				name: entry.name,
				...(delimiter === undefined ? {} : { delimiter }),
				selectable,
				...(specialUse === undefined ? {} : { specialUse }),
				...(subscribed ? { subscribed: entry.subscribed === true } : {}),
				...(counts && selectable && entry.status ? { counts: toCounts(entry.status) } : {}),
			};
		});
	}

	async status(path: string): Promise<FolderCounts> {
		const answer: StatusObject = await this.command({ folder: path, ifLost: HARMLESS }, async (client) => {
			try {
				return await client.status(path, statusQuery(client));
			} catch (error) {
				// imapflow looks with LIST whether the folder is there, and says so with an error of its own.
				if ((error as { code?: string }).code === 'NotFound') throw notFound(path);
				// It is listed, so what is not there is a folder that holds messages.
				if (refusalCodeOf(error) === 'NONEXISTENT') throw notSelectable(path);
				throw error;
			}
		});
		return toCounts(answer);
	}

	async createFolder(path: string, { mayExist = false }: { mayExist?: boolean } = {}): Promise<boolean> {
		try {
			const { created } = await this.command({ folder: path, ifLost: HARMLESS }, (client) => client.mailboxCreate(path));
			if (created) return true;
		} catch (error) {
			// Servers without the response code ALREADYEXISTS (RFC 5530), Courier for one, only say no.
			if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
			if (!(await this.folders()).some((folder) => folder.path === path)) throw error;
		}
		if (!mayExist) throw exists(path);
		return false;
	}

	async renameFolder(path: string, newPath: string): Promise<void> {
		this.selected = undefined;
		await this.command({ folder: path, ifLost: { kind: 'folderRenamed', newName: newPath } }, (client) =>
			client.mailboxRename(path, newPath),
		);
	}

	async deleteFolder(path: string): Promise<void> {
		this.selected = undefined;
		await this.command({ folder: path, ifLost: { kind: 'folderGone' } }, (client) => client.mailboxDelete(path));
	}

	async setSubscribed(path: string, subscribed: boolean): Promise<void> {
		await this.command({ folder: path, ifLost: HARMLESS }, (client) =>
			subscribed ? client.mailboxSubscribe(path) : client.mailboxUnsubscribe(path),
		);
	}

	async quota(path: string): Promise<Quota | undefined> {
		if (!this.capabilities.quota) {
			throw new SyncError('notOffered', { reason: 'quota', folder: path });
		}
		const answer = await this.command({ folder: path, ifLost: HARMLESS }, (client) => client.getQuota(path));
		const { quotaRoot, ...rest } = answer as unknown as Record<string, unknown>;
		const resources: Quota['resources'] = {};
		for (const [name, value] of Object.entries(rest)) {
			// The path is among them, as text.
			const { usage, limit } = (value ?? {}) as { usage?: number; limit?: number };
			if (usage !== undefined || limit !== undefined)
				resources[name] = { used: usage ?? 0, ...(limit === undefined ? {} : { limit }) };
		}
		if (Object.keys(resources).length === 0) return undefined;
		return { ...(typeof quotaRoot === 'string' ? { root: quotaRoot } : {}), resources };
	}

	/** Runs one command that may change something. `on` is the connection it must run on, where that matters. */
	async command<T>(
		command: WriteCommand,
		send: (client: ImapFlow) => Promise<T | false | undefined | void>,
		on?: ImapConnection,
	): Promise<T> {
		const connection = on ?? (await this.connection());
		let refusals = this.refusals.get(connection);
		if (!refusals) this.refusals.set(connection, (refusals = keepRefusals(connection.client)));
		refusals.take();
		const kept = refusals;
		if (!connection.usable)
			throw connection.explain(Object.assign(new Error('Connection not available'), { code: 'NoConnection' }), {
				doing: 'other',
				folder: command.folder,
			});
		try {
			return await connection.run({ doing: 'other', folder: command.folder, extraMs: command.extraMs }, async (client) => {
				try {
					const answer = await send(client);
					if (answer !== false && answer !== undefined) return answer as T;
				} catch (error) {
					throw toWriteError(error, connection, command);
				}
				const { error, name } = kept.take() ?? { error: Object.assign(new Error('refused'), { responseStatus: 'NO' }), name: '' };
				throw toWriteError(error, connection, command, name);
			});
		} catch (error) {
			throw error instanceof SyncError ? lostWhile(error, command) : error;
		}
	}
}

/** imapflow makes an event of every single message that was expunged; who removes a hundred thousand needs none of them. */
const passOverVanished: FolderListener = { closed: () => undefined, takeVanished: () => true };
