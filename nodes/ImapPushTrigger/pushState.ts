import type { IDataObject } from 'n8n-workflow';
import { decodePushState, encodePushState, type PushState } from '../../sync/push/storedLedger';
import { decodeState, encodeState } from '../../sync/state/state';
import type { SyncState } from '../../sync/state/syncState';
import { newestPushState, putOtherPushStates, putPushState, type PushNode, type StoredPushState } from '../shared/pushPositions';
import { putOtherPositions } from '../shared/triggerPositions';

/** What a push trigger keeps: the position of its newest look that was handed over whole, and what is under way. */
export interface KeptState {
	/** undefined before the first look. */
	position: SyncState | undefined;
	push: PushState;
}

/** Reads what is kept; `accountName` is what events call the account. Throws SyncError stateUnreadable. */
export function loadState(staticData: IDataObject, node: PushNode, accountName: string): KeptState | undefined {
	const stored = newestPushState(staticData, node);
	const push = decodePushState(stored?.push, accountName);
	return push && { position: decodeState(stored?.position), push };
}

/** Writes states of one trigger into the static data of its workflow. */
export class StateWriter {
	private encoded: { of: SyncState | undefined; as: IDataObject | undefined } = { of: undefined, as: undefined };
	/** This copy of the static data lives as long as the trigger. */
	private readonly since = Date.now();

	constructor(private readonly node: PushNode) {}

	/** `published`: while somebody publishes the workflow. */
	write(staticData: IDataObject, { position, push }: KeptState, { published }: { published: boolean }): void {
		const { node, since } = this;
		// A copy: parts of a state may be n8n's own watched objects, which must not be put into a second place.
		const copied = (value: unknown): IDataObject => JSON.parse(JSON.stringify(value)) as IDataObject;
		if (this.encoded.of !== position) this.encoded = { of: position, as: position && copied(encodeState(position)) };
		const stored = { workflow: node.workflowId, position: this.encoded.as, push: copied(encodePushState(push)) };
		putPushState(staticData, node, stored as StoredPushState);
		// n8n writes all of the copy that this trigger was started with: with what the other triggers of the workflow knew then.
		putOtherPushStates(staticData, node, { published });
		putOtherPositions(staticData, node, { since, published });
	}
}
