import { createHash } from 'node:crypto';
import { AUDITS_PER_RUN, isAuditDue, type AuditCorrection } from '../folder/audit';
import { mustProbeAckFlag } from '../folder/unacknowledged';
import { RunBudget } from '../delivery/runBudget';
import { scoreFaults, capabilitiesToDisable, currentFaultScores, type DisabledCapability } from '../server/serverFaults';
import { asSyncError, SyncError } from '../errors/syncError';
import { createEvent } from '../events/createEvent';
import { findFormerName } from './findFormerName';
import { noDiagnostics } from '../folder/diagnostics';
import { followFolders, formerNames } from './folderChanges';
import { chosenFolders, selectFolders } from '../server/folderSelection';
import { mustFindIgnored } from '../folder/ignoreRules';
import { chosenForNotes, isForNotes, withoutNotes } from '../ownChanges/notesFolder';
import { MoveTracker } from './moveTracker';
import { isUnchangedByStatus, type Plan } from '../folder/plan';
import type { MailServer } from '../server/mailServer';
import type { UidReuse } from '../folder/uidReuse';
import { filterIdentity, wantedMatches } from '../folder/filterMatches';
import type { EventSink } from '../events/eventSink';
import { decodeState, encodeState } from '../state/state';
import { continueBackfill, syncFolder, type FolderContext } from './syncFolder';
import type { Account } from '../server/account';
import { type FolderListing, type Hierarchy, samePath } from '../server/folderListing';
import { tracksExisting, type InitialSync, type SyncNeeds } from '../folder/syncNeeds';
import type { FolderState } from '../folder/folderState';
import type { SyncState } from '../state/syncState';
import type { SyncRequest } from './syncRequest';

/** What a run did. */
export interface SyncOutcome {
	/** To be kept for the next run, once everything the sink took is handed on. */
	state: SyncState;
	/** Whether `state` says anything that the state before did not. */
	changed: boolean;
	/** How many events the sink took. */
	delivered: number;
	/** Whether the limits ended the run before all was handed over. */
	unfinished: boolean;
	/** What went wrong while other work went on. */
	problems: SyncError[];
	/** What was done about each folder that was opened, and why. */
	folders: Array<{ path: string; kind: Plan['kind']; reason: Plan['reason'] }>;
	/** Whether the state belonged to another account, so that this one was begun. */
	accountChanged: boolean;
	/** What audits found that had been missed; it was told by ordinary events, or will be by the next runs. */
	corrections: AuditCorrection[];
	/** Folders in which UIDs mean other messages than before: what had them is told as deleted, what has them now as new. */
	uidReuses: UidReuse[];
	/** What the server is not asked any more, because it was caught lying. */
	disabled: DisabledCapability[];
}

/** How many accounts' states are kept for the case that the credential is switched back. */
const EARLIER_ACCOUNTS = 3;

/**
 * One run over all selected folders of an account: finds out what happened since `before` and hands it to the sink, new mail
 * first, older mail (startFrom all or date) with what is left of the limits.
 *
 * Resolves also when some folders, or the connection in the middle of the run, failed: `state` then covers what was handed
 * over and `problems` tells the rest. Throws SyncError when nothing at all could be done; then nothing has moved.
 */
