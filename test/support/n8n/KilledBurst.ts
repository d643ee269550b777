import { randomUUID } from 'node:crypto';
import { chance, seedFrom } from '../chance';
import type { Dovecot } from '../dovecot';
import { mail } from '../mail';
import { Sink } from '../sink';
import type { CountingProxy } from '../wire/countingProxy';
import { Box, LifecycleWorkflow, trigger, type WorkflowNode } from './Lifecycle';
import { importScript } from './scripts';
import type { TestN8n } from './startN8n';

/** How many messages arrive in a mailbox before each kill, and while n8n is down. */
const BEFORE = 40;
const MEANWHILE = 10;

/** The keyword that Message > Acknowledge sets. */
const DONE = 'n8n-done';

/** Both are polled at the same second, so that a kill hits the poll of both. */
const togetherEachMinute = { item: [{ mode: 'custom', cronExpression: '40 * * * * *' }] };

/** How far the burst is when n8n is killed: what has to have happened since it began, and milliseconds of chance after that. */
interface Moment {
	rows?: number;
	/** How many polls gave their messages to n8n, which logs it and then saves the position and the execution. */
	handOvers?: number;
	deliveries?: number;
	after: number;
}

const handOversIn = (log: string): number => log.split('Received event to trigger execution for workflow').length - 1;

/** What came of each message, by its subject. */
interface Handed {
	/** Never given to an execution, or acknowledged by none. */
	lost: string[];
	/** Given to more than one execution. */
	repeated: string[];
	/** Delivered under more than one event id. */
	renamed: string[];
	/** Repeated though no kill came between its delivery and its acknowledgement. */
	unexcused: string[];
	sent: number;
}

/** A workflow that delivers each message to a sink, one after the other of a poll, and may acknowledge them at its end. */
class Deliverer {
	readonly sent: string[] = [];
	/** Of the delivered ones, those that were not acknowledged at some kill. */
	private readonly cutOff = new Set<string>();

	private constructor(
		readonly box: Box,
		readonly sink: Sink,
		readonly workflow: LifecycleWorkflow,
	) {}

	static async create(n8n: TestN8n, box: Box, acknowledges: boolean): Promise<Deliverer> {
		const sink = await Sink.start();
		// An execution takes as long as work does: a kill finds it under way.
		sink.work = 300;
		const options = acknowledges ? { acknowledge: 'keyword', redeliverAfter: 1, maxAttempts: 50 } : {};
		const nodes = [
			trigger(box, togetherEachMinute, { options }),
			node('Sink', 'n8n-nodes-base.httpRequest', 4.2, {
				method: 'POST',
				url: sink.url,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: '={{ JSON.stringify($json) }}',
				options: {},
			}),
			...(acknowledges ? [{ ...acknowledge, id: randomUUID(), credentials: { imapSyncApi: box.credential } }] : []),
		];
		return new Deliverer(box, sink, await LifecycleWorkflow.create(n8n, nodes, inARow(nodes)));
	}

	async receive(...subjects: string[]): Promise<void> {
		this.sent.push(...subjects);
		await this.box.dovecot.appendMany(this.box.user, 'INBOX', subjects.map(mail));
	}

	/** The subjects of messages that carry the acknowledgement. */
	async acknowledged(): Promise<Set<string>> {
		const all = await this.box.dovecot.fetchAll(this.box.user, 'INBOX');
		const done = all.filter(({ flags }) => flags.includes(DONE));
		return new Set(done.map(({ messageId }) => messageId.replace(/[<>]|@.*/g, '')));
	}

	/** n8n was killed just now. */
	async killed(): Promise<void> {
		const done = await this.acknowledged();
		for (const { subject } of this.sink.deliveries) if (!done.has(subject)) this.cutOff.add(subject);
	}

	/** Among executions of any end: one that was cut off by the kill is listed as crashed, with what it was given. */
	async handed(): Promise<Handed> {
		const given = await this.workflow.given();
		const times = (subject: string): number => given.filter((subjects) => subjects.has(subject)).length;
		return this.judged(
			this.sent.filter((subject) => times(subject) === 0),
			this.sent.filter((subject) => times(subject) > 1),
		);
	}

	/** Where each message has to be acknowledged, what is not counts as lost, and what was delivered twice as repeated. */
	async handedUntilAcknowledged(): Promise<Handed> {
		const done = await this.acknowledged();
		const times = (subject: string): number => this.sink.deliveries.filter((one) => one.subject === subject).length;
		return this.judged(
			this.sent.filter((subject) => !done.has(subject) || times(subject) === 0),
			this.sent.filter((subject) => times(subject) > 1),
		);
	}

	private judged(lost: string[], repeated: string[]): Handed {
		const ids = (subject: string): number =>
			new Set(this.sink.deliveries.filter((one) => one.subject === subject).map(({ eventId }) => eventId)).size;
		return {
			lost,
			repeated,
			renamed: this.sent.filter((subject) => ids(subject) > 1),
			unexcused: repeated.filter((subject) => !this.cutOff.has(subject)),
			sent: this.sent.length,
		};
	}
}

