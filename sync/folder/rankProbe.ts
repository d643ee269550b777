import type { Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';

/**
 * Finds out which messages of a folder are gone, without listing it, on a server that does not report deletions.
 *
 * Sequence numbers are ranks: the message at sequence number s is the s-th lowest UID (RFC 3501 section 2.3.1.2). Asking for the
 * UIDs at some spread-out sequence numbers shows between which of them messages are missing. Asking again inside those stretches
 * narrows them down. One deletion among 50,000 takes two questions of some 220 numbers.
 */
export interface RankProbe {
	readonly known: UidSet;
	/** Stretches with deletions, not yet narrowed down. */
	readonly open: readonly Stretch[];
	readonly vanished: UidSet;
}

/** Two fixed points: sequence number `s` holds the known UID of rank `r` (from 0). 0 and -1 stand before the first. */
interface Stretch {
	s0: number;
	r0: number;
	s1: number;
	r1: number;
}

/** Numbers per question: keeps the command near 3 kB, and its answer too. */
const QUESTION_SIZE = 480;

/**
 * Begins a probe. `known` holds all known UIDs, `remaining` is how many of them are left (EXISTS without the new messages).
 * Throws RangeError when more are left than were known: then what is known is wrong, and only a listing helps.
 */
export function startRankProbe(known: UidSet, remaining: number): RankProbe {
	if (remaining > known.size) throw new RangeError(`${remaining} messages are left of ${known.size}`);
	return closeStretches({ known, open: [{ s0: 0, r0: -1, s1: remaining + 1, r1: known.size }], vanished: UidSet.empty });
}

/** Whether every deletion is found. */
export const isProbed = (probe: RankProbe): boolean => probe.open.length === 0;

/** The sequence numbers to ask for next, ascending; empty when all is found. */
export function nextProbes(probe: RankProbe): number[] {
	const numbers: number[] = [];
	const share = Math.max(1, Math.floor(QUESTION_SIZE / Math.max(1, probe.open.length)));
	for (const { s0, s1, r1 } of probe.open) {
		const inside = s1 - s0 - 1;
		// The square root halves the rounds for one stretch; a stretch within the share is asked for whole.
		const count = inside <= share ? inside : Math.min(share, Math.ceil(Math.sqrt(inside)));
		for (let i = 1; i <= count; i++) numbers.push(s0 + Math.round((i * (s1 - s0)) / (count + 1)));
		// A gap behind the last message takes another question to confirm, so it should be found early.
		if (r1 === probe.known.size && inside > count) numbers.push(s1 - 1);
		if (numbers.length >= 2 * QUESTION_SIZE) break;
	}
	return numbers;
}

/**
 * Takes the answer to nextProbes(): `uids[i]` is the UID at `numbers[i]`. Returns undefined when it contradicts what is known (an
 * unknown UID, or more messages than possible): begin again or list the folder.
 */
export function answerProbes(probe: RankProbe, numbers: number[], uids: Uid[]): RankProbe | undefined {
	if (numbers.length !== uids.length) return undefined;
	const open: Stretch[] = [];
	let next = 0;
	for (const stretch of probe.open) {
		let { s0, r0 } = stretch;
		for (; next < numbers.length && numbers[next] < stretch.s1; next++) {
			const uid = uids[next];
			if (!probe.known.has(uid)) return undefined;
			const [s, r] = [numbers[next], probe.known.rankOf(uid)];
			if (deletions({ s0, r0, s1: s, r1: r }) < 0) return undefined;
			open.push({ s0, r0, s1: s, r1: r });
			[s0, r0] = [s, r];
		}
		const rest = { s0, r0, s1: stretch.s1, r1: stretch.r1 };
		if (deletions(rest) < 0) return undefined;
		open.push(rest);
	}
	return closeStretches({ ...probe, open });
}

const deletions = ({ s0, r0, s1, r1 }: Stretch): number => r1 - r0 - (s1 - s0);

/** Drops stretches without deletions and closes those in which nothing is left. */
function closeStretches(probe: RankProbe): RankProbe {
	const open: Stretch[] = [];
	let vanished = probe.vanished;
	for (const stretch of probe.open) {
		if (deletions(stretch) === 0) continue;
		if (stretch.s1 - stretch.s0 > 1) open.push(stretch);
		else vanished = vanished.union(ranks(probe.known, stretch.r0 + 1, stretch.r1 - 1));
	}
	return { known: probe.known, open, vanished };
}

/** The known UIDs of ranks `first` to `last`, both included. */
function ranks(known: UidSet, first: number, last: number): UidSet {
	return known.intersect(UidSet.range(known.at(first), known.at(last)));
}
