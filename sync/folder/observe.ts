import { differencesInFlags, differencesInListing } from './audit';
import { BATCH_SUMMARIES } from '../reading/batch';
import { SyncError } from '../errors/syncError';
import type { Diagnostics } from './diagnostics';
import { adopt, flagQuestions, SYSTEM_FLAGS, trackedFlags, withRows, type FlagSets } from './flagSets';
import { findMatching, mayMatch } from '../search/findMatching';
import type { ContentMatches } from '../search/contentMatches';
import { readsAll, type Plan } from './plan';
import type { OpenFolder } from '../server/mailServer';
import { stillOwnsUid, knownAboveUidNext } from './uidReuse';
import { answerProbes, isProbed, nextProbes, startRankProbe } from './rankProbe';
import {
	detectUidReuse,
	detectUidReuseInNewest,
	holdsOtherMessage,
	newestFingerprinted,
	readFingerprints,
	readRecognition,
} from './readFingerprints';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { isWindowFull, splitByVisibility } from './visibility';
import type { Capabilities } from '../server/capabilities';
import type { MessageFlags, MessageSummary } from '../server/message';
import { inspectsNew, tracksExisting, type SyncNeeds } from './syncNeeds';
import type { FolderState } from './folderState';
import type { Observation } from './observation';
import type { WatchSettings } from '../settings/watchSettings';

/** What the steps of a plan work with. */
export interface ObserveInput {
	folder: OpenFolder;
	state: FolderState | undefined;
	plan: Plan;
	needs: SyncNeeds;
	capabilities: Capabilities;
	watch: Pick<WatchSettings, 'filter' | 'filterDates' | 'startFrom'>;
	/** For a filter that is decided by reading: what was read before, and whether there is no time to read on. */
	lookup: { contentMatches?: ContentMatches; stopped?: () => boolean };
	/** Takes what is noticed on the way. */
	diagnostics: Diagnostics;
}

/** The folder was changed under our hands in a way that makes the answers of this opening useless: open it again. */
export class ExpungedDuringSync extends Error {
	constructor(readonly path: string) {
		super(`messages were expunged from "${path}" while it was read`);
	}
}

/** A range of UIDs up to this wide is read as rows at once, which saves asking which of them exist. */
const NARROW_RANGE = 500;
/** A folder up to this small is read row by row: one answer instead of one for each flag. */
const SMALL_FOLDER = 100;
/** A set of this many runs makes a short listing where the server answers in ranges (ESEARCH). */
const FEW_RUNS = 150;
/** More messages than this carrying one of the rare flags are not read one by one. */
const MANY_CARRIERS = 500;
/** A folder with more keywords than this is read row by row. */
const MANY_KEYWORDS = 48;

/**
 * Runs the steps of a plan and says what they found, with the descriptors that came along. Throws FolderShifted when the
 * folder has to be opened again, and SyncError.
 */
export async function observe(input: ObserveInput): Promise<{ observation: Observation; summaries: Map<Uid, MessageSummary> }> {
	const { folder, state, plan, needs } = input;
	const observation: Observation = { appeared: UidSet.empty, vanished: UidSet.empty, rows: [] };
	const summaries = new Map<Uid, MessageSummary>();
	for (const step of plan.steps) {
		switch (step) {
			case 'list':
				observation.listing = await listAll(folder);
				if (state && plan.kind === 'compare') compareWithListing(observation, state, observation.listing, plan);
				break;
			case 'listSinceStartDate':
				observation.sinceStartDate = await listSinceStartDate(input);
				break;
			case 'applyQresync':
				await applyQresync(observation, summaries, input);
				break;
			case 'readChanges':
				if (state?.highestModseq !== undefined && state.uidNext > 1) {
					observation.rows.push(...(await folder.changedSince(state.highestModseq, (state.uidNext - 1) as Uid)));
					checkChanged(observation.rows, state.highestModseq, input.diagnostics);
				}
				break;
			case 'findNew':
				await findNew(observation, summaries, input);
				break;
			case 'findDeletions':
				await findDeletions(observation, input);
				break;
			case 'readFlags':
				observation.flags = await readFlags(observation, input);
				break;
			case 'listMatching':
				await listMatching(observation, input);
				break;
			case 'recognise':
				if (state) observation.recognition = await readRecognition(folder, state, observation.listing ?? UidSet.empty, summaries);
				break;
			case 'readFingerprints':
				observation.fingerprints = await readFingerprints(folder, observation.listing, needs, summaries);
				break;
			case 'detectUidReuse':
				if (state) observation.reusedFrom = await detectUidReuse(folder, state, summaries, { complete: inspectsNew(needs) });
				break;
			case 'audit':
				await audit(observation, input);
				if (state && observation.reusedFrom === undefined)
					observation.reusedFrom = await detectUidReuseInNewest(folder, state, summaries);
				break;
		}
	}
	if (state && !knownAboveUidNext(state).isEmpty) observation.reusedFrom = state.uidNext as Uid;
	if (plan.reason === 'uidsReused') return { observation, summaries };
	await excludeVisibilityChanges(observation, input);
	await matchUnasked(observation, input);
	return { observation, summaries };
}

