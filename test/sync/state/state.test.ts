import fc from 'fast-check';
import type { FaultScore } from '../../../sync/server/serverFaults';
import { SyncError } from '../../../sync/errors/syncError';
import { firstFingerprints } from '../../../sync/folder/fingerprint';
import { decodeState, encodeState } from '../../../sync/state/state';
import { asUid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';
import { chance } from '../../support/chance';
import { flagSets } from '../../support/folderState';
import { noFlags } from '../../../sync/folder/flagSets';
import type { FolderState } from '../../../sync/folder/folderState';
import type { SyncState } from '../../../sync/state/syncState';

const folder = (more: Partial<FolderState> = {}): FolderState => ({
	uidValidity: '1700000000',
	uidNext: 105_300,
	exists: 100_000,
	highestModseq: '9223372036854775807',
	newUids: UidSet.empty,
	backfill: UidSet.empty,
	failed: [],
	tombstones: [],
	moveCandidates: UidSet.empty,
	unfinished: false,
	missing: false,
	...more,
});

const state = (folders: Record<string, FolderState>, more: Partial<SyncState> = {}): SyncState => ({
	account: { user: '0123456789abcdef', host: 'fedcba9876543210' },
	deliveries: 42,
	selectionKey: '0011223344556677',
	unopened: [],
	folders,
	earlierAccounts: [],
	...more,
});

const marksOf = (uids: number[]) =>
	firstFingerprints(
		uids.map((uid) => ({
			uid: asUid(uid),
			flags: [],
			size: 1_000,
			messageId: `<${uid}@example.com>`,
			internalDate: new Date(1_763_800_000_000),
		})),
		uids[0],
	);

test.each([[['INBOX']], [[['INBOX'], 'Work']], ['INBOX'], [[[1], []]]])('patterns that cannot be read are an error: %j', (p) => {
	expect(() => decodeState({ ...encodeState(state({})), p })).toThrow(expect.objectContaining({ code: 'stateUnreadable' }));
});

const sizeOf = (value: SyncState): number => Buffer.byteLength(JSON.stringify(encodeState(value)));

describe('the stored state', () => {
	const set = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { maxLength: 40 }).map((uids) => UidSet.of(uids));
	const folderStates = fc
		.record({ present: set, picks: fc.array(set, { maxLength: 4 }), arrivals: set, backfill: set, known: fc.boolean() })
		.map(({ present, picks, arrivals, backfill, known }): FolderState =>
			folder({
				newUids: arrivals,
				described: picks.length === 0 || arrivals.isEmpty ? undefined : known ? arrivals : arrivals.lowest(2),
				backfill,
				fingerprints: arrivals.isEmpty ? undefined : marksOf([...arrivals]),
				tombstones: arrivals.isEmpty ? [] : [{ uid: asUid(3), uidValidity: '16', fingerprint: 'abcdefgh', runs: 1 }],
				moveCandidates: arrivals.lowest(1),
				reused: known ? [arrivals.below(100).union(UidSet.of([3])), UidSet.of([3])] : undefined,
				auditedAt: known ? 1_763_800_020_000 : undefined,
				unacknowledged: backfill.isEmpty
					? undefined
					: { ack: 'keyword n8n-done', groups: [{ attempts: 2, ackDeadline: 29_700_000 * 60_000, uids: backfill }] },
				failed: arrivals.isEmpty ? [] : [{ uid: asUid(7), attempts: 2, retryAt: 1_700_000_000_000, reason: 'a broken part' }],
				...(known
					? {
							knownUids: present,
							flags: new Map(picks.map((pick, i) => [`flag${i}`, pick.intersect(present)])),
							matching: picks[0]?.intersect(present),
						}
					: {}),
			}),
		);

	const faultScores: FaultScore[] = [{ capability: 'qresync', weight: 3, fault: 'vanishedLiving', at: 1_763_800_080_000 }];

	test('forgets what is held against a server for a reason that this version does not know', () => {
		const stored = JSON.parse(JSON.stringify(encodeState(state({}, { faultScores })))) as { l: unknown[] };
		stored.l.push(['qresync', 3, 'anUnknownLie', 1], ['anUnknownAbility', 3, 'vanishedLiving', 1]);
		expect(decodeState(stored)?.faultScores).toEqual(faultScores);
	});

	test('reads back as it was written, through JSON', () => {
		fc.assert(
			fc.property(
				fc.dictionary(
					fc.string({ minLength: 1 }).filter((path) => path !== '__proto__'),
					folderStates,
					{ maxKeys: 4 },
				),
				(folders) => {
					const patterns = { include: ['INBOX', 'Work*'], exclude: ['Work/Old'] };
					const rest = { filterKey: 'abc', startWith: 'INBOX', unopened: ['Locked'], createdLater: ['Made'], patterns };
					const before = state(folders, { ...rest, faultScores });
					const stored = JSON.stringify(encodeState(before));
					const after = decodeState(JSON.parse(stored));
					expect(after).toMatchObject(rest);
					expect(JSON.stringify(encodeState(after as SyncState))).toBe(stored);
					expect(after?.faultScores).toEqual(faultScores);
					for (const [path, one] of Object.entries(folders)) {
						expect(after?.folders[path].auditedAt).toBe(one.auditedAt);
						expect(after?.folders[path].reused?.map(String)).toEqual(one.reused?.map(String));
						expect(after?.folders[path].knownUids?.toString()).toBe(one.knownUids?.toString());
						expect(after?.folders[path].newUids.toString()).toBe(one.newUids.toString());
						expect(JSON.stringify(after?.folders[path].unacknowledged)).toBe(JSON.stringify(one.unacknowledged));
						for (const [flag, uids] of one.flags ?? noFlags)
							expect(after?.folders[path].flags?.get(flag)?.toString()).toBe(uids.toString());
					}
				},
			),
		);
	});

	test('nothing stored is a first run', () => {
		expect(decodeState(undefined)).toBeUndefined();
		expect(decodeState(null)).toBeUndefined();
	});

	const good = () =>
		JSON.parse(
			JSON.stringify(
				encodeState(state({ INBOX: folder({ knownUids: UidSet.range(1, 9), flags: flagSets({ '\\Seen': '2' }) }) })),
			),
		);
	test.each<[string, (stored: Record<string, never>) => unknown]>([
		['text', () => 'INBOX:17'],
		['a number', () => 17],
		['a list', () => []],
		['an empty object', () => ({})],
		['a state of a later version', (stored) => ({ ...stored, v: 99 })],
		['a state without account', (stored) => ({ ...stored, a: undefined })],
		['a state with half an account', (stored) => ({ ...stored, a: ['x'] })],
		['folders that are a list', (stored) => ({ ...stored, f: [] })],
		['a folder that is null', (stored) => ({ ...stored, f: { INBOX: null } })],
		['a UIDVALIDITY that is a number', (stored) => ({ ...stored, f: { INBOX: { v: 17, u: 1, e: 0 } } })],
		['a negative UIDNEXT', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: -1, e: 0 } } })],
		['a UIDNEXT with a fraction', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: 1.5, e: 0 } } })],
		['a damaged set', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: 1, e: 0, p: 'zzz' } } })],
		[
			'flags beyond the messages',
			(stored) => ({
				...stored,
				f: { INBOX: { v: '17', u: 9, e: 2, p: UidSet.range(1, 2).pack(), f: { x: UidSet.of([5]).pack() } } },
			}),
		],
		['flags without messages', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: 9, e: 2, f: { x: '' } } } })],
		[
			'fingerprints that are too short',
			(stored) => ({ ...stored, f: { INBOX: { v: '17', u: 9, e: 2, h: [1, 0, UidSet.range(1, 2).pack(), 'abcdefgh'] } } }),
		],
		['waiting messages that are no list', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: 9, e: 2, k: 'seen' } } })],
		['waiting messages without a time', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: 9, e: 2, k: ['seen', [1]] } } })],
		['failed messages that are no list', (stored) => ({ ...stored, f: { INBOX: { v: '17', u: 9, e: 2, x: 'no' } } })],
	])('%s is refused, never taken for a first run', (_, damage) => {
		let thrown: unknown;
		try {
			decodeState(damage(good()));
		} catch (error) {
			thrown = error;
		}
		expect(thrown).toBeInstanceOf(SyncError);
		expect(thrown).toMatchObject({ code: 'stateUnreadable', scope: 'account' });
	});

	test('of 100,000 messages with 5 % holes and all their flags stays below 20 kB', () => {
		const random = chance(20261122);
		const uids: number[] = [];
		for (let uid = 1; uids.length < 100_000; uid++) if (random() >= 0.05) uids.push(uid);
		const knownUids = UidSet.of(uids);
		const some = (share: number) => UidSet.of(uids.filter(() => random() < share));
		const flags = new Map(
			Object.entries({ '\\Seen': knownUids.subtract(some(0.04)), '\\Flagged': some(0.01), '\\Answered': some(0.06) }),
		);
		const fingerprints = marksOf([
			...knownUids.atPlaces(UidSet.of([1, 12_000, 25_000, 37_000, 50_000, 62_000, 75_000, 87_000])),
			...knownUids.highest(24),
		]);
		expect(
			sizeOf(state({ INBOX: folder({ knownUids, flags, fingerprints, auditedAt: 1_763_800_020_000 }) }, { faultScores })),
		).toBeLessThan(20_000);
		expect(sizeOf(state({ INBOX: folder({ knownUids }) }))).toBeLessThan(8_000);
		expect(sizeOf(state({ INBOX: folder({ knownUids, matching: some(0.01) }) }))).toBeLessThan(10_000);
	});

	test('of a folder of which only new messages are wanted stays below 200 bytes', () => {
		const fingerprints = marksOf([1, 50_000, 105_201, 105_203, 105_250, 105_290, 105_291, 105_299]);
		const { f } = encodeState(state({ INBOX: folder({ fingerprints }) }));
		expect(JSON.stringify(f.INBOX).length).toBeLessThan(200);
	});

	test.each([
		['one after the other', 1],
		['with gaps', 7],
	])('grows by no more than nine bytes for each message that waits, %s', (_how, step) => {
		const uids = Array.from({ length: 2_000 }, (_none, i) => 1 + i * step);
		const waiting: Array<Partial<FolderState>> = [
			{ newUids: UidSet.of(uids) },
			{
				unacknowledged: {
					ack: 'keyword done',
					groups: [{ attempts: 1, ackDeadline: 29_700_000 * 60_000, uids: UidSet.of(uids) }],
				},
			},
		];
		for (const which of waiting) {
			const without = sizeOf(state({ INBOX: folder(which) }));
			const withMarks = sizeOf(state({ INBOX: folder({ ...which, fingerprints: marksOf(uids) }) }));
			expect(withMarks - without).toBeGreaterThan(8 * uids.length);
			expect(withMarks - without).toBeLessThanOrEqual(9 * uids.length + 40);
		}
	});
});
