import { differencesInFlags, differencesInListing } from './audit';
import { BATCH_DESCRIPTORS } from '../reading/batch';
import { SyncError } from '../errors/syncError';
import type { Findings } from './findings';
import { adopt, flagQuestions, SYSTEM_FLAGS, trackedFlags, withRows, type FlagSets } from './flagSets';
import { findMatching, mayMatch } from '../search/findMatching';
import type { ReadFacts } from '../search/readFacts';
import { readsAll, type Plan } from './plan';
import type { OpenFolder } from '../server/mailServer';
import { hasItsUid, replacedBefore } from './reusedUids';
import { answerProbes, isProbed, nextProbes, startRankProbe } from './rankProbe';
import { findReuse, findReuseOfNewest, hasOther, newestMarked, readFingerprints, readRecognition } from './readMarks';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { isWindowFull, throughTheWindow } from './viewWindow';
import type { ServerAbilities } from '../server/capabilities';
import type { FlagRow, MessageDescriptor } from '../server/message';
import type { SearchCriteria } from '../server/searchCriteria';
import { takesArrivals, watchesKnown, type Wants } from './syncNeeds';
import type { FolderState } from './folderState';
import type { Observation } from './observation';

export interface ObserveInput {
	folder: OpenFolder;
	state: FolderState | undefined;
	plan: Plan;
	wants: Wants;
	abilities: ServerAbilities;
	filter?: SearchCriteria;
	startDate?: Date;
	/** Where what is noticed on the way goes. */
	findings: Findings;
	/** What was found out by reading, for the filter; and whether there is no time to read on. */
	facts?: ReadFacts;
	stopped?: () => boolean;
	/** Whether the filter's dates are others than at the last run, although it is the same filter. */
	datesMove?: boolean;
}

