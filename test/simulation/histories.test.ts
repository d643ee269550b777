import fc from 'fast-check';
import { histories, seedFrom } from '../support/chance';
import type { FakeOptions } from '../support/fakeMailServer';
import { kindsOfServer } from '../support/followFake';
import { chosenActs } from '../support/histories/acts/followerActs';
import { fakeMailbox } from '../support/histories/fakeMailbox';
import { historiesOf, playHistory } from '../support/histories/playHistory';

/**
 * Random histories in memory of everything that may leave a follower in doubt: nothing is lost, and what is told again says so. Which
 * acts there are is in support/histories/acts, what is allowed in support/histories/oracle.ts.
 */
const seed = seedFrom('HISTORY_SEED');
const acts = chosenActs();
const numRuns = histories(160);

test.each([...kindsOfServer, ['OBJECTID', { objectIds: true }] as [string, FakeOptions]])(
	`random histories full of doubt with %s (seed ${seed})`,
	async (_, kind) => {
		await fc.assert(
			fc.asyncProperty(historiesOf(acts), async (history) =>
				playHistory(acts, history, (clock) => fakeMailbox(kind, (milliseconds) => void (clock.now += milliseconds))),
			),
			{ seed, numRuns },
		);
	},
	60_000 + numRuns * 200,
);
