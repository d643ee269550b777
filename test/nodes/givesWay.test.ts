import type { MailSession } from '../../sync/changing/session';
import type { MailboxWriter } from '../../sync/changing/writing';
import type { MailServer } from '../../sync/server/mailServer';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import { referenceTo } from '../../sync/reading/messageReference';
import { runNode } from '../support/executeContext';

jest.setTimeout(60_000);

/** Every UID from 1 to here is there: 100,000 with ALL_RUNS=1. In one piece, the quarter takes twice the bound below. */
const COUNT = process.env.ALL_RUNS ? 100_000 : 25_000;
/** With an expression each, which takes half a millisecond. */
const ITEMS = process.env.ALL_RUNS ? 8_000 : 2_000;
const all = UidSet.range(1, COUNT);

/** A mail server that costs nothing, so that what is measured is the node. */
const session = {
	reader: {
		async visitFolders(paths: string[], visit: (path: string, connection: unknown) => Promise<unknown>) {
			const open = async (path: string) => ({
				snapshot: { path, uidValidity: '7', exists: COUNT },
				search: async (_criteria: unknown, within: UidSet) => all.intersect(within),
			});
			return await Promise.all(paths.map(async (path) => ({ status: 'fulfilled', value: await visit(path, { open }) })));
		},
	} as unknown as MailServer,
	writer: {
		capabilities: { move: true, uidPlus: true, maxSetLength: 1_000 },
		async open(path: string) {
			return {
				path,
				uidValidity: '7',
				existing: async (uids: UidSet) => uids,
				move: async (uids: UidSet) => ({ uidValidity: '9', uids: new Map([...uids].map((uid) => [uid, asUid(uid)])) }),
			};
		},
	} as unknown as MailboxWriter,
	close: async () => undefined,
} as unknown as MailSession;

/**
 * The longest that the process worked without a turn for others, in milliseconds of CPU time: on a busy machine the clock says nothing
 * about the code.
 */
async function longestTurn<T>(work: () => Promise<T>): Promise<{ value: T; longest: number }> {
	const cpu = (): number => {
		const { user, system } = process.cpuUsage();
		return (user + system) / 1_000;
	};
	let longest = 0;
	let last = cpu();
	let isOver = false;
	const tick = (): void => {
		const now = cpu();
		longest = Math.max(longest, now - last);
		last = now;
		if (!isOver) setImmediate(tick);
	};
	setImmediate(tick);
	const value = await work();
	isOver = true;
	return { value, longest };
}

const move = { resource: 'message', operation: 'move', toFolder: () => 'Done' };

test('moving all messages of a long range gives way to others', async () => {
	const parameters = { ...move, messageFrom: 'uid', uid: `1:${COUNT}` };
	const { value, longest } = await longestTurn(() => runNode({ parameters, connect: async () => session }));
	expect(value.items).toHaveLength(COUNT);
	expect(value.items[COUNT - 1].json).toMatchObject({ folder: 'Done', uid: COUNT, previous: { uid: COUNT } });
	process.stderr.write(`longest turn with ${COUNT} messages: ${Math.round(longest)} ms\n`);
	// Measured: 110 ms on a busy machine. In one piece it is seconds.
	expect(longest).toBeLessThan(500);
});

test('thousands of items with an expression each give way to others', async () => {
	const items = Array.from({ length: ITEMS }, (_, i) => ({
		id: referenceTo({ account: 'alice@example.com', folder: 'INBOX', uidValidity: '7', uid: asUid(i + 1) }),
	}));
	// As long as n8n takes for one.
	const toFolder = (): string => {
		const until = performance.now() + 0.5;
		while (performance.now() < until);
		return 'Done';
	};
	const { value, longest } = await longestTurn(() =>
		runNode({
			items,
			parameters: { ...move, toFolder },
			credential: { user: 'alice@example.com', password: 'x', host: 'imap.example.com', port: 993, security: 'tls' },
			connect: async () => session,
		}),
	);
	expect(value.items).toHaveLength(ITEMS);
	process.stderr.write(`longest turn with ${ITEMS} items: ${Math.round(longest)} ms\n`);
	expect(longest).toBeLessThan(500);
});
