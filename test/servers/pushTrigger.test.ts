/** The push trigger on real mail servers, in a stand-in for n8n. What needs a real n8n is in test/e2e/imapPushTrigger.test.ts. */
import { chance, seedFrom } from '../support/chance';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { PushWorld, type PushedExecution, type PushWorldOptions } from '../support/pushContext';
import { startProxy, type CountingProxy, type ProxyOptions } from '../support/wire/countingProxy';

let dovecot: Dovecot;
let worlds: PushWorld[] = [];
let proxies: CountingProxy[] = [];
beforeAll(async () => {
	dovecot = await startDovecot();
});
afterEach(async () => {
	for (const world of worlds) await world.stop();
	worlds = [];
	for (const one of proxies) await one.stop();
	proxies = [];
});
afterAll(async () => {
	await dovecot.stop();
});

/** A published workflow on a mailbox of its own. */
async function published(
	options: Partial<PushWorldOptions> & { via?: CountingProxy } = {},
): Promise<{ world: PushWorld; user: string }> {
	const user = dovecot.newUser();
	const { world } = prepared(user, options);
	await world.start();
	return { world, user };
}

/** The same, and not published yet. */
function prepared(user: string, { via, ...options }: Partial<PushWorldOptions> & { via?: CountingProxy }): { world: PushWorld } {
	const { password } = dovecot;
	const { host, port } = via ?? dovecot;
	const world = new PushWorld({ ...options, credential: { user, password, host, port, security: 'none' } });
	worlds.push(world);
	return { world };
}

async function proxy(options: ProxyOptions = {}): Promise<CountingProxy> {
	const started = await startProxy(dovecot, options);
	proxies.push(started);
	return started;
}

const flagsOf = async (user: string): Promise<string[]> =>
	(await dovecot.fetchAll(user, 'INBOX')).map(({ messageId, flags }) => `${messageId} ${flags.join(' ')}`.trim());

it('hands over a message the moment it arrives, and marks it when its execution succeeded', async () => {
	const { world, user } = await published({
		parameters: { options: { whenDone: 'markRead' } },
		onExecution: () => undefined,
	});
	await dovecot.append(user, 'INBOX', mail('first'));
	await world.until(() => world.executions.length === 1, 'the first message', 3_000);
	expect(world.subjects).toEqual(['1 first']);
	expect(await flagsOf(user)).toEqual(['<first@example.com>']);
	world.executions[0].end();
	await world.until(async () => (await flagsOf(user))[0].endsWith('\\Seen'), 'the mark');
});

