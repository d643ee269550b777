import type { IDataObject } from 'n8n-workflow';
import { decodePosition, encodePosition, type Position, type StoredPosition } from '../../sync/state/position';
import { decodeState } from '../../sync/state/state';
import type { SyncState } from '../../sync/state/syncState';
import { putOtherPushStates } from './pushPositions';

/**
 * Where triggers keep their positions, so that none is lost or taken back, whatever n8n does with static data (n8n 2.41):
 *
 * - In memory, n8n holds one copy of a workflow's static data for each time that some of its triggers were started, and each
 *   trigger that emits writes its copy whole: positions of the others as they were then.
 * - Its database scheduler reads a fresh copy for each tick and writes it whole, over what another one wrote meanwhile; what a poll
 *   that returns nothing wrote is thrown away.
 * - With durable cursors, a trigger's own static data is a row of its own, written with the execution or after a poll that returned
 *   nothing; but not after the poll at the start. What lies beside it, the static data of the workflow, is written then.
 *
 * So a position lies in the workflow's static data under the node's id, with a serial, and with durable cursors in the trigger's own
 * too; whoever writes the workflow's static data writes the newest of all triggers that this process knows of; and the newest of
 * all places counts.
 */

/** The key of a trigger's own static data. Versions before 0.2 had the mere state there, under the name of the node. */
const OWN_KEY = 'imapSync';

/** Begins the keys of the workflow's static data; the node's id follows. The action node's begin otherwise: "imapSync ". */
const SHARED_PREFIX = 'imapSyncTrigger ';

/** n8n writes within milliseconds after a poll. A copy that it read longer after than this holds what was written. */
const WRITTEN_WITHIN_MS = 30_000;

/** How long after its last change the position of a deleted node is there for one that is pasted in its place. */
const KEPT_AFTER_DELETION_MS = 90 * 24 * 60 * 60_000;

/** Whose position it is. A copy of a workflow has the ids of its nodes; a copy of a node has an id of its own. */
export interface TriggerNode {
	workflowId: string;
	nodeId: string;
	name: string;
}

/** The static data that n8n gives to one poll. */
export interface TriggerStaticData {
	own: IDataObject;
	ofWorkflow: IDataObject;
}

/** How a poll came by its static data. */
export interface StaticDataOrigin {
	/** When this copy of it was first seen; milliseconds since 1970. */
	since: number;
	/** It was read for a workflow that somebody publishes: what is not there was cleared on purpose. */
	published: boolean;
	/** The ids of all nodes of the workflow as it was read, where n8n reveals them. */
	nodeIds?: ReadonlySet<string>;
}

/** A position in its stored form, and whose it is. */
interface StoredTriggerPosition extends StoredPosition {
	/** workflow */
	w: string;
	/** node */
	i: string;
	/** the node's name, by which it is found again when it was cut out and pasted */
	k: string;
}

/** What the process knows of a trigger's position. */
interface Knowledge {
	/** Nothing was returned to n8n with it that it might have dropped. `base`: the serial that n8n had when it was made. */
	safe?: { stored: StoredTriggerPosition; base: number };
	/** Returned together with items: n8n writes both, or drops both. */
	handedOver?: { stored: StoredTriggerPosition; at: number };
	/** n8n keeps it in a row of its own. What lies beside the row must not be newer than what n8n took. */
	hasRow?: boolean;
}

/** By workflow, then by node. */
const knowledge = new Map<string, Map<string, Knowledge>>();

function knowledgeOf({ workflowId, nodeId }: TriggerNode): Knowledge {
	let nodes = knowledge.get(workflowId);
	if (!nodes) knowledge.set(workflowId, (nodes = new Map<string, Knowledge>()));
	let known = nodes.get(nodeId);
	if (!known) nodes.set(nodeId, (known = {}));
	return known;
}

/** The position of one trigger, for one poll. */
export class TriggerPosition {
	/** How often the position was saved; 0 for one of a version that did not count. */
	private serial = 0;
	/** The serial of what n8n has. */
	private base = 0;
	private readonly known: Knowledge;

	constructor(
		private readonly node: TriggerNode,
		private readonly data: TriggerStaticData,
		private readonly origin: StaticDataOrigin,
	) {
		this.known = knowledgeOf(node);
	}

