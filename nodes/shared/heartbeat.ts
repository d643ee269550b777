import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { printable } from '../../sync/errors/printable';
import { unacknowledgedUids } from '../../sync/folder/folderState';
import type { SyncState } from '../../sync/state/syncState';
import { invalidField } from './fieldValues';
import { labels } from './labels';

const MINUTE_MS = 60_000;

/** Longest text of an error in a heartbeat. */
const LONGEST_ERROR = 500;

/** How often a trigger says that it is alive. Read with readHeartbeat(). */
export const heartbeatOption: INodeProperties = {
	displayName: labels.heartbeatEvery,
	name: 'heartbeatEvery',
	type: 'number',
	typeOptions: { minValue: 0, numberPrecision: 2 },
	default: 15,
	description:
		'How often the trigger reports on a second output that it is running, and when it last reached the mailbox. Each report is an execution. Another workflow can raise an alarm when the reports stop.',
};

/** The outputs of a trigger: heartbeats have one of their own, so that they never run through what is there for messages. */
export const triggerOutputs =
	'={{ $parameter["options"]?.["heartbeatEvery"] > 0 ? [{ type: "main", displayName: "Event" }, { type: "main", displayName: "Heartbeat" }] : ["main"] }}' as const;

/** Milliseconds between two heartbeats; undefined: there are none. Throws settingsInvalid. */
export function readHeartbeat({ heartbeatEvery = 0 }: IDataObject): number | undefined {
	if (typeof heartbeatEvery !== 'number' || !(heartbeatEvery >= 0))
		throw invalidField(labels.heartbeatEvery, 'must be a number of minutes');
	return heartbeatEvery === 0 ? undefined : heartbeatEvery * MINUTE_MS;
}

/** What a trigger knows of how it is. */
interface VitalFacts {
	/** When the mail server last answered, in milliseconds since 1970. */
	reachedAt?: number;
	/** What went wrong last. */
	failure?: { at: number; message: string };
	/** undefined: it has not begun, or its position cannot be read. */
	state?: SyncState;
	/** Events that were found and are not done: waiting for their execution, or for another attempt. */
	inHand?: number;
}

/** What a trigger knows of itself when it reports. */
export interface Pulse extends VitalFacts {
	workflow: { id?: string; name?: string };
	node: { id: string; name: string };
	/** The name of the mailbox, as items have it. */
	account: string;
}

/** A heartbeat. Contains no secret and no mail text. */
export function heartbeatItem(pulse: Pulse, now: number): INodeExecutionData {
	const { workflow, node, account } = pulse;
	return {
		json: {
			event: 'heartbeat',
			trigger: `${workflow.id ?? ''}/${node.id}`,
			workflow: workflow.name ?? '',
			node: node.name,
			account,
			beatAt: new Date(now).toISOString(),
			...vitalSigns(pulse),
		},
	};
}

/** How a trigger is: whether it reaches the server, what it has to do, and what went wrong last. Contains no secret and no mail text. */
export function vitalSigns({ reachedAt, failure, state, inHand = 0 }: VitalFacts): IDataObject {
	return {
		reached: failure === undefined || (reachedAt ?? 0) >= failure.at,
		...(reachedAt === undefined ? {} : { reachedAt: new Date(reachedAt).toISOString() }),
		...(state && countsOf(state, inHand)),
		...(failure === undefined
			? {}
			: {
					lastError: printable(failure.message).slice(0, LONGEST_ERROR),
					lastErrorAt: new Date(failure.at).toISOString(),
				}),
	};
}

/** What there is to do in a mailbox, in numbers. */
export function countsOf(state: SyncState, inHand = 0): Record<'folders' | 'waiting' | 'quarantined' | 'unacknowledged', number> {
	const folders = Object.values(state.folders).filter(({ missing }) => !missing);
	const sum = (count: (folder: SyncState['folders'][string]) => number): number =>
		folders.reduce((total, folder) => total + count(folder), 0);
	return {
		folders: folders.length,
		waiting: inHand + sum(({ newUids, backfill }) => newUids.size + backfill.size),
		quarantined: sum(({ failed }) => failed.length),
		unacknowledged: sum(({ unacknowledged }) => (unacknowledged ? unacknowledgedUids(unacknowledged).size : 0)),
	};
}