/** Messages that are not delivered as new are looked at only here, so the filter is asked about them here. */
async function matchUnasked(
	observation: Observation,
	{ folder, needs, watch: { filter = {} }, lookup }: ObserveInput,
): Promise<void> {
	const unasked = (inspectsNew(needs) ? UidSet.empty : observation.appeared).union(observation.intoView ?? UidSet.empty);
	const allAsked = observation.matching !== undefined && observation.asked === undefined;
	if (!needs.filter || allAsked || unasked.isEmpty) return;
	const found = await findMatching({ folder, filter, within: unasked, ...lookup });
	observation.matching = (observation.matching ?? UidSet.empty).union(found);
	observation.asked = (observation.asked ?? UidSet.empty).union(unasked);
}

async function listSinceStartDate({ folder, watch: { startFrom } }: ObserveInput): Promise<UidSet> {
	return startFrom.kind === 'date' ? await folder.search({ since: startFrom.date }) : UidSet.empty;
}

/** Compares the folder with what is known of it after the other steps; what they missed joins what they found. */
async function audit(observation: Observation, input: ObserveInput): Promise<void> {
	const { folder, state, needs, capabilities, diagnostics } = input;
	if (!state?.knownUids) return;
	const { snapshot } = folder;
	const known = { state, arrived: observation.appeared, vanished: observation.vanished, rows: observation.rows };
	let listing: UidSet;
	let changed: MessageFlags[] = [];
	try {
		listing = observation.listing ?? (await listAll(folder));
		if (needs.updates && state.flags && !observation.flags) {
			const flags = await readFlags({ ...observation, listing }, input);
			changed = differencesInFlags(known, listing, flags, capabilities.gmail);
			if (changed.length > 0 && snapshot.highestModseq !== undefined && snapshot.uidNext > 1) {
				// What changed since the folder was opened was not missed: it comes with the next run.
				const since = UidSet.of(
					(await folder.changedSince(snapshot.highestModseq, (snapshot.uidNext - 1) as Uid)).map(({ uid }) => uid),
				);
				changed = changed.filter(({ uid }) => !since.has(uid));
			}
		}
	} catch (error) {
		// What the ordinary questions found is no worse for it.
		if (!(error instanceof SyncError) || error.scope !== 'folder') throw error;
		diagnostics.problems.push(error);
		return;
	}
	const { arrivals, deletions } = differencesInListing(known, listing);
	observation.appeared = observation.appeared.union(arrivals);
	observation.vanished = observation.vanished.union(deletions);
	observation.audited = { arrivals, deletions, flags: UidSet.of(changed.map(({ uid }) => uid)) };
	observation.rows.push(...changed);
	if (needs.updates && !inspectsNew(needs)) await completeRows(observation, folder);
}

/**
 * Takes what only went out of view, or came into it, out of what vanished and arrived; also a message that was said to be gone and is
 * there before that was told.
 */
async function excludeVisibilityChanges(
	observation: Observation,
	{ folder, state, needs, capabilities }: ObserveInput,
): Promise<void> {
	if (!state?.knownUids) return;
	const untold = UidSet.of(state.tombstones.filter((message) => stillOwnsUid(state, message)).map(({ uid }) => uid));
	const returned = observation.appeared.intersect(untold);
	const shown =
		capabilities.visibleMessages === undefined
			? undefined
			: splitByVisibility(state, observation, folder.snapshot.exists, capabilities.visibleMessages);
	const outOfView = shown?.outOfView ?? UidSet.empty;
	const intoView = returned.union(shown?.intoView ?? UidSet.empty);
	if (outOfView.isEmpty && intoView.isEmpty) return;
	if (needs.updates && !observation.flags && !intoView.isEmpty) observation.rows.push(...(await folder.flagsOf(intoView)));
	observation.vanished = observation.vanished.subtract(outOfView);
	observation.appeared = observation.appeared.subtract(intoView);
	observation.outOfView = outOfView;
	observation.intoView = intoView;
	if (!observation.audited) return;
	const { arrivals, deletions, flags } = observation.audited;
	observation.audited = { arrivals: arrivals.subtract(intoView), deletions: deletions.subtract(outOfView), flags };
}

