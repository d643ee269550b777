import fc from 'fast-check';
import { ObservableObject, type IDataObject } from 'n8n-workflow';
import type { loadState as load, StateWriter as Writer } from '../../../nodes/ImapPushTrigger/pushState';
import type { TriggerPosition as Position } from '../../../nodes/shared/triggerPositions';
import { emptyLedger } from '../../../sync/push/ledger';
import { encodeState } from '../../../sync/state/state';
import type { SyncState } from '../../../sync/state/syncState';
import { runs } from '../../support/chance';
import { StaticDataOfN8n, type PolledData, type Registered, type Way } from '../../support/n8n/StaticDataOfN8n';

const ways: Way[] = ['in memory', 'by the scheduler', 'with durable cursors'];

/** A state that says how many messages of a mailbox were told. */
const stateAt = (told: number): SyncState => ({
	account: { user: 'u', host: 'h' },
	deliveries: told,
	selectionKey: 's',
	unopened: [],
	folders: {},
	earlierAccounts: [],
});

let worlds = 0;

/** A workflow with triggers for a mailbox each, in an n8n that can be started anew. */
class World {
	readonly n8n: StaticDataOfN8n;
	readonly triggers: Registered[];
	/** How many messages each mailbox has, and which were told, by the id of the trigger. */
	readonly arrived = new Map<string, number>();
	readonly told = new Map<string, number[]>();
	private readonly workflowId = `world-${++worlds}`;
	private now = 1_000_000;
	private readonly since = new Map<string, number>();
	/** Two main processes, one of which polls; each remembers what it did. */
	private mains = [newProcess(), newProcess()];

	constructor(way: Way, count: number) {
		this.n8n = new StaticDataOfN8n(way);
		this.triggers = Array.from({ length: count }, (_, i) => ({ id: `node-${i}`, name: `Trigger ${i}` }));
		for (const { id } of this.triggers) {
			this.arrived.set(id, 3);
			this.told.set(id, []);
		}
		this.publish(this.triggers);
	}

	receive({ id }: Registered): void {
		this.arrived.set(id, this.arrived.get(id)! + 1);
	}

	publish(triggers: Registered[]): void {
		this.now += 60_000;
		this.n8n.activate(triggers, (trigger, data) => this.poll(trigger, data, 'published'));
	}

	tick(triggers: Registered[], taken: 'taken' | 'dropped' = 'taken', after = 60_000): void {
		this.now += after;
		this.n8n.tick(triggers, (trigger, data) => this.poll(trigger, data, 'scheduled', taken), taken);
	}

	/** The scheduler's ticks go on by themselves; in memory all triggers are started. */
	restart(): void {
		this.mains = [newProcess(), newProcess()];
		this.resume();
	}

	/** The other main process takes over, and knows what it knew when it polled last. */
	takeOver(): void {
		this.mains.reverse();
		this.resume();
	}

	private resume(): void {
		this.now += 60_000;
		this.n8n.restart();
		if (this.n8n.way === 'in memory') this.n8n.activate(this.triggers, (trigger, data) => this.poll(trigger, data, 'resumed'));
	}

	/** Expects that each message which came after the start was told, once. */
	expectTold(): void {
		for (const { id } of this.triggers) {
			const all = Array.from({ length: this.arrived.get(id)! - 3 }, (_, i) => i + 4);
			expect({ id, told: this.told.get(id)! }).toEqual({ id, told: all });
		}
	}

	/** As the trigger does it; whether it returned items. */
	private poll(trigger: Registered, data: PolledData, cause: string, taken = 'taken'): boolean {
		const { id, name } = trigger;
		const isNewCopy = cause !== 'scheduled' || this.n8n.way !== 'in memory';
		if (isNewCopy) this.since.set(id, this.now);
		const [main] = this.mains;
		const position = new main({ workflowId: this.workflowId, nodeId: id, name }, data, {
			since: this.since.get(id)!,
			published: cause === 'published',
			nodeIds: new Set(this.triggers.map((node) => node.id)),
		});
		const before = position.load();
		const arrived = this.arrived.get(id)!;
		const news = before ? Array.from({ length: arrived - before.deliveries }, (_, i) => before.deliveries + i + 1) : [];
		if (taken === 'taken') this.told.get(id)!.push(...news);
		const changed = before?.deliveries !== arrived;
		if (changed || position.rowIsBehind) position.save(stateAt(arrived), { handsOver: news.length > 0, now: ++this.now });
		return news.length > 0;
	}
}

