/**
 * The push trigger in n8n's queue mode: Redis, PostgreSQL, and workers that carry out the executions. `npm run test:kills -- 20 worker`
 * kills one of two workers that often; a killed worker costs a minute until n8n fails what it ran, which is too much for `npm test`.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { chance, seedFrom } from '../support/chance';
import { startDovecot } from '../support/dovecot';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { acts, PushWorkflow } from '../support/n8n/PushWorkflow';
import { PushBurst } from '../support/n8n/PushBurst';
import type { TestN8n } from '../support/n8n/startN8n';
import { soonStalled, startQueue } from '../support/n8n/startQueue';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

let host: MailHost;
let n8n: TestN8n;
const workflows: PushWorkflow[] = [];

const kills = Number(process.env.PUSH_WORKER_KILLS ?? 0);

beforeAll(async () => {
	const env = { N8N_LOG_LEVEL: 'info', ...(kills > 0 ? soonStalled : {}) };
	[host, n8n] = await Promise.all([startDovecot().then(mailHostOf), startQueue(kills > 0 ? 2 : 1, env)]);
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), host?.stop(), ...workflows.map(({ sink }) => sink.stop())]);
});

async function create(options: object): Promise<PushWorkflow> {
	const workflow = await PushWorkflow.create({ n8n, host }, { options });
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
	expect(await workflow.doneTooSoon('markRead')).toEqual([]);
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
		const seed = seedFrom('PUSH_SEED');
		const draw = chance(seed);
		const bursts: PushBurst[] = [];
		for (const act of acts) {
			const burst = await PushBurst.begin({ n8n, host }, act, { retryAfter: 0.02, order: 'none', concurrency });
			workflows.push(burst.workflow);
			bursts.push(burst);
		}
		for (let kill = 1; kill <= kills; kill++) {
			await Promise.all(bursts.map((burst) => burst.append(perKill)));
			await bursts[kill % bursts.length].moment(1 + Math.floor(draw() * 4), draw(), seed);
			const worker = n8n.workers[Math.floor(draw() * n8n.workers.length)];
			await worker.kill();
			const looks = await Promise.all(bursts.map((burst) => burst.look()));
			process.stderr.write(`kill ${kill} (seed ${seed}): ${looks.join(', ')}\n`);
			await worker.start();
		}
		for (const burst of bursts) {
			await burst.end(kills * concurrency, seed);
			process.stderr.write(`the end: ${await burst.look()}\n`);
		}
	},
	600_000 + kills * 120_000,
);
