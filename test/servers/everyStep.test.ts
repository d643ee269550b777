import { ACKNOWLEDGED_KEYWORD, type Acknowledge } from '../../sync/settings/acknowledge';
import { FollowedAccount, type Ask } from '../support/account';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { HandOvers } from '../support/handOvers';
import { eachInLanes } from '../support/lanes';
import { mail } from '../support/mail';
import { Replica } from '../support/replica';
import { startProxy, type CountingProxy, type CutRule, type WireCount } from '../support/wire/countingProxy';
import type { SyncEvent } from '../../sync/events/syncEvent';

/**
 * Every step, as mbsync is tested: a run is cut after each byte and each command, and goes on from what was kept; or the process
 * dies after the hand-over and before the state is written. Whatever happened, the copy built from the events ends as the mailbox
 * is, no event is illegal, and what is told twice has the same event id.
 *
 * Reading changes nothing on the server, so one changed mailbox serves all positions: each starts from the same saved state.
 */
const everyNth = process.env.EVERY_BYTE ? 1 : Number(process.env.EVERY_NTH_BYTE ?? 307);
/** Which of the bytes, drawn anew each time: the title says it, and EVERY_STEP_SEED repeats it. */
const firstByte = Math.floor(Number(process.env.EVERY_STEP_SEED ?? Math.random() * everyNth)) % everyNth;

interface Scenario {
	name: string;
	/** Small enough to be cut after every eighth byte each time. */
	small?: boolean;
	/** So many runs that of the sampled steps only each so many-th is tried: odd, or the kinds of steps, which alternate, would not all be. */
	every?: number;
	ask: Ask;
	folders: string[];
	/** What is there when the account is first followed. */
	prepare(dovecot: Dovecot, user: string): Promise<void>;
	/** Runs before the state is saved from which every position starts; none: every position is a first run. */
	runsBefore: number;
	/** What happens to the mailbox before the last of these. */
	meanwhile?(dovecot: Dovecot, user: string): Promise<void>;
	/** What happens to the mailbox after these. */
	change(dovecot: Dovecot, user: string): Promise<void>;
	/** Whether a message with these flags is one to follow; absent where all are. */
	passes?(flags: string[]): boolean;
	/** Messages that left the folder, and that was their acknowledgement. */
	leftAcknowledged?: number[];
	/** What became of the messages that are handed over until they are acknowledged. */
	handedOver?: string[];
}

async function fill(dovecot: Dovecot, user: string, folder: string, count: number): Promise<void> {
	const flags = [[], ['\\Seen'], ['\\Flagged', 'todo']];
	await dovecot.appendMany(
		user,
		folder,
		Array.from({ length: count }, (_, i) => ({ source: mail(`${folder}${i}`), flags: flags[i % flags.length] })),
	);
}

const MINUTE = 60_000;
const acknowledgement = (by: Acknowledge['by']): Acknowledge => ({
	by,
	keyword: ACKNOWLEDGED_KEYWORD,
	redeliverAfter: 30 * MINUTE,
	maxAttempts: 2,
});
const markOf: Record<Acknowledge['by'], string | undefined> = {
	keyword: ACKNOWLEDGED_KEYWORD,
	seen: '\\Seen',
	leavesFolder: undefined,
};

