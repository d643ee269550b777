import fc from 'fast-check';
import type { LetterKind } from '../letters';
import { ACKNOWLEDGED } from '../mailbox';
import { act, anyFolder, chosenFolder, chosenUids, someMessages, type World } from './act';

const flags = ['\\Seen', '\\Flagged', '$Label1', 'todo'];
/**
 * Scans are all received in one second, so that nothing of them tells one from another; once a server has numbered anew or restored
 * something, nobody could say what is lost then, and each has a second of its own.
 */
const scannedAt = ({ mailbox, letters }: Pick<World, 'mailbox' | 'letters'>): Date =>
	new Date(Date.parse('2026-03-01T08:00:00Z') + (mailbox.doubtfulSince === undefined ? 0 : letters.count * 1_000));
const longAgo = new Date('1999-01-01T00:00:00Z');

const kinds = fc.constantFrom<LetterKind>('made', 'made', 'made', 'other', 'scan', 'damaged');

/** Delivers letters of a kind into a folder. */
export async function deliver(
	{ mailbox, letters }: Pick<World, 'mailbox' | 'letters'>,
	path: string,
	{ kind, count, isOld = false, add = [] }: { kind: LetterKind; count: number; isOld?: boolean; add?: string[] },
): Promise<void> {
	if (count === 0) return;
	const internalDate = kind === 'scan' ? scannedAt({ mailbox, letters }) : isOld ? longAgo : undefined;
	const sources = Array.from({ length: count }, () => letters.write(kind, internalDate).source);
	await mailbox.append(path, sources, { flags: add, ...(internalDate ? { internalDate } : {}) });
}

/** Puts letters into a folder that were in another one, with the dates that they had. */
export async function putBack({ mailbox, letters }: World, path: string, names: string[]): Promise<void> {
	for (const name of names) {
		const { source, internalDate } = letters.named(name);
		await mailbox.append(path, [source], internalDate ? { internalDate } : {});
	}
}

/** What a mail client and the deliveries do with messages. */
export const mailActs = [
	act(
		'deliver',
		24,
		fc.record({
			folder: anyFolder,
			kind: kinds,
			count: fc.integer({ min: 1, max: 5 }),
			isOld: fc.boolean(),
			add: fc.subarray(flags, { maxLength: 2 }),
		}),
		async (world, { folder, ...what }) => deliver(world, chosenFolder(world, folder).path, what),
	),
	act(
		'deliverMany',
		3,
		fc.record({ folder: anyFolder, kind: fc.constantFrom<LetterKind>('made', 'scan'), count: fc.integer({ min: 6, max: 60 }) }),
		async (world, { folder, ...what }) => deliver(world, chosenFolder(world, folder).path, what),
	),
	act(
		'flag',
		8,
		fc.record({ ...someMessages, add: fc.subarray(flags), remove: fc.subarray(flags) }),
		async (world, { folder, which, count, add, remove }) => {
			const chosen = chosenFolder(world, folder);
			const uids = chosenUids(chosen, which, count);
			if (uids.length > 0)
				await world.mailbox.flag(chosen.path, uids, { add, remove: remove.filter((flag) => !add.includes(flag)) });
		},
	),
	act('acknowledge', 4, fc.record(someMessages), async (world, { folder, which, count }) => {
		const chosen = chosenFolder(world, folder);
		const uids = chosenUids(chosen, which, count);
		if (uids.length > 0) await world.mailbox.flag(chosen.path, uids, { add: [ACKNOWLEDGED] });
	}),
	act('expunge', 8, fc.record(someMessages), async (world, { folder, which, count }) => {
		const chosen = chosenFolder(world, folder);
		const uids = chosenUids(chosen, which, count);
		if (uids.length > 0) await world.mailbox.expunge(chosen.path, uids);
	}),
	...(['move', 'copy'] as const).map((name) =>
		act(name, 6, fc.record({ ...someMessages, to: anyFolder }), async (world, { folder, which, count, to }) => {
			const from = chosenFolder(world, folder);
			const target = chosenFolder(world, to);
			const uids = chosenUids(from, which, count);
			if (uids.length > 0 && target.path !== from.path) await world.mailbox[name](from.path, uids, target.path);
		}),
	),
];
