/** What push triggers hold: connections while they run, and nothing when they have ended. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { PushWorld, type PushWorldOptions } from '../support/pushContext';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

let dovecot: Dovecot;
let via: CountingProxy;
beforeAll(async () => {
	dovecot = await startDovecot();
});
beforeEach(async () => {
	via = await startProxy(dovecot);
});
afterEach(async () => {
	via.resume();
	await via.stop();
});
afterAll(async () => {
	await dovecot.stop();
});

/** Sockets, timers and requests that keep the process alive, by kind. */
function held(): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const kind of process.getActiveResourcesInfo().sort()) counts[kind] = (counts[kind] ?? 0) + 1;
	return counts;
}

/** Until no more is held than before. Fewer may be: what an earlier test left to end by itself. */
async function noneLeft(world: PushWorld, before: Record<string, number>): Promise<void> {
	const more = (): Array<[string, number]> => Object.entries(held()).filter(([kind, count]) => count > (before[kind] ?? 0));
	await world.until(() => more().length === 0, 'an end of all', 3_000).catch(() => undefined);
	expect(more()).toEqual([]);
}

const worldOf = (
	user: string,
	{ host, port }: { host: string; port: number },
	options: Partial<PushWorldOptions> = {},
): PushWorld => new PushWorld({ ...options, credential: { user, password: dovecot.password, host, port, security: 'none' } });

/** A user whose helper connection is open, so that it is counted before and after. */
async function newUser(): Promise<string> {
	const user = dovecot.newUser();
	await dovecot.append(user, 'INBOX', mail('old'));
	return user;
}

describe('when it is unpublished, nothing is left, within two seconds', () => {
	const numbered = Array.from({ length: 300 }, (_, i) => mail(`m${i}`));
	const states: Array<[string, (world: PushWorld, user: string) => Promise<void>]> = [
		['while it waits', async (world) => await world.until(() => /C: \S+ IDLE/.test(via.transcript()), 'the wait')],
		[
			'while an execution runs',
			async (world, user) => {
				world.onExecution = () => undefined;
				await dovecot.append(user, 'INBOX', mail('new'));
				await world.until(() => world.executions.length === 1, 'the execution');
			},
		],
		[
			'in the middle of a burst',
			async (world, user) => {
				world.onExecution = (execution) => setTimeout(() => execution.end(), 1);
				await dovecot.appendMany(user, 'INBOX', numbered);
				await world.until(() => world.executions.length > 5, 'some executions');
			},
		],
		[
			'while the server hangs in a command',
			async (world, user) => {
				await world.until(() => /C: \S+ IDLE/.test(via.transcript()), 'the wait');
				via.stall('toServer');
				await dovecot.append(user, 'INBOX', mail('new'));
				await world.until(() => /DONE/.test(via.transcript()), 'the command');
			},
		],
		[
			'while the server is away',
			async (world) => {
				await via.stop();
				await world.until(() => world.log.some(({ message }) => /refused the connection/.test(message)), 'a try');
			},
		],
	];
	it.each(states)('%s', async (_what, prepare) => {
		const user = await newUser();
		const before = held();
		const world = worldOf(user, via);
		await world.start();
		try {
			await prepare(world, user);
			expect(held()).not.toEqual(before);
		} catch (error) {
			await world.stop();
			throw error;
		}
		const begun = performance.now();
		await world.stop();
		expect(performance.now() - begun).toBeLessThan(2_000);
		// The proxy learns a moment later that its client is gone, and ends the executions that the test itself lets take a while.
		await noneLeft(world, before);
	});

	it('while a server accepts connections and says nothing', async () => {
		const user = await newUser();
		const sockets = new Set<Socket>();
		const mute = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
		await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
		const before = held();
		const world = worldOf(user, { host: '127.0.0.1', port: (mute.address() as AddressInfo).port });
		const started = world.start('init');
		await world.until(() => sockets.size > 0, 'the connection');
		// Nobody has the trigger yet: n8n waits for its start as long as that takes.
		await started;
		const begun = performance.now();
		await world.stop();
		expect(performance.now() - begun).toBeLessThan(2_000);
		for (const socket of sockets) socket.destroy();
		await noneLeft(world, before);
		mute.close();
	});
});

it('serves 40 triggers of one account with fewer connections than its server allows', async () => {
	const user = await newUser();
	const folders = Array.from({ length: 20 }, (_, i) => `Folder ${String(i).padStart(2, '0')}`);
	for (const folder of folders) await dovecot.createFolder(user, folder);
	const worlds = folders.flatMap((folder) => [
		worldOf(user, via, { parameters: { folders: [folder] } }),
		worldOf(user, via, { parameters: { folders: [folder, 'INBOX'] } }),
	]);
	let most = 0;
	const counting = setInterval(() => {
		most = Math.max(most, via.connections.filter(({ closed }) => !closed).length);
	}, 5);
	try {
		for (const world of worlds) world.shareProcessWith(worlds[0]);
		for (const world of worlds) await world.start();
		for (const folder of folders) await dovecot.append(user, folder, mail(`in ${folder}`));
		for (const [i, world] of worlds.entries()) {
			await world.until(() => world.subjects.includes(`1 in ${folders[i >> 1]}`), `the message of trigger ${i}`, 40_000);
		}
		via.cut();
		await dovecot.append(user, 'INBOX', mail('for half of them'));
		for (const [i, world] of worlds.entries()) {
			if (i % 2 === 1) await world.until(() => world.subjects.includes('1 for half of them'), `trigger ${i}`, 40_000);
		}
		for (const [i, world] of worlds.entries()) expect(world.subjects).toHaveLength(1 + (i % 2));
		expect(worlds.flatMap(({ failed }) => failed)).toEqual([]);
	} finally {
		clearInterval(counting);
		for (const world of worlds) await world.stop();
	}
	expect(most).toBeGreaterThan(0);
	expect(most).toBeLessThanOrEqual(10);
});