/** Of five messages two were there before; of the three that were handed over one is acknowledged. */
const awaited = (by: Acknowledge['by'], name: string): Scenario => ({
	name,
	every: 3,
	ask: { acknowledge: acknowledgement(by) },
	folders: ['INBOX'],
	prepare: async (dovecot, user) => {
		await dovecot.createFolder(user, 'Done');
		await dovecot.appendMany(user, 'INBOX', ['a', 'b'].map(mail));
	},
	runsBefore: 2,
	meanwhile: (dovecot, user) => dovecot.appendMany(user, 'INBOX', ['c', 'd', 'e'].map(mail)),
	change: async (dovecot, user) => {
		if (by === 'leavesFolder') await dovecot.move(user, 'INBOX', [3], 'Done');
		else await dovecot.flags(user, 'INBOX', [3], { add: [markOf[by] ?? ''] });
		await dovecot.flags(user, 'INBOX', [2, 4], { add: ['\\Flagged'] });
		await dovecot.expunge(user, 'INBOX', [1]);
		await dovecot.append(user, 'INBOX', mail('f'));
	},
	leftAcknowledged: by === 'leavesFolder' ? [3] : [],
	handedOver: ['INBOX/3 1', 'INBOX/4 2, given up', 'INBOX/5 2, given up', 'INBOX/6 2, given up'],
});

const scenarios: Scenario[] = [
	{
		name: 'one new, one changed and one deleted message, byte by byte',
		small: true,
		ask: {},
		folders: ['INBOX'],
		prepare: (dovecot, user) => fill(dovecot, user, 'INBOX', 3),
		runsBefore: 1,
		change: async (dovecot, user) => {
			await fill(dovecot, user, 'INBOX', 1);
			await dovecot.flags(user, 'INBOX', [1], { add: ['\\Answered'] });
			await dovecot.expunge(user, 'INBOX', [2]);
		},
	},
	{
		name: 'a message that is moved, one that is copied, and one that is deleted',
		ask: { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] }, output: 'metadata' },
		folders: ['INBOX', 'Work'],
		prepare: async (dovecot, user) => {
			await dovecot.createFolder(user, 'Work');
			await fill(dovecot, user, 'INBOX', 4);
			await fill(dovecot, user, 'Work', 2);
		},
		runsBefore: 1,
		change: async (dovecot, user) => {
			await dovecot.move(user, 'INBOX', [2], 'Work');
			await dovecot.copy(user, 'INBOX', [3], 'Work');
			await dovecot.expunge(user, 'INBOX', [4]);
		},
	},
	{
		name: 'new, changed and deleted messages in two folders',
		ask: { selection: { kind: 'chosen', folders: ['INBOX', 'Work'] } },
		folders: ['INBOX', 'Work'],
		prepare: async (dovecot, user) => {
			await dovecot.createFolder(user, 'Work');
			await fill(dovecot, user, 'INBOX', 5);
			await fill(dovecot, user, 'Work', 4);
		},
		runsBefore: 1,
		change: async (dovecot, user) => {
			await fill(dovecot, user, 'INBOX', 2);
			await dovecot.flags(user, 'INBOX', [1, 4], { add: ['\\Answered'], remove: ['\\Seen'] });
			await dovecot.expunge(user, 'INBOX', [2, 5]);
			await dovecot.flags(user, 'Work', [2], { add: ['$Label1'] });
			await dovecot.expunge(user, 'Work', [3]);
			await fill(dovecot, user, 'Work', 1);
		},
	},
	{
		name: 'older messages in portions, with their content, while new ones come',
		ask: { startFrom: { kind: 'all' }, output: 'content', limits: { messages: 2 } },
		folders: ['INBOX'],
		prepare: (dovecot, user) => fill(dovecot, user, 'INBOX', 6),
		runsBefore: 1,
		change: async (dovecot, user) => {
			await fill(dovecot, user, 'INBOX', 1);
			await dovecot.flags(user, 'INBOX', [6], { add: ['\\Answered'] });
			await dovecot.expunge(user, 'INBOX', [2]);
		},
	},
	{
		name: 'a change of UIDVALIDITY while messages wait',
		ask: { startFrom: { kind: 'all' }, limits: { messages: 3 } },
		folders: ['INBOX'],
		prepare: (dovecot, user) => fill(dovecot, user, 'INBOX', 7),
		runsBefore: 1,
		change: (dovecot, user) => dovecot.setUidValidity(user, 'INBOX', 1_900_000_000),
	},
	{
		name: 'the first run',
		ask: { startFrom: { kind: 'all' }, selection: { kind: 'all' }, limits: { messages: 4 }, output: 'metadata' },
		folders: ['INBOX', 'Work'],
		prepare: async (dovecot, user) => {
			await dovecot.createFolder(user, 'Work');
			await fill(dovecot, user, 'INBOX', 3);
			await fill(dovecot, user, 'Work', 3);
		},
		runsBefore: 0,
		change: async () => undefined,
	},
	awaited('keyword', 'messages that come again until they have the keyword, at most twice'),
	awaited('seen', 'messages that come again until they are read, at most twice'),
	awaited('leavesFolder', 'messages that come again until they leave the folder, at most twice'),
	{
		name: 'messages that start and stop to match a filter',
		every: 3,
		ask: { filter: { flags: { '\\Flagged': true } }, limits: { messages: 4 } },
		folders: ['INBOX'],
		passes: (flags) => flags.includes('\\Flagged'),
		prepare: (dovecot, user) => fill(dovecot, user, 'INBOX', 9),
		runsBefore: 1,
		change: async (dovecot, user) => {
			await dovecot.flags(user, 'INBOX', [1, 2], { add: ['\\Flagged'] });
			await dovecot.flags(user, 'INBOX', [3], { remove: ['\\Flagged', 'todo'] });
			await dovecot.flags(user, 'INBOX', [6], { add: ['\\Answered'] });
			await dovecot.flags(user, 'INBOX', [7], { add: ['\\Seen'] });
			await dovecot.expunge(user, 'INBOX', [8, 9]);
			await fill(dovecot, user, 'INBOX', 3);
		},
	},
];

