/** The push trigger on real mail servers, in a stand-in for n8n. What needs a real n8n is in test/e2e/imapPushTrigger.test.ts. */
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { PushWorld, type PushWorldOptions } from '../support/pushContext';
import { startProxy, type CountingProxy, type ProxyOptions } from '../support/wire/countingProxy';

jest.setTimeout(60_000);

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

	it('the mark on the server tells what was done', async () => {
		const { world, user } = await published({
			parameters: { options: { whenDone: 'addKeyword' } },
			onExecution: (execution) => execution.end(),
		});
		await dovecot.append(user, 'INBOX', mail('first'));
		await world.until(async () => (await flagsOf(user))[0]?.endsWith('n8n-done') ?? false, 'the mark');
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
