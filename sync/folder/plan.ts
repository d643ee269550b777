import { replacedBefore } from './reusedUids';
import type { FolderStatus } from '../server/folderListing';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { type Wants, type Beginning, MARKED_FOR_MOVES, watchesKnown, takesArrivals } from './syncNeeds';
import type { FolderState } from './folderState';

/** What has to be asked to know what happened. Done in this order. */
export type Step =
	/** Every UID of the folder. */
	| 'list'
	/** The UIDs received since the start date. */
	| 'listSinceStartDate'
	/** What the QRESYNC answer to opening held, and whether the message count agrees. */
	| 'takeServerAnswer'
	/** Rows of messages that changed since the last mod-sequence. */
	| 'readChanges'
	/** The UIDs from the last UIDNEXT on. */
	| 'findArrivals'
	/** The message count proves that nothing was deleted, or what was is searched for. */
	| 'findDeletions'
	/** All flags of all messages, as sets. */
	| 'readFlags'
	/** Which messages pass the filter. */
	| 'listMatching'
	/** Whether the known UIDs still mean the same messages. */
	| 'findReuse'
	/** Every UID and, where updates are wanted, every flag, to compare with what is known. */
	| 'audit'
	/** By what the messages would be known again. */
	| 'readFingerprints'
	/** Which messages are the ones that were known under other UIDs. */
	| 'recognise';

export type PlanKind = 'unchanged' | 'qresync' | 'condstore' | 'compare' | 'reset' | 'seed' | 'backfill';

export type PlanReason =
	| 'firstRun'
	| 'folderCreated'
	| 'uidValidityChanged'
	| 'nothingChanged'
	| 'workLeft'
	| 'serverToldAll'
	| 'modseqMoved'
	| 'modseqLost'
	| 'noModseq'
	| 'onlyNewWanted'
	| 'knowledgeMissing'
	| 'filterChanged'
	| 'uidNextWentBack'
	| 'uidsReused'
	| 'massDeletion'
	| 'auditDue';

/** What is going to be done about a folder, and why: data, so that it can be logged and tested. */
export interface Plan {
	kind: PlanKind;
	reason: PlanReason;
	steps: Step[];
	/** The filter is another one too, so what passes it is no news. */
	otherFilter?: true;
}

export interface PlanInput {
	/** Undefined for a folder that is not in the state. */
	state: FolderState | undefined;
	snapshot: FolderSnapshot;
	wants: Wants;
	/** Whether `state.matching` was computed with another filter. */
	filterChanged: boolean;
	beginning: Beginning;
	/** Milliseconds since 1970: whether a failed message is due. */
	now: number;
	/** Whether it is time to compare everything with what is known. */
	auditDue?: boolean;
	/** Whether this is a second look, after a first one by which much of the folder is gone. */
	secondLook?: boolean;
}

/** Decides how to find out what happened in a folder: the cheapest way that the snapshot allows. */
export function planFolder(input: PlanInput): Plan {
	const plan = cheapestWay(input);
	if (!input.auditDue || readsAll(plan) || plan.kind === 'seed' || plan.kind === 'reset' || !watchesKnown(input.wants))
		return plan;
	// What the audit finds, the filter is asked about too.
	const audit: Step[] = followsMatches(input.wants) ? ['audit', 'listMatching'] : ['audit'];
	return plan.kind === 'unchanged'
		? { kind: 'compare', reason: 'auditDue', steps: audit }
		: { ...plan, steps: [...plan.steps.filter((step) => step !== 'listMatching'), ...audit] };
}

/** Whether the plan reads everything there is to know of a folder, as an audit does. */
export const readsAll = ({ steps }: Plan): boolean => steps.includes('list') || steps.includes('audit');

