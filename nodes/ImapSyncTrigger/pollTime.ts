import type { IPollFunctions } from 'n8n-workflow';
import type { ConnectionSettings } from '../../sync/imap/settings';
import type { RunTime } from '../shared/request';

/** n8n's default for a poll. */
const DEFAULT_BUDGET_MS = 5 * 60_000;

/** How long the poll may take. n8n gives up one that takes longer, and drops what it found. */
export function pollTime(context: IPollFunctions, now: number): RunTime & { budget: number } {
	// n8n has reported the budget since version 2.38.
	const reported = typeof context.getPollBudgetMs === 'function' ? context.getPollBudgetMs() : DEFAULT_BUDGET_MS;
	const budget = Math.min(reported, DEFAULT_BUDGET_MS);
	// Messages that were read must still become items, and files.
	const reserve = Math.min(Math.max(3_000, budget * 0.15), budget / 2);
	return { now, deadline: now + budget - reserve, budget };
}

/** The settings with time limits that leave something of a short budget. */
export function withTimeouts(
	settings: ConnectionSettings,
	{ budget, deadline, now }: ReturnType<typeof pollTime>,
): ConnectionSettings {
	return {
		...settings,
		// A run ends by itself at its deadline. A server that keeps it busy until half of what is left is cut off.
		deadline: Date.now() + (deadline - now + budget) / 2,
		connectTimeoutMs: Math.min(30_000, Math.floor(budget * 0.3)),
		commandTimeoutMs: Math.min(30_000, Math.floor(budget * 0.4)),
	};
}
