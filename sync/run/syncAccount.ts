import { Emitter } from '../delivery/emitter';
import { RunBudget } from '../delivery/runBudget';
import type { AuditCorrection } from '../folder/audit';
import { DoubtfulMessages } from '../reading/doubtfulMessages';
import { noDiagnostics } from '../folder/diagnostics';
import { filterIdentity, wantedMatches } from '../folder/filterMatches';
import { withoutPending, type FolderState } from '../folder/folderState';
import type { Plan } from '../folder/plan';
import { emitsNew, type InitialSync, type SyncNeeds } from '../folder/syncNeeds';
import type { UidReuse } from '../folder/uidReuse';
import type { SyncError } from '../errors/syncError';
import { chosenForNotes } from '../ownChanges/notesFolder';
import { selectFolders, type FolderSelection } from '../server/folderSelection';
import {
	capabilitiesToDisable,
	currentFaultScores,
	scoreFaults,
	type DisabledCapability,
	type FaultScore,
} from '../server/serverFaults';
import type { SyncSettings } from '../settings/syncSettings';
import { accountKeys, resumeState, settingKey } from '../state/accountState';
import { encodeState } from '../state/state';
import type { SyncState } from '../state/syncState';
import { UidSet } from '../uids/uidSet';
import { emitDepartures } from './departures';
import { MoveTracker } from './moveTracker';
import { marksOf } from './folderIdentities';
import { identifyFolders, lostFolders } from './identifyFolders';
import { deliverOlderMail } from './olderMail';
import type { RunContext, SyncServices } from './runContext';
import { isNotThere, type Run, startProgress } from './runProgress';
import { visitFolders } from './visitFolders';
import { beginByStatus } from './beginByStatus';
import { statusesOf } from './folderStatuses';
import { planVisits } from './visitPlan';
import { findWatchedFolders, type WatchedFolders } from './watchedFolders';

/** Numbers of one run. */
export interface RunMetrics {
	events: number;
	/** Bytes of message data fetched. */
	bytes: number;
	foldersWatched: number;
	foldersOpened: number;
	milliseconds: number;
}

/** What a run did. */
export interface SyncOutcome {
	/** To be kept for the next run, once everything the sink took is passed on. */
	state: SyncState;
	/** Whether `state` differs from the state before. */
	changed: boolean;
	/** How many events the sink took. */
	delivered: number;
	/** What the run cost and brought, for who counts. */
	metrics: RunMetrics;
	/** Whether the limits ended the run before all was delivered. */
	unfinished: boolean;
	/** Errors that did not end the run. */
	problems: SyncError[];
	/** What was done about each folder that was opened, and why. */
	folders: Array<{ path: string; kind: Plan['kind']; reason: Plan['reason'] }>;
	/** Whether the state was that of another account, so that this one was begun. */
	accountChanged: boolean;
	/** What was found out about the server on the way. */
	findings: {
		/** What audits corrected; emitted as ordinary events, or by the next runs. */
		corrections: AuditCorrection[];
		/** Folders that reused UIDs: their earlier owners are emitted as deleted, the current ones as new. */
		uidReuses: UidReuse[];
		/** Capabilities disabled from now on because of server faults. */
		disabled: DisabledCapability[];
	};
}

/** What a state remembers of the settings it was made with, as hashes. */
interface SettingKeys {
	selectionKey: string;
	filterKey: string | undefined;
	ignoreKey: string | undefined;
}

/**
 * One run over all selected folders of an account: finds out what happened since `before` and delivers it to the sink, new mail
 * first, older mail (startFrom all or date) with what is left of the limits.
 *
 * Resolves also when some folders, or the connection in the middle of the run, failed: `state` then covers what was delivered,
 * and `problems` the rest. Throws SyncError when nothing at all could be done; then nothing has moved.
 */