/** Where the connection is cut, or the process killed, and whether what the cut run gave is kept. */
interface Step {
	name: string;
	cut?: CutRule;
	/** The run that meets the cut, or the run with this number, is handed over and its state is lost. */
	killed: boolean;
	killedRun?: number;
}

/** A mailbox that changed since `saved`, and what a copy has to become. */
interface Scene {
	user: string;
	ask: Ask;
	saved: unknown;
	/** When it was saved, by the clock of the runs. */
	savedAt: number;
	/** The copy at the moment of `saved`. */
	copy(): Replica;
	expected: Record<string, Record<number, string>>;
	/** What was handed over until `saved`, where it waits for its acknowledgement. */
	handOvers(): HandOvers | undefined;
	handedOver?: string[];
}

/** So many positions are tried at a time, each through a proxy of its own: the server answers one while another is checked. */
const LANES = 3;
/** Nothing takes more runs than this, with one cut in between. */
const MOST_RUNS = 12;

describe(`cut after every ${everyNth === 1 ? '' : `${everyNth}th `}byte and every command (EVERY_STEP_SEED=${firstByte}; EVERY_BYTE=1 for all)`, () => {
	let dovecot: Dovecot;
	let lanes: CountingProxy[];
	beforeAll(async () => {
		dovecot = await startDovecot();
		lanes = await Promise.all(Array.from({ length: LANES }, () => startProxy(dovecot)));
	});
	afterAll(async () => {
		await Promise.all((lanes ?? []).map((proxy) => proxy.stop()));
		await dovecot?.stop();
	});

	describe.each([
		['QRESYNC', []],
		['CONDSTORE', ['QRESYNC']],
		['neither', ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS']],
	])('with %s', (_, mask) => {
		beforeAll(() => {
			for (const proxy of lanes) proxy.mask = mask;
		});

		test.each(scenarios)(
			'$name',
			async (scenario) => {
				const scene = await setUp(scenario);
				const whole = await undisturbed(scene);
				expect(whole.bytes).toBeGreaterThan(0);
				const every = everyNth === 1 ? 1 : (scenario.every ?? 1);
				const steps = stepsOf(whole, scenario.small ? Math.min(everyNth, 8) : everyNth).filter(
					(_step, i) => (i + firstByte) % every === 0,
				);
				let struck = 0;
				await eachInLanes(lanes, steps, async (proxy, step) => {
					if (await tryStep(scene, proxy, step)) struck++;
				});
				// Dovecot tells its times in its answers, so the last bytes may not come; nearly all positions must be real ones.
				expect(struck).toBeGreaterThan(steps.length * 0.95);
			},
			everyNth === 1 ? 3_600_000 : 600_000,
		);
	});

	const accountOf = (scene: Pick<Scene, 'user' | 'ask'>, { host, port }: CountingProxy, now = Date.now): FollowedAccount =>
		FollowedAccount.on(
			{ user: scene.user, password: dovecot.password, host, port, security: 'none', allowUnauthorizedCerts: false },
			{ ...scene.ask, now },
		);

	/** The messages to follow, with their flags but the one by which they are acknowledged. */
	async function rowsOf(
		{ ask, passes }: Scenario,
		user: string,
		folder: string,
	): Promise<Array<{ uid: number; flags: string[] }>> {
		const mark = ask.acknowledge && markOf[ask.acknowledge.by];
		const messages = (await dovecot.fetchAll(user, folder)).filter(({ flags }) => passes?.(flags) ?? true);
		return messages.map(({ uid, flags }) => ({ uid, flags: flags.filter((flag) => flag !== mark).sort() }));
	}

	async function setUp(scenario: Scenario): Promise<Scene> {
		const { ask, folders, prepare, runsBefore, meanwhile, change, leftAcknowledged = [], handedOver } = scenario;
		const { acknowledge } = ask;
		const user = dovecot.newUser();
		await prepare(dovecot, user);
		const savedAt = Date.now();
		const account = accountOf({ user, ask }, lanes[0], () => savedAt);
		const known = (ask.startFrom?.kind ?? 'now') === 'now';
		const rows = known ? await Promise.all(folders.map((folder) => rowsOf(scenario, user, folder))) : [];
		const told: SyncEvent[] = [];
		for (let i = 1; i <= runsBefore; i++) {
			if (i === runsBefore) await meanwhile?.(dovecot, user);
			told.push(...(await account.run()).events);
		}
		await change(dovecot, user);
		const expected: Scene['expected'] = {};
		for (const folder of folders) {
			expected[folder] = Object.fromEntries(
				(await rowsOf(scenario, user, folder)).map(({ uid, flags }) => [uid, flags.join(' ')]),
			);
		}
		return {
			user,
			ask,
			saved: account.stored,
			savedAt,
			expected,
			copy: () => {
				const replica = new Replica(acknowledge && markOf[acknowledge.by]);
				rows.forEach((messages, i) => replica.know(folders[i], messages));
				replica.apply(told);
				for (const uid of leftAcknowledged) replica.folders.get(folders[0])?.delete(uid);
				return replica;
			},
			handOvers: () => {
				const handOvers = acknowledge && new HandOvers(acknowledge);
				handOvers?.take(told, savedAt, true);
				return handOvers;
			},
			handedOver,
		};
	}

	/** Synchronises without any disturbance, to learn how much there is to disturb. */
	async function undisturbed(scene: Scene): Promise<{ bytes: number; commands: number; runs: number }> {
		const [proxy] = lanes;
		proxy.reset();
		const { count, work } = await finish(scene, proxy, { name: 'undisturbed', killed: false });
		return { bytes: work.toClient, commands: work.commands, runs: count };
	}

	function stepsOf({ bytes, commands, runs }: { bytes: number; commands: number; runs: number }, everyByte: number): Step[] {
		const steps: Step[] = [];
		for (let run = 1; run <= runs; run++) {
			steps.push({ name: `killed after run ${run}, before its state was saved`, killed: true, killedRun: run });
		}
		// Alternately, so that a sample has both; where all are asked for, all are tried in both ways.
		const killedAt = (step: number): boolean[] => (everyNth === 1 ? [false, true] : [step % 2 === 0]);
		for (let command = 1; command <= commands; command++) {
			for (const killed of killedAt(command)) {
				const after = killed ? ', and its state lost' : '';
				steps.push(
					{
						name: `cut before the answer to command ${command}${after}`,
						cut: { direction: 'toServer', phase: 'work', commands: command },
						killed,
					},
					{
						name: `cut after the answer to command ${command}${after}`,
						cut: { direction: 'toClient', phase: 'work', commands: command },
						killed,
					},
				);
			}
		}
		for (let byte = 1 + (firstByte % everyByte); byte <= bytes; byte += everyByte) {
			for (const killed of killedAt(steps.length)) {
				steps.push({
					name: `cut after byte ${byte} of ${bytes}${killed ? ', and its state lost' : ''}`,
					cut: { direction: 'toClient', phase: 'work', bytes: byte },
					killed,
				});
			}
		}
		return steps;
	}

	/** Whether the disturbance happened. Throws, with the step's name, when anything comes out wrong. */
	async function tryStep(scene: Scene, proxy: CountingProxy, step: Step): Promise<boolean> {
		try {
			proxy.reset();
			return (await finish(scene, proxy, step)).struck;
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			throw new Error(`${step.name}: ${reason}\n\n${proxy.transcript()}`, { cause: error });
		}
	}

	/** Runs until the copy is the mailbox and nothing is left to do, with one disturbance on the way. */
	async function finish(
		scene: Scene,
		proxy: CountingProxy,
		step: Step,
	): Promise<{ count: number; struck: boolean; work: WireCount }> {
		let now = scene.savedAt;
		const account = accountOf(scene, proxy, scene.handedOver ? () => now : Date.now);
		account.stored = scene.saved;
		const replica = scene.copy();
		const handOvers = scene.handOvers();
		// What was handed over before has become due.
		now += 40 * MINUTE;
		const cut = step.cut && proxy.cutAfter(step.cut);
		let struck = false;
		try {
			for (let count = 1; ; count++) {
				const before = account.stored;
				const events: SyncEvent[] = [];
				let unfinished = true;
				const hadStruck: boolean = struck;
				try {
					const run = await account.run({ onEvent: (event) => events.push(event) });
					unfinished = run.unfinished || run.problems.length > 0;
					struck ||= cut?.happened === true || step.killedRun === count;
					if (struck === hadStruck) expect(run.problems).toEqual([]);
				} catch (error) {
					struck ||= cut?.happened === true;
					if (struck === hadStruck) throw error;
					// A run that fails as a whole hands nothing over: what it saw would be lost with it.
					expect(events).toEqual([]);
				}
				replica.apply(events);
				const lost = struck !== hadStruck && step.killed;
				handOvers?.take(events, now, !lost);
				if (lost) {
					account.stored = before;
					unfinished = true;
				}
				const waits = handOvers && JSON.stringify(handOvers.results) !== JSON.stringify(scene.handedOver);
				if (waits && !unfinished) now += 40 * MINUTE;
				const copy = Object.fromEntries(Object.keys(scene.expected).map((folder) => [folder, replica.messages(folder)]));
				if (!unfinished && !waits && JSON.stringify(copy) === JSON.stringify(scene.expected)) {
					const { work } = proxy.totals();
					cut?.disarm();
					// Once more, where that is affordable: nothing is left that a later run would tell.
					if (step.cut?.bytes === undefined) expect((await account.run()).events).toEqual([]);
					return { count, struck, work };
				}
				if (count === MOST_RUNS)
					expect({ copy, handedOver: handOvers?.results }).toEqual({ copy: scene.expected, handedOver: scene.handedOver });
				if (count === MOST_RUNS) throw new Error(`not finished after ${MOST_RUNS} runs`);
			}
		} finally {
			cut?.disarm();
		}
	}
});
