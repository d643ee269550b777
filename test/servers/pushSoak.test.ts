/**
 * The push trigger for a long time: mail at random moments, cuts in between. Some seconds of it here; `npm run test:soak -- 10000 30` plays
 * ten thousand messages over half an hour, and prints what it held in memory.
 */
import { chance, seedFrom } from '../support/chance';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { PushWorld } from '../support/pushContext';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const messages = Number(process.env.PUSH_SOAK ?? 120);
const minutes = Number(process.env.PUSH_SOAK_MINUTES ?? 0.05);
const isSoak = process.env.PUSH_SOAK !== undefined;
jest.setTimeout(120_000 + minutes * 2 * 60_000);

let dovecot: Dovecot;
let via: CountingProxy;
beforeAll(async () => {
	dovecot = await startDovecot();
	via = await startProxy(dovecot);
});
afterAll(async () => {
	await via.stop();
	await dovecot.stop();
});

/** What the process holds. */
interface Held {
	heapMb: number;
	resources: number;
	connections: number;
}

function held(): Held {
	return {
		heapMb: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
		resources: process.getActiveResourcesInfo().length,
		connections: via.connections.filter(({ closed }) => !closed).length,
	};
}

it(`hands over ${messages} messages in ${minutes} minutes, loses none, and holds no more at the end than at the start`, async () => {
	const seed = seedFrom('PUSH_SEED');
	const draw = chance(seed);
	const user = dovecot.newUser();
	const credential = { user, password: dovecot.password, host: via.host, port: via.port, security: 'none' };
	const told = new Map<string, number>();
	const world = new PushWorld({
		credential,
		parameters: { output: 'metadata', options: { whenDone: 'markRead', concurrency: 3, order: 'none', retryAfter: 0 } },
		onExecution: (execution) => {
			const { subject } = execution.items[0].json;
			told.set(String(subject), (told.get(String(subject)) ?? 0) + 1);
			// Kept, they would be what grows.
			if (world.executions.length > 100) world.executions.splice(0, 50);
			if (world.log.length > 200) world.log.splice(0, 100);
			execution.end();
		},
	});
	await world.start();
	const samples: Held[] = [];
	const begun = performance.now();
	let sent = 0;
	let cuts = 0;
	while (sent < messages) {
		const due = Math.min(messages, Math.ceil((messages * (performance.now() - begun)) / (minutes * 60_000)));
		const subjects = Array.from({ length: due - sent }, (_, i) => `s${sent + i}`);
		if (subjects.length > 0) await dovecot.appendMany(user, 'INBOX', subjects.map(mail));
		sent = due;
		// One cut for some eighty messages.
		if (draw() < subjects.length / 80) {
			cuts++;
			via.cut();
			// Of closed connections the proxy keeps what they said.
			via.reset();
		}
		if (samples.length < (20 * sent) / messages) samples.push(held());
		await new Promise((resolve) => setTimeout(resolve, draw() * 400));
	}
	await world.until(() => told.size === messages, `all messages (seed ${seed}, ${cuts} cuts)`, 60_000);
	await world.until(
		async () => (await dovecot.fetchAll(user, 'INBOX')).every(({ flags }) => flags.includes('\\Seen')),
		'all marks',
		60_000,
	);
	samples.push(held());
	await world.stop();
	const repeats = [...told.values()].reduce((sum, times) => sum + times, 0) - messages;
	if (isSoak) {
		process.stderr.write(`${messages} messages, ${cuts} cuts (seed ${seed}), ${repeats} repeats\n`);
		for (const { heapMb, resources, connections } of samples)
			process.stderr.write(`heap ${heapMb} MB, ${resources} resources, ${connections} connections\n`);
	}
	expect(repeats).toBe(0);
	for (const { connections } of samples) expect(connections).toBeLessThanOrEqual(3);
	const [first, last] = [samples[Math.floor(samples.length / 4)], samples[samples.length - 1]];
	expect(last.resources).toBeLessThanOrEqual(first.resources + 10);
	expect(last.heapMb).toBeLessThanOrEqual(first.heapMb + 80);
});
