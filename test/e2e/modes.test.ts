/**
 * The life of a workflow in each of n8n's ways to poll: what a trigger knows outlives whatever is done to the workflow and to n8n,
 * and errors reach no further than what they are about. docs/modes.md has the table.
 *
 * Some cells belong to `npm test`; MODES=all, which is `npm run test:modes`, plays all of them.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { startDovecot, type Dovecot } from '../support/dovecot';
import { Box, everyMinute, later, LifecycleWorkflow, noOperation, trigger, type WorkflowNode } from '../support/n8n/Lifecycle';
import { killInBursts } from '../support/n8n/KilledBurst';
import { regimes, type Regime } from '../support/n8n/regimes';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { importScript } from '../support/n8n/scripts';
import { startPostgres, type Postgres } from '../support/postgres';
import { startRedis, type Redis } from '../support/redis';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const all = process.env.MODES === 'all';
/** How often n8n is killed in a burst. */
const kills = Number(process.env.MODES_KILLS ?? (all ? 3 : 1));

/** The first run on a machine installs n8n. */
jest.setTimeout(60 * 60_000);

/** One n8n, in which the scenarios live side by side. It starts anew once, if one wants it: when each has come so far, or to its end. */
class Theatre {
	private readonly before: Array<() => Promise<void>> = [];
	private isWanted = false;
	private begin: () => void = () => {};
	readonly restarted: Promise<void>;
	/** Scenarios that want the stage for themselves, and wait until all others are over. */
	private readonly waiting: Array<() => void> = [];
	private isTaken = false;

	constructor(
		readonly n8n: TestN8n,
		readonly regime: Regime,
		private expected: number,
		private playing = expected,
	) {
		this.restarted = new Promise<void>((begin) => (this.begin = begin)).then(async () => {
			if (!this.isWanted) return;
			await Promise.all(this.before.map((prepare) => prepare()));
			await n8n.stop();
			await n8n.start();
		});
	}

	wantRestart(): void {
		this.isWanted = true;
	}

	/** A scenario has come to the restart, or to its end without one; `prepare` is done right before the restart. */
	arrive(prepare?: () => Promise<void>): void {
		if (prepare) this.before.push(prepare);
		if (--this.expected === 0) this.begin();
	}

	leave(): void {
		this.playing--;
		this.isTaken = false;
		this.callNext();
	}

	/** One after the other, once there are no others. */
	async alone(): Promise<void> {
		await new Promise<void>((begin) => {
			this.waiting.push(begin);
			this.callNext();
		});
	}

	private callNext(): void {
		if (this.isTaken || this.waiting.length < this.playing) return;
		this.isTaken = true;
		this.waiting.shift()?.();
	}
}

/** What one scenario works with. */
class Stage {
	private hasArrived = false;
	private readonly workflows: LifecycleWorkflow[] = [];

	constructor(
		readonly theatre: Theatre,
		readonly dovecot: Dovecot,
	) {}

	get n8n(): TestN8n {
		return this.theatre.n8n;
	}

	async box(port?: number): Promise<Box> {
		return await Box.create(this.n8n.api, this.dovecot, port);
	}

	async workflow(...nodes: WorkflowNode[]): Promise<LifecycleWorkflow> {
		const workflow = await LifecycleWorkflow.create(this.n8n, nodes);
		this.workflows.push(workflow);
		return workflow;
	}

	/** What became of its workflows. */
	async story(): Promise<string> {
		return (await Promise.all(this.workflows.map((workflow) => workflow.story()))).join('\n');
	}

	/** Waits for the new start; `prepare` is done right before it. */
	async restart(prepare?: () => Promise<void>): Promise<void> {
		this.theatre.wantRestart();
		this.arrive(prepare);
		await this.theatre.restarted;
	}

	/** Waits until nobody else plays: what follows may do to n8n what it likes. */
	async alone(): Promise<void> {
		this.arrive();
		await this.theatre.alone();
		await this.theatre.restarted;
	}

	arrive(prepare?: () => Promise<void>): void {
		if (!this.hasArrived) this.theatre.arrive(prepare);
		this.hasArrived = true;
	}

	leave(): void {
		this.arrive();
		this.theatre.leave();
	}
}