/** The module as a process has it that was started just now. */
function newProcess(): typeof Position {
	let loaded: typeof Position | undefined;
	jest.isolateModules(() => {
		loaded = jest.requireActual<{ TriggerPosition: typeof Position }>('../../../nodes/shared/triggerPositions').TriggerPosition;
	});
	return loaded!;
}

describe.each(ways)('polling %s', (way) => {
	it('begins where it was published, though n8n starts anew before the first tick', () => {
		const world = new World(way, 1);
		world.receive(world.triggers[0]);
		world.restart();
		world.tick(world.triggers);
		world.expectTold();
	});

	it.each(['published again', 'given another name'])('goes on when it is %s before the first tick', (what) => {
		const world = new World(way, 1);
		const [trigger] = world.triggers;
		world.receive(trigger);
		if (what === 'given another name') trigger.name = 'Post';
		world.publish([trigger]);
		world.receive(trigger);
		world.restart();
		world.tick([trigger]);
		world.expectTold();
	});

	it('is not taken back by another trigger, whose copy of the static data is old', () => {
		const world = new World(way, 2);
		const [a, b] = world.triggers;
		world.publish([b]);
		world.receive(a);
		world.tick([a]);
		world.receive(b);
		world.tick([b]);
		world.restart();
		world.tick([a, b]);
		world.expectTold();
	});

	it('is not taken back by a tick at the same moment', () => {
		const world = new World(way, 2);
		for (const trigger of world.triggers) world.receive(trigger);
		world.tick(world.triggers);
		world.restart();
		world.tick(world.triggers);
		world.expectTold();
	});

	it('does not move past what n8n dropped', () => {
		const world = new World(way, 2);
		const [a, b] = world.triggers;
		world.receive(a);
		world.tick([a], 'dropped');
		// In memory n8n drops only the result of a trigger that is registered anew.
		if (way === 'in memory') world.publish([a]);
		world.tick([a]);
		world.receive(b);
		world.tick([b]);
		world.restart();
		world.tick([a, b]);
		world.expectTold();
	});

	it('tells each message once, whatever is done to the workflow and to n8n', () => {
		const step = fc.record({
			what: fc.constantFrom('receive', 'tick', 'publish', 'edit', 'rename', 'restart', 'takeOver', 'drop'),
			who: fc.subarray([0, 1, 2], { minLength: 1 }),
		});
		fc.assert(
			fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
				const world = new World(way, 3);
				for (const { what, who } of steps)
					play(
						world,
						what,
						who.map((i) => world.triggers[i]),
					);
				world.tick(world.triggers);
				world.expectTold();
			}),
			{ numRuns: runs(200) },
		);
	});
});

function play(world: World, what: string, some: Registered[]): void {
	const [first] = some;
	switch (what) {
		case 'receive':
			return some.forEach((trigger) => world.receive(trigger));
		case 'tick':
			return world.tick(some);
		case 'publish':
			return world.publish(world.triggers);
		case 'edit':
			return world.publish([first]);
		case 'rename':
			first.name += ' again';
			return world.publish([first]);
		case 'restart':
			return world.restart();
		case 'takeOver':
			return world.takeOver();
		case 'drop':
			world.tick([first], 'dropped');
			if (world.n8n.way !== 'with durable cursors') world.publish(world.triggers);
	}
}

it('goes on though a Code node wrote back the static data that it had read before', () => {
	const world = new World('by the scheduler', 1);
	const { n8n, triggers } = world;
	const earlier = n8n.saved;
	world.receive(triggers[0]);
	world.tick(triggers);
	world.tick(triggers);
	n8n.goBackTo(earlier);
	world.receive(triggers[0]);
	world.tick(triggers);
	world.expectTold();
});