/** Notes when rows that were to be of changed messages are not: SmarterMail ignores CHANGEDSINCE (closeio/sync-engine PR 504). */
function checkChanged(rows: MessageFlags[], since: string | undefined, diagnostics: Diagnostics): void {
	if (since === undefined || rows.length === 0) return;
	const unchanged = rows.filter(({ modseq }) => modseq === undefined || BigInt(modseq) <= BigInt(since));
	if (unchanged.length * 2 > rows.length) diagnostics.faults.push('unchangedTold');
}

/**
 * Which messages pass the filter, of all or, where answering takes the server reading and it told which messages changed, of these.
 */
async function listMatching(
	observation: Observation,
	{ folder, state, plan, needs, watch: { filter = {}, filterDates }, lookup }: ObserveInput,
): Promise<void> {
	const present = observation.listing ?? state?.knownUids?.subtract(observation.vanished).union(observation.appeared);
	const toldChanges = (plan.kind === 'qresync' || plan.kind === 'condstore') && !readsAll(plan);
	if (toldChanges && needs.matches?.by === 'flags' && needs.matches.takesReading) {
		observation.asked = UidSet.of(observation.rows.map(({ uid }) => uid)).intersect(present ?? UidSet.empty);
	}
	// The dates of an expression are others than at the last run, although it is the same filter.
	const inPeriod =
		filterDates !== undefined || plan.reason === 'filterChanged' ? UidSet.empty : (state?.matching ?? UidSet.empty);
	// Where only new messages are told, they are looked at one by one when it is their turn.
	observation.matching = tracksExisting(needs)
		? await findMatching({ folder, filter, within: observation.asked, there: present, inPeriod, ...lookup })
		: await mayMatch(folder, filter);
}

/** Every UID of the folder; the message count must agree, else the answer is not believed. */
async function listAll(folder: OpenFolder): Promise<UidSet> {
	if (folder.snapshot.exists === 0) return UidSet.empty;
	const listing = (await folder.search({})).below(Math.max(folder.snapshot.uidNext, 1));
	if (listing.size === folder.snapshot.exists) return listing;
	if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
	throw new SyncError('folderInconsistent', {
		reason: 'listingIncomplete',
		folder: folder.snapshot.path,
		listed: listing.size,
		exists: folder.snapshot.exists,
	});
}

function compareWithListing(observation: Observation, state: FolderState, listing: UidSet, plan: Plan): void {
	const known = state.knownUids;
	if (known) {
		observation.vanished = known.subtract(listing);
		// Also below the old UIDNEXT: a message that was never known was never handed over, however it came to be there.
		observation.appeared = listing.subtract(known);
	} else if (plan.reason !== 'uidNextWentBack') {
		observation.appeared = listing.from(state.uidNext);
	}
}

async function applyQresync(observation: Observation, summaries: Map<Uid, MessageSummary>, input: ObserveInput): Promise<void> {
	const { folder, state, plan } = input;
	const answer = folder.sinceLastTime;
	if (!answer || !state?.knownUids) return;
	const { snapshot } = folder;
	if (answer.rows.length === 0 && answer.vanished.isEmpty && snapshot.highestModseq !== state.highestModseq) {
		// Something moved the mod-sequence, and nothing is told of it: the question was not understood.
		if ((input.needs.updates || input.needs.matches) && state.highestModseq !== undefined && state.uidNext > 1) {
			observation.rows.push(...(await folder.changedSince(state.highestModseq, (state.uidNext - 1) as Uid)));
		}
		await findNew(observation, summaries, input);
		await findDeletions(observation, input);
		// A mod-sequence may move for what nobody sees; here something was to be seen.
		if (observation.rows.length > 0 || !observation.appeared.isEmpty || !observation.vanished.isEmpty)
			input.diagnostics.faults.push('vanishedMissing');
		return;
	}
	const arrived: Uid[] = [];
	for (const row of answer.rows) {
		if (row.uid >= state.uidNext && row.uid < snapshot.uidNext) arrived.push(row.uid);
		observation.rows.push(row);
	}
	checkChanged(observation.rows, state.highestModseq, input.diagnostics);
	observation.appeared = UidSet.of(arrived);
	observation.vanished = answer.vanished.intersect(state.knownUids);
	if (inspectsNew(input.needs)) await describeArrivals(observation, summaries, input);
	// The second fact: servers have reported living messages as vanished (Cyrus, nextcloud/mail issue 11908) and left
	// vanished ones out (Cyrus issue 6071).
	if (state.knownUids.size - observation.vanished.size + observation.appeared.size === snapshot.exists) return;
	observation.listing = await listAll(folder);
	// Where not all is shown, what is not told may have gone out of view.
	if (input.capabilities.visibleMessages === undefined) {
		input.diagnostics.faults.push(
			observation.vanished.intersect(observation.listing).isEmpty ? 'vanishedMissing' : 'vanishedLiving',
		);
	}
	compareWithListing(observation, state, observation.listing, plan);
	if (input.needs.updates && !inspectsNew(input.needs)) await completeRows(observation, folder);
}

