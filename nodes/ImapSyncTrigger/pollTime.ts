import type { IPollFunctions } from 'n8n-workflow';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { RunTime } from '../shared/request';

/** n8n's default for a poll. */
const DEFAULT_BUDGET_MS = 5 * 60_000;

/** n8n gives the start of a workflow 84 seconds for all of its triggers, and tries what fails again within them. */
const START_BUDGET_MS = 60_000;

/** How long a poll may take. */
export interface PollTime extends RunTime {
	/** All of it, in milliseconds. n8n gives up a poll that takes longer, goes on without it, and drops what it finds. */
	budget: number;
	/** When what is still under way is broken off: the connection is closed, and what was read until then counts. */
	closesAt: number;
	/** When the poll ends, whatever it waits for. */
	endsAt: number;
}

/** How long n8n lets a poll run, where it says so: since version 2.38. */
export const reportedBudget = (context: IPollFunctions): number | undefined =>
	typeof context.getPollBudgetMs === 'function' ? context.getPollBudgetMs() : undefined;

/** How long the poll may take that begins now; `isStart`: n8n waits for it to start the trigger. */
export function pollTime(context: IPollFunctions, now: number, isStart = false): PollTime {
	const most = isStart ? START_BUDGET_MS : DEFAULT_BUDGET_MS;
	const budget = Math.min(reportedBudget(context) ?? DEFAULT_BUDGET_MS, most);
	// Messages that were read must still become items, and files.
	const reserve = Math.min(Math.max(3_000, budget * 0.15), budget / 2);
	const deadline = now + budget - reserve;
	return { now, budget, deadline, closesAt: deadline + reserve * 0.5, endsAt: deadline + reserve * 0.9 };
}

/** The settings with time limits that leave something of a short budget. */
export function withTimeouts(settings: ConnectionSettings, { budget, closesAt, now }: PollTime): ConnectionSettings {
	return {
		...settings,
		// Holds from the first byte on, when there is no connection yet that could be closed.
		deadline: Date.now() + closesAt - now,
		connectTimeoutMs: Math.min(30_000, Math.floor(budget * 0.3)),
		commandTimeoutMs: Math.min(30_000, Math.floor(budget * 0.4)),
	};
}

/** The outcome of some work, unless it takes too long: then undefined, and whatever comes of it later is for nobody. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const over = new Promise<undefined>((resolve) => {
		timer = setTimeout(() => resolve(undefined), milliseconds);
	});
	// Once it is given up nobody else would hear of its failure.
	work.catch(() => {});
	try {
		return await Promise.race([work, over]);
	} finally {
		clearTimeout(timer);
	}
}
