import { eventAt } from '../events/createEvent';
import type { Mark } from '../folder/fingerprint';
import { markOf, withoutMarks } from '../folder/fingerprint';
import { indexMarks, traceMoves, type Origin, type Suspect } from '../folder/moves';
import type { MailServer } from '../server/mailServer';
import { asSyncError, type SyncError } from '../errors/syncError';
import { useDetails } from '../folder/reusedUids';
import { continueTraced, type FolderContext } from './syncFolder';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageDescriptor } from '../server/message';
import type { FolderState } from '../folder/folderState';
import type { SyncRequest } from './syncRequest';

/** For how many runs a message that left may turn up elsewhere, when not all folders could be looked at. */
const LONGEST_WAIT = 5;

/** The moves of one run: which new messages wait, where they came from, and what is told of messages that left. */
export class MoveRound {
	private readonly index: ReadonlyMap<Mark, ReadonlySet<string>>;
	private readonly suspects: Suspect[] = [];

	/** `folders` is the run's own record of folder states; it is read and written. */
	constructor(
		private readonly folders: Record<string, FolderState>,
		private readonly wanted: boolean,
	) {
		this.index = wanted ? indexMarks(folders) : new Map<Mark, ReadonlySet<string>>();
	}

	/** Whether a new message of a folder is known from another one. */
	isSuspect(path: string, message: MessageDescriptor): boolean {
		const paths = this.wanted ? this.index.get(markOf(message)) : undefined;
		return paths !== undefined && [...paths].some((other) => other !== path);
	}

	/** Notes new messages of a folder that have to wait until all folders were looked at. */
	note(folder: string, messages: MessageDescriptor[]): void {
		for (const message of messages) this.suspects.push({ folder, uid: message.uid, mark: markOf(message) });
	}

	/**
	 * Hands over the messages that waited, as moved or as new. `gone` are folders that are certainly not there any more. A message
	 * that is neither where it came from nor known to have left there waits for the next run, once. Gives what went wrong.
	 */
	async settle(server: MailServer, context: FolderContext, gone: ReadonlySet<string>): Promise<SyncError[]> {
		const problems: SyncError[] = [];
		if (this.suspects.length === 0) return problems;
		const trace = traceMoves(this.suspects, this.folders, gone);
		const there = await this.lookAgain(
			server,
			trace.doubtful.flatMap(({ places }) => places),
		);
		const origins = new Map<string, Map<Uid, Origin | undefined>>();
		const decide = ({ folder, uid }: Suspect, from: Origin | undefined): void => {
			const ofFolder = origins.get(folder) ?? new Map<Uid, Origin | undefined>();
			origins.set(folder, ofFolder.set(uid, from));
		};
		for (const { suspect, from } of trace.moved) decide(suspect, from);
		for (const suspect of trace.fresh) decide(suspect, undefined);
		for (const { suspect, places } of trace.doubtful) {
			const state = this.folders[suspect.folder];
			// It left after its folder was looked at: the next run sees that, and then it was moved.
			if (places.every((place) => there(place)) || state.undecided.has(suspect.uid)) decide(suspect, undefined);
			else this.folders[suspect.folder] = { ...state, undecided: state.undecided.add(suspect.uid) };
		}
		const visits = await server.visitFolders([...origins.keys()], async (path, connection) => {
			if (context.budget.room === 0) return;
			const result = await continueTraced(
				connection,
				path,
				this.folders[path],
				origins.get(path) ?? new Map<Uid, undefined>(),
				context,
			);
			this.folders[path] = result.state;
			for (const from of result.moved) this.forget(from);
			if (result.error) problems.push(result.error);
		});
		for (const visit of visits) if (visit.status === 'rejected') problems.push(asSyncError(visit.reason));
		return problems;
	}

	/**
	 * Tells of messages that left and turned up nowhere. `complete` says that every folder was looked at; `lost` are folders that went
	 * in this run: it is the last chance to tell of theirs.
	 */
	async tellDeparted(request: SyncRequest, context: FolderContext, complete: boolean, lost: ReadonlySet<string>): Promise<void> {
		const { accountKey, budget, sink } = context;
		for (const [path, state] of Object.entries(this.folders)) {
			if (state.departed.length === 0) continue;
			const left = [];
			for (const message of state.departed) {
				const waits =
					this.wanted && !lost.has(path) && !state.missing && (complete ? message.runs === 0 : message.runs < LONGEST_WAIT);
				if (waits || (budget.room === 0 && !state.missing)) {
					left.push(waits ? { ...message, runs: message.runs + 1 } : message);
				} else if (request.events.has('messageDeleted') && !message.silent) {
					const scene = {
						accountKey,
						account: request.account.name,
						folder: path,
						firstName: state.firstName,
						uidValidity: message.uidValidity,
					};
					await sink(eventAt(scene, 'messageDeleted', message.uid, ...useDetails(message.reuse ?? 0)));
					budget.spend(1, 0);
				}
			}
			this.folders[path] = { ...state, departed: left };
		}
	}

	/** Which of these places still hold their messages. A folder that cannot be opened is taken to hold them: nothing waits for it. */
	private async lookAgain(server: MailServer, places: Origin[]): Promise<(place: Origin) => boolean> {
		const paths = [...new Set(places.map(({ folder }) => folder))];
		const absent = new Map<string, UidSet>();
		await server.visitFolders(paths, async (path, connection) => {
			const asked = UidSet.of(places.filter(({ folder }) => folder === path).map(({ uid }) => uid));
			const folder = await connection.open(path);
			const found =
				folder.snapshot.uidValidity === this.folders[path].uidValidity ? await folder.search({}, asked) : UidSet.empty;
			absent.set(path, asked.subtract(found));
		});
		return ({ folder, uid }) => !absent.get(folder)?.has(uid);
	}

	/** A message that was moved left no other trace. */
	private forget({ folder, uid, uidValidity }: Origin): void {
		const state = this.folders[folder];
		if (!state) return;
		const departed = state.departed.filter((message) => message.uid !== uid || message.uidValidity !== uidValidity);
		const fingerprints =
			state.missing && state.fingerprints ? withoutMarks(state.fingerprints, UidSet.of([uid])) : state.fingerprints;
		this.folders[folder] = { ...state, departed, fingerprints };
	}
}
