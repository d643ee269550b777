import { knownAboveUidNext } from './uidReuse';
import { isRetryDue } from './due';
import { uidsToRedeliver } from './unacknowledged';
import type { FolderStatus } from '../server/folderListing';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { type SyncNeeds, type InitialSync, FINGERPRINTS_FOR_MOVES, tracksExisting, inspectsNew } from './syncNeeds';
import type { FolderState } from './folderState';

/** One question of a plan. The order is that in which they are asked. */
type Step =
	/** Every UID of the folder. */
	| 'list'
	/** The UIDs received since the start date. */
	| 'listSinceStartDate'
	/** The QRESYNC response to the opening, checked against the message count. */
	| 'applyQresync'
	/** Rows of messages changed since the last mod-sequence. */
	| 'readChanges'
	/** The UIDs from the last UIDNEXT on. */
	| 'findNew'
	/** Whether the message count proves that nothing was deleted; if not, which messages were. */
	| 'findDeletions'
	/** All flags of all messages, as sets. */
	| 'readFlags'
	/** Which messages match the filter. */
	| 'listMatching'
	/** Whether the known UIDs still mean the same messages. */
	| 'detectUidReuse'
	/** The same, unless the newest known messages are what they were. */
	| 'verifyNewest'
	/** Every UID and, where updates are wanted, every flag, to compare with what is known. */
	| 'audit'
	/** The fingerprints of messages. */
	| 'readFingerprints'
	/** Which messages were known under other UIDs. */
	| 'recognise';

type PlanKind = 'unchanged' | 'qresync' | 'condstore' | 'compare' | 'reset' | 'seed' | 'backfill';

export type PlanReason =
	| 'firstRun'
	| 'folderCreated'
	| 'uidValidityChanged'
	| 'nothingChanged'
	| 'workLeft'
	| 'qresyncAnswered'
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

/** What to do about a folder, and why: data, so that it can be logged and tested. */
export interface Plan {
	kind: PlanKind;
	reason: PlanReason;
	steps: Step[];
	/** The filter changed too, so what matches it is no event. */
	otherFilter?: true;
}

export interface PlanInput {
	/** Undefined for a folder that is not in the state. */
	state: FolderState | undefined;
	snapshot: FolderSnapshot;
	needs: SyncNeeds;
	/** Whether `state.matching` was computed with another filter. */
	filterChanged: boolean;
	initialSync: InitialSync;
	/** Milliseconds since 1970; decides whether a failed message is due. */
	now: number;
	/** Whether an audit is due. */
	auditDue?: boolean;
	/** Whether this is the second look, after a first one that found a mass deletion. */
	secondLook?: boolean;
}

/** Plans how to find out what happened in a folder: the cheapest way that the snapshot allows. */
export function planFolder(input: PlanInput): Plan {
	const plan = withVerification(withFingerprints(cheapestWay(input), input), input);
	if (!input.auditDue || readsAll(plan) || plan.kind === 'seed' || plan.kind === 'reset' || !tracksExisting(input.needs))
		return plan;
	// The filter is asked about what the audit finds, too.
	const audit: Step[] = tracksMatches(input.needs) ? ['audit', 'listMatching'] : ['audit'];
	return plan.kind === 'unchanged'
		? { kind: 'compare', reason: 'auditDue', steps: audit }
		: { ...plan, steps: [...plan.steps.filter((step) => step !== 'listMatching'), ...audit] };
}

/** A folder that began without being opened has no fingerprints: an opening at which nothing else is to be done reads them. */
function withFingerprints(plan: Plan, { state, snapshot }: PlanInput): Plan {
	if (plan.kind !== 'unchanged' || !state?.begunByStatus || snapshot.exists === 0) return plan;
	return { ...plan, steps: ['readFingerprints'] };
}

/**
 * What waits is delivered from what is there now. After a restore and exactly as many new messages that is something else, and once it is
 * known, its fingerprints would hide that those before it were replaced too.
 */
function withVerification(plan: Plan, { state }: PlanInput): Plan {
	const isOfOther = plan.kind === 'seed' || plan.kind === 'reset' || plan.reason === 'uidsReused';
	if (!state || state.newUids.isEmpty || isOfOther || plan.steps.includes('detectUidReuse')) return plan;
	return { ...plan, steps: [...plan.steps, 'verifyNewest'] };
}

/** Whether the plan reads all of a folder, as an audit does. */
export const readsAll = ({ steps }: Plan): boolean => steps.includes('list') || steps.includes('audit');

function cheapestWay(input: PlanInput): Plan {
	return planOfBeginning(input) ?? planOfKnown(input, input.state!);
}

/** For a folder that begins: it is unknown, was created since, or its UIDVALIDITY changed. */
function planOfBeginning(input: PlanInput): Plan | undefined {
	const { state, snapshot } = input;
	if (!state) {
		const reason = input.initialSync === 'created' ? 'folderCreated' : 'firstRun';
		return { kind: 'seed', reason, steps: seedSteps(input, input.initialSync) };
	}
	if (!hasUidValidityChanged(state, snapshot)) return undefined;
	if (neverHeldMessages(state)) {
		return { kind: 'seed', reason: 'uidValidityChanged', steps: seedSteps(input, 'created') };
	}
	return { kind: 'reset', reason: 'uidValidityChanged', steps: resetSteps(input), ...otherFilter(input) };
}

