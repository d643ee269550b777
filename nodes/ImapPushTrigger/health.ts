import type { IDataObject } from 'n8n-workflow';
import { countsOf } from '../shared/heartbeat';
import type { Alarm } from './Alarm';
import type { Workload } from './Workload';

const nothingWaits = { inFlight: 0, waiting: 0, again: 0, mostAttempts: 0 };

/** What is known of a push trigger by those parts of it that work. */
export interface WatchParts {
	alarm: Alarm;
	/** Undefined before the first connection. */
	workload: Workload | undefined;
	/** When it last looked, in milliseconds since 1970; 0: never. */
	lookedAt: number;
	/** The folders of which the server reports news by itself. */
	toldByServer: string[];
}

/** How a push trigger is, in words and numbers that people understand. */
export function healthOf({ alarm, workload, lookedAt, toldByServer }: WatchParts): IDataObject {
	const { inFlight, waiting, again, mostAttempts } = workload?.counts ?? nothingWaits;
	const at = (name: string, time = 0): IDataObject => (time === 0 ? {} : { [name]: new Date(time).toISOString() });
	return {
		...alarm.summary,
		...at('lastLook', lookedAt),
		...at('lastEvent', workload?.handedOverAt),
		toldByServer,
		executionsRunning: inFlight,
		eventsWaiting: waiting,
		eventsComingAgain: again,
		mostAttempts,
		quarantined: workload?.position ? countsOf(workload.position).quarantined : 0,
	};
}
