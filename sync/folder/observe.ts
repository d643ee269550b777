import { differencesInFlags, differencesInListing } from './audit';
import { SyncError } from '../errors/syncError';
import type { Diagnostics } from './diagnostics';
import type { FlagSets } from './flagSets';
import { readFlags } from './readFlags';
import { findMatching, mayMatch } from '../search/findMatching';
import { readsAll } from './plan';
import type { OpenFolder } from '../server/mailServer';
import { stillOwnsUid, knownAboveUidNext } from './uidReuse';
import { detectUidReuse, detectUidReuseInNewest, readFingerprints, readRecognition } from './readFingerprints';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { splitByVisibility } from './visibility';
import type { MessageFlags, MessageSummary } from '../server/message';
import { inspectsNew, tracksExisting } from './syncNeeds';
import type { FolderState } from './folderState';
import type { Observation } from './observation';
import type { ObserveInput } from './observeInput';
import { completeRows, findNew, readSummaries, verifyNewest } from './findNew';
import { findDeletions } from './findDeletions';
import { compareWithListing, listAll } from './listing';

/**
 * Runs the steps of a plan and returns what they found, with the summaries that came along. Throws ExpungedDuringSync when the
 * folder has to be opened again, and SyncError.
 */
export async function observe(input: ObserveInput): Promise<{ observation: Observation; summaries: Map<Uid, MessageSummary> }> {
	const { folder, state, plan, needs } = input;
	const observation: Observation = { appeared: UidSet.empty, vanished: UidSet.empty, rows: [] };
	const summaries = new Map<Uid, MessageSummary>();
	for (const step of plan.steps) {
		switch (step) {
			case 'list':
				await list(observation, summaries, input);
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
				observation.flags = await flagsNow(observation, input);
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
				await doubtUids(observation, summaries, input);
				break;
			case 'verifyNewest':
				await verifyNewest(observation, summaries, input);
				break;
			case 'audit':
				await audit(observation, input);
				if (state) observation.reused ??= await detectUidReuseInNewest(folder, state, summaries);
				break;
		}
	}
	if (state && !knownAboveUidNext(state).isEmpty)
		observation.reused = { from: state.uidNext as Uid, replaced: knownAboveUidNext(state) };
	else if (state) await findUnverified(observation, folder, state);
	if (plan.reason === 'uidsReused') return { observation, summaries };
	await excludeVisibilityChanges(observation, input);
	await matchUnasked(observation, input);
	return { observation, summaries };
}

/** Lists all UIDs, and compares them with those of a known folder. */
async function list(observation: Observation, summaries: Map<Uid, MessageSummary>, input: ObserveInput): Promise<void> {
	const { folder, state, plan } = input;
	observation.listing = await listAll(folder);
	if (!state || plan.kind !== 'compare') return;
	compareWithListing(observation, state, observation.listing, plan);
	// What appeared may have the UIDs of messages that a restore took away.
	if (!plan.steps.includes('detectUidReuse')) await readSummaries(observation, summaries, input);
}

/** Searches for reused UIDs where UIDNEXT or the mod-sequence went back. */
async function doubtUids(observation: Observation, summaries: Map<Uid, MessageSummary>, input: ObserveInput): Promise<void> {
	const { folder, state, plan, needs } = input;
	if (!state) return;
	// UIDNEXT alone is believed when it is lower for a second time: a server that lags behind shows an old view for a while. The
	// mod-sequence alone is believed where nobody follows deletions, so that what cannot be verified may just be deleted.
	const isRewound = plan.reason === 'uidNextWentBack' ? state.uidNextWentBack : !tracksExisting(needs);
	const reused = await detectUidReuse(folder, state, summaries, { complete: inspectsNew(needs), isRewound });
	const isContradicted = reused?.replaced.isEmpty && reused.from >= Math.min(state.uidNext, folder.snapshot.uidNext + 1);
	if (!isContradicted) observation.reused = reused;
}

/** Which of the UIDs in doubt are in use. */
async function findUnverified(observation: Observation, folder: OpenFolder, state: FolderState): Promise<void> {
	const { reused, listing } = observation;
	if (!reused || !state.knownUids) return;
	const asked = state.knownUids.from(reused.from).subtract(reused.replaced);
	if (asked.isEmpty) return;
	observation.unverified = asked.intersect(listing ?? (await folder.search({}, asked)));
}

/** Asks the filter about messages that are not delivered as new: nothing later inspects them. */
async function matchUnasked(
	observation: Observation,
	{ folder, needs, watch: { filter = {} }, lookup }: ObserveInput,
): Promise<void> {
	const unasked = (inspectsNew(needs) ? UidSet.empty : observation.appeared).union(observation.intoView ?? UidSet.empty);
	const allAsked = observation.matching !== undefined && observation.asked === undefined;
	if (!needs.filter || allAsked || unasked.isEmpty) return;
	const matching = await findMatching({ folder, filter, within: unasked, ...lookup });
	observation.matching = (observation.matching ?? UidSet.empty).union(matching);
	observation.asked = (observation.asked ?? UidSet.empty).union(unasked);
}

async function listSinceStartDate({ folder, watch: { startFrom } }: ObserveInput): Promise<UidSet> {
	return startFrom.kind === 'date' ? await folder.search({ since: startFrom.date }) : UidSet.empty;
}