export async function syncAccount(
	server: MailServer,
	before: SyncState | undefined,
	request: SyncRequest,
	sink: EventSink,
	now: () => number,
): Promise<SyncOutcome> {
	const { state, accountChanged } = stateFor(request, before);
	const budget = new RunBudget(request.limits, now);
	const filterKey = request.filter ? hash(filterIdentity(request)) : undefined;
	const ignoreKey = request.ignore ? hash(request.ignore) : undefined;
	const selectionKey = hash(request.selection);
	const firstRun = Object.keys(state.folders).length === 0 && state.unopened.length === 0;
	const sameSelection = !firstRun && state.selectionKey === selectionKey;
	const problems: SyncError[] = [];
	const opened: SyncOutcome['folders'] = [];
	const diagnostics = noDiagnostics();
	const auditsDue = new Set<string>();
	const held = currentFaultScores(state.faultScores ?? [], now());
	server.disableCapabilities(capabilitiesToDisable(held));

	const listing = await listingFor(server, request);
	const paths = rotateToFirst(pathsOf(request, listing, server.hierarchy), state.startWith);
	const { folders, gone, lost } = followFolders(withoutNotes(state.folders, request, server.hierarchy), paths, listing);
	problems.push(...chosenForNotes(request, server.hierarchy));
	const needs = needsOf(request, Math.max(paths.length, Object.keys(folders).length));
	const moves = new MoveTracker(folders, needs.moves);
	const context: FolderContext = {
		server,
		request,
		needs,
		budget,
		sink,
		now,
		accountKey: state.account.user,
		deliveries: state.deliveries,
		filterChanged: state.filterKey !== filterKey,
		isMoveCandidate: needs.moves ? (path, message) => moves.isCandidate(path, message) : undefined,
		diagnostics,
		auditsDue,
	};
	const initialSync = (path: string): InitialSync => initialSyncOf(path, request, state, sameSelection);
	if (!request.acknowledge)
		for (const path of Object.keys(folders)) folders[path] = { ...folders[path], unacknowledged: undefined };
	// With other rules others are ignored.
	if (state.ignoreKey !== ignoreKey)
		for (const path of Object.keys(folders)) folders[path] = { ...folders[path], ignored: undefined };
	const statusOf = new Map(listing?.map((folder) => [folder.path, folder.status]));
	const toOpen: string[] = [];
	const onlyToAudit: string[] = [];
	for (const path of paths) {
		if (auditsDue.size < AUDITS_PER_RUN && isAuditDue(path, folders[path], now()) && tracksExisting(needs)) auditsDue.add(path);
		const problem = listing && whyNotSelectable(path, listing, folders[path]);
		if (problem) {
			problems.push(problem);
			if (folders[path]) folders[path] = { ...folders[path], missing: true };
		} else if (
			context.filterChanged ||
			mustProbeAckFlag(folders[path], request.acknowledge) ||
			mustFindIgnored(folders[path], request) ||
			!isUnchangedByStatus(folders[path], statusOf.get(path), needs, now())
		) {
			toOpen.push(path);
		} else if (auditsDue.has(path)) {
			onlyToAudit.push(path);
		}
	}
	toOpen.push(...onlyToAudit);
	const tell = async (event: 'folderRenamed' | 'folderDeleted', path: string, previous?: { folder: string }): Promise<void> => {
		if (!request.events.has(event)) return;
		const { uidValidity } = folders[path];
		const scene = { accountKey: context.accountKey, account: request.account.name, folder: path, uidValidity };
		await sink({ ...createEvent(scene, event, `delivery ${state.deliveries}`, previous?.folder ?? ''), previous });
		budget.spend(1, 0);
	};
	const waiting: string[] = [];
	const single = toOpen.length === 1;
	const failedToOpen: string[] = [];
	const settled = await server.visitFolders(toOpen, async (path, connection) => {
		if (budget.remainingEvents === 0) {
			if (!onlyToAudit.includes(path)) waiting.push(path);
			return;
		}
		if (budget.pastDeadline && onlyToAudit.includes(path)) return;
		if (!folders[path] && gone.length > 0) {
			const from = await findFormerName(await connection.open(path), folders, gone);
			// Another folder that was compared at the same time may have taken the name.
			if (from !== undefined && folders[from]) {
				folders[path] = renamed(folders[from], from, path);
				delete folders[from];
				await tell('folderRenamed', path, { folder: from });
			}
		}
		const result = await syncFolder(connection, path, folders[path], initialSync(path), context, single);
		folders[path] = result.state;
		moves.addCandidates(path, result.moveCandidates);
		opened.push({ path, kind: result.plan.kind, reason: result.plan.reason });
		if (result.error) problems.push(result.error);
		if (result.warning) problems.push(result.warning);
	});
	settled.forEach((visit, i) => {
		if (visit.status === 'fulfilled') return;
		problems.push(asSyncError(visit.reason));
		failedToOpen.push(toOpen[i]);
		const { code } = problems[problems.length - 1];
		if (folders[toOpen[i]] && code === 'folderNotFound') folders[toOpen[i]] = { ...folders[toOpen[i]], missing: true };
	});
	if (toOpen.length > 0 && failedToOpen.length === toOpen.length && budget.delivered === 0) {
		const decisive = problems.find(({ scope }) => scope === 'account' || scope === 'connection');
		if (decisive) throw decisive;
	}

	// A folder under a new name may be one that could not be opened just now, or had to wait: then nothing is said of the old name yet.
	const uncertain = [...failedToOpen, ...waiting].some((path) => !folders[path]);
	const certainlyGone = new Set(uncertain ? [] : gone.filter((path) => folders[path]));
	problems.push(...(await moves.deliver(server, context, certainlyGone)));
	const allLookedAt =
		!uncertain &&
		problems.length === 0 &&
		waiting.length === 0 &&
		paths.every((path) => folders[path] && nothingCame(folders[path]));
	await moves.emitDeletions(request, context, allLookedAt, new Set(lost.filter((path) => certainlyGone.has(path))));
	for (const path of lost) {
		if (!folders[path]) continue;
		if (uncertain) folders[path] = { ...folders[path], missing: false };
		else await tell('folderDeleted', path);
	}

	const broken = problems.some(({ scope }) => scope === 'account' || scope === 'connection');
	const older = paths.filter((path) => folders[path] && !folders[path].backfill.isEmpty && !failedToOpen.includes(path));
	if (!single && !broken && older.length > 0 && budget.remainingEvents > 0) {
		const visits = await server.visitFolders(older, async (path, connection) => {
			if (budget.remainingEvents === 0) return;
			const result = await continueBackfill(connection, path, folders[path], context);
			folders[path] = result.state;
			if (result.error) problems.push(result.error);
			if (result.warning) problems.push(result.warning);
		});
		for (const visit of visits) if (visit.status === 'rejected') problems.push(asSyncError(visit.reason));
	}

	if (context.filterChanged) {
		// Of a folder that could not be looked at it is not known what passes the new filter.
		const lookedAt = new Set(opened.map(({ path }) => path));
		for (const path of Object.keys(folders)) if (!lookedAt.has(path)) folders[path] = { ...folders[path], matching: undefined };
	}
	problems.push(...diagnostics.problems);
	const { faultScores, disabled } = scoreFaults(held, [...server.faults, ...diagnostics.faults], now());
	const unfinished = waiting.length > 0 || paths.some((path) => folders[path] && isUnfinished(folders[path]));
	const next: SyncState = {
		account: state.account,
		deliveries: state.deliveries + (budget.delivered > 0 ? 1 : 0),
		selectionKey,
		filterKey,
		ignoreKey,
		startWith: waiting[0],
		// A folder that was made since and had to wait, or could not be opened this time, is still new next time.
		unopened: paths.filter((path) => !folders[path] && initialSync(path) !== 'created'),
		folders,
		faultScores,
		earlierAccounts: state.earlierAccounts,
	};
	const changed = !before || JSON.stringify(encodeState(next)) !== JSON.stringify(encodeState(before));
	return {
		state: next,
		changed,
		delivered: budget.delivered,
		unfinished,
		problems,
		folders: opened,
		accountChanged,
		corrections: diagnostics.corrections,
		uidReuses: diagnostics.reused,
		disabled: disabled,
	};
}

