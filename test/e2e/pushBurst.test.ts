/**
 * Bursts for the push trigger in a real n8n, on demand: `npm run test:burst -- 500`, in queue mode with `queue` after it, on Cyrus with
 * `cyrus`. What an execution did is what n8n itself keeps of it; what was done to a message is what the server shows, looked at all the
 * while.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { startCyrus } from '../support/cyrus';
import { startDovecot } from '../support/dovecot';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { importScript } from '../support/n8n/scripts';
import { acts, PushWorkflow, pushTrigger, type Act } from '../support/n8n/PushWorkflow';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { startQueue } from '../support/n8n/startQueue';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;
const letters = Number(process.env.PUSH_BURST ?? 0);
const onDemand = letters > 0 ? it : it.skip;
jest.setTimeout(180_000 + letters * 2_000);

let host: MailHost;
let n8n: TestN8n;
const workflows: PushWorkflow[] = [];

beforeAll(async () => {
	const env = { N8N_LOG_LEVEL: 'info' };
	[host, n8n] = await Promise.all([
		process.env.PUSH_BURST_SERVER === 'cyrus' ? startCyrus() : startDovecot().then(mailHostOf),
		process.env.PUSH_BURST_MODE === 'queue' ? startQueue(2, env) : startN8n(env),
	]);
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), host?.stop(), ...workflows.map(({ sink }) => sink.stop())]);
});

const givenUpKeyword = 'given-up';
const HELD_MS = 8_000;
const name = (number: number): string => `m${String(number).padStart(4, '0')}`;
const isThird = 'Number($json.subject.slice(1)) % 3 === 0';
const isThirdOf = (subject: string): boolean => Number(subject.slice(1)) % 3 === 0;

/** An execution that n8n has kept: what it was given, and how it ended. */
interface Run {
	subject: string;
	eventId: string;
	attempt: number;
	status: string;
}

/** A burst in a mailbox of its own, and what is to come of it. */
class Burst {
	/** Messages that were seen done at a moment at which no execution of theirs had come to its end. */
	readonly tooSoon = new Set<string>();

	private constructor(
		readonly workflow: PushWorkflow,
		readonly act: Act,
		readonly subjects: string[],
	) {}

	static async play(count: number, act: Act, more: { fails?: string; maxAttempts?: number } = {}): Promise<Burst> {
		const { fails, maxAttempts = 5 } = more;
		const options = {
			whenDone: act,
			doneFolder: host.folder('Done'),
			retryAfter: 0.02,
			maxAttempts,
			order: 'folder',
			concurrency: 1,
		};
		const afterwards = { whenGivenUp: 'addKeyword', givenUpKeyword };
		const workflow = await PushWorkflow.create({ n8n, host }, { options: { ...options, ...afterwards } }, { fails });
		workflows.push(workflow);
		// Marks follow in batches, within five seconds: one execution takes longer, so that a mark before its end is there to be seen.
		const held = name(Math.ceil(count / 2));
		workflow.sink.longer = ({ subject }) => (subject === held ? HELD_MS : 0);
		await n8n.api.publish(workflow.id);
		const subjects = Array.from({ length: count }, (_, i) => name(i + 1));
		await workflow.append(...subjects);
		return new Burst(workflow, act, subjects);
	}

	/** Waits until the server shows that so many are done and so many given up, and looks each time whether any is done too soon. */
	async settle(done: number, givenUp: number): Promise<void> {
		const { act } = this;
		const began = Date.now();
		let looks = 0;
		const isOver = async (): Promise<boolean> => {
			looks++;
			for (const subject of await this.workflow.doneTooSoon(act)) this.tooSoon.add(subject);
			return (await this.workflow.done(act)).length >= done && (await this.givenUp()).length >= givenUp;
		};
		await this.workflow.until(isOver, `${done} done, ${givenUp} given up`, 120_000 + letters * 1_500, 300);
		const took = ((Date.now() - began) / 1_000).toFixed(1);
		const result = `${done} done, ${givenUp} given up in ${took} s, ${looks} looks, ${this.tooSoon.size} done too soon`;
		process.stderr.write(`${this.subjects.length} messages, ${this.act}: ${result}\n`);
	}

	async givenUp(): Promise<string[]> {
		return await this.namesIn('INBOX', givenUpKeyword);
	}

	/** The subjects of the messages in a folder, of those with the flag. */
	async namesIn(folder: string, flag?: string): Promise<string[]> {
		return (await this.workflow.names(host.folder(folder), flag)).sort();
	}

