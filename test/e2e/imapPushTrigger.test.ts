/**
 * The push trigger in a real n8n with the packed package, against a real Dovecot; what an execution did is what it sent to a sink.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { chance, seedFrom } from '../support/chance';
import { startDovecot } from '../support/dovecot';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { importScript } from '../support/n8n/scripts';
import { PushBurst } from '../support/n8n/PushBurst';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { acts, PushWorkflow, pushTrigger } from '../support/n8n/PushWorkflow';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

let host: MailHost;
let n8n: TestN8n;
const workflows: PushWorkflow[] = [];

beforeAll(async () => {
	[host, n8n] = await Promise.all([startDovecot().then(mailHostOf), startN8n({ N8N_LOG_LEVEL: 'info' })]);
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), host?.stop(), ...workflows.map(({ sink }) => sink.stop())]);
});

const trigger = pushTrigger;

const create = async (parameters: object = {}): Promise<PushWorkflow> => {
	const workflow = await PushWorkflow.create({ n8n, host }, parameters);
	workflows.push(workflow);
	return workflow;
};

it('starts an execution when a message arrives, and marks it once that succeeded', async () => {
	const workflow = await create({ options: { whenDone: 'markRead' } });
	await n8n.api.publish(workflow.id);
	await workflow.append('first');
	await workflow.until(() => workflow.delivered.length === 1, 'the first message');
	expect(workflow.delivered).toEqual(['1 first']);
	await workflow.until(async () => (await workflow.seen()).includes('first'), 'the mark');
});

it('hands over again what failed, and marks nothing that did not succeed', async () => {
	const workflow = await create({ options: { whenDone: 'markRead', retryAfter: 0.05 } });
	workflow.sink.refuses = ({ subject, attempt }) => subject === 'second' && attempt === 1;
	await n8n.api.publish(workflow.id);
	await workflow.append('first', 'second', 'third');
	await workflow.until(() => workflow.delivered.length === 3, 'three messages');
	await workflow.until(async () => (await workflow.seen()).length === 2, 'two marks');
	expect(await workflow.seen()).toEqual(['first', 'third']);
	await workflow.until(() => workflow.delivered.length === 4, 'the second attempt');
	expect(workflow.delivered).toEqual(['1 first', '1 second', '1 third', '2 second']);
	await workflow.until(async () => (await workflow.seen()).length === 3, 'three marks');
	const ids = workflow.sink.deliveries.filter(({ subject }) => subject === 'second').map(({ eventId }) => eventId);
	expect(new Set(ids).size).toBe(1);
});

it('shows the newest message in a test in the editor', async () => {
	const workflow = await create();
	await workflow.append('older', 'newest');
	const { itemsOf } = await importScript('N8nApi.mjs');
	const execution = await n8n.api.runManually(workflow.id, trigger);
	expect(itemsOf(execution, trigger)).toMatchObject([{ event: 'messageNew', subject: 'newest' }]);
});

it('repeats nothing after a restart that was done before, though nothing on the server shows it', async () => {
	const workflow = await create();
	await n8n.api.publish(workflow.id);
	await workflow.append('first');
	await workflow.until(() => workflow.delivered.length === 1, 'the first message');
	// n8n saves what is in flight with the execution, and that it is done when the trigger has come to rest.
	const isSaved = async () => /"t":\[\]/.test(JSON.stringify((await n8n.api.getWorkflow(workflow.id)).staticData));
	await workflow.until(isSaved, 'the rest');
	// What made n8n save began no execution.
	expect(await n8n.api.executions(workflow.id)).toHaveLength(1);
	await n8n.kill();
	await n8n.start();
	await workflow.append('second');
	await workflow.until(() => workflow.delivered.includes('1 second'), 'the second message');
	expect(workflow.delivered).toEqual(['1 first', '1 second']);
});

/** `npm run test:kills -- 20` makes it more. */
const kills = Number(process.env.PUSH_KILLS ?? 3);
const messages = kills * 10 + 10;
/** Twenty kills take many minutes: whoever asked for them sees how far they are, and the numbers. */
const tell = (line: string): void => {
	if (process.env.PUSH_KILLS !== undefined) process.stderr.write(`${line}\n`);
};

it(
	`loses nothing when n8n is killed ${kills} times in a burst, and repeats at most what was in flight`,
	async () => {
		const seed = seedFrom('PUSH_SEED');
		const draw = chance(seed);
		const bursts: PushBurst[] = [];
		for (const act of acts) {
			const burst = await PushBurst.begin({ n8n, host }, act);
			workflows.push(burst.workflow);
			bursts.push(burst);
			await burst.append(messages);
		}
		for (let kill = 1; kill <= kills; kill++) {
			await bursts[kill % bursts.length].moment(1 + Math.floor(draw() * 8), draw(), seed);
			await n8n.kill();
			const looks = await Promise.all(bursts.map((burst) => burst.look()));
			tell(`kill ${kill} (seed ${seed}): ${looks.join(', ')}`);
			await n8n.start();
		}
		for (const burst of bursts) {
			await burst.end(kills, seed);
			tell(`the end: ${await burst.look()}`);
		}
	},
	300_000 + kills * 60_000,
);