function cheapestWay(input: PlanInput): Plan {
	const { state, snapshot, wants, now } = input;
	if (!state || comesBackAnew(state, snapshot)) {
		const created = state !== undefined || input.beginning === 'created';
		return {
			kind: 'seed',
			reason: created ? 'folderCreated' : 'firstRun',
			steps: seedSteps(input, created ? 'created' : input.beginning),
		};
	}
	if (hasUidValidityChanged(state, snapshot) && neverHeldMessages(state)) {
		return { kind: 'seed', reason: 'uidValidityChanged', steps: seedSteps(input, 'created') };
	}
	if (hasUidValidityChanged(state, snapshot)) {
		return {
			kind: 'reset',
			reason: 'uidValidityChanged',
			steps: resetSteps(input),
			...(input.filterChanged ? { otherFilter: true } : {}),
		};
	}
	// All else waits until it is told that these are gone.
	if (!replacedBefore(state).isEmpty) return { kind: 'compare', reason: 'uidsReused', steps: [] };
	const flags: Step[] = wants.updates ? ['readFlags'] : [];
	const matching: Step[] = wants.filter && watchesKnown(wants) ? ['listMatching'] : [];
	if (lacksKnowledge(state, wants)) {
		const marks: Step[] = wants.moves && hasFewMarks(state) ? ['readFingerprints'] : [];
		return {
			kind: 'compare',
			reason: 'knowledgeMissing',
			steps: ['list', ...flags, ...matching, ...marks],
			...(input.filterChanged ? { otherFilter: true } : {}),
		};
	}
	if (input.filterChanged && matching.length > 0)
		return { kind: 'compare', reason: 'filterChanged', steps: ['list', ...flags, ...matching] };
	if (snapshot.uidNext < state.uidNext)
		return { kind: 'compare', reason: 'uidNextWentBack', steps: ['list', 'findReuse', ...flags, ...matching] };
	const search: Step[] = followsMatches(wants) ? ['listMatching'] : [];
	if (input.secondLook && watchesKnown(wants)) {
		const byModseq = isAhead(snapshot.highestModseq, state.highestModseq);
		return {
			kind: 'compare',
			reason: 'massDeletion',
			steps: ['list', ...(wants.updates && byModseq ? (['readChanges'] as const) : flags), ...search],
		};
	}
	if (isUnchanged(state, snapshot, wants)) {
		return hasWorkLeft(state, now)
			? { kind: 'backfill', reason: 'workLeft', steps: [] }
			: { kind: 'unchanged', reason: 'nothingChanged', steps: [] };
	}
	if (!watchesKnown(wants)) {
		return hasModseqGoneBack(state, snapshot)
			? { kind: 'compare', reason: 'modseqLost', steps: ['findReuse', 'findArrivals'] }
			: { kind: 'compare', reason: 'onlyNewWanted', steps: ['findArrivals'] };
	}
	const arrivals: Step[] = snapshot.uidNext > state.uidNext ? ['findArrivals'] : [];
	if (snapshot.highestModseq === undefined || state.highestModseq === undefined) {
		return { kind: 'compare', reason: 'noModseq', steps: [...arrivals, 'findDeletions', ...flags, ...search] };
	}
	// A lower mod-sequence is a server restored from a backup: what it counted since then, its QRESYNC answer too, says nothing
	// about what we know.
	if (hasModseqGoneBack(state, snapshot)) {
		return { kind: 'compare', reason: 'modseqLost', steps: ['findReuse', ...arrivals, 'findDeletions', ...flags, ...search] };
	}
	if (snapshot.qresyncAnswered) return { kind: 'qresync', reason: 'serverToldAll', steps: ['takeServerAnswer', ...search] };
	// Where the server must read messages to answer, it is asked about the changed ones only.
	const needsRows = wants.updates || (followsMatches(wants) && wants.matches?.takesReading === true);
	const changes: Step[] = needsRows && snapshot.highestModseq !== state.highestModseq ? ['readChanges'] : [];
	return { kind: 'condstore', reason: 'modseqMoved', steps: [...changes, ...arrivals, 'findDeletions', ...search] };
}

/** Whether the filter has to be asked about messages that are there already, once something changed. */
const followsMatches = ({ matches }: Wants): boolean => matches !== undefined && matches.by !== 'nothing';

/** Whether opening the folder should ask for all changes at once (RFC 7162 section 3.2.5); undefined where it should not. */
export function changesToAskFor(
	state: FolderState | undefined,
	wants: Wants,
	serverHasQresync: boolean,
): { uidValidity: string; modseq: string } | undefined {
	if (!serverHasQresync || !state || !watchesKnown(wants) || lacksKnowledge(state, wants) || state.highestModseq === undefined)
		return undefined;
	return { uidValidity: state.uidValidity, modseq: state.highestModseq };
}

/**
 * Whether the folder's status alone proves that there is nothing to do. Equal UIDNEXT and message count prove that nothing came
 * and nothing went; flags are proved by the mod-sequence only. RFC 7162 section 3.2: without QRESYNC a deletion need not move the
 * mod-sequence, so the count is always looked at too.
 */
export function isUntouchedByStatus(
	state: FolderState | undefined,
	status: FolderStatus | undefined,
	wants: Wants,
	now: number,
): boolean {
	if (!state || !status || state.missing || lacksKnowledge(state, wants) || hasWorkLeft(state, now)) return false;
	if (status.uidValidity !== state.uidValidity || status.uidNext === undefined || status.messages === undefined) return false;
	return isUnchanged(state, { uidNext: status.uidNext, exists: status.messages, highestModseq: status.highestModseq }, wants);
}