export async function syncAccount(
	settings: SyncSettings,
	before: SyncState | undefined,
	services: SyncServices,
): Promise<SyncOutcome> {
	const { server, now } = services;
	const startedAt = now();
	const { state, accountChanged } = resumeState(settings.account, before);
	const keys = keysOf(settings);
	const faultScores = currentFaultScores(state.faultScores ?? [], now());
	server.disableCapabilities(capabilitiesToDisable(faultScores));

	const watched = await findWatchedFolders(server, settings.watch, state);
	const progress = startProgress(watched.folders, chosenForNotes(settings.watch, server.hierarchy));
	const needs = needsOf(settings, Math.max(watched.paths.length, Object.keys(progress.folders).length));
	forgetOutdated(progress.folders, needs, state.ignoreKey !== keys.ignoreKey);
	const moves = new MoveTracker(progress.folders, needs.moves);
	const context = contextOf(settings, services, state, { needs, moves, filterChanged: state.filterKey !== keys.filterKey });
	const initialSync = initialSyncFor(settings, state, watched);
	const run: Run = {
		context,
		watched,
		progress,
		moves,
		unknownFolders: watched.paths.filter((path) => !progress.folders[path]).length,
		initialSync: (path) => (progress.reusedNames.has(path) ? 'created' : initialSync(path)),
	};

	progress.statuses = await statusesOf(run);
	await identifyFolders(run);

	const { statuses } = progress;
	beginByStatus(run, statuses);
	const plan = planVisits(run, statuses);
	progress.lost = [...lostFolders(run), ...(state.lost ?? [])];
	await visitFolders(run, plan, statuses);
	await emitDepartures(run);
	await deliverOlderMail(run, plan);
	progress.problems.push(...context.diagnostics.problems);
	return outcomeOf(run, { before, state, keys, faultScores, accountChanged, startedAt });
}

function keysOf({ watch }: SyncSettings): SettingKeys {
	return {
		selectionKey: settingKey(watch.selection),
		filterKey: watch.filter ? settingKey(filterIdentity(watch)) : undefined,
		ignoreKey: watch.ignore ? settingKey(watch.ignore) : undefined,
	};
}

/** What the wanted events require to be known, with this many folders. */
export function needsOf({ watch, delivery }: Pick<SyncSettings, 'watch' | 'delivery'>, folders: number): SyncNeeds {
	const { events, filter, machineKeywords } = watch;
	return {
		newMessages: events.has('messageNew'),
		updates: events.has('messageUpdated'),
		machineKeywords,
		deletions: events.has('messageDeleted'),
		// With a single folder no move can be seen.
		moves: events.has('messageMoved') && folders > 1,
		folderDeletions: events.has('folderDeleted'),
		filter: filter !== undefined,
		matches: wantedMatches(watch),
		acknowledge: delivery.acknowledge,
	};
}

function contextOf(
	settings: SyncSettings,
	services: SyncServices,
	{ deliveries, inDoubt, folders }: SyncState,
	{ needs, moves, filterChanged }: { needs: SyncNeeds; moves: MoveTracker; filterChanged: boolean },
): RunContext {
	const budget = new RunBudget(settings.delivery.limits, services.now, services.signal);
	return {
		settings,
		services,
		needs,
		filterChanged,
		budget,
		emitter: new Emitter(services.sink, budget, services.now, sequencesOf(folders)),
		doubts: new DoubtfulMessages(inDoubt),
		eventAccount: { accountKey: accountKeys(settings.account).user, account: settings.account.name, deliveries },
		diagnostics: noDiagnostics(),
		isMoveCandidate: needs.moves ? (path, message) => moves.isCandidate(path, message) : undefined,
	};
}

function* sequencesOf(folders: Readonly<Record<string, FolderState>>): Iterable<[string, number]> {
	for (const [path, { sequence = 0 }] of Object.entries(folders)) yield [path, sequence];
}

/** Forgets what was kept for settings that changed. */
function forgetOutdated(folders: Record<string, FolderState>, needs: SyncNeeds, ignoreChanged: boolean): void {
	for (const path of Object.keys(folders)) {
		if (!needs.acknowledge) folders[path] = { ...folders[path], unacknowledged: undefined };
		if (!emitsNew(needs)) folders[path] = withoutPending(folders[path], needs);
		if (ignoreChanged) folders[path] = { ...folders[path], ignored: undefined };
	}
}

/**
 * How folders without state begin. One that the selection of the last run means, and that it did not find, was created since, whatever is
 * selected now; and so was one that had to wait since then.
 */
function initialSyncFor(
	{ watch }: SyncSettings,
	state: SyncState,
	{ paths, listing }: Pick<WatchedFolders, 'paths' | 'listing'>,
): (path: string) => InitialSync {
	const before = selectionOf(state, watch.selection);
	const there = listing ?? paths.map((path) => ({ path, selectable: true }));
	const watchedBefore = new Set(before ? selectFolders(there, before) : []);
	const known = new Set(state.unopened);
	const createdLater = new Set(state.createdLater);
	return (path) => (createdLater.has(path) || (watchedBefore.has(path) && !known.has(path)) ? 'created' : watch.startFrom.kind);
}