/** What the wanted events make it necessary to know. */
export function needsOf(
	request: Pick<SyncRequest, 'events' | 'filter' | 'filterDates' | 'acknowledge'>,
	folders: number,
): SyncNeeds {
	return {
		newMessages: request.events.has('messageNew'),
		updates: request.events.has('messageUpdated'),
		deletions: request.events.has('messageDeleted'),
		// Out of a single folder nothing is seen to arrive elsewhere.
		moves: request.events.has('messageMoved') && folders > 1,
		filter: request.filter !== undefined,
		matches: wantedMatches(request),
		acknowledge: request.acknowledge,
	};
}

/** The folders to look at, in order. Without a listing only a choice by name is possible. */
export function pathsOf(
	request: Pick<SyncRequest, 'selection' | 'notesFolder'>,
	listing: FolderListing[] | undefined,
	hierarchy: Pick<Hierarchy, 'prefix'> = { prefix: '' },
): string[] {
	const { selection } = request;
	const selected =
		selection.kind === 'chosen' ? chosenFolders(selection.folders) : listing ? selectFolders(listing, selection) : [];
	return selected.filter((path) => !isForNotes(path, request, hierarchy));
}

/** One folder is opened straight away, which tells more than its status; names by pattern, and many folders, need the list. */
async function listingFor(server: MailServer, { selection, events }: SyncRequest): Promise<FolderListing[] | undefined> {
	const manyAtOnce = selection.kind === 'chosen' && chosenFolders(selection.folders).length > 1 && server.capabilities.listStatus;
	const aboutFolders = events.has('folderCreated') || events.has('folderRenamed') || events.has('folderDeleted');
	if (selection.kind === 'chosen' && !manyAtOnce && !aboutFolders) return undefined;
	return server.listFolders({ status: server.capabilities.listStatus });
}