it('writes nothing for another trigger that n8n dropped a moment ago', () => {
	const world = new World('by the scheduler', 2);
	const [a, b] = world.triggers;
	world.receive(a);
	world.tick([a], 'dropped');
	world.tick([a], 'dropped', 1);
	world.tick([a], 'taken', 1);
	world.receive(b);
	world.tick([b], 'taken', 1);
	world.restart();
	world.tick([a, b]);
	world.expectTold();
});

describe('beside a push trigger', () => {
	type Modules = { TriggerPosition: typeof Position; StateWriter: typeof Writer; loadState: typeof load };
	/** The modules of both triggers as a process has them that was started just now. */
	const newModules = (): Modules => {
		let loaded: Modules | undefined;
		jest.isolateModules(() => {
			loaded = {
				...jest.requireActual<Modules>('../../../nodes/shared/triggerPositions'),
				...jest.requireActual<Modules>('../../../nodes/ImapPushTrigger/pushState'),
			};
		});
		return loaded!;
	};
	/** What n8n's in-memory polling gives to the triggers of one start. */
	const copyOf = (database: string): { own: IDataObject; ofWorkflow: IDataObject } => {
		const copy = ObservableObject.create(JSON.parse(database) as IDataObject, undefined, { ignoreEmptyOnFirstChild: true });
		const named = (key: string): IDataObject => (copy[key] ??= ObservableObject.create({}, copy as never)) as IDataObject;
		return { own: named('node:Mailbox'), ofWorkflow: named('global') };
	};
	const written = ({ own, ofWorkflow }: { own: IDataObject; ofWorkflow: IDataObject }): string =>
		JSON.stringify({ 'node:Mailbox': own, global: ofWorkflow });
	const pushNode = { workflowId: 'both', nodeId: 'push' };
	const pushed = (serial: number) => ({
		position: undefined,
		push: { account: 'a', serial, ledger: emptyLedger, finishing: [] },
	});
	const poll = ({ TriggerPosition }: Modules, data: { own: IDataObject; ofWorkflow: IDataObject }, told?: number) => {
		const node = { workflowId: 'both', nodeId: 'poll', name: 'Mailbox' };
		const position = new TriggerPosition(node, data, { since: Date.now(), published: false });
		const state = position.load();
		if (told !== undefined) position.save(stateAt(told), { handsOver: true, now: Date.now() });
		return state?.deliveries;
	};

	it('neither takes back the other, whoever writes its old copy of the static data last', () => {
		const process = newModules();
		// Started one after the other, they have different copies.
		const ofPoll = copyOf('{}');
		poll(process, ofPoll, 1);
		const ofPush = copyOf(written(ofPoll));
		const writer = new process.StateWriter(pushNode);
		writer.write(ofPush.ofWorkflow, pushed(1), { published: false });
		poll(process, ofPoll, 5);
		writer.write(ofPush.ofWorkflow, pushed(2), { published: false });
		expect(poll(newModules(), copyOf(written(ofPush)))).toBe(5);
		writer.write(ofPush.ofWorkflow, pushed(3), { published: false });
		poll(process, ofPoll, 6);
		const restarted = newModules();
		const last = copyOf(written(ofPoll));
		expect(poll(restarted, last)).toBe(6);
		expect(restarted.loadState(last.ofWorkflow, pushNode, 'alice')?.push.serial).toBe(3);
	});

	it('nothing is written beside the row of a poll that n8n may have dropped', () => {
		const process = newModules();
		const row = { own: {}, ofWorkflow: copyOf('{}').ofWorkflow };
		poll(process, row, 1);
		const ofPush = copyOf('{}');
		new process.StateWriter(pushNode).write(ofPush.ofWorkflow, pushed(1), { published: false });
		expect(poll(newModules(), { own: {}, ofWorkflow: ofPush.ofWorkflow })).toBeUndefined();
	});

	it('what was cleared does not come back while the workflow is published', () => {
		const process = newModules();
		poll(process, copyOf('{}'), 1);
		const cleared = copyOf('{}');
		new process.StateWriter(pushNode).write(cleared.ofWorkflow, pushed(1), { published: true });
		expect(poll(newModules(), cleared)).toBeUndefined();
	});
});

interface Place {
	id?: string;
	name?: string;
	workflowId?: string;
	nodeIds?: string[];
}

