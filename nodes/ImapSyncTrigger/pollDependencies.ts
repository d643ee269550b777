import type { Connect } from '../shared/connect';

/** What a poll needs from outside; tests put their own in. */
export interface PollDependencies {
	connect: Connect;
	now: () => number;
}