interface Scenario {
	play(stage: Stage): Promise<void>;
	/** Whether `npm test` plays it too. */
	quick?: boolean;
}

/** What was heard in the end: the last message shows that a poll came after everything else. */
async function ends(workflow: LifecycleWorkflow, box: Box, expected: string[], last = 'last'): Promise<void> {
	await box.receive(last);
	expect(await workflow.hears([last])).toEqual([...expected, last].sort());
}

/** Lets the mail server hang up on everybody, until it is ended. */
function refuseAll(proxy: CountingProxy): { readonly refused: number; end(): void } {
	let refused = 0;
	proxy.onServerLine = (_line, { connection }) => {
		refused++;
		connection.cut();
		return null;
	};
	return {
		get refused() {
			return refused;
		},
		end: () => (proxy.onServerLine = undefined),
	};
}

const scenarios: Record<string, Scenario> = {
	'first publish': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute, { triggerOn: ['messageNew', 'messageUpdated'] }));
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			// The first message is the one that was there before.
			await stage.dovecot.flags(box.user, 'INBOX', [1], { add: ['\\Seen'] });
			await workflow.hears(['messageUpdated']);
			await ends(workflow, box, ['a1', 'messageUpdated']);
		},
	},
	'restart before the first tick': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute));
			await stage.restart(async () => {
				await workflow.publish();
				await box.receive('a1');
			});
			await box.receive('a2');
			await workflow.hears(['a1', 'a2']);
			await ends(workflow, box, ['a1', 'a2']);
		},
	},
	'restart after the first tick': {
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute));
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			await box.receive('a2');
			await stage.restart();
			await ends(workflow, box, ['a1', 'a2']);
		},
	},
	'published again unchanged': {
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, later()));
			await workflow.publish();
			await box.receive('a1');
			await workflow.publish();
			await workflow.hears(['a1'], 330_000);
			await ends(workflow, box, ['a1']);
		},
	},
	'published again with other poll times': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			const node = trigger(box, later());
			const workflow = await stage.workflow(node);
			await workflow.publish();
			await box.receive('a1');
			await workflow.change([{ ...node, parameters: { ...node.parameters, pollTimes: everyMinute } }]);
			await workflow.hears(['a1']);
			await ends(workflow, box, ['a1']);
		},
	},
	'published again with another node changed': {
		async play(stage) {
			const box = await stage.box();
			const node = trigger(box, later());
			const workflow = await stage.workflow(node);
			await workflow.publish();
			await box.receive('a1');
			await workflow.change([node, noOperation('Nothing')]);
			await workflow.hears(['a1'], 330_000);
			await ends(workflow, box, ['a1']);
		},
	},
	'paused and on again before the first tick': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			const node = trigger(box, later());
			const workflow = await stage.workflow(node);
			await workflow.publish();
			await box.receive('a1');
			await workflow.unpublish();
			await box.receive('a2');
			await workflow.change([{ ...node, parameters: { ...node.parameters, pollTimes: everyMinute } }]);
			await workflow.hears(['a1', 'a2']);
			await ends(workflow, box, ['a1', 'a2']);
		},
	},
	renamed: {
		async play(stage) {
			const box = await stage.box();
			const node = trigger(box, everyMinute);
			const workflow = await stage.workflow(node);
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			await workflow.change([{ ...node, name: 'Post' }]);
			await box.receive('a2');
			await stage.restart();
			await workflow.hears(['a1', 'a2']);
			await ends(workflow, box, ['a1', 'a2']);
		},
	},
	copied: {
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute));
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			const copy = await workflow.copy();
			await copy.publish();
			await box.receive('a2');
			await Promise.all([workflow.hears(['a2']), copy.hears(['a2'])]);
			await box.receive('last');
			expect(await copy.hears(['last'])).toEqual(['a2', 'last']);
			expect(await workflow.hears(['last'])).toEqual(['a1', 'a2', 'last']);
		},
	},
	'two triggers, one edited': {
		quick: true,
		async play(stage) {
			const [a, b] = [await stage.box(), await stage.box()];
			const [first, second] = [trigger(a, everyMinute, { name: 'A' }), trigger(b, everyMinute, { name: 'B' })];
			const workflow = await stage.workflow(first, second);
			await workflow.publish();
			await a.receive('a1');
			await workflow.hears(['a1']);
			await workflow.change([first, { ...second, parameters: { ...second.parameters, output: 'reference' } }]);
			await workflow.change([first, second]);
			await a.receive('a2');
			await workflow.hears(['a2']);
			await b.receive('b1');
			await workflow.hears(['b1']);
			await stage.restart();
			await b.receive('b2');
			await a.receive('last');
			expect(await workflow.hears(['b2', 'last'])).toEqual(['a1', 'a2', 'b1', 'b2', 'last']);
		},
	},
	'three triggers, one after the other edited': {
		async play(stage) {
			const boxes = [await stage.box(), await stage.box(), await stage.box()];
			const nodes = boxes.map((box, i) => trigger(box, everyMinute, { name: `T${i}` }));
			const workflow = await stage.workflow(...nodes);
			await workflow.publish();
			await Promise.all(boxes.map((box, i) => box.receive(`t${i}-1`)));
			await workflow.hears(['t0-1', 't1-1', 't2-1']);
			for (const i of [2, 1]) {
				nodes[i] = { ...nodes[i], parameters: { ...nodes[i].parameters, options: { maxMessages: 100 + i } } };
				await workflow.change([...nodes]);
			}
			for (const i of [0, 2, 1]) {
				await boxes[i].receive(`t${i}-2`);
				await workflow.hears([`t${i}-2`]);
			}
			await stage.restart();
			await Promise.all(boxes.map((box, i) => box.receive(`t${i}-3`)));
			const expected = ['t0-1', 't0-2', 't0-3', 't1-1', 't1-2', 't1-3', 't2-1', 't2-2', 't2-3'];
			expect(await workflow.hears(['t0-3', 't1-3', 't2-3'])).toEqual(expected);
		},
	},
	'two triggers at the same second': {
		quick: true,
		async play(stage) {
			const [a, b] = [await stage.box(), await stage.box()];
			const together = { item: [{ mode: 'custom', cronExpression: '40 * * * * *' }] };
			const workflow = await stage.workflow(trigger(a, together, { name: 'A' }), trigger(b, together, { name: 'B' }));
			await workflow.publish();
			for (const round of [1, 2]) {
				await Promise.all([a.receive(`a${round}`), b.receive(`b${round}`)]);
				await workflow.hears([`a${round}`, `b${round}`]);
			}
			await stage.restart();
			await Promise.all([a.receive('a3'), b.receive('b3')]);
			expect(await workflow.hears(['a3', 'b3'])).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
		},
	},
	'password changed and mended': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute));
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			const save = async (password: string): Promise<void> => {
				const { id, name } = box.credential;
				const data = Box.data(stage.dovecot, { user: box.user, password });
				await stage.n8n.api.rest('PATCH', `/credentials/${id}`, { name, type: 'imapSyncApi', data });
			};
			await save('wrong');
			await box.receive('a2');
			expect(await workflow.fails()).toContain('refuse');
			await save(stage.dovecot.password);
			await workflow.hears(['a2'], 90_000);
			await ends(workflow, box, ['a1', 'a2']);
		},
	},
	'one of two folders gone': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			await stage.dovecot.doveadm('mailbox', 'create', '-u', box.user, 'Orders');
			const workflow = await stage.workflow(trigger(box, everyMinute, { folders: ['INBOX', 'Orders'] }));
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			await stage.dovecot.doveadm('mailbox', 'delete', '-u', box.user, 'Orders');
			expect(await workflow.fails()).toContain('Orders');
			await box.receive('a2');
			await workflow.hears(['a2'], 90_000);
			await ends(workflow, box, ['a1', 'a2']);
		},
	},
	'mail server down for three minutes': {
		async play(stage) {
			const proxy = await startProxy(stage.dovecot);
			try {
				const box = await stage.box(proxy.port);
				const workflow = await stage.workflow(trigger(box, everyMinute));
				await workflow.publish();
				await box.receive('a1');
				await workflow.hears(['a1']);
				const shut = refuseAll(proxy);
				await box.receive('a2');
				const { waitUntil } = await importScript('waitUntil.mjs');
				await waitUntil(() => shut.refused >= 3, { what: 'three refused polls', withinMs: 300_000, everyMs: 1_000 });
				shut.end();
				await workflow.hears(['a2'], 90_000);
				await ends(workflow, box, ['a1', 'a2']);
				// A passing problem of a few minutes is no failed execution.
				expect((await workflow.heard()).failures).toEqual([]);
			} finally {
				await proxy.stop();
			}
		},
	},
	'mail server that stops answering': {
		async play(stage) {
			const proxy = await startProxy(stage.dovecot);
			try {
				const box = await stage.box(proxy.port);
				const workflow = await stage.workflow(trigger(box, everyMinute));
				await workflow.publish();
				await box.receive('a1');
				await workflow.hears(['a1']);
				const connections = proxy.connections.length;
				proxy.stall('toClient');
				await box.receive('a2');
				const { waitUntil } = await importScript('waitUntil.mjs');
				const twoMore = () => proxy.connections.length >= connections + 2;
				await waitUntil(twoMore, { what: 'two polls', withinMs: 200_000, everyMs: 1_000 });
				proxy.resume();
				await workflow.hears(['a2']);
				await ends(workflow, box, ['a1', 'a2']);
				// What n8n says when a poll outlasts its budget.
				expect(stage.n8n.log()).not.toContain('was abandoned');
			} finally {
				await proxy.stop();
			}
		},
	},
	'mail server down at the restart': {
		async play(stage) {
			const proxy = await startProxy(stage.dovecot);
			try {
				const box = await stage.box(proxy.port);
				const workflow = await stage.workflow(trigger(box, everyMinute));
				await workflow.publish();
				await box.receive('a1');
				await workflow.hears(['a1']);
				const shut = refuseAll(proxy);
				await stage.restart(async () => await box.receive('a2'));
				const before = shut.refused;
				const { waitUntil } = await importScript('waitUntil.mjs');
				await waitUntil(() => shut.refused > before, { what: 'a refused poll', withinMs: 180_000, everyMs: 1_000 });
				shut.end();
				await workflow.hears(['a2']);
				await ends(workflow, box, ['a1', 'a2']);
			} finally {
				await proxy.stop();
			}
		},
	},
	'an execution for each message': {
		quick: true,
		async play(stage) {
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute, { options: { perExecution: 'message' } }));
			await workflow.publish();
			for (const subject of ['a1', 'a2', 'a3']) await box.receive(subject);
			await workflow.hears(['a1', 'a2', 'a3']);
			expect((await workflow.heard()).executions).toBe(3);
			await ends(workflow, box, ['a1', 'a2', 'a3']);
		},
	},
	'killed while it starts an execution for each message': {
		async play(stage) {
			await stage.alone();
			const box = await stage.box();
			const workflow = await stage.workflow(trigger(box, everyMinute, { options: { perExecution: 'message' } }));
			await workflow.publish();
			const subjects = Array.from({ length: 60 }, (_, i) => `a${i}`);
			for (const subject of subjects) await box.receive(subject);
			const { waitUntil } = await importScript('waitUntil.mjs');
			const begun = async () => (await workflow.heard()).executions > 0;
			await waitUntil(begun, { what: 'the first execution', withinMs: 180_000, everyMs: 100 });
			await stage.n8n.kill();
			await stage.n8n.start();
			// What was under way comes again: all of it is there, some of it perhaps twice.
			const heard = await workflow.hears(subjects);
			expect([...new Set(heard)].sort()).toEqual([...subjects].sort());
		},
	},
	'killed in bursts, without and with acknowledgement': {
		async play(stage) {
			await stage.alone();
			const proxy = await startProxy(stage.dovecot);
			try {
				const { n8n, dovecot, theatre } = stage;
				const { plain, acknowledging, seed } = await killInBursts({ n8n, dovecot, proxy }, kills);
				const counts = ({ lost, repeated, sent }: typeof plain): string =>
					`of ${sent} messages ${lost.length} lost, ${repeated.length} repeated`;
				process.stderr.write(
					`${theatre.regime}, ${kills} kills (PUSH_SEED=${seed}): ${counts(plain)}; with acknowledgement ${counts(acknowledging)}\n`,
				);
				expect(acknowledging).toMatchObject({ lost: [], renamed: [], unexcused: [] });
				// The other two ways save the position before the execution: limit 2 of docs/modes.md.
				if (theatre.regime === 'with durable cursors') expect(plain).toMatchObject({ lost: [], repeated: [] });
				expect(plain.renamed).toEqual([]);
			} finally {
				await proxy.stop();
			}
		},
	},
	'another account and back': {
		async play(stage) {
			const [box, other] = [await stage.box(), await stage.box()];
			const node = trigger(box, everyMinute);
			const workflow = await stage.workflow(node);
			await workflow.publish();
			await box.receive('a1');
			await workflow.hears(['a1']);
			await workflow.change([{ ...node, credentials: { imapSyncApi: other.credential } }]);
			await box.receive('a2');
			await other.receive('o1');
			await workflow.hears(['o1']);
			await workflow.change([node]);
			await workflow.hears(['a2']);
			await ends(workflow, box, ['a1', 'a2', 'o1']);
		},
	},
};