	/**
	 * Whether n8n may have read this copy before it wrote what was handed over a moment ago: its scheduler reads, and polls when it comes to
	 * it, on a busy machine seconds later, while the poll at the start, or an earlier tick, hands over (read in n8n 2.41.1; it would explain
	 * a message that came twice in e2e/modes on 2026-11-28). Looked at from such a copy, the same messages come once more. A publication
	 * is looked at right away all the same: whoever publishes waits for it, and n8n may have dropped what a trigger found before.
	 */
	mayBeOutdated(now: number): boolean {
		const { handedOver } = this.known;
		if (!handedOver || this.hasRow || this.origin.published || now - handedOver.at >= WRITTEN_WITHIN_MS) return false;
		try {
			return handedOver.stored.n > (this.newestStored()?.serial ?? 0);
		} catch {
			// load() says so.
			return false;
		}
	}

	/** The newest state; undefined: the trigger never ran. Throws SyncError stateUnreadable. */
	load(): SyncState | undefined {
		const { known } = this;
		const stored = this.newestStored();
		// What n8n dropped must not be gone on from, and what it wrote is in `stored`.
		known.handedOver = undefined;
		this.base = stored?.serial ?? 0;
		const newest = known.safe && this.isAhead(known.safe, stored) ? decode(known.safe.stored) : stored;
		this.serial = newest?.serial ?? 0;
		if (newest === stored) known.safe = stored && { stored: this.asKnown(stored), base: stored.serial };
		return newest?.state;
	}

	/** Whether n8n's row for this trigger is there and lacks what load() returned. */
	get rowIsBehind(): boolean {
		return this.hasRow && this.serial > 0 && storedOf(this.data.own[OWN_KEY])?.n !== this.serial;
	}

	/** Saves a state for the next poll. `handsOver`: it goes to n8n together with items. */
	save(state: SyncState, { handsOver, now }: { handsOver: boolean; now: number }): void {
		const stored = this.encode({ state, serial: this.serial + 1, savedAt: now });
		const { own, ofWorkflow } = this.data;
		if (this.hasRow) put(own, OWN_KEY, stored);
		else if (OWN_KEY in own) delete own[OWN_KEY];
		// A row may be refused together with its execution; then what lies beside it must not be newer.
		if (!this.hasRow || !handsOver) put(ofWorkflow, SHARED_PREFIX + this.node.nodeId, stored);
		if (!this.hasRow) putOtherPositions(ofWorkflow, this.node, this.origin);
		if (!this.hasRow || !handsOver) putOtherPushStates(ofWorkflow, this.node, this.origin);
		this.forgetDeletedNodes(now);
		this.known.hasRow = this.hasRow;
		if (handsOver) this.known.handedOver = { stored, at: now };
		else this.known.safe = { stored, base: this.base };
	}

	/** n8n watches static data that it saves with the workflow; what it keeps in a row of its own is a plain copy. */
	private get hasRow(): boolean {
		return !('__dataChanged' in this.data.own);
	}

	/** Whether what the process knows goes on from what n8n has, or n8n went back behind it. */
	private isAhead({ stored: known, base }: NonNullable<Knowledge['safe']>, stored: Position | undefined): boolean {
		if (this.origin.published) return stored?.serial === base && known.n > base;
		const serial = stored?.serial ?? 0;
		return serial <= base && known.n > serial;
	}

	private newestStored(): Position | undefined {
		const { own, ofWorkflow } = this.data;
		const [first, second] = [own[OWN_KEY], ofWorkflow[SHARED_PREFIX + this.node.nodeId]]
			.filter((value) => !this.isAnothers(value))
			.map(decode)
			.filter((position) => position !== undefined);
		if (second && second.serial > first.serial) return second;
		return first ?? this.leftByPredecessor();
	}

	private isAnothers(value: unknown): boolean {
		const { w, i } = storedOf(value) ?? {};
		return w !== undefined && (w !== this.node.workflowId || i !== this.node.nodeId);
	}

