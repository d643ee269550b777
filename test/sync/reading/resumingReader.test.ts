import { copyFolderToAccount } from '../../../sync/changing/copyToAccount';
import type { MailSession } from '../../../sync/changing/session';
import { exportFolders } from '../../../sync/archive/exportFolders';
import { SyncError } from '../../../sync/errors/syncError';
import type { SyncEvent } from '../../../sync/events/syncEvent';
import { readAddressed } from '../../../sync/reading/readAddressed';
import { sampleMessage } from '../../../sync/run/sample';
import { searchFolders } from '../../../sync/search/searchFolders';
import type { ReadingSettings } from '../../../sync/settings/readingSettings';
import { asUid } from '../../../sync/uids/uid';
import { FakeAccount, FakeMailServer, type FakeHooks } from '../../support/fakeMailServer';

/** What is read in one go: a message that ends or stalls the connection costs itself, and everything else is done. */

const source = (name: string): string => `Subject: ${name}\r\nMessage-ID: <${name}@example.com>\r\n\r\nhello\r\n`;
const lost = new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
const stalled = new SyncError('commandTimedOut', { host: 'mail.example.com:993', seconds: 30 });
const garbled = new SyncError('protocolBroken', { reason: 'conversation', detail: 'unbalanced', host: 'mail.example.com:993' });
const names = ['a', 'b', 'c', 'd', 'e'];
const content: ReadingSettings = { output: 'content', attachments: false, messageSize: 1e6 };

interface Poison {
	bad: number[];
	error: SyncError;
	/** Whether the message is harmless until its body is read. */
	bodyOnly: boolean;
}

function mailbox({ bad, error, bodyOnly }: Poison): FakeMailServer {
	const account = new FakeAccount();
	for (const name of names) account.append('INBOX', source(name));
	const row: FakeHooks['row'] = (one, { method, parts }) => {
		if (method === 'fetch' && !(bodyOnly && parts === 'descriptor') && bad.includes(one.uid)) throw error;
		return one;
	};
	return new FakeMailServer(account, { hooks: { row } });
}

const good = ({ bad }: Poison): number[] => [1, 2, 3, 4, 5].filter((uid) => !bad.includes(uid));

describe.each<[string, Omit<Poison, 'bad'>]>([
	['ends the connection', { error: lost, bodyOnly: true }],
	['ends the connection with its header already', { error: lost, bodyOnly: false }],
	['stalls', { error: stalled, bodyOnly: true }],
	['cannot be parsed', { error: garbled, bodyOnly: true }],
])('a message that %s', (_what, kind) => {
	describe.each([[[1]], [[3]], [[5]], [[2, 4]], [[1, 2, 3, 4, 5]]])('%j of five', (bad) => {
		const poison = { ...kind, bad };

		test('read by their addresses', async () => {
			const read: number[] = [];
			const failed: Array<[number, string]> = [];
			await readAddressed(
				mailbox(poison),
				[1, 2, 3, 4, 5].map((uid) => ({
					address: { folder: 'INBOX', uid: asUid(uid) },
					task: { key: 'content', settings: content },
				})),
				{
					take: async (_index, { uid }) => void read.push(uid),
					fail: (index, { code }) => void failed.push([index + 1, code]),
				},
			);
			expect([read, failed]).toEqual([good(poison), bad.map((uid) => [uid, 'messageNotReturned'])]);
		});

		test('searched for', async () => {
			const found = await searchFolders(
				mailbox(poison),
				['INBOX'],
				{ limit: 10, order: 'oldestFirst', criteriaOf: () => ({}) },
				{ mayMiss: false },
			);
			// What cannot be read is found all the same: reading it then says why.
			expect(found.map(({ address }) => address.uid)).toEqual([1, 2, 3, 4, 5]);
		});

		test('exported', async () => {
			const taken: number[] = [];
			const missed: Array<[number, string]> = [];
			await exportFolders(
				mailbox(poison),
				['INBOX'],
				{ criteriaOf: () => ({}), limit: 10, order: 'oldestFirst', mayMiss: false },
				{
					take: async ({ message }) => void taken.push(message.uid),
					missed: (_folder, { uid }, { code }) => void missed.push([uid, code]),
				},
			);
			expect([taken, missed]).toEqual([good(poison), bad.map((uid) => [uid, 'messageNotReturned'])]);
		});

		test('copied to another account', async () => {
			const copied: number[] = [];
			const failed: Array<[number, string]> = [];
			const result = await copyFolderToAccount(
				mailbox(poison),
				otherAccount(),
				{ from: 'INBOX', to: 'INBOX' },
				{
					createFolder: false,
					maxSize: 1e6,
					onResult: (uid, outcome) =>
						outcome.kind === 'failed' ? void failed.push([uid, outcome.error.code]) : void copied.push(uid),
				},
			);
			expect([result.endedBy, copied, failed.sort()]).toEqual([
				undefined,
				good(poison),
				bad.map((uid) => [uid, 'messageNotReturned']),
			]);
		});

		test('as the sample: the newest that can be read', async () => {
			const events: SyncEvent[] = [];
			const came = await sampleMessage(
				{
					account: { name: 'alice', user: 'alice', host: 'mail.example.com:993' },
					watch: {
						events: new Set(['messageNew']),
						selection: { kind: 'chosen', folders: ['INBOX'] },
						startFrom: { kind: 'now' },
					},
					reading: content,
					delivery: { limits: { messages: 1, bytes: 1e6, deadline: Infinity } },
				},
				{ server: mailbox(poison), now: Date.now, sink: async (event) => void events.push(event) },
			);
			const newest = good(poison).at(-1);
			expect([came, events.map(({ uid }) => uid)]).toEqual(newest === undefined ? [false, []] : [true, [newest]]);
		});
	});
});

