import fc from 'fast-check';
import { deliver } from './acts/mailActs';
import { happenings, perform, type Act, type Happening, type World } from './acts/act';
import { Follower } from './follower';
import { Letters } from './letters';
import type { Link } from './link';
import { Mailbox } from './mailbox';
import { Oracle } from './oracle';
import { firstSettings, type Settings } from './settings';
import type { Store } from './store';

/** How a history begins. */
interface Beginning {
	settings: Settings;
	startFrom: 'now' | 'all';
	/** Letters in each folder. */
	there: number;
	/** Folders that are there, beside INBOX. */
	folders: string[];
}

const beginnings: fc.Arbitrary<Beginning> = fc.record({
	settings: firstSettings,
	startFrom: fc.constantFrom('now', 'all'),
	there: fc.nat({ max: 8 }),
	folders: fc.subarray(['Work', 'Third', 'Other'], { minLength: 1 }),
});

export interface History {
	beginning: Beginning;
	happened: Happening[];
}

/** Random histories of these acts. */
export const historiesOf = (acts: readonly Act[], maxLength = 25): fc.Arbitrary<History> =>
	fc.record({ beginning: beginnings, happened: fc.array(happenings(acts), { minLength: 1, maxLength }) });

/** Where a history is played: a mailbox, and the follower's connection to it, which lets the clock go on. */
export type Stage = (clock: { now: number }) => { store: Store; link: Link };

/**
 * Plays a history: the folders are filled, the follower starts, everything happens, and in the end all is mended and told, first what
 * does not concern a folder that stays shut. Throws at the first thing that the oracle does not allow.
 */
export async function playHistory(acts: readonly Act[], { beginning, happened }: History, stage: Stage): Promise<void> {
	const world = await begin(beginning, stage);
	for (const happening of happened) await perform(acts, world, happening);
	const { follower, mailbox } = world;
	follower.link.damage = undefined;
	// That exactly as many came as a restore lost shows with the next message, and nothing else shows it.
	for (let time = 1; time <= 2; time++) {
		for (const { path } of mailbox.present) await deliver(world, path, { kind: 'made', count: 1 });
		if (time === 1) await follower.run();
	}
	if (follower.link.shut) await follower.settle();
	follower.link.shut = undefined;
	await follower.settle();
}

/** The world as a history begins: the first run is over. */
async function begin({ settings, startFrom, there, folders }: Beginning, stage: Stage): Promise<World> {
	const clock = { now: Date.parse('2026-11-22T12:00:00Z') };
	const { store, link } = stage(clock);
	const mailbox = new Mailbox(store);
	const letters = new Letters();
	const oracle = new Oracle(mailbox, letters, startFrom);
	const follower = new Follower(mailbox, link, oracle, settings, startFrom, clock);
	const world = { mailbox, letters, follower };
	for (const name of folders) await mailbox.create(store.path(name));
	for (const { path } of mailbox.present) await deliver(world, path, { kind: 'made', count: there });
	mailbox.doubtfulSince = undefined;
	await follower.run();
	return world;
}
