import type { FlagUpdate } from './diff';
import { isMachineKeyword } from '../server/machineKeywords';
import type { Suppression } from './suppress';
import type { SyncNeeds } from './syncNeeds';

/**
 * What of flag changes is no event because a machine made them: what a server finds out about a message is nothing that happened
 * to it. Without effect where such changes are asked for.
 */
export const machineKeywordSuppression = ({ machineKeywords }: SyncNeeds): Pick<Suppression, 'remaining'> =>
	machineKeywords === true ? {} : { remaining: withoutMachineKeywords };

function withoutMachineKeywords(change: FlagUpdate): FlagUpdate {
	if (![...change.added, ...change.removed].some(isMachineKeyword)) return change;
	const byPeople = (flags: string[]): string[] => flags.filter((flag) => !isMachineKeyword(flag));
	return { ...change, added: byPeople(change.added), removed: byPeople(change.removed) };
}
