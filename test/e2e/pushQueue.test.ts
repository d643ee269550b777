/**
 * The push trigger in n8n's queue mode: Redis, PostgreSQL, and a worker that carries out the executions.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { startDovecot, type Dovecot } from '../support/dovecot';
import { PushWorkflow } from '../support/n8n/PushWorkflow';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { startPostgres, type Postgres } from '../support/postgres';
import { startRedis, type Redis } from '../support/redis';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;
jest.setTimeout(180_000);

let dovecot: Dovecot;
let redis: Redis;
let postgres: Postgres;
let n8n: TestN8n;
let workflow: PushWorkflow;

beforeAll(async () => {
	[dovecot, redis, postgres] = await Promise.all([startDovecot(), startRedis(), startPostgres()]);
	const queue = { EXECUTIONS_MODE: 'queue', QUEUE_BULL_REDIS_HOST: redis.host, QUEUE_BULL_REDIS_PORT: String(redis.port) };
	n8n = await startN8n({ N8N_LOG_LEVEL: 'info', ...queue, ...(await postgres.newDatabase()) }, { workers: 1 });
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), dovecot?.stop(), workflow?.sink.stop()]);
	await Promise.all([redis?.stop(), postgres?.stop()]);
}, 60_000);

it('hears from the worker how executions end, and goes on after the main process was killed', async () => {
	workflow = await PushWorkflow.create({ n8n, dovecot }, { options: { whenDone: 'markRead', retryAfter: 0.02 } });
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