/** Whether messages wait to be handed over: new ones, older ones, or failed or unacknowledged ones whose time has come. */
export function hasWorkLeft(state: FolderState, now: number): boolean {
	return (
		!state.arrivals.isEmpty ||
		!state.backfill.isEmpty ||
		state.failed.some(({ retryAt }) => retryAt <= now) ||
		(state.awaiting?.groups.some(({ dueAt }) => dueAt <= now) ?? false)
	);
}

/** Whether mod-sequences tell what changed since. */
const isAhead = (now: string | undefined, then: string | undefined): boolean =>
	now !== undefined && then !== undefined && BigInt(now) >= BigInt(then);

const hasModseqGoneBack = (state: FolderState, { highestModseq }: Pick<FolderSnapshot, 'highestModseq'>): boolean =>
	highestModseq !== undefined && state.highestModseq !== undefined && BigInt(highestModseq) < BigInt(state.highestModseq);

const hasUidValidityChanged = (state: FolderState, snapshot: FolderSnapshot): boolean =>
	state.uidValidity !== snapshot.uidValidity;

/**
 * The folder was deleted and made again: another folder under the old name, all of it new. Where the server names folders
 * (RFC 8474 section 4), the same name means the same folder, rebuilt.
 */
const comesBackAnew = (state: FolderState, snapshot: FolderSnapshot): boolean =>
	state.missing &&
	hasUidValidityChanged(state, snapshot) &&
	!(state.mailboxId !== undefined && state.mailboxId === snapshot.mailboxId);

/**
 * Until its first message Courier gives a folder the time of day as UIDVALIDITY, another one each second: what is in such a folder
 * came since, whatever its UIDVALIDITY was.
 */
const neverHeldMessages = (state: FolderState): boolean => state.exists === 0 && state.uidNext <= 1;

/** An event that was not wanted before needs knowledge that was not kept. */
function lacksKnowledge(state: FolderState, wants: Wants): boolean {
	if (!watchesKnown(wants)) return false;
	return (
		state.present === undefined ||
		(wants.updates && state.flags === undefined) ||
		(wants.filter && state.matching === undefined) ||
		(wants.moves && hasFewMarks(state))
	);
}

/** Whether the marks were kept for events that need fewer of them, so that most of what moves would not be known again. */
function hasFewMarks({ fingerprints, present, exists, arrivals, failed }: FolderState): boolean {
	const known = (present?.size ?? exists) - arrivals.size - failed.length;
	return fingerprints === undefined || fingerprints.marks.size * 2 < Math.min(known, MARKED_FOR_MOVES);
}

function isUnchanged(
	state: FolderState,
	now: Pick<FolderSnapshot, 'uidNext' | 'exists' | 'highestModseq'>,
	wants: Wants,
): boolean {
	if (state.unfinished || now.uidNext !== state.uidNext) return false;
	if (watchesKnown(wants) && now.exists !== state.exists) return false;
	if (wants.matches?.by === 'time') return false;
	// What came after a backup was restored may have made up for the UIDs that were lost.
	if (hasModseqGoneBack(state, now)) return false;
	const flagsMatter = wants.updates || followsMatches(wants);
	return !flagsMatter || (now.highestModseq !== undefined && now.highestModseq === state.highestModseq);
}

function seedSteps({ snapshot, wants }: PlanInput, beginning: Beginning): Step[] {
	if (snapshot.exists === 0) return [];
	const steps: Step[] = [];
	const handsOver = takesArrivals(wants) && beginning !== 'now';
	if (watchesKnown(wants) || (handsOver && beginning !== 'date')) steps.push('list');
	if (handsOver && beginning === 'date') steps.push('listSinceStartDate');
	if (wants.updates) steps.push('readFlags');
	if (wants.filter && (watchesKnown(wants) || handsOver)) steps.push('listMatching');
	steps.push('readFingerprints');
	return steps;
}

/** After a UIDVALIDITY change everything is listed: each message is either known again, or new, or one that waits. */
function resetSteps({ snapshot, wants }: PlanInput): Step[] {
	if (snapshot.exists === 0) return [];
	const steps: Step[] = ['list', 'recognise'];
	if (wants.updates) steps.push('readFlags');
	if (wants.filter && watchesKnown(wants)) steps.push('listMatching');
	steps.push('readFingerprints');
	return steps;
}
