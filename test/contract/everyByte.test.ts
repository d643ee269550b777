import { connectMailServer } from '../../sync/imap/ImapMailServer';
import type { ImapMailServer } from '../../sync/imap/ImapMailServer';
import { ImapWriter } from '../../sync/imap/ImapWriter';
import { hasCode } from '../../sync/errors/syncError';
import type { Appended } from '../../sync/changing/writing';
import { UidSet } from '../../sync/uids/uidSet';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import { record, Replay, responsesOf, type Recording } from '../support/wire/replay';

/**
 * What Dovecot answers to commands that are under way together is recorded, and said again: cut at every single byte, and with
 * what nobody asked for before every response. pipeline.test.ts does the same with a real server, at some of the places.
 */
const folders = ['INBOX', 'Work', 'Empty'];
const mail = (name: string): string => `Message-ID: <${name}@example.com>\r\n\r\n${name}\r\n`;
const unsolicited = ['* 3 EXISTS', '* 1 EXPUNGE', '* 2 FETCH (UID 2 FLAGS (\\Seen))', '* VANISHED 1'];
const AT_ONCE = 20;
/** All of them takes a minute on a busy machine; which fifth of them is drawn. */
const everyNth = process.env.EVERY_BYTE ? 1 : 5;
const firstByte = Math.floor(Number(process.env.EVERY_STEP_SEED ?? Math.random() * everyNth)) % everyNth;

/** What came of an exchange, by its parts; `lost` for those of which nothing is said to be known. */
type Outcome = Record<string, unknown>;
const lost = 'lost';

interface Exchange {
	name: string;
	/** Whether the login is the exchange, and not what follows it. */
	isLogin?: boolean;
	run(server: ImapMailServer): Promise<Outcome>;
	/** Whether a part may be lost although the connection is not: what contradicts itself is asked for again. */
	mayLeaveOut: boolean;
}

const statuses: Exchange = {
	name: 'the status of folders',
	mayLeaveOut: false,
	run: async (server) => {
		const found = await server.folderStatuses(folders).catch((error: unknown) => {
			if (!hasCode(error, 'connectionLost')) throw error;
			return undefined;
		});
		return Object.fromEntries(folders.map((path) => [path, found ? found.get(path) : lost]));
	},
};

const appends: Exchange = {
	name: 'storing messages',
	mayLeaveOut: false,
	run: async (server) => {
		const writer = new ImapWriter(await server.mainConnection(), () => server.mainConnection());
		const appending = writer.appendMany('Work');
		const outcome: Outcome = {};
		const take = (i: number, answer: Appended | Error): void => {
			expect(outcome[i]).toBeUndefined();
			if (answer instanceof Error && !hasCode(answer, 'outcomeUnknown')) throw answer;
			outcome[i] = answer instanceof Error ? lost : answer;
		};
		for (let i = 0; i < 4; i++)
			await appending.add({ source: Buffer.from(mail(`new ${i}`)), flags: [] }, (answer) => take(i, answer));
		await appending.end();
		return outcome;
	},
};

const flight: Exchange = {
	name: 'folders opened and read in one flight',
	mayLeaveOut: true,
	run: async (server) => {
		const uids = UidSet.range(1, 20);
		const news = UidSet.range(2, 20);
		const read = await server.readFolders(
			folders.map((path) => ({ path, uids, parts: 'descriptor', contents: { uids: news, parts: 'source' }, search: true })),
			30_000,
		);
		return Object.fromEntries(
			folders.map((path) => {
				const found = read.folders.get(path);
				if (!found) return [path, lost];
				const { snapshot, messages, contents, existing } = found;
				return [
					path,
					{
						snapshot: [snapshot.uidValidity, snapshot.uidNext, snapshot.exists],
						messages: [...messages.values()].map(({ uid, messageId, size }) => [uid, messageId, size]),
						contents: [...(contents ?? [])].map(([uid, { source }]) => [uid, source?.toString()]),
						existing: existing?.toString(),
					},
				];
			}),
		);
	},
};

const fetches: Exchange = {
	name: 'messages, some with what items are made of',
	mayLeaveOut: false,
	run: async (server) => {
		const uids = UidSet.range(1, 3);
		const outcome: Outcome = { 1: lost, 2: lost, 3: lost, end: lost };
		const [visit] = await server.visitFolders(['Work'], async (path, connection) => {
			const folder = await connection.open(path);
			for await (const message of folder.fetch(uids, 'descriptor', { uids: UidSet.range(2, 3), parts: 'source' })) {
				const { uid, messageId, size, content } = message;
				outcome[uid] = [messageId, size, content?.source?.toString()];
			}
			outcome.end = 'all came';
		});
		if (visit.status === 'rejected' && !hasCode(visit.reason, 'connectionLost')) throw visit.reason;
		return outcome;
	},
};

const login: Exchange = {
	name: 'the login',
	isLogin: true,
	mayLeaveOut: false,
	run: async ({ capabilities, hierarchy }) => ({ server: { capabilities, hierarchy } }),
};

const exchanges = [statuses, appends, flight, fetches, login];

