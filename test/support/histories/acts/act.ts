import fc from 'fast-check';
import type { Follower } from '../follower';
import type { Letters } from '../letters';
import type { Folder, Mailbox } from '../mailbox';

/** All that an act can have to do with. */
export interface World {
	mailbox: Mailbox;
	letters: Letters;
	follower: Follower;
}

/** Something that can happen in a history, as it is written down: its name, and the values that chance gave it. */
export interface Happening {
	act: string;
	values: unknown;
}

/** A kind of happening. What is not possible at the moment is not done, so that a history is still one when acts are left out of it. */
export interface Act {
	name: string;
	/** How often it comes, beside the others. */
	weight: number;
	values: fc.Arbitrary<unknown>;
	perform(world: World, values: unknown): Promise<void>;
}

/** An act whose values are of one type. */
export function act<Values>(
	name: string,
	weight: number,
	values: fc.Arbitrary<Values>,
	perform: (world: World, values: Values) => Promise<void>,
): Act {
	return { name, weight, values, perform: (world, drawn) => perform(world, drawn as Values) };
}

/** Any of these acts, as often as they are to be. */
export const happenings = (acts: readonly Act[]): fc.Arbitrary<Happening> =>
	fc.oneof(...acts.map(({ name, weight, values }) => ({ weight, arbitrary: fc.record({ act: fc.constant(name), values }) })));

/** Lets something happen. */
export async function perform(acts: readonly Act[], world: World, { act: name, values }: Happening): Promise<void> {
	await acts.find((one) => one.name === name)!.perform(world, values);
}

/** Which folder: a number that stands for any of those that are there. */
export const anyFolder = fc.nat({ max: 11 });

export function chosenFolder({ mailbox }: World, which: number): Folder & { path: string } {
	const { present } = mailbox;
	return present[which % present.length];
}

/** A folder that can be renamed and deleted: any but INBOX. */
export function chosenPlainFolder({ mailbox }: World, which: number): (Folder & { path: string }) | undefined {
	const plain = mailbox.present.slice(1);
	return plain[which % Math.max(1, plain.length)];
}

/** Some messages of a folder: `count` of them, from any one on. */
export const someMessages = { folder: anyFolder, which: fc.nat({ max: 200 }), count: fc.integer({ min: 1, max: 4 }) };

export function chosenUids({ rows }: Folder, which: number, count: number): number[] {
	const at = which % Math.max(1, rows.length);
	return rows.slice(at, at + count).map(({ uid }) => uid);
}