async function findNew(observation: Observation, summaries: Map<Uid, MessageSummary>, input: ObserveInput): Promise<void> {
	const { folder, state, needs } = input;
	if (!state || folder.snapshot.uidNext <= state.uidNext) return;
	const range = UidSet.range(state.uidNext, folder.snapshot.uidNext - 1);
	const newest = newestFingerprinted(state);
	if (range.size <= NARROW_RANGE) {
		for await (const message of folder.fetch(range.union(newest), 'descriptor')) summaries.set(message.uid, message);
		const told = UidSet.of([...summaries.keys()]).intersect(range);
		const untold = range.subtract(told);
		// Exchange answers OK and leaves messages out: taken for gaps they would be passed over for good.
		observation.appeared = untold.isEmpty ? told : told.union((await folder.search({}, untold)).intersect(untold));
		if (needs.updates && !inspectsNew(needs)) {
			observation.rows.push(...[...summaries.values()].filter(({ uid }) => range.has(uid)));
			await completeRows(observation, folder);
		}
		await checkNewest(observation, summaries, input, newest);
	} else {
		observation.appeared = (await folder.search({}, range)).intersect(range);
		if (needs.updates && !inspectsNew(needs)) await completeRows(observation, folder);
	}
}

/** What the hand-over asks of messages that came, asked at once together with the newest known message. */
async function describeArrivals(
	observation: Observation,
	summaries: Map<Uid, MessageSummary>,
	input: ObserveInput,
): Promise<void> {
	const { folder, state } = input;
	if (!state || observation.appeared.isEmpty) return;
	const newest = newestFingerprinted(state);
	try {
		const asked = observation.appeared.lowest(BATCH_SUMMARIES).union(newest);
		for await (const message of folder.fetch(asked, 'descriptor'))
			if (asked.has(message.uid)) summaries.set(message.uid, message);
	} catch (error) {
		// Which message it is because of, the hand-over finds out.
		if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
		return;
	}
	await checkNewest(observation, summaries, input, newest);
}

/** Whether the newest known message, which was asked for along with what came, is the one that was known. */
async function checkNewest(
	observation: Observation,
	summaries: Map<Uid, MessageSummary>,
	{ folder, state, needs }: ObserveInput,
	newest: UidSet,
): Promise<void> {
	if (!state || observation.reusedFrom !== undefined) return;
	const messages = [...newest].flatMap((uid) => summaries.get(uid) ?? []);
	if (holdsOtherMessage(state, messages))
		observation.reusedFrom = await detectUidReuse(folder, state, summaries, { complete: inspectsNew(needs) });
}

/** Flags of arrived messages that no row told yet. */
async function completeRows(observation: Observation, folder: OpenFolder): Promise<void> {
	const told = UidSet.of(observation.rows.map(({ uid }) => uid));
	const untold = observation.appeared.subtract(told);
	if (!untold.isEmpty) observation.rows.push(...(await folder.flagsOf(untold)));
}

/**
 * The count proof: known messages plus arrived ones make the message count, or some were deleted. Which ones, a listing tells
 * where that is short, else rank probes; both prove themselves against the count.
 */
async function findDeletions(observation: Observation, input: ObserveInput): Promise<void> {
	const { folder, state, plan, capabilities } = input;
	if (!state?.knownUids) return;
	const known = state.knownUids;
	const remaining = folder.snapshot.exists - observation.appeared.size;
	if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
	if (remaining === known.size && !(await windowShifted(folder, known, capabilities))) return;
	const deleted = known.size - remaining;
	const shortListing = capabilities.esearch && known.runs + deleted <= FEW_RUNS;
	const found =
		remaining >= known.size || shortListing || deleted * 20 > known.size ? undefined : await probe(folder, known, remaining);
	if (found) {
		observation.vanished = found;
		return;
	}
	observation.listing = await listAll(folder);
	compareWithListing(observation, state, observation.listing, plan);
	if (input.needs.updates && !inspectsNew(input.needs)) await completeRows(observation, folder);
}

