import { asUid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import type { Ticket } from './ledger';

/** Why something is done to a message after its executions. */
export type Fate = 'done' | 'givenUp';

/** Messages of one folder to which the same is to be done. */
export interface Finishing {
	fate: Fate;
	folder: string;
	uidValidity: string;
	uids: UidSet;
}

/** The list with one more message; unchanged for an event that is about no message that is there. */
export function withFinished(list: readonly Finishing[], { event }: Ticket, fate: Fate): Finishing[] {
	const { folder, uidValidity, uid } = event;
	if (uid === undefined || !aboutThereMessage.has(event.event)) return [...list];
	const index = list.findIndex((one) => one.fate === fate && one.folder === folder && one.uidValidity === uidValidity);
	const uids = (list[index]?.uids ?? UidSet.empty).add(asUid(uid));
	return [...list.filter((_one, at) => at !== index), { fate, folder, uidValidity, uids }];
}

/** The list without messages to which it was done. */
export function withoutFinished(list: readonly Finishing[], { fate, folder, uidValidity, uids }: Finishing): Finishing[] {
	return list
		.map((one) =>
			one.fate === fate && one.folder === folder && one.uidValidity === uidValidity
				? { ...one, uids: one.uids.subtract(uids) }
				: one,
		)
		.filter((one) => !one.uids.isEmpty);
}

/** The events that bring a message: what is done after success is done for these alone, not for a change of flags. */
const aboutThereMessage: ReadonlySet<string> = new Set(['messageNew', 'messageMatched', 'messageMoved']);