function whyNotSelectable(path: string, listing: FolderListing[], known: FolderState | undefined): SyncError | undefined {
	const folder = listing.find((listed) => samePath(listed.path, path));
	if (folder?.selectable) return undefined;
	const others = listing.filter(({ selectable }) => selectable).map((listed) => listed.path);
	const there = { folders: others.slice(0, 10), more: Math.max(0, others.length - 10) };
	if (folder) return new SyncError('folderNotSelectable', { reason: 'onlyFolders', folder: path, ...there });
	const renamed = known && listing.find(({ status }) => status && formerNames({ [path]: known }, [path], status).length > 0);
	if (renamed) return new SyncError('folderNotFound', { reason: 'renamed', folder: path, newName: renamed.path });
	return new SyncError('folderNotFound', { reason: 'notListed', folder: path, ...there });
}

/** How a folder without state begins. One that was not there before, under the same selection, was made since. */
function initialSyncOf(path: string, request: SyncRequest, state: SyncState, sameSelection: boolean): InitialSync {
	if (sameSelection && request.selection.kind !== 'chosen' && !state.unopened.includes(path)) return 'created';
	return request.startFrom.kind;
}

/** Whether no message waits of which it is not known whether it was moved. */
const nothingCame = ({ newUids, moveCandidates, missing }: FolderState): boolean =>
	missing || newUids.subtract(moveCandidates).isEmpty;

const isUnfinished = (folder: FolderState): boolean =>
	!folder.missing && (folder.unfinished || !folder.newUids.isEmpty || !folder.backfill.isEmpty);

function renamed(state: FolderState, from: string, to: string): FolderState {
	const firstName = state.firstName ?? from;
	return { ...state, missing: false, firstName: firstName === to ? undefined : firstName };
}

/** The folders in order, beginning with the one that had to wait last time. */
function rotateToFirst(paths: string[], first: string | undefined): string[] {
	const at = first === undefined ? -1 : paths.indexOf(first);
	return at <= 0 ? paths : [...paths.slice(at), ...paths.slice(0, at)];
}

/**
 * The state to go on from. The same user under another host name is the same account: a mailbox that moved house shows by its
 * UIDVALIDITY, folder by folder. Another user is another account, begun as `startFrom` says; the state before is kept for the
 * case that the credential is switched back.
 */
function stateFor(request: SyncRequest, before: SyncState | undefined): { state: SyncState; accountChanged: boolean } {
	const account = accountKeys(request.account);
	const empty: SyncState = { account, deliveries: 0, selectionKey: '', unopened: [], folders: {}, earlierAccounts: [] };
	if (!before) return { state: empty, accountChanged: false };
	// What is held against a server is held against this one.
	const faultScores = before.account.host === account.host ? before.faultScores : undefined;
	if (before.account.user === account.user) return { state: { ...before, account, faultScores }, accountChanged: false };
	const earlier = before.earlierAccounts.map((stored) => ({ stored, state: decodeState(stored) }));
	const again = earlier.find(({ state }) => state?.account.user === account.user);
	const others = earlier.filter((one) => one !== again).map(({ stored }) => stored);
	const earlierAccounts = [encodeState({ ...before, earlierAccounts: [] }), ...others].slice(0, EARLIER_ACCOUNTS);
	return { state: { ...(again?.state ?? empty), account, earlierAccounts }, accountChanged: true };
}

/** Hashes that tell accounts apart without naming them. */
export function accountKeys(account: Account): { user: string; host: string } {
	return { user: hash(account.user.toLowerCase()), host: hash(account.host.toLowerCase()) };
}

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
