import fc from 'fast-check';
import { act, anyFolder, chosenFolder } from './act';
import { deliver } from './mailActs';

/** Mail stores that are restored from a backup, so that UIDs are given out a second time. */
export const backupActs = [
	act('backUp', 2, fc.record({ folder: anyFolder }), async (world, { folder }) => {
		await world.mailbox.backUp(chosenFolder(world, folder).path);
	}),
	act('restore', 2, fc.record({ folder: anyFolder }), async (world, { folder }) => {
		await world.mailbox.restore(chosenFolder(world, folder).path);
	}),
	act(
		'loseByRestore',
		3,
		fc.record({
			folder: anyFolder,
			lost: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 60 })),
			came: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 60 })),
			runs: fc.nat({ max: 3 }),
		}),
		async (world, { folder, lost, came, runs }) => {
			const { path } = chosenFolder(world, folder);
			if (!(await world.mailbox.backUp(path))) return;
			await deliver(world, path, { kind: 'made', count: lost });
			for (let run = 0; run < runs; run++) await world.follower.run();
			if (world.mailbox.at(path)) await world.mailbox.restore(path);
			await deliver(world, path, { kind: 'made', count: came });
		},
	),
];
