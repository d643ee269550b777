import type { Acknowledge } from '../settings/acknowledge';
import type { Ticket } from './ledger';

/** What shows on the mail server that the workflow is done with a message; one that left its folder needs no mark. */
export interface DoneMark {
	/** \Seen, or a keyword. */
	flag: string;
	/**
	 * Whether the workflow itself sets it, so that it counts also after an execution that failed. What this trigger sets after success
	 * says something only where the outcome is unknown.
	 */
	byWorkflow: boolean;
}

/** The mark that an acknowledgement leaves; undefined where none is to be looked for. */
export function markOf(acknowledge: Acknowledge | undefined): DoneMark | undefined {
	if (acknowledge === undefined || acknowledge.by === 'leavesFolder') return undefined;
	return { flag: acknowledge.by === 'seen' ? '\\Seen' : acknowledge.keyword, byWorkflow: true };
}

/** Whether the flags of a message show that it is done. A mark that it carried when it was found shows nothing. */
export function isMarked({ event, phase }: Ticket, flags: readonly string[], marks: readonly DoneMark[]): boolean {
	const has = (list: readonly string[], flag: string): boolean => list.some((one) => one.toLowerCase() === flag.toLowerCase());
	const isUnknown = phase.kind === 'waiting' && phase.unknown;
	return marks.some(({ flag, byWorkflow }) => (byWorkflow || isUnknown) && has(flags, flag) && !has(event.flags ?? [], flag));
}
