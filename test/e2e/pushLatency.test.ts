/**
 * How soon after a letter was stored its execution begins, in a real n8n, with n8n's own trigger beside the push trigger on a mailbox that
 * gets the same letters. On demand: `npm run bench -- push 500` plays it and prints what it measured; nothing is asserted of the times.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { loadavg } from 'node:os';
import { chance, seedFrom } from '../support/chance';
import { startDovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { builtInTrigger, createBuiltIn } from '../support/n8n/builtInWorkflow';
import { PushWorkflow, pushTrigger } from '../support/n8n/PushWorkflow';
import { importScript } from '../support/n8n/scripts';
import { startN8n, type TestN8n } from '../support/n8n/startN8n';
import { Sink } from '../support/sink';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;
const letters = Number(process.env.PUSH_LETTERS ?? 0);
jest.setTimeout(300_000 + letters * 2_500);

let host: MailHost;
let n8n: TestN8n;
let ours: PushWorkflow;
let sink: Sink;

beforeAll(async () => {
	[host, n8n, sink] = await Promise.all([startDovecot().then(mailHostOf), startN8n({ N8N_LOG_LEVEL: 'info' }), Sink.start()]);
}, setUpTimeout);
afterAll(async () => {
	await Promise.all([n8n?.remove(), host?.stop(), sink?.stop(), ours?.sink.stop()]);
});

/** A workflow that is measured, and when each letter was stored in its mailbox, in milliseconds since 1970. */
interface Side {
	what: string;
	trigger: string;
	id: string;
	user: string;
	sink: Sink;
	stored: Map<string, number>;
}

async function store(side: Side, subject: string): Promise<void> {
	await host.append(side.user, 'INBOX', mail(subject));
	side.stored.set(subject, Date.now());
}

/** When the first execution for each letter began, as n8n itself keeps it. */
async function starts(side: Side): Promise<Map<string, number>> {
	const { itemsOf } = await importScript('N8nApi.mjs');
	const began = new Map<string, number>();
	for (const execution of await n8n.api.executions(side.id)) {
		for (const { subject } of itemsOf(execution, side.trigger) as Array<{ subject: string }>) {
			if (!began.has(subject)) began.set(subject, Date.parse(execution.startedAt));
		}
	}
	return began;
}

const at = (values: number[], share: number): number =>
	[...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

/** Prints how long after it was stored each letter was there, for those that came. */
function report(side: Side, until: string, times: Map<string, number>): void {
	const came = [...side.stored].filter(([subject]) => times.has(subject));
	const delays = came.map(([subject, stored]) => (times.get(subject) ?? 0) - stored);
	const numbers = `median ${at(delays, 0.5)}, p99 ${at(delays, 0.99)}, longest ${at(delays, 1)}`;
	process.stderr.write(`${side.what}, end of APPEND to ${until}, ms: ${numbers}; ${came.length} of ${side.stored.size} came\n`);
}

const load = (): string =>
	loadavg()
		.map((value) => value.toFixed(2))
		.join(' ');

(letters > 0 ? it : it.skip)(`begins an execution for each of ${letters} letters, beside n8n's own trigger`, async () => {
	// Both read the whole message, and neither has anything to do with the one of the other.
	ours = await PushWorkflow.create({ n8n, host }, { output: 'content' });
	const builtIn = await createBuiltIn({ n8n, host }, sink);
	const sides: Side[] = [
		{ what: 'push trigger', trigger: pushTrigger, id: ours.id, user: ours.user, sink: ours.sink, stored: new Map() },
		{ what: 'built-in trigger', trigger: builtInTrigger, ...builtIn, sink, stored: new Map() },
	];
	for (const { id } of sides) await n8n.api.publish(id);
	const seed = seedFrom('PUSH_SEED');
	const draw = chance(seed);
	process.stderr.write(`${letters} letters at gaps of 0.2 to 1.5 s (seed ${seed}), load before: ${load()}\n`);
	for (let i = 1; i <= letters; i++) {
		await new Promise((resolve) => setTimeout(resolve, 200 + draw() * 1_300));
		await Promise.all(sides.map((side) => store(side, `letter ${i}`)));
	}
	process.stderr.write(`load after: ${load()}\n`);
	await ours.until(() => ours.sink.deliveries.length >= letters, 'all letters');
	// The built-in one reports late, or not at all: it gets half a minute, and what came is counted.
	await ours.until(() => sink.deliveries.length >= letters, 'its letters', 30_000, 200).catch(() => undefined);
	for (const side of sides) {
		report(side, 'start of the execution', await starts(side));
		report(side, 'the request of its second node', new Map(side.sink.deliveries.map(({ subject, at }) => [subject, at])));
	}
	const subjects = Array.from({ length: letters }, (_, i) => `letter ${i + 1}`);
	expect(ours.sink.deliveries.map(({ subject }) => subject)).toEqual(subjects);
});