/** For a known folder: first what makes everything else wait, then the cheapest way to find changes. */
function planOfKnown(input: PlanInput, state: FolderState): Plan {
	const { snapshot, needs, now } = input;
	// Everything else waits until the deletion of these is reported.
	if (!knownAboveUidNext(state).isEmpty) return { kind: 'compare', reason: 'uidsReused', steps: [] };
	const flags: Step[] = needs.updates ? ['readFlags'] : [];
	const matching: Step[] = needs.filter && tracksExisting(needs) ? ['listMatching'] : [];
	if (lacksKnowledge(state, needs)) {
		const fingerprints: Step[] = needs.moves && hasFewFingerprints(state) ? ['readFingerprints'] : [];
		const steps: Step[] = ['list', ...flags, ...matching, ...fingerprints];
		return { kind: 'compare', reason: 'knowledgeMissing', steps, ...otherFilter(input) };
	}
	if (input.filterChanged && matching.length > 0) {
		return { kind: 'compare', reason: 'filterChanged', steps: ['list', ...flags, ...matching] };
	}
	if (snapshot.uidNext < state.uidNext) {
		const steps: Step[] = state.uidNextWentBack ? ['list', 'detectUidReuse', ...flags, ...matching] : ['detectUidReuse'];
		return { kind: 'compare', reason: 'uidNextWentBack', steps };
	}
	if (input.secondLook && tracksExisting(needs)) {
		const changes: Step[] = needs.updates && isAhead(snapshot.highestModseq, state.highestModseq) ? ['readChanges'] : flags;
		return { kind: 'compare', reason: 'massDeletion', steps: ['list', ...changes, ...searchSteps(needs)] };
	}
	if (isUnchanged(state, snapshot, needs)) {
		return hasPending(state, needs, now)
			? { kind: 'backfill', reason: 'workLeft', steps: [] }
			: { kind: 'unchanged', reason: 'nothingChanged', steps: [] };
	}
	return planOfChanges(input, state);
}

/** How to find changes, depending on what the server sends when it opens the folder. */
function planOfChanges({ snapshot, needs }: PlanInput, state: FolderState): Plan {
	if (!tracksExisting(needs)) {
		return hasModseqGoneBack(state, snapshot)
			? { kind: 'compare', reason: 'modseqLost', steps: ['detectUidReuse', 'findNew'] }
			: { kind: 'compare', reason: 'onlyNewWanted', steps: ['findNew'] };
	}
	const search = searchSteps(needs);
	const flags: Step[] = needs.updates ? ['readFlags'] : [];
	const news: Step[] = snapshot.uidNext > state.uidNext ? ['findNew'] : [];
	if (snapshot.highestModseq === undefined || state.highestModseq === undefined) {
		return { kind: 'compare', reason: 'noModseq', steps: [...news, 'findDeletions', ...flags, ...search] };
	}
	// A lower mod-sequence means a server restored from a backup: what it counted since, its QRESYNC response too, says nothing
	// about what we know.
	if (hasModseqGoneBack(state, snapshot)) {
		return { kind: 'compare', reason: 'modseqLost', steps: ['detectUidReuse', ...news, 'findDeletions', ...flags, ...search] };
	}
	if (snapshot.qresyncAnswered) return { kind: 'qresync', reason: 'qresyncAnswered', steps: ['applyQresync', ...search] };
	// If the server must read messages to answer, it is asked about the changed ones only.
	const needsRows = needs.updates || (tracksMatches(needs) && needs.matches?.takesReading === true);
	const changes: Step[] = needsRows && snapshot.highestModseq !== state.highestModseq ? ['readChanges'] : [];
	return { kind: 'condstore', reason: 'modseqMoved', steps: [...changes, ...news, 'findDeletions', ...search] };
}

const searchSteps = (needs: SyncNeeds): Step[] => (tracksMatches(needs) ? ['listMatching'] : []);

const otherFilter = ({ filterChanged }: PlanInput): Pick<Plan, 'otherFilter'> => (filterChanged ? { otherFilter: true } : {});

/** Whether the filter has to be asked about existing messages once something changed. */
const tracksMatches = ({ matches }: SyncNeeds): boolean => matches !== undefined && matches.by !== 'nothing';

/** The QRESYNC parameters for opening the folder (RFC 7162 section 3.2.5); undefined to open it without. */
export function qresyncParameters(
	state: FolderState | undefined,
	needs: SyncNeeds,
	serverHasQresync: boolean,
): { uidValidity: string; modseq: string } | undefined {
	if (!serverHasQresync || !state || !tracksExisting(needs) || lacksKnowledge(state, needs) || state.highestModseq === undefined)
		return undefined;
	return { uidValidity: state.uidValidity, modseq: state.highestModseq };
}

