import type { ExecutionEnd } from './outcome';

/** Ends that nobody asks for any more, because the workflow was unpublished, are forgotten beyond so many. */
const MOST_REMEMBERED = 2_000;

/**
 * How executions end that this process began: a trigger that is published anew while some are running hears of them, although
 * another registration of it began them.
 */
const ends = new Map<string, Promise<ExecutionEnd>>();

export function remember(execution: string, end: Promise<ExecutionEnd>): void {
	ends.set(execution, end);
	const [oldest] = ends.keys();
	if (ends.size > MOST_REMEMBERED) ends.delete(oldest);
}

/** undefined for an execution of another process. */
export const of = (execution: string): Promise<ExecutionEnd> | undefined => ends.get(execution);

export const forget = (execution: string): boolean => ends.delete(execution);
