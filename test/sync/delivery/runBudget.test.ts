import { RunBudget } from '../../../sync/delivery/runBudget';
import type { RunLimits } from '../../../sync/settings/deliverySettings';

/** What happens to a budget, in order: "3 events", "50 bytes", "progress", "late" (the deadline passes), "cancelled". */
function after(acts: string[], limits: Partial<RunLimits> = {}): RunBudget {
	let now = 0;
	const controller = new AbortController();
	const budget = new RunBudget({ messages: 10, bytes: 100, deadline: 1_000, ...limits }, () => now, controller.signal);
	for (const act of acts) {
		const [count, what] = act.split(' ');
		if (act === 'late') now = 1_000;
		else if (act === 'almost late') now = 999;
		else if (act === 'cancelled') controller.abort();
		else if (act === 'progress') budget.noteProgress();
		else if (what === 'events') budget.spend(Number(count), 0);
		else budget.spend(0, Number(count));
	}
	return budget;
}

describe('the events that are left', () => {
	test.each<[string, string[], Partial<RunLimits>, number]>([
		['all in the beginning', [], {}, 10],
		['fewer by those handed over', ['3 events', '1 events'], {}, 6],
		['none when all were handed over', ['10 events'], {}, 0],
		['never less than none', ['11 events'], {}, 0],
		['none where none are allowed', [], { messages: 0 }, 0],
		['none when time is over and something got done', ['1 events', 'late'], {}, 0],
		['all when time is over and nothing got done yet', ['late'], {}, 10],
		['none when time is over and something was passed over', ['progress', 'late'], {}, 0],
		['the rest right before the deadline', ['1 events', 'almost late'], {}, 9],
		['none when the bytes are spent and something got done', ['1 events', '100 bytes'], {}, 0],
		['all when the bytes were spent in vain', ['100 bytes'], {}, 10],
		['the rest while there are bytes', ['1 events', '99 bytes'], {}, 9],
		['none when cancelled', ['cancelled'], {}, 0],
		['none when cancelled, though nothing got done yet and time is over', ['late', 'cancelled'], {}, 0],
	])('%s', (_name, acts, limits, expected) => {
		expect(after(acts, limits).remainingEvents).toBe(expected);
	});
});

test.each<[string, string[], number]>([
	['all in the beginning', [], 100],
	['fewer by those that were read', ['30 bytes'], 70],
	['never less than none', ['130 bytes'], 0],
	['not fewer by events', ['3 events'], 100],
])('the bytes that are left: %s', (_name, acts, expected) => {
	expect(after(acts).bytes).toBe(expected);
});

test.each<[string, string[], boolean]>([
	['before the deadline', ['almost late'], false],
	['at the deadline', ['late'], true],
	['when cancelled', ['cancelled'], true],
])('time is over: %s', (_name, acts, expected) => {
	expect(after(acts).pastDeadline).toBe(expected);
});

test.each<[string, string[], number]>([
	['nothing', [], 0],
	['what was handed over', ['3 events', '1 events'], 4],
	['not what was passed over', ['progress', '50 bytes'], 0],
])('delivered counts %s', (_name, acts, expected) => {
	expect(after(acts).delivered).toBe(expected);
});

test('nobody need be able to cancel it', () => {
	const budget = new RunBudget({ messages: 1, bytes: 1, deadline: 1 }, () => 0);
	expect([budget.remainingEvents, budget.pastDeadline]).toEqual([1, false]);
});