/** The folder was changed under our hands in a way that makes the answers of this opening useless: open it again. */
export class FolderShifted extends Error {
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
export async function observe(input: ObserveInput): Promise<{ seen: Observation; descriptors: Map<Uid, MessageDescriptor> }> {
	const { folder, state, plan, wants } = input;
	const seen: Observation = { arrived: UidSet.empty, vanished: UidSet.empty, rows: [] };
	const descriptors = new Map<Uid, MessageDescriptor>();
	for (const step of plan.steps) {
		switch (step) {
			case 'list':
				seen.listing = await listAll(folder);
				if (state && plan.kind === 'compare') compareWithListing(seen, state, seen.listing, plan);
				break;
			case 'listSinceStartDate':
				seen.sinceStartDate = input.startDate ? await folder.search({ since: input.startDate }) : UidSet.empty;
				break;
			case 'takeServerAnswer':
				await takeServerAnswer(seen, descriptors, input);
				break;
			case 'readChanges':
				if (state?.highestModseq !== undefined && state.uidNext > 1) {
					seen.rows.push(...(await folder.changedSince(state.highestModseq, (state.uidNext - 1) as Uid)));
					checkChanged(seen.rows, state.highestModseq, input.findings);
				}
				break;
			case 'findArrivals':
				await findArrivals(seen, descriptors, input);
				break;
			case 'findDeletions':
				await findDeletions(seen, input);
				break;
			case 'readFlags':
				seen.flags = await readFlags(seen, input);
				break;
			case 'listMatching':
				await listMatching(seen, input);
				break;
			case 'recognise':
				if (state) seen.recognition = await readRecognition(folder, state, seen.listing ?? UidSet.empty, descriptors);
				break;
			case 'readFingerprints':
				seen.fingerprints = await readFingerprints(folder, seen.listing, wants, descriptors);
				break;
			case 'findReuse':
				if (state) seen.reusedFrom = await findReuse(folder, state, descriptors, { complete: takesArrivals(wants) });
				break;
			case 'audit':
				await audit(seen, input);
				if (state && seen.reusedFrom === undefined) seen.reusedFrom = await findReuseOfNewest(folder, state, descriptors);
				break;
		}
	}
	if (state && !replacedBefore(state).isEmpty) seen.reusedFrom = state.uidNext as Uid;
	if (plan.reason === 'uidsReused') return { seen, descriptors };
	await setAside(seen, input);
	// Messages that are not handed over as new are looked at only here, so the filter is asked about them here.
	const unasked = (takesArrivals(wants) ? UidSet.empty : seen.arrived).union(seen.intoView ?? UidSet.empty);
	const allAsked = seen.matching !== undefined && seen.asked === undefined;
	if (wants.filter && !allAsked && !unasked.isEmpty) {
		const { filter = {}, facts, stopped } = input;
		seen.matching = (seen.matching ?? UidSet.empty).union(
			await findMatching({ folder, filter, within: unasked, facts, stopped }),
		);
		seen.asked = (seen.asked ?? UidSet.empty).union(unasked);
	}
	return { seen, descriptors };
}

/** Compares the folder with what is known of it after the other steps; what they missed joins what they found. */
async function audit(seen: Observation, input: ObserveInput): Promise<void> {
	const { folder, state, wants, abilities, findings } = input;
	if (!state?.present) return;
	const { snapshot } = folder;
	const known = { state, arrived: seen.arrived, vanished: seen.vanished, rows: seen.rows };
	let listing: UidSet;
	let changed: FlagRow[] = [];
	try {
		listing = seen.listing ?? (await listAll(folder));
		if (wants.updates && state.flags && !seen.flags) {
			const flags = await readFlags({ ...seen, listing }, input);
			changed = differencesInFlags(known, listing, flags, abilities.gmail);
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
		findings.problems.push(error);
		return;
	}
	const { arrivals, deletions } = differencesInListing(known, listing);
	seen.arrived = seen.arrived.union(arrivals);
	seen.vanished = seen.vanished.union(deletions);
	seen.audited = { arrivals, deletions, flags: UidSet.of(changed.map(({ uid }) => uid)) };
	seen.rows.push(...changed);
	if (wants.updates && !takesArrivals(wants)) await completeRows(seen, folder);
}

/**
 * Takes what only went out of view, or came into it, out of what vanished and arrived; also a message that was said to be gone and is
 * there before that was told.
 */
async function setAside(seen: Observation, { folder, state, wants, abilities }: ObserveInput): Promise<void> {
	if (!state?.present) return;
	const untold = UidSet.of(state.departed.filter((message) => hasItsUid(state, message)).map(({ uid }) => uid));
	const returned = seen.arrived.intersect(untold);
	const shown =
		abilities.window === undefined ? undefined : throughTheWindow(state, seen, folder.snapshot.exists, abilities.window);
	const outOfView = shown?.outOfView ?? UidSet.empty;
	const intoView = returned.union(shown?.intoView ?? UidSet.empty);
	if (outOfView.isEmpty && intoView.isEmpty) return;
	if (wants.updates && !seen.flags && !intoView.isEmpty) seen.rows.push(...(await folder.flagsOf(intoView)));
	seen.vanished = seen.vanished.subtract(outOfView);
	seen.arrived = seen.arrived.subtract(intoView);
	seen.outOfView = outOfView;
	seen.intoView = intoView;
	if (!seen.audited) return;
	const { arrivals, deletions, flags } = seen.audited;
	seen.audited = { arrivals: arrivals.subtract(intoView), deletions: deletions.subtract(outOfView), flags };
}

/** Notes when rows that were to be of changed messages are not: SmarterMail ignores CHANGEDSINCE (closeio/sync-engine PR 504). */
function checkChanged(rows: FlagRow[], since: string | undefined, findings: Findings): void {
	if (since === undefined || rows.length === 0) return;
	const unchanged = rows.filter(({ modseq }) => modseq === undefined || BigInt(modseq) <= BigInt(since));
	if (unchanged.length * 2 > rows.length) findings.lies.push('unchangedTold');
}

/**
 * Which messages pass the filter, of all or, where answering takes the server reading and it told which messages changed, of these.
 */
async function listMatching(
	seen: Observation,
	{ folder, state, plan, wants, filter = {}, datesMove, facts, stopped }: ObserveInput,
): Promise<void> {
	const present = seen.listing ?? state?.present?.subtract(seen.vanished).union(seen.arrived);
	const toldChanges = (plan.kind === 'qresync' || plan.kind === 'condstore') && !readsAll(plan);
	if (toldChanges && wants.matches?.by === 'flags' && wants.matches.takesReading) {
		seen.asked = UidSet.of(seen.rows.map(({ uid }) => uid)).intersect(present ?? UidSet.empty);
	}
	const inPeriod = datesMove || plan.reason === 'filterChanged' ? UidSet.empty : (state?.matching ?? UidSet.empty);
	// Where only new messages are told, they are looked at one by one when it is their turn.
	seen.matching = watchesKnown(wants)
		? await findMatching({ folder, filter, within: seen.asked, there: present, inPeriod, facts, stopped })
		: await mayMatch(folder, filter);
}

/** Every UID of the folder; the message count must agree, else the answer is not believed. */
async function listAll(folder: OpenFolder): Promise<UidSet> {
	if (folder.snapshot.exists === 0) return UidSet.empty;
	const listing = (await folder.search({})).below(Math.max(folder.snapshot.uidNext, 1));
	if (listing.size === folder.snapshot.exists) return listing;
	if (folder.expungedMeanwhile() > 0) throw new FolderShifted(folder.snapshot.path);
	throw new SyncError(
		'folderInconsistent',
		`The mail server says that "${folder.snapshot.path}" holds ${folder.snapshot.exists} messages and lists ${listing.size} of them.`,
		'Nothing was taken for deleted. The next run looks again; if this stays, ask the operator of the mail server to check the folder.',
		{ place: { folder: folder.snapshot.path } },
	);
}

function compareWithListing(seen: Observation, state: FolderState, listing: UidSet, plan: Plan): void {
	const known = state.present;
	if (known) {
		seen.vanished = known.subtract(listing);
		// Also below the old UIDNEXT: a message that was never known was never handed over, however it came to be there.
		seen.arrived = listing.subtract(known);
	} else if (plan.reason !== 'uidNextWentBack') {
		seen.arrived = listing.from(state.uidNext);
	}
}

async function takeServerAnswer(seen: Observation, descriptors: Map<Uid, MessageDescriptor>, input: ObserveInput): Promise<void> {
	const { folder, state, plan } = input;
	const answer = folder.sinceLastTime;
	if (!answer || !state?.present) return;
	const { snapshot } = folder;
	if (answer.rows.length === 0 && answer.vanished.isEmpty && snapshot.highestModseq !== state.highestModseq) {
		// Something moved the mod-sequence, and nothing is told of it: the question was not understood.
		if ((input.wants.updates || input.wants.matches) && state.highestModseq !== undefined && state.uidNext > 1) {
			seen.rows.push(...(await folder.changedSince(state.highestModseq, (state.uidNext - 1) as Uid)));
		}
		await findArrivals(seen, descriptors, input);
		await findDeletions(seen, input);
		// A mod-sequence may move for what nobody sees; here something was to be seen.
		if (seen.rows.length > 0 || !seen.arrived.isEmpty || !seen.vanished.isEmpty) input.findings.lies.push('vanishedMissing');
		return;
	}
	const arrived: Uid[] = [];
	for (const row of answer.rows) {
		if (row.uid >= state.uidNext && row.uid < snapshot.uidNext) arrived.push(row.uid);
		seen.rows.push(row);
	}
	checkChanged(seen.rows, state.highestModseq, input.findings);
	seen.arrived = UidSet.of(arrived);
	seen.vanished = answer.vanished.intersect(state.present);
	if (takesArrivals(input.wants)) await describeArrivals(seen, descriptors, input);
	// The second fact: servers have reported living messages as vanished (Cyrus, nextcloud/mail issue 11908) and left
	// vanished ones out (Cyrus issue 6071).
	if (state.present.size - seen.vanished.size + seen.arrived.size === snapshot.exists) return;
	seen.listing = await listAll(folder);
	// Where not all is shown, what is not told may have gone out of view.
	if (input.abilities.window === undefined) {
		input.findings.lies.push(seen.vanished.intersect(seen.listing).isEmpty ? 'vanishedMissing' : 'vanishedLiving');
	}
	compareWithListing(seen, state, seen.listing, plan);
	if (input.wants.updates && !takesArrivals(input.wants)) await completeRows(seen, folder);
}

async function findArrivals(seen: Observation, descriptors: Map<Uid, MessageDescriptor>, input: ObserveInput): Promise<void> {
	const { folder, state, wants } = input;
	if (!state || folder.snapshot.uidNext <= state.uidNext) return;
	const range = UidSet.range(state.uidNext, folder.snapshot.uidNext - 1);
	const newest = newestMarked(state);
	if (range.size <= NARROW_RANGE) {
		for await (const message of folder.fetch(range.union(newest), 'descriptor')) descriptors.set(message.uid, message);
		const told = UidSet.of([...descriptors.keys()]).intersect(range);
		const untold = range.subtract(told);
		// Exchange answers OK and leaves messages out: taken for gaps they would be passed over for good.
		seen.arrived = untold.isEmpty ? told : told.union((await folder.search({}, untold)).intersect(untold));
		if (wants.updates && !takesArrivals(wants)) {
			seen.rows.push(...[...descriptors.values()].filter(({ uid }) => range.has(uid)));
			await completeRows(seen, folder);
		}
		await checkNewest(seen, descriptors, input, newest);
	} else {
		seen.arrived = (await folder.search({}, range)).intersect(range);
		if (wants.updates && !takesArrivals(wants)) await completeRows(seen, folder);
	}
}

/** What the hand-over asks of messages that came, asked at once together with the newest known message. */
async function describeArrivals(seen: Observation, descriptors: Map<Uid, MessageDescriptor>, input: ObserveInput): Promise<void> {
	const { folder, state } = input;
	if (!state || seen.arrived.isEmpty) return;
	const newest = newestMarked(state);
	try {
		const asked = seen.arrived.lowest(BATCH_DESCRIPTORS).union(newest);
		for await (const message of folder.fetch(asked, 'descriptor'))
			if (asked.has(message.uid)) descriptors.set(message.uid, message);
	} catch (error) {
		// Which message it is because of, the hand-over finds out.
		if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
		return;
	}
	await checkNewest(seen, descriptors, input, newest);
}

/** Whether the newest known message, which was asked for along with what came, is the one that was known. */
async function checkNewest(
	seen: Observation,
	descriptors: Map<Uid, MessageDescriptor>,
	{ folder, state, wants }: ObserveInput,
	newest: UidSet,
): Promise<void> {
	if (!state || seen.reusedFrom !== undefined) return;
	const messages = [...newest].flatMap((uid) => descriptors.get(uid) ?? []);
	if (hasOther(state, messages))
		seen.reusedFrom = await findReuse(folder, state, descriptors, { complete: takesArrivals(wants) });
}

/** Flags of arrived messages that no row told yet. */
async function completeRows(seen: Observation, folder: OpenFolder): Promise<void> {
	const told = UidSet.of(seen.rows.map(({ uid }) => uid));
	const untold = seen.arrived.subtract(told);
	if (!untold.isEmpty) seen.rows.push(...(await folder.flagsOf(untold)));
}

/**
 * The count proof: known messages plus arrived ones make the message count, or some were deleted. Which ones, a listing tells
 * where that is short, else rank probes; both prove themselves against the count.
 */
async function findDeletions(seen: Observation, input: ObserveInput): Promise<void> {
	const { folder, state, plan, abilities } = input;
	if (!state?.present) return;
	const known = state.present;
	const remaining = folder.snapshot.exists - seen.arrived.size;
	if (folder.expungedMeanwhile() > 0) throw new FolderShifted(folder.snapshot.path);
	if (remaining === known.size && !(await hasSlid(folder, known, abilities))) return;
	const deleted = known.size - remaining;
	const shortListing = abilities.esearch && known.runs + deleted <= FEW_RUNS;
	const found =
		remaining >= known.size || shortListing || deleted * 20 > known.size ? undefined : await probe(folder, known, remaining);
	if (found) {
		seen.vanished = found;
		return;
	}
	seen.listing = await listAll(folder);
	compareWithListing(seen, state, seen.listing, plan);
	if (input.wants.updates && !takesArrivals(input.wants)) await completeRows(seen, folder);
}

/**
 * Whether other messages came into view for some that went: the count proves nothing then. Where the lowest message shown is
 * still the lowest known one, none did.
 */
async function hasSlid(folder: OpenFolder, known: UidSet, { window }: ServerAbilities): Promise<boolean> {
	if (window === undefined || !isWindowFull(folder.snapshot.exists, window)) return false;
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
			if (folder.expungedMeanwhile() > 0) throw new FolderShifted(folder.snapshot.path);
			if (error instanceof SyncError && error.code === 'folderInconsistent') return undefined;
			throw error;
		}
		// UID SEARCH, unlike SEARCH, may be interrupted by EXPUNGE (RFC 3501 section 7.4.1): then the ranks have moved.
		if (folder.expungedMeanwhile() > 0) throw new FolderShifted(folder.snapshot.path);
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
async function readFlags(seen: Observation, input: ObserveInput): Promise<FlagSets> {
	const { folder, state, abilities } = input;
	const present = seen.listing ?? (state?.present ?? UidSet.empty).subtract(seen.vanished).union(seen.arrived);
	if (present.isEmpty) return {};
	const before = seen.listing && !state?.flags ? undefined : state?.flags;
	const keywords = folder.snapshot.keywords;
	const byRows =
		present.size <= SMALL_FOLDER ||
		abilities.gmail ||
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
async function rowsOf(folder: OpenFolder, uids: UidSet): Promise<{ rows: FlagRow[]; untold: UidSet }> {
	const rows: FlagRow[] = [];
	let untold = uids;
	for (let attempt = 1; attempt <= 2 && !untold.isEmpty; attempt++) {
		const more = await folder.flagsOf(untold);
		rows.push(...more);
		untold = untold.subtract(UidSet.of(more.map(({ uid }) => uid)));
	}
	return { rows, untold };
}
