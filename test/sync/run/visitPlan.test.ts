import { planVisits } from '../../../sync/run/visitPlan';
import type { FolderListing } from '../../../sync/server/folderListing';
import { phase, type PhaseGiven } from '../../support/phase';
import type { FolderStateText } from '../../support/folderState';

const HOUR = 60 * 60_000;
const NOW = 1_000 * HOUR;
const listed = (path: string, more: Partial<FolderListing> = {}): FolderListing => ({
	path,
	selectable: true,
	status: { uidValidity: '17', uidNext: 7, messages: 6, highestModseq: '50' },
	...more,
});
/** A folder of which nothing is to be found out. */
const resting: FolderStateText = { knownUids: '1:6', flags: {}, auditedAt: NOW };

function planned({ folders = { INBOX: resting }, watched = {}, ...given }: PhaseGiven) {
	const paths = watched.paths ?? Object.keys(folders);
	const { run } = phase({
		now: NOW,
		folders,
		...given,
		watched: { listing: paths.map((path) => listed(path)), ...watched, paths },
	});
	const listing = run.watched.listing ?? [];
	const plan = planVisits(run, new Map(listing.flatMap(({ path, status }) => (status ? [[path, status]] : []))));
	return { plan, run };
}

describe('a folder is opened', () => {
	const moved = (status: FolderListing['status']): PhaseGiven => ({ watched: { listing: [listed('INBOX', { status })] } });
	const status = { uidValidity: '17', uidNext: 7, messages: 6, highestModseq: '50' };
	const acknowledge = { by: 'keyword', keyword: 'done', redeliverAfter: HOUR, maxAttempts: 3 } as const;

	test.each<[string, PhaseGiven, boolean]>([
		['not when its status proves that nothing happened', {}, false],
		['when messages came', moved({ ...status, uidNext: 8 }), true],
		['when messages went', moved({ ...status, messages: 5 }), true],
		['when flags changed', moved({ ...status, highestModseq: '51' }), true],
		['when its UIDs mean nothing any more', moved({ ...status, uidValidity: '18' }), true],
		['when its status is not known', moved(undefined), true],
		['when there is no listing', { watched: { listing: undefined } }, true],
		['when it is not known', { folders: {}, watched: { paths: ['INBOX'] } }, true],
		['when it was missing', { folders: { INBOX: { ...resting, missing: true } } }, true],
		['when it was not finished', { folders: { INBOX: { ...resting, unfinished: true } } }, true],
		['when messages wait', { folders: { INBOX: { ...resting, newUids: '6' } } }, true],
		['when a failed message is due', { folders: { INBOX: { ...resting, failed: [3] } } }, true],
		['when the filter is another one', { filterChanged: true }, true],
		['when it has to be asked about the mark', { delivery: { acknowledge } }, true],
		[
			'not when it was asked about the mark',
			{ delivery: { acknowledge }, folders: { INBOX: { ...resting, unacknowledged: { ack: 'keyword done', groups: [] } } } },
			false,
		],
		[
			'when it is not known which messages are ignored',
			{ watch: { ignore: { senders: ['bob@example.com'], subjects: [], threads: [] } } },
			true,
		],
		[
			'not when that is known',
			{
				watch: { ignore: { senders: ['bob@example.com'], subjects: [], threads: [] } },
				folders: { INBOX: { ...resting, ignored: '' } },
			},
			false,
		],
	])('%s', (_name, given, opened) => {
		expect(planned(given).plan.toOpen).toEqual(opened ? ['INBOX'] : []);
	});
});

describe('an audit', () => {
	const overdue: FolderStateText = { ...resting, auditedAt: NOW - 9 * HOUR };

	test.each<[string, PhaseGiven, { toOpen: string[]; onlyToAudit: string[]; auditsDue: string[] }]>([
		['is not due', {}, { toOpen: [], onlyToAudit: [], auditsDue: [] }],
		[
			'opens a folder in which nothing happened',
			{ folders: { INBOX: overdue } },
			{ toOpen: ['INBOX'], onlyToAudit: ['INBOX'], auditsDue: ['INBOX'] },
		],
		[
			'goes along with what happened',
			{ folders: { INBOX: { ...overdue, newUids: '6' } } },
			{ toOpen: ['INBOX'], onlyToAudit: [], auditsDue: ['INBOX'] },
		],
		[
			'is for those that follow what is there',
			{ folders: { INBOX: overdue }, needs: { updates: false, deletions: false } },
			{ toOpen: [], onlyToAudit: [], auditsDue: [] },
		],
		[
			'comes after the folders in which something happened',
			{ folders: { A: overdue, B: { ...resting, newUids: '6' } } },
			{ toOpen: ['B', 'A'], onlyToAudit: ['A'], auditsDue: ['A'] },
		],
	])('%s', (_name, given, expected) => {
		const { plan } = planned(given);
		expect({ toOpen: plan.toOpen, onlyToAudit: [...plan.onlyToAudit], auditsDue: [...plan.auditsDue] }).toEqual(expected);
	});

	test('is made of eight folders in one run', () => {
		const folders = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`F${i}`, overdue]));
		expect(planned({ folders }).plan.toOpen).toEqual(['F0', 'F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7']);
	});
});

test('a folder that is missing is a problem', () => {
	const folders = { INBOX: resting, Work: { ...resting, missing: true } };
	const { plan, run } = planned({ folders, watched: { listing: [listed('INBOX')] } });
	expect(plan.toOpen).toEqual([]);
	expect(run.progress.problems.map(({ code, data }) => [code, data.folder])).toEqual([['folderNotFound', 'Work']]);
});

test('one that a listing left out for the first time is opened', () => {
	const folders = { INBOX: resting, Work: { ...resting, mayBeMissing: true as const } };
	const { plan, run } = planned({ folders, watched: { listing: [listed('INBOX')] } });
	expect(plan.toOpen).toEqual(['Work']);
	expect(run.progress.problems).toEqual([]);
});

test('one that was never known stays unknown', () => {
	const { run } = planned({ folders: {}, watched: { paths: ['Work'], listing: [listed('INBOX')] } });
	expect(run.progress.folders).toEqual({});
	expect(run.progress.problems).toHaveLength(1);
});

test('the order of the watched folders stays', () => {
	const folders = { B: { ...resting, newUids: '6' }, A: { ...resting, newUids: '6' } };
	expect(planned({ folders }).plan.toOpen).toEqual(['B', 'A']);
});