interface Cell {
	regime: Regime;
	database: 'SQLite' | 'PostgreSQL';
	/** Whether two workers carry out the executions. */
	queue: boolean;
}

/** By pairs: each way to poll on each database, and with and without workers. */
const cells: Cell[] = [
	{ regime: 'in memory', database: 'SQLite', queue: false },
	{ regime: 'by the scheduler of the database', database: 'SQLite', queue: false },
	{ regime: 'with durable cursors', database: 'SQLite', queue: false },
	{ regime: 'in memory', database: 'PostgreSQL', queue: true },
	{ regime: 'by the scheduler of the database', database: 'PostgreSQL', queue: true },
	{ regime: 'with durable cursors', database: 'PostgreSQL', queue: true },
];
const wanted = process.env.MODES_CELL ?? (all ? '' : 'SQLite');
const played = cells.filter(({ regime, database }) => `${regime}, ${database}`.includes(wanted));
const scenario = process.env.MODES_SCENARIO ?? '';
const names = Object.keys(scenarios).filter((name) => (all || scenarios[name].quick) && name.includes(scenario));

/** How each scenario of a cell ended: undefined where all was well. */
type Outcomes = Map<string, Promise<unknown>>;

const key = ({ regime, database }: Cell): string => `${regime}, ${database}`;
const outcomes = new Map<string, Outcomes>();
const running: TestN8n[] = [];
const queues: Redis[] = [];
let dovecot: Dovecot;
let postgres: Postgres | undefined;

