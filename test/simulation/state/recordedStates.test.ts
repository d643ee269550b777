import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnChanges } from '../../../sync/ownChanges/ownChanges';
import { decodePosition, encodePosition, type Position } from '../../../sync/state/position';
import { decodeState, encodeState } from '../../../sync/state/state';
import type { SyncState } from '../../../sync/state/syncState';
import { UidSet } from '../../../sync/uids/uidSet';
import { told, type Ask } from '../../support/account';
import { followFake } from '../../support/followFake';
import { inText } from '../../support/folderState';
import { scenarios, type OwnInText, type RecordedAsk } from './recordedScenarios';

/** What an earlier version stored is read as it is, and followed on from there: see test/fixtures/states/README.md. */
interface Recorded {
	state?: unknown;
	position?: unknown;
	/** What the version that wrote the state told next. */
	next?: Array<{ events: string[]; ids: string[] }>;
}

const folder = join(__dirname, '../../fixtures/states');
const recorded = new Map(
	readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.map((name) => [name.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded]),
);
const kinds = (field: keyof Recorded): Array<[string, Recorded]> => [...recorded].filter(([, one]) => one[field] !== undefined);

const ownChangesOf = ({ flags }: OwnInText): OwnChanges => ({
	inFolder: () => ({
		added: UidSet.empty,
		removed: UidSet.empty,
		flags: flags.map((change) => ({ ...change, uids: UidSet.of(change.uids) })),
	}),
});
const askOf = ({ own, ...ask }: RecordedAsk): Ask => ({ ...ask, ...(own ? { ownChanges: ownChangesOf(own) } : {}) });

describe('a stored state', () => {
	test.each(kinds('state'))('reads back as it was written: %s', (_kind, { state }) => {
		expect(JSON.stringify(encodeState(decodeState(state) as SyncState))).toBe(JSON.stringify(state));
	});

	test.each(kinds('state'))('reads back within a position: %s', (_kind, { state }) => {
		const position = { p: 1, n: 3, t: 1_763_800_123_456, s: state };
		expect(JSON.stringify(encodePosition(decodePosition(position, 'a file') as Position))).toBe(JSON.stringify(position));
	});

	test('holds every field that a folder can have', () => {
		const state = decodeState(recorded.get('everything')?.state);
		expect(inText(state?.folders.INBOX)).toEqual({
			uidValidity: '1700000000',
			uidNext: 7,
			exists: 6,
			highestModseq: '9223372036854775807',
			mailboxId: 'F7',
			knownUids: '1:3,5:6',
			flags: { '\\Seen': '1:3,5', constructor: '2', toString: '1,6', 'label Entwürfe': '3', $Forwarded: '6', empty: '' },
			matching: '1:2',
			ignored: '5',
			newUids: '6',
			backfill: '1',
			failed: [{ uid: 3, attempts: 2, retryAt: 1_763_800_123_456, reason: 'a broken part: "ü"' }],
			fingerprints: { byUid: { 1: 'abcdefgh', 6: 'ABCD+/12' }, from: 5, youngest: 1_763_800_000 },
			tombstones: [
				{ uid: 4, uidValidity: '1700000000', fingerprint: 'departed', runs: 0 },
				{ uid: 8, uidValidity: '16', fingerprint: 'silently', runs: 3, silent: true },
				{ uid: 9, uidValidity: '1700000000', fingerprint: 'reusedXX', runs: 1, uidGeneration: 2 },
				{ uid: 10, uidValidity: '1700000000', fingerprint: 'reusedYY', runs: 1, silent: true, uidGeneration: 1 },
			],
			moveCandidates: '6',
			unacknowledged: {
				ack: 'keyword n8n-done',
				groups: [
					{ attempts: 1, ackDeadline: 29_600_000 * 60_000, uids: '1' },
					{ attempts: 1, ackDeadline: 29_700_000 * 60_000, uids: '5' },
					{ attempts: 2, ackDeadline: 29_700_000 * 60_000, uids: '2:3' },
				],
			},
			auditedAt: 29_396_667 * 60_000,
			reused: ['2:4', '3'],
			ownUntil: 1_763_800_099_001,
			idName: 'Entwürfe',
			unfinished: true,
			missing: true,
		});
	});

	test('holds what is known beside the folders', () => {
		const { folders, earlierAccounts, ...rest } = decodeState(recorded.get('everything')?.state) as SyncState;
		expect(Object.keys(folders)).toEqual(['Entwürfe', 'INBOX', '[Gmail]/All Mail', 'constructor', 'hasOwnProperty', 'toString']);
		expect(earlierAccounts).toHaveLength(2);
		expect(rest).toEqual({
			account: { user: '0123456789abcdef', host: 'fedcba9876543210' },
			deliveries: 42,
			selectionKey: '0011223344556677',
			filterKey: 'aaaabbbbccccdddd',
			ignoreKey: 'ddddccccbbbbaaaa',
			startWith: 'constructor',
			unopened: ['Locked', 'constructor'],
			faultScores: [
				{ capability: 'condstore', weight: 1, fault: 'modseqWentBack', at: 29_396_667 * 60_000 },
				{ capability: 'esearch', weight: 2, fault: 'searchMiscounted', at: 29_396_667 * 60_000 },
				{ capability: 'qresync', weight: 3, fault: 'vanishedLiving', at: 29_396_668 * 60_000 },
			],
		});
	});

	test('names no fault that is not known any more', () => {
		const { l } = recorded.get('every-suspicion')?.state as { l: unknown[] };
		expect(decodeState(recorded.get('every-suspicion')?.state)?.faultScores).toHaveLength(l.length);
	});
});

describe('a stored position', () => {
	test.each(kinds('position'))('reads back as it was written: %s', (_kind, { position }) => {
		expect(JSON.stringify(encodePosition(decodePosition(position, 'a file') as Position))).toBe(JSON.stringify(position));
	});

	test.each<[string, object]>([
		['position-to-begin', { serial: 1, savedAt: 1_763_800_123_456 }],
		['position-to-begin-from-a-moment', { serial: 2, savedAt: 1_763_800_123_456, since: 1_763_000_000_000 }],
	])('says how to begin: %s', (kind, expected) => {
		expect(decodePosition(recorded.get(kind)?.position, 'a file')).toEqual(expected);
	});
});

test('every scenario has its state, and every followed state its scenario', () => {
	expect(
		kinds('next')
			.map(([kind]) => kind)
			.sort(),
	).toEqual(Object.keys(scenarios).sort());
});

test.each(Object.entries(scenarios))('after %s the next runs tell what they told', async (kind, scenario) => {
	const { options, ask = {}, leave, happens, next = {} } = scenario;
	const { state, next: expected } = recorded.get(kind) as Required<Recorded>;
	const fake = followFake({ ...options, ask: askOf(ask) });
	await leave(fake, () => Promise.resolve());
	happens(fake);
	fake.followed.stored = state;
	// The ids of a folder that is begun now are made in another way.
	const { f: folders } = state as { f: Record<string, unknown> };
	for (const recordedRun of expected) {
		const { events } = await fake.followed.run(askOf(next));
		expect(told(events)).toEqual(recordedRun.events);
		for (const [i, { folder: path, eventId }] of events.entries()) if (path in folders) expect(eventId).toBe(recordedRun.ids[i]);
	}
});
