import fc from 'fast-check';
import type { Damage, ShutFolder } from '../link';
import { changedSettings } from '../settings';
import { act, anyFolder, chosenPlainFolder, happenings, perform, type Act } from './act';
import { backupActs } from './backupActs';
import { folderActs } from './folderActs';
import { mailActs } from './mailActs';

/** What a second connection can do while a run is under way. */
const meanwhileActs: Act[] = [...mailActs, ...folderActs, ...backupActs.filter(({ name }) => name !== 'loseByRestore')];

const command = fc.integer({ min: 1, max: 25 });

/** What the follower does, and what happens to it. */
const followerActs: Act[] = [
	act('run', 24, fc.record({ messages: fc.option(fc.integer({ min: 1, max: 6 })) }), async ({ follower }, { messages }) => {
		const { settings } = follower;
		if (messages !== null) follower.settings = { ...settings, messages };
		await follower.run();
		follower.settings = settings;
	}),
	act('runBesides', 14, fc.record({ at: command, what: happenings(meanwhileActs) }), async (world, { at, what }) => {
		await world.follower.run({ meanwhile: { at, act: () => perform(meanwhileActs, world, what) } });
	}),
	act('busyRun', 2, fc.record({ what: happenings(mailActs) }), async (world, { what }) => {
		await world.follower.run({ meanwhile: { at: 'every', act: () => perform(mailActs, world, what) } });
	}),
	act('cutRun', 6, fc.record({ cutAt: command }), async ({ follower }, { cutAt }) => follower.run({ cutAt })),
	act('lostRun', 4, fc.constant({}), async ({ follower }) => follower.run({ kept: false })),
	act(
		'jump',
		3,
		fc.record({ minutes: fc.constantFrom(1, 45, 300, 2_000, 600_000, -1, -45, -2_000, -600_000) }),
		async (world, { minutes }) => {
			world.follower.jump(minutes);
		},
	),
	act('change', 4, changedSettings, async ({ follower }, changed) => {
		follower.settings = { ...follower.settings, ...changed };
	}),
	act(
		'damage',
		3,
		fc.record({
			how: fc.constantFrom<Damage['how']>('ends', 'stalls', 'isMissing'),
			from: fc.constantFrom<Damage['from']>('header', 'body'),
		}),
		async ({ follower }, damage) => {
			follower.link.damage = damage;
		},
	),
	act('mend', 2, fc.constant({}), async ({ follower }) => {
		follower.link.damage = undefined;
	}),
	act(
		'shut',
		2,
		fc.record({ folder: anyFolder, how: fc.constantFrom<ShutFolder['how']>('forbidden', 'refused', 'ends') }),
		async (world, { folder, how }) => {
			const path = chosenPlainFolder(world, folder)?.path;
			if (path !== undefined) world.follower.link.shut = { path, how };
		},
	),
	act('unshut', 1, fc.constant({}), async ({ follower }) => {
		follower.link.shut = undefined;
	}),
];

/** Everything that can happen in a history. */
export const allActs: Act[] = [...followerActs, ...meanwhileActs, ...backupActs.filter(({ name }) => name === 'loseByRestore')];

/** Those that HISTORY_ACTS names, beside deliveries and runs; all where it is not set. */
export function chosenActs(): Act[] {
	const { HISTORY_ACTS: names } = process.env;
	if (names === undefined) return allActs;
	const chosen = ['deliver', 'run', ...names.split(',')];
	const unknown = chosen.filter((name) => allActs.every((one) => one.name !== name));
	if (unknown.length > 0) throw new Error(`There are no acts called ${unknown.join(', ')}: see test/support/histories/acts.`);
	return allActs.filter(({ name }) => chosen.includes(name));
}
