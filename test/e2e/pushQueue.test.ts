/**
 * The push trigger in n8n's queue mode: Redis, PostgreSQL, and workers that carry out the executions. `npm run test:kills -- 20 worker`
 * kills one of two workers that often; a killed worker costs a minute until n8n fails what it ran, which is too much for `npm test`.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { chance, seedFrom } from '../support/chance';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { PushWorkflow } from '../support/n8n/PushWorkflow';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { startPostgres, type Postgres } from '../support/postgres';
import { startRedis, type Redis } from '../support/redis';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

let dovecot: Dovecot;
let redis: Redis;
let postgres: Postgres;
let n8n: TestN8n;
const workflows: PushWorkflow[] = [];

const kills = Number(process.env.PUSH_WORKER_KILLS ?? 0);
/** As docs/queue-mode.md advises it: otherwise n8n does not hear how some executions ended, and each of them holds its place for an hour. */
const keepsJobs = { N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED: '1000', N8N_EXECUTIONS_QUEUE_KEEP_LAST_FAILED: '1000' };
/** A dead worker is found after seconds instead of a minute and a half. */
const soonStalled = {
	QUEUE_WORKER_LOCK_DURATION: '10000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '3000',
};

beforeAll(async () => {
	[dovecot, redis, postgres] = await Promise.all([startDovecot(), startRedis(), startPostgres()]);
	const queue = {
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: redis.host,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		...keepsJobs,
		...(kills > 0 ? soonStalled : {}),
	};
	n8n = await startN8n({ N8N_LOG_LEVEL: 'info', ...queue, ...(await postgres.newDatabase()) }, { workers: kills > 0 ? 2 : 1 });
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), dovecot?.stop(), ...workflows.map(({ sink }) => sink.stop())]);
	await Promise.all([redis?.stop(), postgres?.stop()]);
});

async function create(options: object): Promise<PushWorkflow> {
	const workflow = await PushWorkflow.create({ n8n, dovecot }, { options });
	workflows.push(workflow);
	return workflow;
}

it('hears from the worker how executions end, and goes on after the main process was killed', async () => {
	const workflow = await create({ whenDone: 'markRead', retryAfter: 0.02 });
	workflow.sink.work = 200;
	workflow.sink.refuses = ({ subject, attempt }) => subject === 'm03' && attempt === 1;
	await n8n.api.publish(workflow.id);
	const subjects = Array.from({ length: 24 }, (_, i) => `m${String(i + 1).padStart(2, '0')}`);
	await workflow.append(...subjects);
	await workflow.until(() => workflow.sink.deliveries.length >= 10, 'ten deliveries');
	await n8n.kill();
	const answered = new Set(workflow.sink.deliveries.filter((one) => one.answered).map(({ subject }) => subject));
	expect((await workflow.seen()).filter((subject) => !answered.has(subject))).toEqual([]);
	await n8n.start();
	await workflow.until(async () => (await workflow.seen()).length === subjects.length, 'all marks', 120_000);
	const times = new Map<string, number>();
	for (const { subject } of workflow.sink.deliveries) times.set(subject, (times.get(subject) ?? 0) + 1);
	expect([...times.keys()].sort()).toEqual(subjects);
	// One failed, and one may have been in flight.
	expect([...times.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(subjects.length + 2);
	expect(new Set(workflow.sink.deliveries.map(({ eventId }) => eventId)).size).toBe(subjects.length);
});

const concurrency = 3;
/** The burst goes on while a worker is down: the other one carries out what comes. */
const perKill = 10;

(kills > 0 ? it : it.skip)(
	`loses nothing when a worker is killed ${kills} times in a burst, and repeats at most what was in flight`,
	async () => {
		const workflow = await create({ whenDone: 'markRead', retryAfter: 0.02, order: 'none', concurrency });
		const { sink } = workflow;
		sink.work = 400;
		await n8n.api.publish(workflow.id);
		const seed = seedFrom('PUSH_SEED');
		const draw = chance(seed);
		const subjects: string[] = [];
		for (let kill = 1; kill <= kills; kill++) {
			const burst = Array.from({ length: perKill }, (_, i) => `m${String(subjects.length + i + 1).padStart(3, '0')}`);
			subjects.push(...burst);
			const enough = sink.deliveries.length + 1 + Math.floor(draw() * 4);
			await workflow.append(...burst);
			await workflow.until(() => sink.deliveries.length >= enough, `${enough} deliveries (seed ${seed})`, 120_000);
			await new Promise((resolve) => setTimeout(resolve, draw() * 400));
			const worker = n8n.workers[Math.floor(draw() * n8n.workers.length)];
			await worker.kill();
			const answered = new Set(sink.deliveries.filter((one) => one.answered).map(({ subject }) => subject));
			expect((await workflow.seen()).filter((subject) => !answered.has(subject))).toEqual([]);
			await worker.start();
			process.stderr.write(
				`kill ${kill}: ${sink.deliveries.length} deliveries, ${answered.size} of ${subjects.length} messages done\n`,
			);
		}
		await workflow.until(async () => (await workflow.seen()).length === subjects.length, `all marks (seed ${seed})`, 240_000);
		const times = new Map<string, number[]>();
		for (const { subject, attempt } of sink.deliveries) times.set(subject, [...(times.get(subject) ?? []), attempt]);
		const repeats = sink.deliveries.length - times.size;
		process.stderr.write(`${times.size} messages, ${kills} kills of a worker (seed ${seed}), ${repeats} repeats\n`);
		expect([...times.keys()].sort()).toEqual(subjects);
		expect(repeats).toBeLessThanOrEqual(kills * concurrency);
		expect(new Set(sink.deliveries.map(({ eventId }) => eventId)).size).toBe(subjects.length);
		for (const attempts of times.values()) expect(new Set(attempts).size).toBe(attempts.length);
	},
	600_000 + kills * 120_000,
);