	/** The position of a node of the same name that is not in the workflow any more: somebody cut it out and pasted it. */
	private leftByPredecessor(): Position | undefined {
		const { nodeIds } = this.origin;
		// Beside rows lie only old positions.
		if (!nodeIds || this.hasRow) return undefined;
		const { workflowId, name } = this.node;
		const left = Object.keys(this.data.ofWorkflow)
			.filter((key) => key.startsWith(SHARED_PREFIX) && !nodeIds.has(key.slice(SHARED_PREFIX.length)))
			.map((key) => this.data.ofWorkflow[key])
			.filter((value) => storedOf(value)?.w === workflowId && storedOf(value)?.k === name)
			.sort((a, b) => Number(storedOf(b)?.t) - Number(storedOf(a)?.t));
		try {
			return decode(left[0]);
		} catch {
			// Adding the node anew is how to get rid of a position that cannot be read.
			return undefined;
		}
	}

	/** Positions of nodes that were deleted long ago go with the next publication. */
	private forgetDeletedNodes(now: number): void {
		const { published, nodeIds } = this.origin;
		// An older copy does not know of the nodes that came later.
		if (!published || !nodeIds) return;
		for (const key of Object.keys(this.data.ofWorkflow)) {
			if (!key.startsWith(SHARED_PREFIX) || nodeIds.has(key.slice(SHARED_PREFIX.length))) continue;
			const savedAt = Number(storedOf(this.data.ofWorkflow[key])?.t ?? 0);
			if (now - savedAt > KEPT_AFTER_DELETION_MS) delete this.data.ofWorkflow[key];
		}
	}

	/** Encoded, unless that was done before. */
	private asKnown(position: Position): StoredTriggerPosition {
		const known = this.known.safe?.stored;
		return known && known.n === position.serial && known.t === position.savedAt ? known : this.encode(position);
	}

	private encode(position: Position): StoredTriggerPosition {
		const { workflowId, nodeId, name } = this.node;
		return { ...encodePosition(position), w: workflowId, i: nodeId, k: name };
	}
}

/**
 * Writes the newest positions of the workflow's polling triggers into static data that n8n writes whole for another trigger, of
 * whatever kind: in its copy they stand as they did when it was read.
 */
export function putOtherPositions(
	ofWorkflow: IDataObject,
	{ workflowId, nodeId }: Pick<TriggerNode, 'workflowId' | 'nodeId'>,
	origin: Pick<StaticDataOrigin, 'since' | 'published'>,
): void {
	for (const [other, { safe, handedOver, hasRow }] of knowledge.get(workflowId) ?? []) {
		if (other === nodeId) continue;
		const newest = handedOver && !hasRow && mayBeMissing(handedOver, origin) ? handedOver.stored : safe?.stored;
		const key = SHARED_PREFIX + other;
		const there = storedOf(ofWorkflow[key]);
		if (!newest || (there === undefined && origin.published)) continue;
		if (there?.w !== workflowId || isNewer(newest, there)) put(ofWorkflow, key, newest);
	}
}

/** Whether n8n may have written it since this copy was read. Where a workflow was published meanwhile, it may have dropped it. */
const mayBeMissing = (
	{ at }: NonNullable<Knowledge['handedOver']>,
	{ since, published }: Pick<StaticDataOrigin, 'since' | 'published'>,
): boolean => !published && at > since - WRITTEN_WITHIN_MS;

/** Writes in one assignment, which is all that n8n notices. */
function put(data: IDataObject, key: string, stored: StoredTriggerPosition): void {
	// A copy: parts of a state may be n8n's own watched objects, which must not be put into a second place.
	data[key] = JSON.parse(JSON.stringify(stored)) as IDataObject;
}

/** The frame of what is stored, unchecked. */
const storedOf = (value: unknown): Partial<StoredTriggerPosition> | undefined =>
	typeof value === 'object' && value !== null ? value : undefined;

const isNewer = (a: StoredTriggerPosition, b: Partial<StoredTriggerPosition>): boolean =>
	a.n > Number(b.n) || (a.n === b.n && a.t > Number(b.t));

/** Also of a version that kept the mere state. */
function decode(value: unknown): Position | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'object' && 'p' in value) return decodePosition(value);
	const state = decodeState(value);
	return state && { state, serial: 0, savedAt: 0 };
}
