import { markOf, type DoneMark } from '../../sync/push/doneMark';
import type { WatchSettings } from '../../sync/settings/watchSettings';
import type { NodeRequest } from '../shared/request';
import { BEGUN_JUST_NOW_MS } from './pace';
import type { PushRequest } from './pushFields';

/** When and for what a look is taken. */
interface Occasion {
	/** Reads the fields of the node anew; may throw. */
	read: () => NodeRequest;
	confirmed: boolean;
	isTest: boolean;
	hasPosition: boolean;
	/** When watching began, in milliseconds since 1970. */
	since: number | undefined;
	now: number;
}

/** What one look asks for: the node's fields, as far as they say so of a trigger that waits. */
export function requestOfLook(request: NodeRequest, occasion: Occasion): NodeRequest {
	const current = request.sync.watch.filterDates === undefined ? request : readAgain(request, occasion);
	const { delivery, watch } = current.sync;
	return {
		...current,
		sync: {
			...current.sync,
			watch: sinceBegun(watch, occasion),
			delivery: occasion.confirmed ? { ...delivery, acknowledge: undefined } : delivery,
		},
	};
}

function readAgain(before: NodeRequest, { read }: Occasion): NodeRequest {
	try {
		return read();
	} catch {
		return before;
	}
}

/** Where the server was away when watching began, what came until it was back is new all the same. */
function sinceBegun(watch: WatchSettings, { isTest, hasPosition, since, now }: Occasion): WatchSettings {
	if (isTest) return { ...watch, startFrom: { kind: 'now' } };
	if (hasPosition || since === undefined || watch.startFrom.kind !== 'now') return watch;
	return now - since < BEGUN_JUST_NOW_MS ? watch : { ...watch, startFrom: { kind: 'date', date: new Date(since) } };
}

/** What shows on the server that the workflow is done with a message. */
export function marksOf({ whenDone }: PushRequest, request: NodeRequest | undefined): DoneMark[] {
	const own: DoneMark[] =
		whenDone.kind === 'markRead'
			? [{ flag: '\\Seen', byWorkflow: false }]
			: whenDone.kind === 'addKeyword'
				? [{ flag: whenDone.keyword, byWorkflow: false }]
				: [];
	const acknowledged = markOf(request?.sync.delivery.acknowledge);
	return acknowledged ? [...own, acknowledged] : own;
}
