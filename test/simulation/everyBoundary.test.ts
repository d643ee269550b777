import type { FakeOptions } from '../support/fakeMailServer';
import { kindsOfServer } from '../support/followFake';
import type { Happening } from '../support/histories/acts/act';
import { allActs } from '../support/histories/acts/followerActs';
import { fakeMailbox } from '../support/histories/fakeMailbox';
import { playHistory, type History } from '../support/histories/playHistory';
import type { Settings } from '../support/histories/settings';

/**
 * A second connection changes the mailbox between any two commands of a run that has new, changed and deleted messages to tell: nothing is
 * lost. What is random in histories.test.ts is complete here.
 */
const some = { folder: 0, which: 1, count: 2 };
const changes: Happening[] = [
	{ act: 'deliver', values: { folder: 0, kind: 'made', count: 2, isOld: false, add: [] } },
	{ act: 'deliver', values: { folder: 1, kind: 'made', count: 1, isOld: true, add: ['todo'] } },
	{ act: 'flag', values: { ...some, add: ['\\Flagged'], remove: ['\\Seen'] } },
	{ act: 'expunge', values: some },
	{ act: 'expunge', values: { ...some, which: 5 } },
	{ act: 'move', values: { ...some, to: 1 } },
	{ act: 'move', values: { ...some, folder: 1, to: 0 } },
	{ act: 'copy', values: { ...some, to: 1 } },
	{ act: 'appear', values: { which: 1, count: 2 } },
	{ act: 'rename', values: { folder: 0, to: 1 } },
	{ act: 'archive', values: { folder: 0, to: 1, count: 2 } },
	{ act: 'swap', values: { folder: 0, other: 1 } },
	{ act: 'remove', values: { folder: 0 } },
	{ act: 'remake', values: { folder: 0, count: 1, keeps: true } },
	{ act: 'renumber', values: { folder: 0 } },
	{ act: 'renumber', values: { folder: 1 } },
	{ act: 'skipUids', values: { folder: 0, count: 3 } },
	{ act: 'restore', values: { folder: 0 } },
];
/** About as many as these runs have. */
const COMMANDS = 16;
/** Before each so many-th of them, another one for each change; before every one with EVERY_BOUNDARY=1, which takes a minute. */
const STEP = process.env.EVERY_BOUNDARY ? 1 : process.env.ALL_RUNS ? 4 : 16;

const settings: Array<Partial<Settings>> = [{ events: 'new', messages: 1 }, { events: 'all' }];

function historyOf(what: Happening, at: number, wanted: Partial<Settings>): History {
	const deliver = (folder: number): Happening => ({
		act: 'deliver',
		values: { folder, kind: 'made', count: 3, isOld: false, add: [] },
	});
	return {
		beginning: {
			settings: {
				events: 'new',
				output: 'reference',
				messages: 200,
				selection: 'all',
				filter: false,
				acknowledge: false,
				...wanted,
			},
			startFrom: 'now',
			there: 3,
			folders: ['Work', 'Third'],
		},
		happened: [
			deliver(0),
			{ act: 'run', values: { messages: null } },
			{ act: 'backUp', values: { folder: 0 } },
			deliver(0),
			deliver(1),
			{ act: 'flag', values: { folder: 0, which: 3, count: 2, add: ['todo'], remove: [] } },
			{ act: 'expunge', values: { folder: 0, which: 4, count: 1 } },
			{ act: 'runBesides', values: { at, what } },
		],
	};
}

test.each([...kindsOfServer, ['OBJECTID', { objectIds: true }] as [string, FakeOptions]])(
	'with %s, whatever happens before whichever command',
	async (_kind, options) => {
		const failures: string[] = [];
		for (const wanted of settings) {
			for (const [index, what] of changes.entries()) {
				for (let at = 1 + (index % STEP); at <= COMMANDS; at += STEP) {
					const played = playHistory(allActs, historyOf(what, at, wanted), (clock) =>
						fakeMailbox(options, (milliseconds) => void (clock.now += milliseconds)),
					);
					await played.catch((error: unknown) => void failures.push(`${JSON.stringify({ wanted, what, at })}: ${String(error)}`));
				}
			}
		}
		expect(failures).toEqual([]);
	},
	120_000,
);