const node = (name: string, type: string, typeVersion: number, parameters: Record<string, unknown>): WorkflowNode => ({
	id: randomUUID(),
	name,
	type,
	typeVersion,
	position: [0, 0],
	parameters,
});

const acknowledge = node('Acknowledge', 'n8n-nodes-imap-sync.imapSync', 1, {
	authentication: 'password',
	resource: 'message',
	operation: 'acknowledge',
});

const inARow = (nodes: WorkflowNode[]): object =>
	Object.fromEntries(nodes.slice(1).map(({ name }, i) => [nodes[i].name, { main: [[{ node: name, type: 'main', index: 0 }]] }]));

/**
 * Two workflows, one of which acknowledges, each with a mailbox into which mail comes in bursts. n8n is killed in each burst: while the
 * messages are read, while n8n saves what it was given, and while the workflows run.
 */
export async function killInBursts(
	{ n8n, dovecot, proxy }: { n8n: TestN8n; dovecot: Dovecot; proxy: CountingProxy },
	kills: number,
): Promise<{ plain: Handed; acknowledging: Handed; seed: number }> {
	const { waitUntil } = await importScript('waitUntil.mjs');
	const box = async (): Promise<Box> => await Box.create(n8n.api, dovecot, proxy.port);
	const plain = await Deliverer.create(n8n, await box(), false);
	const acknowledging = await Deliverer.create(n8n, await box(), true);
	const both = [plain, acknowledging];
	const receive = async (...subjects: string[]): Promise<void> =>
		void (await Promise.all(both.map((one) => one.receive(...subjects))));
	/** How many of the messages of this burst were delivered by the workflow that has come less far. */
	const deliveries = (kill: number): number => Math.min(...both.map(({ sink }) => ofBurst(kill, sink)));
	const seed = seedFrom('PUSH_SEED');
	const draw = chance(seed);
	const moments: Array<() => Moment> = [
		() => ({ rows: 1 + Math.floor(draw() * 2 * BEFORE), after: 0 }),
		() => ({ rows: BEFORE, handOvers: 1, after: draw() * 50 }),
		() => ({ deliveries: 1 + Math.floor(draw() * 20), after: draw() * 300 }),
	];
	try {
		await Promise.all(both.map(({ workflow }) => workflow.publish()));
		for (let kill = 1; kill <= kills; kill++) {
			let rows = 0;
			proxy.onServerLine = (line) => void (/^\* \d+ FETCH /.test(line) && rows++);
			const handedOver = handOversIn(n8n.log());
			const moment = moments[(kill - 1) % moments.length]();
			await receive(...numbered(kill, 'a', BEFORE));
			const isThere = (): boolean =>
				rows >= (moment.rows ?? 0) &&
				deliveries(kill) >= (moment.deliveries ?? 0) &&
				(moment.handOvers === undefined || handOversIn(n8n.log()) - handedOver >= moment.handOvers);
			await waitUntil(isThere, { what: `moment ${kill} (seed ${seed})`, withinMs: 200_000, everyMs: 5 });
			await new Promise((resolve) => setTimeout(resolve, moment.after));
			await n8n.kill();
			await acknowledging.killed();
			await receive(...numbered(kill, 'b', MEANWHILE));
			await n8n.start();
		}
		await receive('last');
		const heardLast = (): boolean => both.every(({ sink }) => sink.deliveries.some(({ subject }) => subject === 'last'));
		await waitUntil(heardLast, { what: 'the last message', withinMs: 200_000, everyMs: 500 });
		const allAcknowledged = async (): Promise<boolean> => (await acknowledging.acknowledged()).size === acknowledging.sent.length;
		// What was not acknowledged is due again after a minute, at a poll.
		await waitUntil(allAcknowledged, { what: `all acknowledgements (seed ${seed})`, withinMs: 300_000, everyMs: 2_000 });
		// An execution is listed with what it was given when it has ended.
		const lastEnded = async (): Promise<boolean> => (await plain.workflow.given()).some((given) => given.has('last'));
		await waitUntil(lastEnded, { what: 'the end of the last execution', withinMs: 60_000, everyMs: 1_000 });
		return { plain: await plain.handed(), acknowledging: await acknowledging.handedUntilAcknowledged(), seed };
	} finally {
		await Promise.all(both.map(({ sink }) => sink.stop()));
	}
}

const ofBurst = (kill: number, { deliveries }: Sink): number =>
	deliveries.filter(({ subject }) => subject.startsWith(`k${kill}a`)).length;

const numbered = (kill: number, letter: string, count: number): string[] =>
	Array.from({ length: count }, (_, i) => `k${kill}${letter}${String(i + 1).padStart(2, '0')}`);