/**
 * Whether the STATUS response alone proves that there is nothing to do. Equal UIDNEXT and message count prove that nothing came
 * and nothing went; only the mod-sequence proves it of flags. The count is always compared too: without QRESYNC a deletion need
 * not move the mod-sequence (RFC 7162 section 3.2).
 */
export function isUnchangedByStatus(
	state: FolderState | undefined,
	status: FolderStatus | undefined,
	needs: SyncNeeds,
	now: number,
): boolean {
	if (!state || !status || state.missing || state.mayBeMissing || lacksKnowledge(state, needs) || hasPending(state, needs, now))
		return false;
	if (status.uidValidity !== state.uidValidity || status.uidNext === undefined || status.messages === undefined) return false;
	return isUnchanged(state, { uidNext: status.uidNext, exists: status.messages, highestModseq: status.highestModseq }, needs);
}

/** Whether a status can prove that nothing happened: where flags matter, only with mod-sequences. */
export const provesUnchanged = (needs: SyncNeeds, hasModseq: boolean): boolean =>
	needs.matches?.by !== 'time' && (hasModseq || !(needs.updates || tracksMatches(needs)));

/** Whether messages are to be delivered: new or older ones, or failed or unacknowledged ones that are due. */
function hasPending(state: FolderState, { acknowledge }: SyncNeeds, now: number): boolean {
	return (
		!state.newUids.isEmpty ||
		!state.backfill.isEmpty ||
		state.failed.some((failed) => isRetryDue(failed, now)) ||
		(acknowledge !== undefined && !uidsToRedeliver(state.unacknowledged, now, acknowledge).isEmpty)
	);
}

/** Whether mod-sequences show what changed since. */
const isAhead = (now: string | undefined, then: string | undefined): boolean =>
	now !== undefined && then !== undefined && BigInt(now) >= BigInt(then);

const hasModseqGoneBack = (state: FolderState, { highestModseq }: Pick<FolderSnapshot, 'highestModseq'>): boolean =>
	highestModseq !== undefined && state.highestModseq !== undefined && BigInt(highestModseq) < BigInt(state.highestModseq);

const hasUidValidityChanged = (state: FolderState, snapshot: FolderSnapshot): boolean =>
	state.uidValidity !== snapshot.uidValidity;

/**
 * Until a folder has its first message, Courier uses the time of day as its UIDVALIDITY, another one each second. What such a
 * folder holds came since, whatever its UIDVALIDITY was.
 */
const neverHeldMessages = (state: FolderState): boolean => state.exists === 0 && state.uidNext <= 1;

/** Whether the wanted events need something that was not kept: an event was added. */
function lacksKnowledge(state: FolderState, needs: SyncNeeds): boolean {
	if (!tracksExisting(needs)) return false;
	return (
		state.knownUids === undefined ||
		(needs.updates && state.flags === undefined) ||
		(needs.filter && state.matching === undefined) ||
		(needs.moves && hasFewFingerprints(state))
	);
}

/** Whether fingerprints were kept for events that need fewer, so that most moved messages would not be recognised. */
function hasFewFingerprints({ fingerprints, knownUids, exists, newUids, failed }: FolderState): boolean {
	const known = (knownUids?.size ?? exists) - newUids.size - failed.length;
	return fingerprints === undefined || fingerprints.byUid.size * 2 < Math.min(known, FINGERPRINTS_FOR_MOVES);
}

function isUnchanged(
	state: FolderState,
	now: Pick<FolderSnapshot, 'uidNext' | 'exists' | 'highestModseq'>,
	needs: SyncNeeds,
): boolean {
	if (state.unfinished || now.uidNext !== state.uidNext) return false;
	if (tracksExisting(needs) && now.exists !== state.exists) return false;
	if (needs.matches?.by === 'time') return false;
	// After a restore from a backup, new messages may have made up for the lost UIDs.
	if (hasModseqGoneBack(state, now)) return false;
	const flagsMatter = needs.updates || tracksMatches(needs);
	return !flagsMatter || (now.highestModseq !== undefined && now.highestModseq === state.highestModseq);
}

function seedSteps({ snapshot, needs }: PlanInput, initialSync: InitialSync): Step[] {
	if (snapshot.exists === 0) return [];
	const steps: Step[] = [];
	const deliversExisting = inspectsNew(needs) && initialSync !== 'now';
	if (tracksExisting(needs) || (deliversExisting && initialSync !== 'date')) steps.push('list');
	if (deliversExisting && initialSync === 'date') steps.push('listSinceStartDate');
	if (needs.updates) steps.push('readFlags');
	if (needs.filter && (tracksExisting(needs) || deliversExisting)) steps.push('listMatching');
	steps.push('readFingerprints');
	return steps;
}

/** After a UIDVALIDITY change everything is listed: each message is recognised, new or pending. */
function resetSteps({ snapshot, needs }: PlanInput): Step[] {
	if (snapshot.exists === 0) return [];
	const steps: Step[] = ['list', 'recognise'];
	if (needs.updates) steps.push('readFlags');
	if (needs.filter && tracksExisting(needs)) steps.push('listMatching');
	steps.push('readFingerprints');
	return steps;
}
