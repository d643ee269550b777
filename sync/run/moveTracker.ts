import { createEvent } from '../events/createEvent';
import type { Fingerprint } from '../folder/fingerprint';
import { fingerprintOf, withoutFingerprints } from '../folder/fingerprint';
import { indexFingerprints, matchMoves, type MoveSource, type MoveCandidate } from '../folder/moves';
import type { MailServer } from '../server/mailServer';
import { asSyncError, type SyncError } from '../errors/syncError';
import { generationDetails } from '../folder/uidReuse';
import type { RunContext } from './runContext';
import { visitEach } from './visitEach';
import { continueMoves } from './syncFolder';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { MessageSummary } from '../server/message';
import type { FolderState } from '../folder/folderState';

/** Maximum runs for which a tombstone is kept when not all folders could be visited. */
const LONGEST_WAIT = 5;

/** The moves of one run: move candidates, their sources, and the deletions of messages that turned up nowhere. */
export class MoveTracker {
	private readonly index: ReadonlyMap<Fingerprint, ReadonlySet<string>>;
	private readonly moveCandidates: MoveCandidate[] = [];

	/** `folders` holds the run's folder states; it is read and written. */
	constructor(
		private readonly folders: Record<string, FolderState>,
		private readonly wanted: boolean,
	) {
		this.index = wanted ? indexFingerprints(folders) : new Map<Fingerprint, ReadonlySet<string>>();
	}

	/** Whether a new message of a folder is known from another one. */
	isCandidate(path: string, message: MessageSummary): boolean {
		// Without a Message-ID or an EMAILID, two messages of the same size and second look alike.
		const isUnique = message.messageId !== undefined || message.emailId !== undefined;
		const paths = this.wanted && isUnique ? this.index.get(fingerprintOf(message)) : undefined;
		return paths !== undefined && [...paths].some((other) => other !== path);
	}

	/** Adds new messages of a folder that have to wait until all folders were visited. A folder visited again names them again. */
	addCandidates(folder: string, messages: MessageSummary[]): void {
		const known = new Set(this.moveCandidates.flatMap((candidate) => (candidate.folder === folder ? candidate.uid : [])));
		const added = messages.filter(({ uid }) => !known.has(uid));
		for (const message of added) this.moveCandidates.push({ folder, uid: message.uid, fingerprint: fingerprintOf(message) });
	}

	/**
	 * Delivers the move candidates, as moved or as new. `gone` holds folders that certainly no longer exist. A candidate whose
	 * source is neither still there nor known to have left waits for the next run, once. Returns the problems.
	 */
	async deliver(context: RunContext, gone: ReadonlySet<string>): Promise<SyncError[]> {
		const { server } = context.services;
		const problems: SyncError[] = [];
		if (this.moveCandidates.length === 0) return problems;
		const matches = matchMoves(this.moveCandidates, this.folders, gone);
		const there = await this.lookAgain(
			server,
			matches.undecided.flatMap(({ places }) => places),
		);
		const moveSources = new Map<string, Map<Uid, MoveSource | undefined>>();
		const decide = ({ folder, uid }: MoveCandidate, from: MoveSource | undefined): void => {
			const ofFolder = moveSources.get(folder) ?? new Map<Uid, MoveSource | undefined>();
			moveSources.set(folder, ofFolder.set(uid, from));
		};
		for (const { candidate, from } of matches.moved) decide(candidate, from);
		for (const candidate of matches.fresh) decide(candidate, undefined);
		for (const { candidate, places } of matches.undecided) {
			const state = this.folders[candidate.folder];
			// It left after its folder was visited: the next run sees that, and reports a move.
			if (places.every((place) => there(place)) || state.moveCandidates.has(candidate.uid)) decide(candidate, undefined);
			else this.folders[candidate.folder] = { ...state, moveCandidates: state.moveCandidates.add(candidate.uid) };
		}
		const visits = await visitEach(
			context,
			[...moveSources.keys()],
			async (path, connection) => {
				if (context.budget.remainingEvents === 0) return undefined;
				const result = await continueMoves(context, connection, {
					path,
					state: this.folders[path],
					moveSources: moveSources.get(path) ?? new Map<Uid, undefined>(),
				});
				this.folders[path] = result.state;
				for (const from of result.moved) this.forget(from);
				return result.error;
			},
			(error) => error,
		);
		for (const visit of visits) {
			if (visit.status === 'rejected') problems.push(asSyncError(visit.reason));
			else if (visit.value) problems.push(visit.value);
		}
		return problems;
	}

	/**
	 * Emits the deletion of messages that left and turned up nowhere. `complete` says that every folder was visited; `lost` holds
	 * folders that went in this run: it is the last chance to report theirs.
	 */
	async emitDeletions(
		{ settings, emitter, budget, eventAccount }: RunContext,
		complete: boolean,
		lost: ReadonlySet<string>,
	): Promise<void> {
		const isWanted = settings.watch.events.has('messageDeleted');
		for (const [path, state] of Object.entries(this.folders)) {
			if (state.tombstones.length === 0) continue;
			const kept = [];
			for (const message of state.tombstones) {
				const waits =
					this.wanted && !lost.has(path) && !state.missing && (complete ? message.runs === 0 : message.runs < LONGEST_WAIT);
				if (waits || (budget.remainingEvents === 0 && !state.missing)) {
					kept.push(waits ? { ...message, runs: message.runs + 1 } : message);
				} else if (isWanted && !message.silent) {
					const at = {
						accountKey: eventAccount.accountKey,
						account: eventAccount.account,
						folder: path,
						idName: message.idName ?? state.idName,
						uidValidity: message.uidValidity,
					};
					await emitter.emitAtOnce(
						createEvent(at, 'messageDeleted', message.uid, ...generationDetails(message.uidGeneration ?? 0)),
					);
				}
			}
			this.folders[path] = { ...state, tombstones: kept };
		}
	}

	/**
	 * Which of these places still hold their messages. A folder that cannot be opened counts as holding them: nothing waits for it.
	 */
	private async lookAgain(server: MailServer, places: MoveSource[]): Promise<(place: MoveSource) => boolean> {
		const absent = new Map<string, UidSet>();
		const asked = new Map<string, UidSet>();
		for (const { folder, uid } of places) {
			// What a folder holds that is missing from one listing shows when it is back, or gone.
			const into = this.folders[folder].mayBeMissing ? absent : asked;
			into.set(folder, (into.get(folder) ?? UidSet.empty).add(uid));
		}
		await server.visitFolders([...asked.keys()], async (path, connection) => {
			const uids = asked.get(path) ?? UidSet.empty;
			const folder = await connection.open(path);
			const existing =
				folder.snapshot.uidValidity === this.folders[path].uidValidity ? await folder.search({}, uids) : UidSet.empty;
			absent.set(path, uids.subtract(existing));
		});
		return ({ folder, uid }) => !absent.get(folder)?.has(uid);
	}

	/** Forgets the source of a delivered move, so that nothing else matches it. */
	private forget({ folder, uid, uidValidity }: MoveSource): void {
		const state = this.folders[folder];
		if (!state) return;
		const tombstones = state.tombstones.filter((message) => message.uid !== uid || message.uidValidity !== uidValidity);
		const fingerprints =
			state.missing && state.fingerprints ? withoutFingerprints(state.fingerprints, UidSet.of([uid])) : state.fingerprints;
		this.folders[folder] = { ...state, tombstones, fingerprints };
	}
}