test('a large message that ends the connection in the middle goes on where it ended, and fails when it does so again', async () => {
	const account = new FakeAccount();
	const large = `${source('large')}${'x'.repeat(5 * 1024 * 1024)}`;
	account.append('INBOX', large);
	account.append('INBOX', source('after'));
	for (const losses of [1, 2]) {
		let left = losses;
		const server = new FakeMailServer(account, {
			hooks: {
				before: ({ method }) => {
					if (method === 'readPart' && left-- > 0) throw lost;
				},
			},
		});
		const done: Array<number | string> = [];
		await exportFolders(
			server,
			['INBOX'],
			{ criteriaOf: () => ({}), limit: 10, order: 'oldestFirst', mayMiss: false },
			{
				async take({ content: bytes }) {
					let size = 0;
					for await (const piece of Buffer.isBuffer(bytes) ? [bytes] : bytes) size += piece.length;
					done.push(size);
				},
				missed: (_folder, { uid }, { code }) => void done.push(`${code} ${uid}`),
			},
		);
		expect(done).toEqual([losses === 1 ? large.length : 'messageNotReturned 1', source('after').length]);
	}
});

test('a server that goes away altogether is no fault of the messages', async () => {
	const account = new FakeAccount();
	for (let i = 0; i < 20; i++) account.append('INBOX', source(`m${i}`));
	const server = new FakeMailServer(account, {
		hooks: {
			before: ({ method }) => {
				if (method === 'fetch') throw lost;
			},
		},
	});
	const codes: string[] = [];
	await readAddressed(
		server,
		Array.from({ length: 20 }, (_none, i) => ({
			address: { folder: 'INBOX', uid: asUid(i + 1) },
			task: { key: 'content', settings: content },
		})),
		{ take: async () => undefined, fail: (_index, { code }) => void codes.push(code) },
	);
	expect(codes.filter((code) => code === 'connectionLost').length).toBeGreaterThanOrEqual(15);
});

/** The other account: empty, and takes everything. */
function otherAccount(): MailSession {
	const reader = new FakeMailServer(new FakeAccount());
	const folder = { readOnly: false, assertStorable: () => undefined };
	const writer = {
		open: async () => folder,
		appendMany: () => ({
			add: async (_message: unknown, answer: (outcome: object) => void) => answer({}),
			end: async () => undefined,
		}),
	} as unknown as MailSession['writer'];
	return { reader, writer, internalWriter: writer, close: async () => undefined };
}