	/** What n8n keeps of all executions, in the order in which they began. */
	async runs(): Promise<Run[]> {
		const { itemsOf } = await importScript('N8nApi.mjs');
		let runs: Run[] = [];
		const haveEnded = async (): Promise<boolean> => {
			const executions = await n8n.api.executions(this.workflow.id);
			runs = executions.flatMap((one) =>
				itemsOf(one, pushTrigger).map((item) => ({ ...(item as unknown as Run), status: one.status })),
			);
			return executions.every(({ stoppedAt }) => stoppedAt);
		};
		await this.workflow.until(haveEnded, 'the end of all executions', 60_000, 1_000);
		return runs;
	}
}

/** The subjects of these runs, in order. */
const named = (runs: Run[]): string[] => runs.map(({ subject }) => subject);
/** Each attempt of a message with how it ended, by its subject. */
function attemptsOf(runs: Run[]): Map<string, string[]> {
	const attempts = new Map<string, string[]>();
	for (const { subject, attempt, status } of runs) {
		attempts.set(subject, [...(attempts.get(subject) ?? []), `${attempt} ${status}`]);
	}
	return attempts;
}
const idsOf = (runs: Run[]): number => new Set(runs.map(({ subject, eventId }) => `${subject} ${eventId}`)).size;

onDemand(`gives each of ${letters} messages exactly one execution, which succeeds, in the order of arrival`, async () => {
	const burst = await Burst.play(letters, 'markRead');
	await burst.settle(letters, 0);
	const runs = await burst.runs();
	expect(runs.filter(({ status, attempt }) => status !== 'success' || attempt !== 1)).toEqual([]);
	expect(named(runs)).toEqual(burst.subjects);
	expect(named(burst.workflow.sink.deliveries as unknown as Run[])).toEqual(burst.subjects);
	expect(new Set(runs.map(({ eventId }) => eventId)).size).toBe(letters);
	expect([...burst.tooSoon]).toEqual([]);
});

onDemand(`delivers again each third of ${letters} messages, which fails once, and moves all of them after success`, async () => {
	const burst = await Burst.play(letters, 'move', { fails: `$json.attempt === 1 && ${isThird}` });
	await burst.settle(letters, 0);
	const runs = await burst.runs();
	// What failed holds up none of the others: first attempts are in the order of arrival.
	expect(named(runs.filter(({ attempt }) => attempt === 1))).toEqual(burst.subjects);
	const expected = (subject: string): string[] => (isThirdOf(subject) ? ['1 error', '2 success'] : ['1 success']);
	expect(attemptsOf(runs)).toEqual(new Map(burst.subjects.map((subject) => [subject, expected(subject)])));
	expect(idsOf(runs)).toBe(letters);
	expect([...burst.tooSoon]).toEqual([]);
	expect((await burst.workflow.done(burst.act)).sort()).toEqual(burst.subjects);
	expect(await burst.namesIn('INBOX')).toEqual([]);
});

onDemand(`gives up each of ${letters} messages after two executions that failed, and deletes none`, async () => {
	const burst = await Burst.play(letters, 'delete', { fails: 'true', maxAttempts: 2 });
	await burst.settle(0, letters);
	const runs = await burst.runs();
	expect(attemptsOf(runs)).toEqual(new Map(burst.subjects.map((subject) => [subject, ['1 error', '2 error']])));
	expect(named(runs.filter(({ attempt }) => attempt === 1))).toEqual(burst.subjects);
	expect(idsOf(runs)).toBe(letters);
	expect(await burst.namesIn('INBOX')).toEqual(burst.subjects);
	expect([...(await burst.namesIn('Trash')), ...(await burst.workflow.seen())]).toEqual([]);
});

const some = Math.ceil(letters / 5);

for (const act of acts) {
	onDemand(`does ${act} to those of ${some} messages that succeeded, and to none of the third that never does`, async () => {
		const burst = await Burst.play(some, act, { fails: isThird, maxAttempts: 3 });
		const failing = burst.subjects.filter(isThirdOf);
		const succeeding = burst.subjects.filter((subject) => !isThirdOf(subject));
		await burst.settle(succeeding.length, failing.length);
		const runs = await burst.runs();
		const expected = (subject: string): string[] => (isThirdOf(subject) ? ['1 error', '2 error', '3 error'] : ['1 success']);
		expect(attemptsOf(runs)).toEqual(new Map(burst.subjects.map((subject) => [subject, expected(subject)])));
		expect(idsOf(runs)).toBe(some);
		expect([...burst.tooSoon]).toEqual([]);
		expect((await burst.workflow.done(burst.act)).sort()).toEqual(succeeding);
		expect(await burst.givenUp()).toEqual(failing);
		expect(await burst.namesIn('INBOX', '\\Seen')).toEqual(act === 'markRead' ? succeeding : []);
		if (act !== 'markRead') expect(await burst.namesIn('INBOX')).toEqual(failing);
	});
}
