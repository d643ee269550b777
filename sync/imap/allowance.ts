import type { Operation } from './errorFacts';

/**
 * What the answer to one command may hold. A server that sends more is broken or hostile, and the connection ends: what it sends
 * takes memory, and a process of n8n serves many people. What a server says of its own sizes and counts is no bound: it made them up.
 */
export interface Allowance {
	bytes: number;
	/** Lines of the answer: rows, folders, and whatever the server says on its own. */
	responses: number;
	/** Bytes of one literal, where less than all of it is expected to be in one. */
	literal?: number;
}

const MEGABYTE = 1024 * 1024;

/** By what the command is about. */
const usual: Partial<Record<Operation, Allowance>> = {
	connect: { bytes: 2 * MEGABYTE, responses: 2_000 },
	// 50,000 folders with their status.
	list: { bytes: 16 * MEGABYTE, responses: 50_000 },
	// Half a million changes of flags, reported at the opening.
	open: { bytes: 48 * MEGABYTE, responses: 500_000 },
	// A million UIDs one by one.
	search: { bytes: 16 * MEGABYTE, responses: 100_000 },
	fetch: { bytes: 48 * MEGABYTE, responses: 500_000 },
};

/**
 * For small messages that come with their descriptors. A server that ignores that only the beginning was asked for may send some megabytes
 * of each; more would hold up the process while it is put together.
 */
export const allowanceForSmallMessages: Allowance = { bytes: 48 * MEGABYTE, responses: 500_000, literal: 8 * MEGABYTE };

/** For what has an answer of some lines. */
const small: Allowance = { bytes: 2 * MEGABYTE, responses: 20_000 };

export const allowanceFor = (doing: Operation): Allowance => usual[doing] ?? small;

/**
 * For reading messages of which the server said how large they are. Servers are wrong about sizes, by line ends or by how they
 * store them: four times as much passes, and a message that is said to be tiny may have some megabytes.
 */
export const allowanceForMessages = (count: number, declaredBytes: number): Allowance => ({
	bytes: 8 * MEGABYTE + 4 * declaredBytes,
	responses: 20_000 + 10 * count,
});

/** What has come of an answer. */
export class Received {
	private bytes = 0;
	private responses = 0;

	constructor(readonly allowed: Allowance) {}

	/** Counts one response; false when it is one too many. */
	take(bytes: number): boolean {
		this.bytes += bytes;
		this.responses++;
		return this.bytes <= this.allowed.bytes && this.responses <= this.allowed.responses;
	}
}
