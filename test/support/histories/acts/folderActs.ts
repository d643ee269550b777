import fc from 'fast-check';
import { folderNames } from '../settings';
import { act, anyFolder, chosenFolder, chosenPlainFolder, type World } from './act';
import { deliver, putBack } from './mailActs';

/** A name that no folder has at the moment. */
function freeName({ mailbox }: World, which: number): string | undefined {
	const free = folderNames.map((name) => mailbox.store.path(name)).filter((path) => !mailbox.at(path));
	return free[which % Math.max(1, free.length)];
}

const letters = fc.nat({ max: 4 });

/** What happens to whole folders, by their users and by whoever runs the server. */
export const folderActs = [
	act('appear', 4, fc.record({ which: anyFolder, count: letters }), async (world, { which, count }) => {
		const path = freeName(world, which);
		if (path !== undefined && (await world.mailbox.create(path))) await deliver(world, path, { kind: 'made', count });
	}),
	act('rename', 3, fc.record({ folder: anyFolder, to: anyFolder }), async (world, { folder, to }) => {
		const from = chosenPlainFolder(world, folder);
		const path = freeName(world, to);
		if (from && path !== undefined) await world.mailbox.rename(from.path, path);
	}),
	act('archive', 3, fc.record({ folder: anyFolder, to: anyFolder, count: letters }), async (world, { folder, to, count }) => {
		// The name is used again within the interval, as for the archive of a year.
		const from = chosenPlainFolder(world, folder);
		const path = freeName(world, to);
		if (!from || path === undefined) return;
		const name = from.path;
		await world.mailbox.rename(name, path);
		if (await world.mailbox.create(name)) await deliver(world, name, { kind: 'made', count });
	}),
	act('swap', 2, fc.record({ folder: anyFolder, other: anyFolder }), async (world, { folder, other }) => {
		const one = chosenPlainFolder(world, folder)?.path;
		const two = chosenPlainFolder(world, other)?.path;
		if (one === undefined || two === undefined || one === two) return;
		const between = world.mailbox.store.path('Between');
		await world.mailbox.rename(one, between);
		await world.mailbox.rename(two, one);
		await world.mailbox.rename(between, two);
	}),
	act('remove', 2, fc.record({ folder: anyFolder }), async (world, { folder }) => {
		const path = chosenPlainFolder(world, folder)?.path;
		if (path !== undefined) await world.mailbox.remove(path);
	}),
	act(
		'remake',
		3,
		fc.record({ folder: anyFolder, count: letters, keeps: fc.boolean() }),
		async (world, { folder, count, keeps }) => {
			// With what was in it, as by a migration, or without.
			const path = chosenPlainFolder(world, folder)?.path;
			if (path === undefined) return;
			const there = world.mailbox.at(path)!.rows.map(({ letter }) => letter);
			await world.mailbox.remove(path);
			if (!(await world.mailbox.create(path))) return;
			if (keeps) await putBack(world, path, there);
			await deliver(world, path, { kind: 'made', count });
		},
	),
	act('renumber', 4, fc.record({ folder: anyFolder }), async (world, { folder }) => {
		await world.mailbox.renumber(chosenFolder(world, folder).path);
	}),
	act(
		'skipUids',
		1,
		fc.record({ folder: anyFolder, count: fc.integer({ min: 1, max: 1_000 }) }),
		async (world, { folder, count }) => {
			await world.mailbox.skipUids(chosenFolder(world, folder).path, count);
		},
	),
];
