import { BATCH_SUMMARIES } from '../reading/batch';
import { SyncError } from '../errors/syncError';
import { detectUidReuse, mayBeOther, newestFingerprinted, readFingerprinted } from './readFingerprints';
import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { OpenFolder } from '../server/mailServer';
import type { MessageSummary } from '../server/message';
import { inspectsNew } from './syncNeeds';
import type { Observation } from './observation';
import type { ObserveInput } from './observeInput';

/** A UID range up to this wide is read as rows at once, which saves asking which UIDs exist. */
export const NARROW_RANGE = 500;

/** The messages from the known UIDNEXT on; in a narrow range they come with their summaries. Throws SyncError. */
export async function findNew(observation: Observation, summaries: Map<Uid, MessageSummary>, input: ObserveInput): Promise<void> {
	const { folder, state, needs } = input;
	if (!state || folder.snapshot.uidNext <= state.uidNext) return;
	const range = UidSet.range(state.uidNext, folder.snapshot.uidNext - 1);
	const newest = newestFingerprinted(state);
	if (range.size <= NARROW_RANGE) {
		for await (const message of folder.fetch(range.union(newest), 'descriptor')) summaries.set(message.uid, message);
		const returned = UidSet.of([...summaries.keys()]).intersect(range);
		const missing = range.subtract(returned);
		// Exchange answers OK and leaves messages out: taken for gaps, they would be lost for good.
		observation.appeared = missing.isEmpty ? returned : returned.union((await folder.search({}, missing)).intersect(missing));
		if (needs.updates) observation.rows.push(...[...summaries.values()].filter(({ uid }) => range.has(uid)));
		if (needs.updates && !inspectsNew(needs)) await completeRows(observation, folder);
		await checkNewest(observation, summaries, input, newest);
	} else {
		observation.appeared = (await folder.search({}, range)).intersect(range);
		if (!newest.isEmpty) for await (const message of folder.fetch(newest, 'descriptor')) summaries.set(message.uid, message);
		await checkNewest(observation, summaries, input, newest);
		if (needs.updates && !inspectsNew(needs)) await completeRows(observation, folder);
	}
}

/** Reads the summaries that delivery needs of new messages, together with that of the newest known message. */
export async function readSummaries(
	observation: Observation,
	summaries: Map<Uid, MessageSummary>,
	input: ObserveInput,
): Promise<void> {
	const { folder, state } = input;
	if (!state || observation.appeared.isEmpty) return;
	const newest = newestFingerprinted(state);
	const asked = observation.appeared.lowest(BATCH_SUMMARIES).union(newest);
	if (await readUnlessRefused(folder, asked, summaries)) await checkNewest(observation, summaries, input, newest);
}

/** Reads the newest known messages, unless that was done, and searches for UID reuse if one may be another one. */
export async function verifyNewest(
	observation: Observation,
	summaries: Map<Uid, MessageSummary>,
	input: ObserveInput,
): Promise<void> {
	const { folder, state } = input;
	if (!state || folder.snapshot.exists === 0) return;
	const newest = newestFingerprinted(state);
	const unread = newest.subtract(UidSet.of(summaries.keys()));
	if (await readUnlessRefused(folder, unread, summaries)) await checkNewest(observation, summaries, input, newest);
}

/** Returns whether the server answered: if it refuses, delivery finds out which message is the cause. */
async function readUnlessRefused(folder: OpenFolder, uids: UidSet, summaries: Map<Uid, MessageSummary>): Promise<boolean> {
	if (uids.isEmpty) return true;
	try {
		for await (const message of folder.fetch(uids, 'descriptor')) if (uids.has(message.uid)) summaries.set(message.uid, message);
		return true;
	} catch (error) {
		if (!(error instanceof SyncError) || error.code !== 'commandRefused') throw error;
		return false;
	}
}

/** Searches for UID reuse if the newest known message, read along with the new ones, may be another one. */
async function checkNewest(
	observation: Observation,
	summaries: Map<Uid, MessageSummary>,
	{ folder, state, needs }: ObserveInput,
	newest: UidSet,
): Promise<void> {
	if (!state || observation.reused || newest.isEmpty) return;
	const messages = [...newest].flatMap((uid) => summaries.get(uid) ?? []);
	// It may just be deleted, or be one of those that a restore took away: those before it tell.
	if (messages.length === 0) messages.push(...(await readFingerprinted(folder, state, summaries)));
	if (mayBeOther(state, messages))
		observation.reused = await detectUidReuse(folder, state, summaries, { complete: inspectsNew(needs) });
}

/** Reads the flags of new messages that have no row yet. */
export async function completeRows(observation: Observation, folder: OpenFolder): Promise<void> {
	const returned = UidSet.of(observation.rows.map(({ uid }) => uid));
	const missing = observation.appeared.subtract(returned);
	if (!missing.isEmpty) observation.rows.push(...(await folder.flagsOf(missing)));
}