const patternsOf = (selection: FolderSelection): SyncState['patterns'] =>
	selection.kind === 'pattern' ? { include: selection.include, exclude: selection.exclude } : undefined;

/** The selection of the last run, where it was no list of names. */
function selectionOf({ selectionKey, patterns }: SyncState, now: FolderSelection): FolderSelection | undefined {
	if (patterns) return { kind: 'pattern', ...patterns };
	const all: FolderSelection = { kind: 'all' };
	if (selectionKey === settingKey(all)) return all;
	return now.kind !== 'chosen' && selectionKey === settingKey(now) ? now : undefined;
}

interface Before {
	/** The state passed to the run. */
	before: SyncState | undefined;
	/** The state that the run went on from. */
	state: SyncState;
	keys: SettingKeys;
	faultScores: FaultScore[];
	accountChanged: boolean;
	/** milliseconds since 1970 */
	startedAt: number;
}

function outcomeOf(run: Run, { before, state, keys, faultScores: scoresBefore, accountChanged, startedAt }: Before): SyncOutcome {
	const { context, watched, progress } = run;
	const { budget, services, settings, diagnostics } = context;
	const { folders, waiting } = progress;
	if (context.filterChanged) {
		// What matches the new filter is unknown in a folder that could not be visited.
		const visited = new Set(progress.opened.map(({ path }) => path));
		for (const path of Object.keys(folders)) if (!visited.has(path)) folders[path] = { ...folders[path], matching: undefined };
	}
	for (const path of Object.keys(folders)) {
		const sequence = context.emitter.sequenceOf(path);
		if (sequence > 0) folders[path] = { ...folders[path], sequence };
	}
	const { faultScores, disabled } = scoreFaults(scoresBefore, [...services.server.faults, ...diagnostics.faults], services.now());
	const unseen = watched.paths.filter((path) => !folders[path]);
	const isAllSeen = unseen.length === 0 && waiting.length === 0 && progress.failedToOpen.length === 0;
	const createdLater = unseen.filter((path) => isCreatedLater(run, path));
	const next: SyncState = {
		account: state.account,
		deliveries: state.deliveries + (budget.delivered > 0 ? 1 : 0),
		...keys,
		patterns: patternsOf(settings.watch.selection),
		startWith: waiting[0],
		// A new folder that had to wait, or could not be opened this time, is still new next time.
		unopened: unseen.filter((path) => !createdLater.includes(path)),
		createdLater,
		// A folder that was not opened in this run may be one of them.
		lost: marksOf([...progress.lostSinceListing, ...(isAllSeen ? [] : progress.lost)]),
		folders,
		inDoubt: context.doubts.inDoubt(watched.paths, (path) => UidSet.of(folders[path]?.failed.map(({ uid }) => uid) ?? [])),
		faultScores,
		earlierAccounts: state.earlierAccounts,
	};
	return {
		state: next,
		changed: !before || JSON.stringify(encodeState(next)) !== JSON.stringify(encodeState(before)),
		delivered: budget.delivered,
		metrics: {
			events: budget.delivered,
			bytes: budget.bytesFetched,
			foldersWatched: watched.paths.length,
			foldersOpened: progress.opened.length,
			milliseconds: services.now() - startedAt,
		},
		unfinished: waiting.length > 0 || watched.paths.some((path) => folders[path] && isUnfinished(folders[path])),
		problems: progress.problems,
		folders: progress.opened,
		accountChanged,
		findings: { corrections: diagnostics.corrections, uidReuses: diagnostics.reused, disabled },
	};
}

/**
 * Whether a folder that was not opened yet was created while it was watched, or is chosen and does not exist: it may be made meanwhile
 * and have to wait, or be shut. What is in it when it opens came since.
 */
function isCreatedLater({ progress, context, initialSync }: Run, path: string): boolean {
	const isMissing = context.settings.watch.selection.kind === 'chosen' && isNotThere(progress, path);
	return isMissing || initialSync(path) === 'created';
}

const isUnfinished = (folder: FolderState): boolean =>
	!folder.missing && (folder.unfinished || !folder.newUids.isEmpty || !folder.backfill.isEmpty);