describe('answers to commands that are under way together', () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	beforeAll(async () => {
		dovecot = await startDovecot();
		proxy = await startProxy(dovecot, { mask: ['LIST-STATUS', 'COMPRESS=DEFLATE'] });
		user = dovecot.newUser('bytes');
		for (const path of folders.slice(1)) await dovecot.createFolder(user, path);
		for (const [i, path] of folders.slice(0, 2).entries()) {
			const all = Array.from({ length: i + 2 }, (_none, at) => mail(`${i}.${at}`));
			await dovecot.appendMany(user, path, all);
		}
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});

	/** What the exchange gives at a port. */
	async function play(
		{ run, isLogin }: Exchange,
		port: number,
		as = user,
		begun: () => void = () => undefined,
	): Promise<Outcome> {
		const server = await connectMailServer({
			...{ user: as, password: dovecot.password, host: '127.0.0.1', port, security: 'none', allowUnauthorizedCerts: false },
			commandTimeoutMs: 20_000,
		}).catch((error: unknown) => {
			if (!isLogin || !hasCode(error, 'connectionLost')) throw error;
			return undefined;
		});
		if (!server) return { server: lost };
		try {
			begun();
			return await run(server);
		} finally {
			await server.close();
		}
	}

	/** The exchange with Dovecot: what was said before it, in it, and what came of it. */
	async function recorded(
		exchange: Exchange,
	): Promise<{ recording: Recording; expected: Outcome; first: number; count: number }> {
		let expected: Outcome = {};
		let before = 0;
		const commands = (): number => proxy.totals().login.commands + proxy.totals().work.commands;
		proxy.reset();
		const recording = await record(proxy, async (port) => {
			expected = await play(exchange, port, user, () => (before = commands()));
		});
		const all = recording.answers.filter(({ command }) => command !== 'LOGOUT').length;
		const [first, count] = exchange.isLogin ? [0, before] : [before, all - before];
		expect(count).toBeGreaterThan(2);
		expect(Object.values(expected)).not.toContain(lost);
		return { recording, expected, first, count };
	}

	/** Plays it once for each of the ways in which the answers may come, some at a time. */
	async function playAll<Way>(
		exchange: Exchange,
		{ recording, first, count }: Awaited<ReturnType<typeof recorded>>,
		ways: readonly Way[],
		answersOf: (work: string[], way: Way) => Replay['next'],
		check: (outcome: Outcome, way: Way) => void,
	): Promise<void> {
		const said = recording.answers.map((answer) => answer.said);
		const left = [...ways];
		// Each has a login of its own: one has three connections at most.
		const one = async (_none: unknown, lane: number): Promise<void> => {
			const replay = new Replay(recording.greeting);
			const port = await replay.start();
			try {
				for (let way = left.pop(); way !== undefined; way = left.pop()) {
					const before = said.slice(0, first).map((text) => ({ said: text }));
					const after = said.slice(first + count).map((text) => ({ said: text }));
					replay.next = [...before, ...answersOf(said.slice(first, first + count), way), ...after];
					check(await play(exchange, port, `lane${lane}`), way);
				}
			} catch (error) {
				left.length = 0;
				throw error;
			} finally {
				replay.stop();
			}
		};
		const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, one));
		for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
	}

	test.each(exchanges)(
		`$name: cut at ${everyNth === 1 ? 'every byte' : `each byte of a fifth (EVERY_STEP_SEED=${firstByte}; EVERY_BYTE=1 for all)`}, what is told is true`,
		async (exchange) => {
			const taken = await recorded(exchange);
			const bytes = taken.recording.answers
				.slice(taken.first, taken.first + taken.count)
				.reduce((sum, { said }) => sum + said.length, 0);
			let told = 0;
			await playAll(
				exchange,
				taken,
				Array.from({ length: bytes }, (_none, at) => at),
				(work, cut) => {
					let left = cut;
					const answers: Replay['next'] = [];
					for (const said of work) {
						answers.push({ said: said.slice(0, left), ends: left < said.length });
						if (left < said.length) break;
						left -= said.length;
					}
					return answers;
				},
				(outcome, cut) => {
					for (const [part, known] of Object.entries(outcome)) {
						if (known === lost) continue;
						told++;
						expect([cut, part, known]).toEqual([cut, part, taken.expected[part]]);
					}
					// A pipeline of which the end is missing is not said to be whole.
					if (exchange !== flight) expect([cut, Object.values(outcome).includes(lost)]).toEqual([cut, true]);
				},
			);
			if (exchange !== statuses && exchange !== login) expect(told).toBeGreaterThan(bytes / everyNth / 4);
		},
	);

	test.each(exchanges)('$name: what nobody asked for, at any place, changes nothing', async (exchange) => {
		const taken = await recorded(exchange);
		const work = taken.recording.answers.slice(taken.first, taken.first + taken.count).map(({ said }) => said);
		const places = work.flatMap((said, answer) => responsesOf(said).map((_response, at) => ({ answer, at })));
		const ways = places.flatMap((place) => unsolicited.map((line) => ({ ...place, line })));
		await playAll(
			exchange,
			taken,
			ways,
			(answers, { answer, at, line }) =>
				answers.map((said, i) => {
					if (i !== answer) return { said };
					const responses = responsesOf(said);
					return { said: [...responses.slice(0, at), `${line}\r\n`, ...responses.slice(at)].join('') };
				}),
			(outcome, way) => {
				for (const [part, known] of Object.entries(outcome)) {
					if (known === lost && exchange.mayLeaveOut) continue;
					expect([way, part, known]).toEqual([way, part, taken.expected[part]]);
				}
				// One folder at most is in doubt.
				expect(Object.values(outcome).filter((known) => known === lost).length).toBeLessThanOrEqual(1);
			},
		);
	});
});