describe('a position', () => {
	const at = (own: object, ofWorkflow: object, place: Place = {}): Position => {
		const { id = 'n', name = 'Mailbox', workflowId = `w-${++worlds}`, nodeIds = [id] } = place;
		return new (newProcess())(
			{ workflowId, nodeId: id, name },
			{ own: own as PolledData['own'], ofWorkflow: ofWorkflow as PolledData['ofWorkflow'] },
			{ since: 0, published: true, nodeIds: new Set(nodeIds) },
		);
	};
	const watched = (): object => Object.defineProperty({}, '__dataChanged', { value: false, writable: true });
	const saved = (workflowId: string, id: string, told: number): object => {
		const ofWorkflow = {};
		const position = at(watched(), ofWorkflow, { workflowId, id });
		position.load();
		position.save(stateAt(told), { handsOver: true, now: 1 });
		return ofWorkflow;
	};

	it('of the version before is read', () => {
		expect(at({ imapSync: encodeState(stateAt(7)) }, {}).load()?.deliveries).toBe(7);
	});

	it('of the version before moves to where it is found under any name', () => {
		const own: Record<string, unknown> = Object.assign(watched(), { imapSync: encodeState(stateAt(7)) });
		const ofWorkflow = {};
		const position = at(own, ofWorkflow, { workflowId: 'w' });
		position.load();
		position.save(stateAt(8), { handsOver: true, now: 1 });
		expect(own).toEqual({});
		expect(at(watched(), ofWorkflow, { workflowId: 'w', name: 'Post' }).load()?.deliveries).toBe(8);
	});

	it('of a node that was deleted long ago is forgotten', () => {
		const ofWorkflow = { ...saved('w', 'gone', 5), ...saved('w', 'n', 6) };
		const position = at(watched(), ofWorkflow, { workflowId: 'w' });
		position.load();
		position.save(stateAt(7), { handsOver: false, now: 90 * 86_400_000 });
		expect(Object.keys(ofWorkflow)).toEqual(['imapSyncTrigger gone', 'imapSyncTrigger n']);
		position.save(stateAt(8), { handsOver: false, now: 90 * 86_400_000 + 2 });
		expect(Object.keys(ofWorkflow)).toEqual(['imapSyncTrigger n']);
	});

	it('is the newer one of two places', () => {
		const [older, newer] = [saved('w', 'n', 5), saved('w', 'n', 9)] as Array<Record<string, { n: number }>>;
		newer['imapSyncTrigger n'].n = 2;
		const row = (data: Record<string, object>): object => ({ imapSync: data['imapSyncTrigger n'] });
		expect(at(row(older), newer, { workflowId: 'w' }).load()?.deliveries).toBe(9);
		expect(at(row(newer), older, { workflowId: 'w' }).load()?.deliveries).toBe(9);
	});

	it('is not taken over by a copy of the workflow, nor by a copy of the node', () => {
		const ofWorkflow = saved('original', 'n', 5);
		expect(at(watched(), ofWorkflow, { workflowId: 'copy' }).load()).toBeUndefined();
		expect(at(watched(), ofWorkflow, { workflowId: 'original', id: 'm', name: 'Mailbox1', nodeIds: ['n', 'm'] }).load()).toBe(
			undefined,
		);
	});

	it('is taken over by the node of the same name that was pasted in the place of the one that was cut out', () => {
		const ofWorkflow = saved('w', 'n', 5);
		expect(at(watched(), ofWorkflow, { workflowId: 'w', id: 'm' }).load()?.deliveries).toBe(5);
	});

	it.each([[{ p: 99 }], [{ p: 1, n: 2 ** 50, t: 1 }], ['garbage'], [[]]])('that cannot be read is an error: %j', (stored) => {
		expect(() => at(watched(), { 'imapSyncTrigger n': stored }).load()).toThrow(
			expect.objectContaining({ code: 'stateUnreadable' }),
		);
		expect(() => at({ imapSync: stored }, {}).load()).toThrow(expect.objectContaining({ code: 'stateUnreadable' }));
		// Adding the node anew is how to get rid of it.
		expect(at(watched(), { 'imapSyncTrigger n': stored }, { id: 'm' }).load()).toBeUndefined();
	});
});
