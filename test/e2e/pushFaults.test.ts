/**
 * The push trigger in n8n's queue mode while everything around it fails: finish signals of 1 in 20 executions are lost on their way from
 * Redis, commits of n8n's database wait, Redis is restarted with and without what it held, the main process and workers are killed or
 * restarted. Played on demand: `npm run test:kills -- 1000 faults`.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { chance, seedFrom } from '../support/chance';
import { startDovecot } from '../support/dovecot';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { PushWorkflow } from '../support/n8n/PushWorkflow';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { startPostgres, type Postgres } from '../support/postgres';
import { startRedis, type Redis } from '../support/redis';
import { SinkTable } from '../support/sinkTable';
import { slowCommits, type SlowCommits } from '../support/slowCommits';
import { SignalProxy } from '../support/wire/signalProxy';

const wanted = Number(process.env.PUSH_QUEUE_FAULTS ?? 0);

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

const LOST_SIGNALS = 1 / 20;
const SLOW_COMMITS = 1 / 10;
/** Among so many faults one is of those that take processes down. */
const ONE_OUTAGE_IN = 40;
const concurrency = 20;
/** The timeout of the workflow; the lease adds 30 seconds. */
const executionTimeout = 10;
const LEASE_MS = 40_000;
/** How much longer than the lease the table may stand still: a look, an execution, and a machine that is busy. */
const SLACK_MS = 20_000;

const outages = ['main restarted', 'main killed', 'worker killed', 'Redis restarted', 'Redis lost all'] as const;
type Outage = (typeof outages)[number];

let host: MailHost;
let redis: Redis;
let postgres: Postgres;
let signals: SignalProxy;
let n8n: TestN8n;
let workflow: PushWorkflow;
let table: SinkTable;
let commits: SlowCommits;

async function setUp(): Promise<void> {
	[host, redis, postgres] = await Promise.all([startDovecot().then(mailHostOf), startRedis(), startPostgres()]);
	signals = await SignalProxy.start(redis);
	const database = await postgres.newDatabase();
	const env = {
		N8N_LOG_LEVEL: 'info',
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: redis.host,
		// The two variables that keep n8n from losing ends are not set: an end that was not heard is lost for good.
		QUEUE_BULL_REDIS_PORT: String(signals.port),
		QUEUE_WORKER_LOCK_DURATION: '10000',
		QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
		QUEUE_WORKER_STALLED_INTERVAL: '3000',
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5',
		...database,
	};
	n8n = await startN8n(env, { workers: 2, workerEnv: { QUEUE_BULL_REDIS_PORT: String(redis.port) } });
	table = await SinkTable.create(postgres, n8n);
	const options = { whenDone: 'markRead', retryAfter: 0.02, order: 'none', concurrency, maxAttempts: 20 };
	workflow = await PushWorkflow.create({ n8n, host }, { options }, { node: table.node, settings: { executionTimeout } });
	await n8n.api.publish(workflow.id);
	commits = await slowCommits(postgres, database.DB_POSTGRESDB_DATABASE, SLOW_COMMITS);
}

async function tearDown(): Promise<void> {
	await Promise.all([n8n?.remove(), host?.stop(), workflow?.sink.stop()]);
	await Promise.all([signals?.stop(), redis?.stop(), postgres?.stop()]);
}

/** What a run goes through, and what it sees on the way. */
class Run {
	readonly happened = new Map<Outage, number>();
	readonly subjects: string[] = [];
	/** The longest time in which nothing came into the table although messages waited and n8n ran, in milliseconds. */
	longestStall = 0;
	private messages = 0;
	private movedAt = performance.now();

	constructor(private readonly draw: () => number) {}

	async faults(): Promise<number> {
		return signals.lost + (await commits.count()) + this.outages;
	}

	get outages(): number {
		return [...this.happened.values()].reduce((sum, count) => sum + count, 0);
	}

	/** Looks at the table, and sees to it that messages wait. */
	async goOn({ more }: { more: boolean }): Promise<void> {
		const { messages } = await table.counts();
		const now = performance.now();
		if (messages > this.messages || messages === this.subjects.length) this.movedAt = now;
		this.messages = messages;
		this.longestStall = Math.max(this.longestStall, now - this.movedAt);
		if (more && this.subjects.length - messages < 2 * concurrency) await this.append();
		await new Promise((resolve) => setTimeout(resolve, 250));
	}

	private async append(): Promise<void> {
		const burst = Array.from({ length: 50 }, (_, i) => `m${String(this.subjects.length + i + 1).padStart(5, '0')}`);
		this.subjects.push(...burst);
		await workflow.append(...burst);
	}

