import { CorrespondenceMemory } from '../../sync/mime/correspondence';
import { BoundedMap } from '../../sync/mime/boundedMap';
import type { Account } from '../../sync/server/account';
import type { ParameterSource } from './parameterSource';

/** Triggers of one process whose memory is kept; each takes some megabytes at most. */
const mostTriggers = 200;

const memories = new BoundedMap<string, CorrespondenceMemory>(mostTriggers);

/**
 * What a trigger remembers of the messages that it handed out, for `conversation` and `loopRisk`. It belongs to one node of one
 * workflow and one account, so that no tenant learns of another's mail, and lives as long as the process.
 */
export function correspondenceOf(source: ParameterSource, { user, host }: Account): CorrespondenceMemory {
	const key = JSON.stringify([source.getWorkflow?.().id ?? '', source.getNode().id ?? '', user, host]);
	const memory = memories.get(key) ?? new CorrespondenceMemory();
	memories.set(key, memory);
	return memory;
}