/** All flags of the folder. Where it was listed and no flags are known, it is read as for the first time. */
async function flagsNow({ listing, vanished, appeared }: Observation, input: ObserveInput): Promise<FlagSets> {
	const { folder, state, capabilities } = input;
	const current = listing ?? (state?.knownUids ?? UidSet.empty).subtract(vanished).union(appeared);
	return await readFlags(folder, current, state?.flags, capabilities);
}

/** Compares the folder with what is known after the other steps; what they missed joins the observation. */
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
			const flags = await flagsNow({ ...observation, listing }, input);
			changed = differencesInFlags(known, listing, flags, capabilities.gmail);
			if (changed.length > 0 && snapshot.highestModseq !== undefined && snapshot.uidNext > 1) {
				// A change since the opening was not missed: the next run finds it.
				const since = UidSet.of(
					(await folder.changedSince(snapshot.highestModseq, (snapshot.uidNext - 1) as Uid)).map(({ uid }) => uid),
				);
				changed = changed.filter(({ uid }) => !since.has(uid));
			}
		}
	} catch (error) {
		// A failed audit does not harm what the other steps found.
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
 * Removes messages that only left or entered the visible window from `vanished` and `appeared`; also a message that was said to
 * be gone and is back before its deletion was reported.
 */
async function excludeVisibilityChanges(
	observation: Observation,
	{ folder, state, needs, capabilities }: ObserveInput,
): Promise<void> {
	if (!state?.knownUids) return;
	const tombstones = UidSet.of(state.tombstones.filter((message) => stillOwnsUid(state, message)).map(({ uid }) => uid));
	const returned = observation.appeared.intersect(tombstones);
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

/** Notes a fault when most rows are of unchanged messages: SmarterMail ignores CHANGEDSINCE (closeio/sync-engine PR 504). */
function checkChanged(rows: MessageFlags[], since: string | undefined, diagnostics: Diagnostics): void {
	if (since === undefined || rows.length === 0) return;
	const unchanged = rows.filter(({ modseq }) => modseq === undefined || BigInt(modseq) <= BigInt(since));
	if (unchanged.length * 2 > rows.length) diagnostics.faults.push('unchangedTold');
}

/**
 * Which messages pass the filter: of all, or of the changed ones where these are known and the server has to read messages to
 * answer.
 */
async function listMatching(
	observation: Observation,
	{ folder, state, plan, needs, watch: { filter = {}, filterDates }, lookup }: ObserveInput,
): Promise<void> {
	const current = observation.listing ?? state?.knownUids?.subtract(observation.vanished).union(observation.appeared);
	const changesKnown = (plan.kind === 'qresync' || plan.kind === 'condstore') && !readsAll(plan);
	if (changesKnown && needs.matches?.by === 'flags' && needs.matches.takesReading) {
		const changed = UidSet.of(observation.rows.map(({ uid }) => uid)).intersect(current ?? UidSet.empty);
		// A new message is asked about when it is delivered.
		observation.asked = inspectsNew(needs) ? changed.subtract(observation.appeared) : changed;
	}
	// An expression computes other dates than at the last run, although the filter is the same.
	const inPeriod =
		filterDates !== undefined || plan.reason === 'filterChanged' ? UidSet.empty : (state?.matching ?? UidSet.empty);
	// Where only new messages are reported, each is inspected when it is delivered.
	observation.matching = tracksExisting(needs)
		? await findMatching({ folder, filter, within: observation.asked, there: current, inPeriod, ...lookup })
		: await mayMatch(folder, filter);
}

async function applyQresync(observation: Observation, summaries: Map<Uid, MessageSummary>, input: ObserveInput): Promise<void> {
	const { folder, state, plan } = input;
	const answer = folder.sinceLastTime;
	if (!answer || !state?.knownUids) return;
	const { snapshot } = folder;
	if (answer.rows.length === 0 && answer.vanished.isEmpty && snapshot.highestModseq !== state.highestModseq) {
		// HIGHESTMODSEQ moved, but the QRESYNC response is empty: the server ignored the parameter.
		if ((input.needs.updates || input.needs.matches) && state.highestModseq !== undefined && state.uidNext > 1) {
			observation.rows.push(...(await folder.changedSince(state.highestModseq, (state.uidNext - 1) as Uid)));
		}
		await findNew(observation, summaries, input);
		await findDeletions(observation, input);
		// The mod-sequence may move for an invisible change; here a visible one was left out.
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
	if (inspectsNew(input.needs)) await readSummaries(observation, summaries, input);
	// The second fact is the message count: servers have reported existing messages as vanished (Cyrus, nextcloud/mail issue 11908)
	// and left vanished ones out (Cyrus issue 6071).
	if (state.knownUids.size - observation.vanished.size + observation.appeared.size === snapshot.exists) return;
	observation.listing = await listAll(folder);
	// With a visible window, a message left out may have gone out of view.
	if (input.capabilities.visibleMessages === undefined) {
		input.diagnostics.faults.push(
			observation.vanished.intersect(observation.listing).isEmpty ? 'vanishedMissing' : 'vanishedLiving',
		);
	}
	compareWithListing(observation, state, observation.listing, plan);
	// A message without a higher mod-sequence than all before it: the folder may have been restored, and may have counted on since.
	if (!observation.appeared.subtract(UidSet.of(arrived)).isEmpty)
		observation.reused ??= await detectUidReuse(folder, state, summaries, { complete: inspectsNew(input.needs) });
	if (input.needs.updates && !inspectsNew(input.needs)) await completeRows(observation, folder);
}
