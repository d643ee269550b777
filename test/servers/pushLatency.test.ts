/**
 * How fast the push trigger is and what it costs, at the wire of a real Dovecot. `npm run bench -- push` plays 500 letters, and prints
 * what it measured; here it is looked at whether the order of magnitude is right.
 */
import { chance, seedFrom } from '../support/chance';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { PushWorld } from '../support/pushContext';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

const letters = Number(process.env.PUSH_LETTERS ?? 12);
const isBench = process.env.PUSH_LETTERS !== undefined;
jest.setTimeout(120_000 + letters * 2_000);

let dovecot: Dovecot;
let via: CountingProxy;
let world: PushWorld;
let user: string;
/** When the server said that a message came, in the order in which it said so. */
let told: number[] = [];

beforeAll(async () => {
	dovecot = await startDovecot();
	user = dovecot.newUser();
	via = await startProxy(dovecot, {
		onServerLine: (line) => {
			if (/^\* \d+ EXISTS/.test(line)) told.push(performance.now());
		},
	});
	const credential = { user, password: dovecot.password, host: via.host, port: via.port, security: 'none' };
	world = new PushWorld({ credential });
	await world.start();
});
afterAll(async () => {
	await world.stop();
	await via.stop();
	await dovecot.stop();
});

const at = (values: number[], share: number): number =>
	[...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

function report(what: string, values: Record<string, number>): void {
	if (!isBench) return;
	const numbers = Object.entries(values).map(([name, value]) => `${name} ${value < 10 ? value.toFixed(2) : Math.round(value)}`);
	process.stderr.write(`${what}: ${numbers.join(', ')}\n`);
}

it('emits soon after the server says that a message came', async () => {
	const draw = chance(seedFrom('PUSH_SEED'));
	const delays: number[] = [];
	const whole: number[] = [];
	for (let i = 0; i < letters; i++) {
		await world.until(() => via.connections.some(({ transcript }) => /^C: \S+ IDLE/.test(transcript.at(-2) ?? '')), 'the wait');
		await new Promise((resolve) => setTimeout(resolve, draw() * (isBench ? 1_000 : 150)));
		told = [];
		const before = world.executions.length;
		let emittedAt = 0;
		world.onExecution = (execution) => {
			emittedAt = performance.now();
			execution.end();
		};
		await dovecot.append(user, 'INBOX', mail(`letter ${i}`));
		const appendedAt = performance.now();
		await world.until(() => world.executions.length > before, `letter ${i}`);
		delays.push(emittedAt - told[0]);
		whole.push(emittedAt - appendedAt);
	}
	report('EXISTS to emit, ms', { median: at(delays, 0.5), p99: at(delays, 0.99) });
	report('end of APPEND to emit, ms', { median: at(whole, 0.5), p99: at(whole, 0.99) });
	// On a busy machine ten times what it takes; a wait that nobody wants, such as imapflow's 15 seconds, shows all the same.
	expect(at(delays, 0.5)).toBeLessThan(500);
});

it('reads a burst for few round trips and hardly more bytes than its text', async () => {
	await world.until(() => world.executions.every(({ ended }) => ended), 'rest');
	world.onExecution = (execution) => setTimeout(() => execution.end(), 2);
	const body = 'All work and no play makes Jack a dull boy.\r\n'.repeat(100);
	const messages = Array.from({ length: 500 }, (_, i) => mail(`burst ${i}`) + body);
	via.reset();
	const before = world.executions.length;
	await dovecot.appendMany(user, 'INBOX', messages);
	await world.until(() => world.executions.length - before === 500, 'the burst', 60_000);
	const { roundTrips, toClient, toServer } = via.totals().work;
	const share = (toClient + toServer) / messages.reduce((sum, message) => sum + message.length, 0);
	report('500 messages', { roundTrips, 'bytes for each byte of text': share });
	expect(roundTrips).toBeLessThanOrEqual(20);
	expect(share).toBeLessThan(1.15);
});

it('costs at most 2.5 kB and 50 round trips in an hour in which nothing happens', async () => {
	await world.stop();
	const [login, catchUpEvery] = [dovecot.newUser(), 1];
	const credential = { user: login, password: dovecot.password, host: via.host, port: via.port, security: 'none' };
	// The folder holds mail, and is looked at more often, so that the twelve times of an hour take seconds.
	await dovecot.appendMany(login, 'INBOX', ['one', 'two', 'three'].map(mail));
	world = new PushWorld({ credential, parameters: { options: { catchUpEvery } } });
	await world.start();
	const isWaiting = (): boolean => /^C: \S+ IDLE/.test(via.connections.at(-1)?.transcript.at(-2) ?? '');
	await world.until(isWaiting, 'the wait');
	via.reset();
	const asked = (): number => via.transcript().match(/^C: DONE/gm)?.length ?? 0;
	await world.until(() => asked() >= 12 && isWaiting(), 'twelve looks at rest', 60_000);
	const { roundTrips, toClient, toServer } = via.totals().work;
	report('an idle hour', { roundTrips, bytes: toClient + toServer, looks: asked() });
	expect(toClient + toServer).toBeLessThanOrEqual(2_500);
	expect(roundTrips).toBeLessThanOrEqual(50);
	// It was asked, and the folder opened anew now and then.
	expect(via.transcript().match(/^C: \S+ NOOP/gm)?.length).toBeGreaterThanOrEqual(9);
	expect(via.transcript()).toMatch(/^C: \S+ EXAMINE/m);
});
