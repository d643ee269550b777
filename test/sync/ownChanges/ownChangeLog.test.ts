import { OwnChangeLog } from '../../../sync/ownChanges/ownChangeLog';
import type { OwnChange } from '../../../sync/ownChanges/ownChanges';
import { UidSet } from '../../../sync/uids/uidSet';

const left = (...uids: number[]): OwnChange => ({ kind: 'left', uids: UidSet.of(uids) });
const seen = (...uids: number[]): OwnChange => ({
	kind: 'flags',
	uids: UidSet.of(uids),
	mode: 'add',
	names: ['\\Seen'],
	labels: false,
});
const HOUR = 60 * 60_000;

function logAt(start = 1_000_000): { log: OwnChangeLog; later: (hours: number) => void } {
	let now = start;
	return { log: new OwnChangeLog(() => now), later: (hours) => (now += hours * HOUR) };
}

test('remembers for at least a day, and no more than two', () => {
	const { log, later } = logAt();
	later(20);
	log.came('INBOX', '7', [1]);
	later(23);
	log.came('inbox', '7', [2]);
	expect(log.inFolder('INBOX', '7')?.added.toString()).toBe('1:2');
	later(24);
	expect(log.inFolder('INBOX', '7')?.added.toString()).toBe('2');
	later(48);
	expect(log.inFolder('INBOX', '7')).toBeUndefined();
});

test('keeps folders of another UIDVALIDITY apart, and what has none is not kept', () => {
	const { log } = logAt();
	log.came('INBOX', '7', [1]);
	log.came('INBOX', undefined, [2]);
	expect(log.inFolder('INBOX', '8')).toBeUndefined();
	expect(log.inFolder('INBOX', '7')?.added.toString()).toBe('1');
});

test('a command that failed was no change', () => {
	const { log } = logAt();
	log.begin('INBOX', '7', left(1));
	log.begin('INBOX', '7', left(1, 2)).failed();
	const flags = log.begin('INBOX', '7', seen(3));
	expect(log.inFolder('INBOX', '7')?.flags).toHaveLength(1);
	flags.failed();
	expect(log.inFolder('INBOX', '7')).toMatchObject({ flags: [] });
	expect(log.inFolder('INBOX', '7')?.removed.toString()).toBe('1');
});

test('is bounded in folders, changes and ranges of UIDs', () => {
	const { log } = logAt();
	for (let i = 0; i < 600; i++) log.came(`folder ${i}`, '7', [1]);
	expect(log.inFolder('folder 0', '7')).toBeUndefined();
	expect(log.inFolder('folder 599', '7')).toBeDefined();
	for (let i = 1; i <= 600; i++) log.begin('INBOX', '7', seen(i));
	expect(log.inFolder('INBOX', '7')?.flags).toHaveLength(500);
	log.came(
		'INBOX',
		'7',
		Array.from({ length: 30_000 }, (_, i) => 2 * i + 1),
	);
	const came = log.inFolder('INBOX', '7')?.added;
	expect(came?.runs).toBeLessThanOrEqual(20_000);
	expect(came?.has(59_999)).toBe(true);
});

test('no two changes have the same time', () => {
	const { log } = logAt();
	for (const uid of [1, 2, 3]) log.begin('INBOX', '7', seen(uid));
	const times = log.inFolder('INBOX', '7')?.flags.map(({ at }) => at) ?? [];
	expect(new Set(times).size).toBe(3);
});