/**
 * Whether other messages came into view for some that went: the count proves nothing then. Where the lowest message shown is
 * still the lowest known one, none did.
 */
async function windowShifted(folder: OpenFolder, known: UidSet, { visibleMessages }: Capabilities): Promise<boolean> {
	if (visibleMessages === undefined || !isWindowFull(folder.snapshot.exists, visibleMessages)) return false;
	const [lowest] = await folder.uidsAt([1]);
	return lowest !== known.first;
}

/** The known UIDs that are gone; undefined when the answers contradict what is known, so that a listing is needed. */
async function probe(folder: OpenFolder, known: UidSet, remaining: number): Promise<UidSet | undefined> {
	let search = startRankProbe(known, remaining);
	while (!isProbed(search)) {
		const numbers = nextProbes(search);
		let uids: Uid[];
		try {
			uids = await folder.uidsAt(numbers);
		} catch (error) {
			if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
			if (error instanceof SyncError && error.code === 'folderInconsistent') return undefined;
			throw error;
		}
		// UID SEARCH, unlike SEARCH, may be interrupted by EXPUNGE (RFC 3501 section 7.4.1): then the ranks have moved.
		if (folder.expungedMeanwhile() > 0) throw new ExpungedDuringSync(folder.snapshot.path);
		const answered = answerProbes(search, numbers, uids);
		if (!answered) return undefined;
		search = answered;
	}
	// What lies between two numbers is proved by their UIDs; what is missing at the end, by nothing but the message count.
	const last = known.subtract(search.vanished).last ?? 0;
	const atTheEnd = search.vanished.from(last + 1);
	if (!atTheEnd.isEmpty && !(await folder.search({}, atTheEnd)).isEmpty) return undefined;
	return search.vanished;
}

/** All flags of all messages as sets, by rows for a small folder, else by one question for each flag. */
async function readFlags(observation: Observation, input: ObserveInput): Promise<FlagSets> {
	const { folder, state, capabilities } = input;
	const present =
		observation.listing ?? (state?.knownUids ?? UidSet.empty).subtract(observation.vanished).union(observation.appeared);
	if (present.isEmpty) return {};
	const before = observation.listing && !state?.flags ? undefined : state?.flags;
	const keywords = folder.snapshot.keywords;
	const byRows =
		present.size <= SMALL_FOLDER ||
		capabilities.gmail ||
		trackedFlags(before, keywords).length > SYSTEM_FLAGS.length + MANY_KEYWORDS;
	if (byRows) {
		const { rows, untold } = await rowsOf(folder, present);
		return withRows(adopt({}, before ?? {}, untold), rows);
	}
	const sets: Record<string, UidSet> = {};
	const keep = (flag: string, carrying: UidSet): void => {
		const there = carrying.intersect(present);
		if (!there.isEmpty) sets[flag] = there;
	};
	for (const question of flagQuestions(before, present, keywords)) {
		if (question.ask === 'carrying') keep(question.flag, await folder.search({ flags: { [question.flag]: true } }));
		else if (question.ask === 'lacking')
			keep(question.flag, present.subtract(await folder.search({ flags: { [question.flag]: false } })));
		else await readTogether(folder, question.flags, before ?? {}, keep);
	}
	return sets;
}

async function readTogether(
	folder: OpenFolder,
	flags: string[],
	before: FlagSets,
	keep: (flag: string, carrying: UidSet) => void,
): Promise<void> {
	const carriers = await folder.searchAnyFlag(flags);
	if (carriers.size > MANY_CARRIERS) {
		for (const flag of flags) keep(flag, await folder.search({ flags: { [flag]: true } }));
		return;
	}
	const { rows, untold } = await rowsOf(folder, carriers);
	for (const flag of flags) {
		const told = UidSet.of(rows.filter((row) => row.flags.includes(flag)).map(({ uid }) => uid));
		keep(flag, told.union((before[flag] ?? UidSet.empty).intersect(untold)));
	}
}

/**
 * The flags of these messages. A message without a row is asked for once more (Exchange answers OK without one); what is untold
 * then says nothing about its flags, which stay as they were known.
 */
async function rowsOf(folder: OpenFolder, uids: UidSet): Promise<{ rows: MessageFlags[]; untold: UidSet }> {
	const rows: MessageFlags[] = [];
	let untold = uids;
	for (let attempt = 1; attempt <= 2 && !untold.isEmpty; attempt++) {
		const more = await folder.flagsOf(untold);
		rows.push(...more);
		untold = untold.subtract(UidSet.of(more.map(({ uid }) => uid)));
	}
	return { rows, untold };
}
