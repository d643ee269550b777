import type { IDataObject } from 'n8n-workflow';

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

/** A push trigger's state as it is stored. `n` counts how often it was written: of two, the higher one is newer. */
export interface StoredPushState {
	workflow: string;
	position?: IDataObject;
	push: IDataObject & { n: number };
}

/**
 * The newest state by workflow and node. n8n writes a trigger's static data only when the trigger emits, so what was done since is
 * known here alone.
 */
const newest = new Map<string, Map<string, StoredPushState>>();

/** The newest of what n8n has and what this process knows; undefined for a trigger that never ran. */
export function newestPushState(staticData: IDataObject, node: PushNode): StoredPushState | undefined {
	const saved = storedIn(staticData, node);
	const nodes = newest.get(node.workflowId);
	// Whoever clears the static data wants to begin anew.
	if (saved === undefined) nodes?.delete(node.nodeId);
	const known = nodes?.get(node.nodeId);
	return known && known.push.n > (saved?.push.n ?? 0) ? known : saved;
}

/** Writes a state into the static data of the workflow, for n8n to save with the next emit. */
export function putPushState(staticData: IDataObject, { workflowId, nodeId }: PushNode, stored: StoredPushState): void {
	const nodes = newest.get(workflowId) ?? new Map<string, StoredPushState>();
	newest.set(workflowId, nodes.set(nodeId, stored));
	staticData[PREFIX + nodeId] = stored as unknown as IDataObject;
}

/**
 * Writes the newest states of the workflow's push triggers into static data that n8n writes whole for another trigger, which has them as
 * they were when it was started. `published`: it was read for somebody who publishes, and may have cleared what is not there.
 */
export function putOtherPushStates(
	staticData: IDataObject,
	{ workflowId, nodeId }: PushNode,
	{ published }: { published: boolean },
): void {
	for (const [other, known] of newest.get(workflowId) ?? []) {
		if (other === nodeId) continue;
		const there = storedIn(staticData, { workflowId, nodeId: other });
		if (there === undefined ? published : there.push.n >= known.push.n) continue;
		staticData[PREFIX + other] = known as unknown as IDataObject;
	}
}

function storedIn(staticData: IDataObject, { workflowId, nodeId }: PushNode): StoredPushState | undefined {
	const stored = staticData[PREFIX + nodeId] as unknown as StoredPushState | undefined;
	return stored?.workflow === workflowId ? stored : undefined;
}