	async outage(): Promise<void> {
		// One kind after the other, so that a short run meets each.
		const what = outages[this.outages % outages.length];
		await new Promise((resolve) => setTimeout(resolve, this.draw() * 1_000));
		await this.carryOut(what);
		this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
		// Nobody could hand over while the main process was away.
		this.movedAt = performance.now();
	}

	private async carryOut(what: Outage): Promise<void> {
		const worker = n8n.workers[Math.floor(this.draw() * n8n.workers.length)];
		switch (what) {
			case 'main killed':
				await n8n.kill();
				await this.assertMarks();
				return await n8n.start();
			case 'main restarted':
				return await this.restartMain();
			case 'worker killed':
				await worker.kill();
				await this.assertMarks();
				return await worker.start();
			default:
				return await redis.restart({ keeps: what === 'Redis restarted' });
		}
	}

	/** While five executions run on workers, and still run when it is gone. */
	private async restartMain(): Promise<void> {
		await table.setWork(4);
		await this.append();
		await workflow.until(async () => (await table.counts()).running >= 5, 'five executions on workers');
		await n8n.stop();
		await this.assertMarks();
		await table.setWork(0.1);
		await n8n.start();
	}

	/** No message is marked whose execution did not succeed. */
	private async assertMarks(): Promise<void> {
		const seen = await workflow.seen();
		const written = new Set((await table.rows()).map(({ subject }) => subject));
		expect(seen.filter((subject) => !written.has(subject))).toEqual([]);
	}
}

/** All places for executions are taken when enough waits: none was lost. */
async function allPlaces(subjects: string[]): Promise<number> {
	await table.setWork(5);
	const last = Array.from({ length: 2 * concurrency }, (_, i) => `last ${i + 1}`);
	subjects.push(...last);
	let most = 0;
	await workflow.append(...last);
	await workflow.until(async () => {
		const { running, messages } = await table.counts();
		most = Math.max(most, running);
		return most === concurrency || messages === subjects.length;
	}, 'all places to be taken');
	await table.setWork(0.1);
	return most;
}

async function play(seed: number): Promise<void> {
	const run = new Run(chance(seed));
	const losing = chance(seed + 1);
	signals.loses = (channel) => channel.endsWith(':completed') && losing() < LOST_SIGNALS;
	let faults = 0;
	let told = 0;
	for (; faults < wanted; faults = await run.faults()) {
		await run.goOn({ more: true });
		if (run.outages < Math.floor(faults / ONE_OUTAGE_IN)) await run.outage();
		if (faults < told + 50) continue;
		told = faults;
		const { messages, times } = await table.counts();
		process.stderr.write(`${faults} faults, ${messages} messages done, ${times - messages} repeats (seed ${seed})\n`);
	}
	signals.loses = () => false;
	await commits.end();
	const isDone = async (): Promise<boolean> => {
		await run.goOn({ more: false });
		return (await workflow.seen()).length === run.subjects.length;
	};
	await workflow.until(isDone, `all marks (seed ${seed})`, 3 * LEASE_MS);
	const places = await allPlaces(run.subjects);
	await workflow.until(isDone, `the last marks (seed ${seed})`, 3 * LEASE_MS);
	const rows = await table.rows();
	const repeats = rows.reduce((sum, { times }) => sum + times - 1, 0);
	const kinds = [...run.happened].map(([what, count]) => `${what} ${count}`).join(', ');
	const ended = n8n.log().match(/did not say within/g)?.length ?? 0;
	process.stderr.write(
		`${faults} faults (seed ${seed}): ${signals.lost} signals lost, ${await commits.count()} slow commits, ${kinds}; ` +
			`${run.subjects.length} messages, ${rows.length} rows, ${repeats} repeats, ${ended} leases ended, ` +
			`longest stall ${(run.longestStall / 1_000).toFixed(1)} s, ${places} executions at once at the end\n`,
	);
	expect(rows.map(({ subject }) => subject).sort()).toEqual([...run.subjects].sort());
	expect(places).toBe(concurrency);
	expect(run.longestStall).toBeLessThan(LEASE_MS + SLACK_MS);
	// Each loss of an end repeats one execution, each outage at most what was in flight.
	expect(repeats).toBeLessThanOrEqual(ended + run.outages * concurrency);
}

(wanted > 0 ? it : it.skip)(
	`keeps one row a message, each place for executions, and never stands still beyond the lease, in ${wanted} faults`,
	async () => {
		try {
			await setUp();
			await play(seedFrom('PUSH_SEED'));
		} finally {
			await tearDown();
		}
	},
	setUpTimeout + wanted * 5_000,
);
