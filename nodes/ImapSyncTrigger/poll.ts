import type { INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { connectToServer } from '../shared/connect';
import { showSample } from '../shared/sample';
import type { PollDependencies } from './pollDependencies';
import { pollTime, reportedBudget, withTimeouts } from './pollTime';
import { causeOfPoll, holdsLock, notePoll, registrationOf, releaseLock, takeLock } from './registration';
import { ScheduledPoll } from './ScheduledPoll';

const realDependencies: PollDependencies = { connect: connectToServer, now: Date.now };

/** One poll of the trigger: a sample when tried out in the editor, otherwise everything that happened since the last one. */
export async function poll(
	context: IPollFunctions,
	dependencies: PollDependencies = realDependencies,
): Promise<INodeExecutionData[][] | null> {
	if (context.getMode() !== 'manual') return await emitChanges(context, dependencies);
	const time = pollTime(context, dependencies.now());
	return await showSample(context, {
		connect: dependencies.connect,
		time,
		withTimeouts: (settings) => withTimeouts(settings, time),
	});
}

/** A scheduled poll, or the first one at publication. */
async function emitChanges(context: IPollFunctions, dependencies: PollDependencies): Promise<INodeExecutionData[][] | null> {
	const node = context.getNode();
	const registration = registrationOf(context.getWorkflow().id, node.id);
	const now = dependencies.now();
	const occasion = { context, mode: context.getActivationMode(), budgetMs: reportedBudget(context), now };
	const cause = causeOfPoll(registration, node, occasion);
	const lock = takeLock(registration, now, cause !== 'scheduled');
	if (lock === undefined) {
		context.logger.debug(`${node.name}: the last poll is still running, so this one is left out`);
		return null;
	}
	try {
		notePoll(registration, node, occasion, cause);
		const scheduled = new ScheduledPoll(context, dependencies, registration, () => holdsLock(registration, lock));
		try {
			return await scheduled.run();
		} finally {
			scheduled.report();
		}
	} finally {
		releaseLock(registration, lock);
	}
}
