import type { IDataObject } from 'n8n-workflow';
import { decodePushState, encodePushState, type PushState } from '../../sync/push/storedLedger';
import { decodeState, encodeState } from '../../sync/state/state';
import type { SyncState } from '../../sync/state/syncState';

/**
 * Begins the keys of the workflow's static data; the node's id follows, which a rename keeps. n8n notices only the assignment of such a
 * key, never a change inside of it.
 */
const PREFIX = 'imapSyncPush ';

/** Whose state it is. A copy of a workflow has the ids of its nodes. */
export interface PushNode {
	workflowId: string;
	nodeId: string;
}

/** What a push trigger keeps: the position of its newest look that was handed over whole, and what is under way. */
export interface KeptState {
	/** undefined before the first look. */
	position: SyncState | undefined;
	push: PushState;
}

interface Stored {
	workflow: string;
	position?: IDataObject;
	push: IDataObject & { n: number };
}

/**
 * The newest state by workflow and node. n8n writes a trigger's static data only when the trigger emits, so what was done since is
 * known here alone. A state that another process wrote since is newer, by its serial number.
 */
const newest = new Map<string, Map<string, Stored>>();

/** Reads what is kept; `accountName` is what events call the account. Throws SyncError stateUnreadable. */
export function loadState(staticData: IDataObject, node: PushNode, accountName: string): KeptState | undefined {
	const saved = storedIn(staticData, node);
	const nodes = newest.get(node.workflowId);
	// Whoever clears the static data wants to begin anew.
	if (saved === undefined) nodes?.delete(node.nodeId);
	const known = nodes?.get(node.nodeId);
	const stored = known && known.push.n > (saved?.push.n ?? 0) ? known : saved;
	const push = decodePushState(stored?.push, accountName);
	return push && { position: decodeState(stored?.position), push };
}

function storedIn(staticData: IDataObject, { workflowId, nodeId }: PushNode): Stored | undefined {
	const stored = staticData[PREFIX + nodeId] as unknown as Stored | undefined;
	return stored?.workflow === workflowId ? stored : undefined;
}

/** Writes a state into the static data of the workflow, for n8n to save with the next emit. */
export class StateWriter {
	private encoded: { of: SyncState | undefined; as: IDataObject | undefined } = { of: undefined, as: undefined };

	constructor(private readonly node: PushNode) {}

	write(staticData: IDataObject, { position, push }: KeptState): void {
		const { workflowId, nodeId } = this.node;
		// A copy: parts of a state may be n8n's own watched objects, which must not be put into a second place.
		const copied = (value: unknown): IDataObject => JSON.parse(JSON.stringify(value)) as IDataObject;
		if (this.encoded.of !== position) this.encoded = { of: position, as: position && copied(encodeState(position)) };
		const stored = { workflow: workflowId, position: this.encoded.as, push: copied(encodePushState(push)) } as Stored;
		const nodes = newest.get(workflowId) ?? new Map<string, Stored>();
		newest.set(workflowId, nodes.set(nodeId, stored));
		staticData[PREFIX + nodeId] = stored as unknown as IDataObject;
		// n8n writes all of the copy that this trigger was started with: with what the other push triggers of the workflow knew then.
		for (const [other, known] of nodes) {
			const there = storedIn(staticData, { workflowId, nodeId: other });
			if (there && there.push.n < known.push.n) staticData[PREFIX + other] = known as unknown as IDataObject;
		}
	}
}