beforeAll(async () => {
	dovecot = await startDovecot();
	postgres = played.some(({ database }) => database === 'PostgreSQL') ? await startPostgres() : undefined;
	// Side by side: most of the time they wait for full minutes.
	for (const cell of played) {
		const database = cell.database === 'PostgreSQL' ? await postgres?.newDatabase() : {};
		const queue = cell.queue ? await newQueue() : {};
		const n8n = await startN8n({ ...regimes[cell.regime], ...database, ...queue }, { workers: cell.queue ? 2 : 0 });
		running.push(n8n);
		outcomes.set(key(cell), playAll(n8n, cell.regime));
	}
});

/** The environment for queue mode, with a Redis for this n8n alone. */
async function newQueue(): Promise<Record<string, string>> {
	const redis = await startRedis();
	queues.push(redis);
	return { EXECUTIONS_MODE: 'queue', QUEUE_BULL_REDIS_HOST: redis.host, QUEUE_BULL_REDIS_PORT: String(redis.port) };
}

function playAll(n8n: TestN8n, regime: Regime): Outcomes {
	const theatre = new Theatre(n8n, regime, names.length);
	const play = async (name: string): Promise<unknown> => {
		const stage = new Stage(theatre, dovecot);
		try {
			return void (await scenarios[name].play(stage));
		} catch (error) {
			if (error instanceof Error) error.message += `\n${await stage.story().catch(String)}`;
			return error;
		} finally {
			stage.leave();
		}
	};
	return new Map(names.map((name) => [name, play(name)]));
}

afterAll(async () => {
	await Promise.all(running.map((n8n) => n8n.remove()));
	await Promise.all([dovecot?.stop(), postgres?.stop(), ...queues.map((redis) => redis.stop())]);
});

describe.each(played)('polling $regime, $database, in queue mode: $queue', (cell) => {
	it.each(names)('%s', async (name) => {
		const error = await outcomes.get(key(cell))?.get(name);
		if (error !== undefined) throw error;
	});
});
