import type { IDataObject, IPollFunctions } from 'n8n-workflow';
import type { SyncState } from '../../sync/state/syncState';
import { vitalSigns } from '../shared/heartbeat';
import { startReporting } from '../shared/watchReports';
import type { Registration } from './registration';

/** n8n does not tell a polling trigger when its workflow is unpublished: one that did not look for a day counts as gone. */
const LISTED_MS = 24 * 60 * 60_000;

/** What is known at the end of a poll. */
interface PollEnd {
	credentialKey: string;
	registration: Registration;
	/** false: it cannot be read, so nothing is read from the server either, until a person does something. */
	hasPosition: boolean;
	/** undefined: the position cannot be read, or there is none yet. */
	state: SyncState | undefined;
	/** When the poll began; milliseconds since 1970. */
	lookedAt: number;
}

/** What the trigger says from now on when somebody asks who has the same credential. Keeps numbers only, not the state. */
export function reportPoll(
	context: IPollFunctions,
	{ credentialKey, registration, hasPosition, state, lookedAt }: PollEnd,
): void {
	const { id: nodeId, name } = context.getNode();
	const workflowId = context.getWorkflow().id ?? '';
	const { reachedAt, failure } = registration;
	const pause = pauseOf(registration, lookedAt);
	const isFailing = failure !== undefined && (failure.at >= lookedAt || failure.at > (reachedAt ?? 0));
	const report = {
		node: name,
		workflowId,
		status: !hasPosition ? 'stopped' : pause.pausedUntil !== undefined ? 'paused' : isFailing ? 'failing' : 'watching',
		...(isFailing && { whatToDo: failure.advice }),
		lastLook: new Date(lookedAt).toISOString(),
		...vitalSigns({ reachedAt, failure, state }),
		...pause,
	};
	startReporting(JSON.stringify({ workflowId, nodeId }), {
		kind: 'polling',
		credentialKey,
		until: lookedAt + LISTED_MS,
		report: () => report,
	});
}

/** Until when the server is left alone, because it asked for it or refused the login. */
function pauseOf({ health: { wait, refusal } }: Registration, now: number): IDataObject {
	const until = Math.max(wait?.until ?? 0, refusal?.retryAt ?? 0);
	return until > now ? { pausedUntil: new Date(until).toISOString() } : {};
}
