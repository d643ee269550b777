import { seedFrom } from '../support/chance';
import { chosenActs } from '../support/histories/acts/followerActs';
import { hostMailbox } from '../support/histories/hostMailbox';
import { historiesOf, playHistory, type History } from '../support/histories/playHistory';
import { historyServers } from '../support/historyServers';
import { assertInLanes, tryInLanes } from '../support/lanes';
import type { MailHost } from '../support/mailHost';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

/**
 * The histories of simulation/histories.test.ts on real servers, each of them also as the poorer servers that the proxy can make of it.
 */
const seed = seedFrom('HISTORY_SEED');
const acts = chosenActs();
/** On each server, spread over the kinds that the proxy makes of it. */
const histories = Number(process.env.HISTORIES ?? 10);
/** A long run is not ended by the first failure. */
const isLong = process.env.HISTORIES !== undefined;
/** So many are played at once, each through a proxy of its own. */
const LANES = 4;

process.stderr.write(`Histories full of doubt: seed ${seed}, ${histories} on each server.\n`);

for (const { name, describe: describeHere, start, masks } of historyServers) {
	describeHere(`histories full of doubt on ${name} (seed ${seed})`, () => {
		let host: MailHost;
		let lanes: CountingProxy[];
		beforeAll(async () => {
			host = await start();
			lanes = await Promise.all(Array.from({ length: LANES }, () => startProxy(host)));
		});
		afterAll(
			async () => {
				await Promise.all((lanes ?? []).map((proxy) => proxy.stop()));
				await host?.stop();
			},
			60_000 + histories * 100,
		);

		test.each(masks)(
			'with %s lose nothing',
			async (_, mask) => {
				const play = async (proxy: CountingProxy, history: History): Promise<void> => {
					proxy.mask = mask;
					// Otherwise it would keep what was said on all connections of all histories.
					proxy.reset();
					const { store, link, release } = hostMailbox(host, proxy);
					await playHistory(acts, history, () => ({ store, link })).finally(release);
				};
				const numRuns = Math.ceil(histories / masks.length);
				if (isLong) await tryInLanes(lanes, historiesOf(acts), play, { seed, numRuns });
				else await assertInLanes(lanes, [historiesOf(acts)], play, { seed, numRuns });
			},
			histories * 10_000,
		);
	});
}
