import { LookClock } from '../../nodes/ImapPushTrigger/LookClock';
import { DEPARTURE_MS, GATHER_MS, SHORT_POLL_MS } from '../../nodes/ImapPushTrigger/pace';
import type { SyncState } from '../../sync/state/syncState';

const MINUTE = 60_000;
const pace = { isTold: true, catchUpEvery: 5 * MINUTE, beatAt: Infinity };
/** A clock whose last look found nothing and ended now. */
function rested(): { clock: LookClock; now: number } {
	const clock = new LookClock();
	clock.begin();
	clock.lookedAt = 1_000_000;
	return { clock, now: clock.lookedAt };
}

it('gathers what comes after a look', () => {
	const { clock, now } = rested();
	clock.isNews = true;
	expect(clock.next(undefined, pace) - now).toBe(GATHER_MS);
});

it('says at each look whether there was news since the last one', () => {
	const { clock } = rested();
	expect(clock.begin()).toBe(false);
	clock.isNews = true;
	expect(clock.begin()).toBe(true);
	expect(clock.begin()).toBe(false);
});

it.each([
	['a server that reports all', {}, 5 * MINUTE],
	['a server that does not', { isTold: false }, SHORT_POLL_MS],
	['a server that does not, where looks are wanted still more often', { isTold: false, catchUpEvery: 1_000 }, 1_000],
	['a heartbeat that is due sooner', { beatAt: 70 }, 70],
])('looks without news: %s', (_name, other, expected) => {
	const { clock, now } = rested();
	const beatAt = 'beatAt' in other ? now + other.beatAt : Infinity;
	expect(clock.next(undefined, { ...pace, ...other, beatAt }) - now).toBe(expected);
});

it('looks again for what left a folder and may have turned up in another one', () => {
	const { clock, now } = rested();
	const left = { folders: { INBOX: { tombstones: [{ runs: 1 }] } } } as unknown as SyncState;
	expect(clock.next(left, pace) - now).toBe(DEPARTURE_MS);
});

it('lets the folder be opened anew at each sixth look without news', () => {
	const { clock } = rested();
	expect(Array.from({ length: 7 }, () => clock.keepsOpen())).toEqual([true, true, true, true, true, false, true]);
});