it('hands over one after the other, and a message that failed again, with the next number', async () => {
	const { world, user } = await published({
		parameters: { options: { retryAfter: 0 } },
		onExecution: (execution) => {
			const { subject, attempt } = execution.items[0].json;
			execution.end(subject === 'second' && attempt === 1 ? 'it failed' : undefined);
		},
	});
	for (const subject of ['first', 'second', 'third']) await dovecot.append(user, 'INBOX', mail(subject));
	await world.until(() => world.executions.length === 4, 'four executions');
	expect(world.subjects.sort()).toEqual(['1 first', '1 second', '1 third', '2 second']);
	const ids = world.executions
		.filter(({ items }) => items[0].json.subject === 'second')
		.map(({ items }) => items[0].json.eventId);
	expect(new Set(ids).size).toBe(1);
});

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${String(i + 1).padStart(3, '0')}`);
const attemptsOf = (world: PushWorld): Map<string, number[]> => {
	const attempts = new Map<string, number[]>();
	for (const { items } of world.executions)
		for (const { json } of items)
			attempts.set(String(json.subject), [...(attempts.get(String(json.subject)) ?? []), Number(json.attempt)]);
	return attempts;
};

describe('a burst', () => {
	it('of 500 is handed over whole, in order, for few round trips', async () => {
		const via = await proxy();
		const { world, user } = await published({ via, onExecution: (execution) => setTimeout(() => execution.end(), 2) });
		via.reset();
		const subjects = numbered(500);
		await dovecot.appendMany(user, 'INBOX', subjects.map(mail));
		await world.until(() => world.executions.length >= 500, '500 executions', 40_000);
		expect(world.subjects).toEqual(subjects.map((subject) => `1 ${subject}`));
		const { work } = via.totals();
		expect(work.roundTrips).toBeLessThanOrEqual(20);
	});

	it('fills no more than the executions at once that are allowed', async () => {
		let most = 0;
		const { world, user } = await published({
			parameters: { options: { concurrency: 3, order: 'none' } },
			onExecution: (execution) => {
				most = Math.max(most, world.executions.filter(({ ended }) => !ended).length);
				setTimeout(() => execution.end(), 10);
			},
		});
		await dovecot.appendMany(user, 'INBOX', numbered(30).map(mail));
		await world.until(() => world.executions.length === 30, '30 executions');
		expect(most).toBe(3);
	});

	it('goes in batches where that is asked for, and what failed in one comes again alone', async () => {
		const { world, user } = await published({
			parameters: { options: { perExecution: 'batch', batchSize: 10, retryAfter: 0 } },
			onExecution: (execution) => {
				const subjects = execution.items.map(({ json }) => json.subject);
				setTimeout(() => execution.end(subjects.includes('m005') && subjects.length > 1 ? 'no' : undefined), 20);
			},
		});
		await dovecot.appendMany(user, 'INBOX', numbered(20).map(mail));
		await world.until(() => attemptsOf(world).size === 20 && (attemptsOf(world).get('m005')?.length ?? 0) === 2, 'all');
		for (const { items } of world.executions) expect(items.length).toBeLessThanOrEqual(10);
		const again = world.executions.filter(({ items }) => items.some(({ json }) => Number(json.attempt) > 1));
		for (const { items } of again) expect(items).toHaveLength(1);
	});
});

describe('after a power cut', () => {
	it('what was in flight comes again, once for each cut, and nothing is lost', async () => {
		const { world, user } = await published({ onExecution: (execution) => setTimeout(() => execution.end(), 15) });
		const subjects = numbered(60);
		await dovecot.appendMany(user, 'INBOX', subjects.map(mail));
		for (const point of [3, 11, 12, 30, 47]) {
			await world.until(() => world.executions.length >= point, `${point} executions`);
			await world.die();
			await world.start('init');
		}
		await world.until(() => attemptsOf(world).size === 60 && world.executions.every(({ ended }) => ended), 'all of them');
		const repeats = [...attemptsOf(world).values()].filter((attempts) => attempts.length > 1);
		expect(repeats.length).toBeLessThanOrEqual(5);
		for (const attempts of attemptsOf(world).values()) expect(attempts).toEqual(attempts.map((_, i) => i + 1));
	});

	it('nothing comes again that was done before the trigger came to rest', async () => {
		const { world, user } = await published();
		await dovecot.append(user, 'INBOX', mail('first'));
		await world.until(() => world.duplicates === 1, 'the rest');
		await world.die();
		await world.start('init');
		await dovecot.append(user, 'INBOX', mail('second'));
		await world.until(() => world.subjects.includes('1 second'), 'the second');
		expect(world.subjects).toEqual(['1 first', '1 second']);
	});

	it('the mark on the server tells what was done', async () => {
		const { world, user } = await published({
			parameters: { options: { whenDone: 'addKeyword' } },
			onExecution: (execution) => execution.end(),
		});
		await dovecot.append(user, 'INBOX', mail('first'));
		await world.until(async () => (await flagsOf(user))[0]?.endsWith('n8n-done') ?? false, 'the mark');
		// All that n8n saved is that it is in flight.
		expect(JSON.stringify(world.saved)).toContain('"r":');
		await world.die();
		await world.start('init');
		await dovecot.append(user, 'INBOX', mail('second'));
		await world.until(() => world.subjects.includes('1 second'), 'the second');
		expect(world.subjects).toEqual(['1 first', '1 second']);
	});
});

it('gives up after the last attempt, says so, and does what is asked for then', async () => {
	const { world, user } = await published({
		parameters: {
			triggerOn: ['messageNew', 'messageFailed'],
			options: { retryAfter: 0, maxAttempts: 3, whenDone: 'markRead', whenGivenUp: 'move', givenUpFolder: 'Failed' },
		},
		onExecution: (execution) => execution.end(execution.items[0].json.event === 'messageNew' ? 'always' : undefined),
	});
	await dovecot.append(user, 'INBOX', mail('poor'));
	await world.until(() => world.executions.some(({ items }) => items[0].json.event === 'messageFailed'), 'the failure');
	expect(world.subjects).toEqual(['1 poor', '2 poor', '3 poor', '1 messageFailed']);
	expect(world.executions[3].items[0].json).toMatchObject({ error: { message: 'always', attempts: 3 }, folder: 'INBOX' });
	await world.until(async () => (await dovecot.fetchAll(user, 'INBOX')).length === 0, 'the move');
	const [moved] = await dovecot.fetchAll(user, 'Failed');
	expect(moved).toMatchObject({ messageId: '<poor@example.com>', flags: [] });
});

it.each([
	['move', { whenDone: 'move', doneFolder: { __rl: true, mode: 'path', value: 'Done' } }, 'Done'],
	['delete', { whenDone: 'delete' }, 'Trash'],
])('can %s what is done, which is no event', async (_what, options, target) => {
	const user = dovecot.newUser();
	await dovecot.createFolder(user, 'Trash');
	const { world } = prepared(user, {
		parameters: {
			triggerOn: ['messageNew', 'messageDeleted', 'messageMoved', 'messageUpdated'],
			folderSelection: 'all',
			options,
		},
	});
	await world.start();
	await dovecot.append(user, 'INBOX', mail('first'));
	await world.until(async () => (await dovecot.fetchAll(user, target).catch(() => [])).length === 1, 'the move', 30_000);
	await dovecot.append(user, 'INBOX', mail('second'));
	await world.until(() => world.subjects.includes('1 second'), 'the second', 30_000);
	expect(world.subjects).toEqual(['1 first', '1 second']);
});

it('tells a deletion soon, though it waits for the message to turn up in another folder', async () => {
	const { world, user } = await published({
		parameters: { triggerOn: ['messageNew', 'messageMoved', 'messageDeleted'], folderSelection: 'all' },
		onExecution: (execution) => execution.end(),
	});
	await dovecot.append(user, 'INBOX', mail('first'));
	await world.until(() => world.subjects.length === 1, 'the message');
	await dovecot.expunge(user, 'INBOX', [1]);
	// Long before the trigger would look by itself.
	await world.until(() => world.executions.length === 2, 'the deletion', 4_000);
	expect(world.executions[1].items[0].json).toMatchObject({ event: 'messageDeleted', uid: 1 });
});

describe('finish signals that never come', () => {
	it('do not stop the trigger: when the lease ends the next one may begin, and the message comes again', async () => {
		let dropped = 0;
		const { world, user } = await published({
			executionTimeout: 0.001,
			parameters: { options: { retryAfter: 0 } },
			onExecution: (execution) => {
				if (execution.items[0].json.subject === 'm002' && dropped++ === 0) return;
				execution.end();
			},
		});
		await dovecot.appendMany(user, 'INBOX', numbered(3).map(mail));
		await world.until(() => world.executions.length >= 2, 'two executions');
		await world.until(() => world.executions.length === 4, 'all', 45_000);
		expect(world.subjects.sort()).toEqual(['1 m001', '1 m002', '1 m003', '2 m002']);
	});
});

describe('when the server is away', () => {
	it('goes on handing over what it has read, while a command hangs', async () => {
		const via = await proxy();
		const { world, user } = await published({
			via,
			executionTimeout: 0.001,
			parameters: { options: { whenDone: 'markRead' } },
			onExecution: (execution) => {
				if (execution.items[0].json.subject === 'm001') {
					via.stall();
					return execution.end();
				}
				// Of the second one nothing is heard.
				if (execution.items[0].json.subject !== 'm002') execution.end();
			},
		});
		await dovecot.appendMany(user, 'INBOX', numbered(4).map(mail));
		await world.until(() => world.subjects.includes('1 m004'), 'the last', 8_000);
		expect(world.subjects.slice(0, 4)).toEqual(numbered(4).map((subject) => `1 ${subject}`));
		via.resume();
	});

	it('comes back by itself, alarms nobody, and has lost nothing', async () => {
		const via = await proxy();
		const { world, user } = await published({ via });
		await dovecot.append(user, 'INBOX', mail('first'));
		await world.until(() => world.subjects.includes('1 first'), 'the first');
		for (let i = 0; i < 3; i++) {
			via.cut();
			await dovecot.append(user, 'INBOX', mail(`after ${i}`));
			await world.until(() => world.subjects.includes(`1 after ${i}`), `message ${i}`);
		}
		expect(world.subjects).toEqual(['1 first', '1 after 0', '1 after 1', '1 after 2']);
		expect(world.failed).toEqual([]);
	});

	it('starts without it, and tells then what came since', async () => {
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', mail('old'));
		const via = await proxy();
		const { world } = prepared(user, { via });
		await via.stop();
		await world.start();
		expect(world.failed).toEqual([]);
		// Times of arrival have no more than whole seconds.
		await new Promise((resolve) => setTimeout(resolve, 1_100));
		await dovecot.append(user, 'INBOX', mail('new'));
		const again = await startProxy(dovecot, {}, via.port);
		proxies.push(again);
		await world.until(() => world.subjects.length === 1, 'the new message');
		expect(world.subjects).toEqual(['1 new']);
	});

	it('is not waited for when the workflow is unpublished', async () => {
		const via = await proxy();
		const { world, user } = await published({ via });
		await world.until(() => via.transcript().includes('IDLE'), 'the wait');
		via.stall();
		await dovecot.append(user, 'INBOX', mail('unheard'));
		const begun = Date.now();
		await world.stop();
		expect(Date.now() - begun).toBeLessThan(2_000);
		await world.until(() => via.connections.every(({ closed }) => closed), 'the end of the connections', 2_000);
		via.resume();
	});
});

it('says what is wrong with a password, once, and mends itself when the credential is mended', async () => {
	const { world, user } = await published();
	await world.stop();
	const right = world.credential;
	world.credential = { ...right, password: 'wrong' };
	await world.start('init', { sameProcess: true });
	expect(world.failed).toEqual([expect.stringMatching(/password|log/i)]);
	const advice = expect.stringMatching(/./) as string;
	expect(world.reports()).toMatchObject([{ status: 'failing', whatToDo: advice, connected: false, lastError: world.failed[0] }]);
	world.credential = right;
	await dovecot.append(user, 'INBOX', mail('meanwhile'));
	await world.until(() => world.subjects.includes('1 meanwhile'), 'the message', 40_000);
	expect(world.failed).toHaveLength(1);
	expect(world.reports()).toEqual([expect.objectContaining({ status: 'watching', connected: true })]);
	expect(world.reports()[0]).not.toHaveProperty('whatToDo');
});

it('refuses to be published with a wrong password', async () => {
	const { world } = prepared(dovecot.newUser(), {});
	world.credential = { ...world.credential, password: 'wrong' };
	await expect(world.start('activate')).rejects.toThrow(/password|log/i);
	expect(world.failed).toEqual([]);
});

it('hears nothing of a server that is silent, and looks for itself', async () => {
	let count = 0;
	const via = await proxy({
		// As some servers do: nothing is said while IDLE lasts, nor at its end.
		onServerLine: (line, { command }) =>
			command?.name === 'IDLE' && /^\* \d+ (EXISTS|RECENT)/.test(line) ? ((count += 1), null) : undefined,
	});
	const { world, user } = await published({ via, parameters: { options: { catchUpEvery: 1 } } });
	await world.until(() => via.transcript().includes('IDLE'), 'the wait');
	await dovecot.append(user, 'INBOX', mail('unsaid'));
	await world.until(() => world.subjects.includes('1 unsaid'), 'the message', 75_000);
	expect(count).toBeGreaterThan(0);
});

it('needs no IDLE', async () => {
	const via = await proxy({ mask: ['IDLE'] });
	const { world, user } = await published({ via });
	await dovecot.append(user, 'INBOX', mail('first'));
	await world.until(() => world.subjects.includes('1 first'), 'the message', 25_000);
});

it('looks for itself where the server ends every wait at once', async () => {
	let waits = 0;
	const via = await proxy({
		onClientLine: (_line, { command, toClient }) => {
			if (command?.name !== 'IDLE') return undefined;
			waits++;
			toClient('+ idling');
			toClient(`${command.tag} OK Done.`);
			return null;
		},
	});
	const { world, user } = await published({ via });
	for (const subject of ['first', 'second']) {
		await dovecot.append(user, 'INBOX', mail(subject));
		await world.until(() => world.subjects.includes(`1 ${subject}`), subject, 10_000);
	}
	// It is not tried again for an hour.
	expect(waits).toBe(3);
	expect(world.failed).toEqual([]);
});

it('hears of every folder over one connection where the server has NOTIFY', async () => {
	const user = dovecot.newUser();
	await dovecot.createFolder(user, 'Größe');
	await dovecot.createFolder(user, 'Orders');
	const via = await proxy();
	const { world } = prepared(user, { via, parameters: { folders: ['INBOX', 'Orders', 'Größe'] } });
	await world.start();
	await world.until(() => via.transcript().includes('IDLE'), 'the wait');
	for (const folder of ['Orders', 'INBOX', 'Größe', 'Orders']) {
		const told = world.executions.length;
		await dovecot.append(user, folder, mail(`in ${folder} after ${told}`));
		await world.until(() => world.executions.length > told, `the message in ${folder}`);
	}
	expect(world.subjects).toEqual(['1 in Orders after 0', '1 in INBOX after 1', '1 in Größe after 2', '1 in Orders after 3']);
	expect(via.transcript()).toMatch(/C: \S+ NOTIFY SET/);
	expect(via.transcript()).toMatch(/S: \* STATUS Orders/);
	expect(via.totals().connections).toBe(1);
});

it.each([
	['with NOTIFY', []],
	['without it', ['NOTIFY']],
])('hears of a folder that is made later, %s', async (_what, mask) => {
	const via = await proxy({ mask });
	const { world, user } = await published({ via, parameters: { folderSelection: 'all' } });
	await world.until(() => /C: \S+ IDLE/.test(via.transcript()), 'the wait');
	await dovecot.createFolder(user, 'Later');
	await dovecot.append(user, 'Later', mail('in a new folder'));
	await world.until(() => world.subjects.includes('1 in a new folder'), 'the message', 6_000);
});

it('soon tells that a folder was made', async () => {
	const { world, user } = await published({ parameters: { folderSelection: 'all', triggerOn: ['folderCreated'] } });
	await dovecot.createFolder(user, 'Later');
	await world.until(() => world.subjects.includes('1 folderCreated'), 'the event', 6_000);
});

it('shares one connection among the triggers of a login', async () => {
	const via = await proxy();
	const user = dovecot.newUser();
	const all = Array.from({ length: 8 }, () => prepared(user, { via }).world);
	const [first] = all;
	for (const world of all) world.shareProcessWith(first);
	for (const world of all) await world.start();
	await dovecot.append(user, 'INBOX', mail('for all'));
	for (const world of all) await world.until(() => world.subjects.includes('1 for all'), 'the message', 5_000);
	expect(via.totals().connections).toBe(1);
});

it('goes on when it is published anew while an execution runs, and hears how that ends', async () => {
	const { world, user } = await published({ onExecution: () => undefined });
	await dovecot.append(user, 'INBOX', mail('first'));
	await world.until(() => world.executions.length === 1, 'the first');
	await world.stop();
	await world.start('update', { sameProcess: true });
	world.executions[0].end();
	await dovecot.append(user, 'INBOX', mail('second'));
	await world.until(() => world.executions.length === 2, 'the second');
	expect(world.subjects).toEqual(['1 first', '1 second']);
});

it('refuses to be published with a folder that is not there', async () => {
	const { world } = prepared(dovecot.newUser(), { parameters: { folders: ['Nowhere'] } });
	await expect(world.start('activate')).rejects.toThrow(/Nowhere/);
});

it('counts an execution that sleeps as done, and marks nothing', async () => {
	const { world, user } = await published({
		parameters: { options: { whenDone: 'markRead' } },
		onExecution: (execution) =>
			execution.items[0].json.subject === 'first' ? execution.settle({ status: 'waiting' }) : execution.end(),
	});
	for (const subject of ['first', 'second']) await dovecot.append(user, 'INBOX', mail(subject));
	await world.until(async () => (await flagsOf(user))[1]?.endsWith('\\Seen') ?? false, 'the mark of the second');
	expect(world.subjects).toEqual(['1 first', '1 second']);
	expect((await flagsOf(user))[0]).toBe('<first@example.com>');
});

it('hands over again what n8n did not begin, which is no attempt, and loses nothing of a burst meanwhile', async () => {
	let isAway = true;
	const { world, user } = await published({
		parameters: { options: { maxAttempts: 1 } },
		onExecution: (execution) => {
			if (!isAway) return execution.end();
			world.keys.delete(execution.key);
			execution.reject(new Error('the database is away'));
		},
	});
	await dovecot.appendMany(user, 'INBOX', numbered(5).map(mail));
	await world.until(() => world.executions.length >= 3, 'three tries');
	isAway = false;
	const before = world.executions.length;
	await world.until(() => world.executions.length - before >= 5, 'all messages');
	expect(world.subjects.slice(before).sort()).toEqual(numbered(5).map((subject) => `1 ${subject}`));
});

it('goes on with the other conversations while one takes its time', async () => {
	const reply = (subject: string, of: string): string => `References: <${of}@example.com>\r\n${mail(subject)}`;
	const { world, user } = await published({
		parameters: { options: { concurrency: 4, order: 'conversation' } },
		onExecution: (execution) => {
			if (execution.items[0].json.subject !== 'slow') execution.end();
		},
	});
	await dovecot.appendMany(user, 'INBOX', [mail('slow'), reply('answer', 'slow'), mail('other'), mail('another')]);
	await world.until(() => world.subjects.includes('1 another'), 'the others');
	expect(world.subjects).toEqual(['1 slow', '1 other', '1 another']);
	world.executions[0].end();
	await world.until(() => world.subjects.includes('1 answer'), 'the answer');
});

it('waits for nothing, and repeats nothing, where an event is done when it is handed over', async () => {
	const { world, user } = await published({
		parameters: { doneWhen: 'handedOver' },
		onExecution: (execution) => execution.end('failed'),
	});
	await dovecot.appendMany(user, 'INBOX', numbered(5).map(mail));
	await world.until(() => world.executions.length === 5, 'all of them');
	await world.die();
	await world.start('init');
	await dovecot.append(user, 'INBOX', mail('last'));
	await world.until(() => world.executions.length >= 6, 'the last');
	expect(world.executions.map(({ items }) => items[0].json.subject)).toEqual([...numbered(5), 'last']);
	expect(world.executions[0].items[0].json).not.toHaveProperty('attempt');
});

it('tells the other events too, and repeats them when their execution failed', async () => {
	const user = dovecot.newUser();
	await dovecot.append(user, 'INBOX', mail('there'));
	const { world } = prepared(user, {
		parameters: { triggerOn: ['messageUpdated', 'messageDeleted'], options: { retryAfter: 0 } },
		onExecution: (execution) => execution.end(execution.items[0].json.attempt === 1 ? 'once' : undefined),
	});
	await world.start();
	await dovecot.flags(user, 'INBOX', [1], { add: ['\\Flagged'] });
	await world.until(() => world.executions.length === 2, 'the update, twice');
	await dovecot.expunge(user, 'INBOX', [1]);
	await world.until(() => world.executions.length === 4, 'the deletion, twice');
	expect(
		world.executions.map(
			({ items: [{ json }] }) => `${String(json.attempt)} ${String(json.event)} ${String(json.flagsAdded ?? '')}`,
		),
	).toEqual(['1 messageUpdated \\Flagged', '2 messageUpdated \\Flagged', '1 messageDeleted ', '2 messageDeleted ']);
	const ids = world.executions.map(({ items }) => items[0].json.eventId);
	expect([ids[0] === ids[1], ids[2] === ids[3], ids[0] === ids[2]]).toEqual([true, true, false]);
});

describe('whatever happens to signals, executions, connections and processes', () => {
	const faults = Number(process.env.PUSH_FAULTS ?? 24) / 2;

	it.each([
		['several at once', 3, 'none'],
		['one after the other', 1, 'folder'],
	])(
		'each message is done in the end, and marked only then: %s',
		async (_what, concurrency, order) => {
			const seed = seedFrom('PUSH_SEED');
			const draw = chance(seed);
			const via = await proxy();
			const sink = new FaultySink(concurrency);
			const { world, user } = await published({
				via,
				executionTimeout: 0.001,
				parameters: { options: { concurrency, order, retryAfter: 0, maxAttempts: 100, whenDone: 'addKeyword' } },
				onExecution: (execution) => {
					if (sink.met >= faults) return sink.take(execution, { after: draw() * 20 });
					const kind = draw();
					if (kind < 0.45) sink.met++;
					if (kind < 0.1) {
						world.keys.delete(execution.key);
						return execution.reject(new Error('the database is away'));
					}
					if (kind < 0.2) return execution.end('it failed');
					sink.take(execution, { after: draw() * 20, isEndLost: kind < 0.3 });
					if (kind >= 0.3 && kind < 0.38) via.cut();
					if (kind >= 0.38 && kind < 0.4) stallFor(via, 50 + draw() * 200);
					if (kind >= 0.4 && kind < 0.45) sink.restart(world);
				},
			});
			const done = async (): Promise<string[]> =>
				(await flagsOf(user)).filter((line) => line.includes('n8n-done')).map((line) => /^<(\w+)@/.exec(line)![1]);
			const count = Math.ceil(faults / 10) * 20;
			for (let sent = 0; sent < count; sent += 20) {
				await dovecot.appendMany(
					user,
					'INBOX',
					numbered(sent + 20)
						.slice(sent)
						.map(mail),
				);
				const wanted = Math.min(sent + 10, count);
				await world.until(() => sink.rows.size >= wanted, `${wanted} rows (seed ${seed}, ${sink.met} faults)`, 90_000);
				expect((await done()).filter((subject) => !sink.succeeded.has(subject))).toEqual([]);
			}
			await world.until(() => sink.rows.size === count, `all rows (seed ${seed}, ${sink.met} faults)`, 90_000);
			await sink.restarting;
			await world.until(async () => (await done()).length === count, `all marks (seed ${seed})`, 90_000);
			expect((await done()).filter((subject) => !sink.succeeded.has(subject))).toEqual([]);
			expect(sink.met).toBeGreaterThanOrEqual(faults);
			expect(sink.most).toBeLessThanOrEqual(concurrency);
			// What fails, or is in flight at a restart, is repeated; nothing else is.
			expect([...sink.rows.values()].reduce((sum, times) => sum + times, 0) - count).toBeLessThanOrEqual(sink.met * concurrency);
			const first = [...attemptsOf(world)].map(([subject]) => subject);
			if (order === 'folder') expect(first).toEqual(numbered(count));
		},
		600_000,
	);
});

/** The database that a workflow writes into: how often each event came, and what is known to have succeeded. */
class FaultySink {
	/** Faults met so far. */
	met = 0;
	readonly rows = new Map<string, number>();
	/** Subjects of messages of which n8n was told that their execution succeeded. */
	readonly succeeded = new Set<string>();
	/** Executions that ran at the same time in one process, at most. */
	most = 0;
	restarting: Promise<void> | undefined;
	private running = new Set<PushedExecution>();

	constructor(readonly concurrency: number) {}

	take(execution: PushedExecution, { after, isEndLost = false }: { after: number; isEndLost?: boolean }): void {
		const { eventId, subject } = execution.items[0].json;
		const { running } = this;
		running.add(execution);
		this.most = Math.max(this.most, running.size);
		setTimeout(() => {
			this.rows.set(String(eventId), (this.rows.get(String(eventId)) ?? 0) + 1);
			running.delete(execution);
			if (isEndLost) return;
			this.succeeded.add(String(subject));
			execution.end();
		}, after);
	}

	/** A power cut; what runs goes on running, and nobody hears of its end. */
	restart(world: PushWorld): void {
		if (this.restarting) return;
		this.running = new Set();
		this.restarting = world
			.die()
			.then(async () => await world.start('init'))
			.finally(() => (this.restarting = undefined));
	}
}

function stallFor(via: CountingProxy, milliseconds: number): void {
	via.stall();
	setTimeout(() => via.resume(), milliseconds);
}

it('says how it is: what runs, and what went wrong last', async () => {
	const { world, user } = await published({ onExecution: () => undefined });
	await dovecot.append(user, 'INBOX', mail('first'));
	await world.until(() => world.executions.length === 1, 'the first');
	expect(world.reports()).toEqual([
		expect.objectContaining({
			node: 'Mailbox',
			status: 'watching',
			connected: true,
			executionsRunning: 1,
			eventsWaiting: 0,
			eventsComingAgain: 0,
			mostAttempts: 1,
			quarantined: 0,
			connectedSince: expect.stringMatching(/^20/) as string,
			lastEvent: expect.stringMatching(/^20/) as string,
		}),
	]);
	await world.stop();
	expect(world.reports()).toEqual([]);
});
