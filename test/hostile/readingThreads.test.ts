import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type * as limits from '../../sync/mime/limits';
import type * as mapping from '../../sync/mime/mapMessage';
import type * as reading from '../../sync/mime/readMessage';
import type { MappingOptions } from '../../sync/mime/readOptions';
import type * as threads from '../../sync/mime/readingThreads';
import type { FetchedMessage } from '../../sync/server/message';
import { asUid } from '../../sync/uids/uid';
import { buildIfStale, root } from '../support/build';
import { poison } from '../support/hostile/poison';
import { longestTurn } from '../support/mainThread';

/** As it is built: sources have no file that a thread could load. */
const built = <T extends object>(name: string): T => jest.requireActual<T>(join(root, 'dist/sync/mime', name));

let mimeLimits: { -readonly [Name in keyof typeof limits.mimeLimits]: unknown };
let mapMessage: typeof mapping.mapMessage;
let mapApart: typeof threads.mapApart;
let readMessage: typeof reading.readMessage;

beforeAll(() => {
	buildIfStale();
	({ mimeLimits } = built<typeof limits>('limits.js'));
	({ mapMessage } = built<typeof mapping>('mapMessage.js'));
	({ mapApart } = built<typeof threads>('readingThreads.js'));
	({ readMessage } = built<typeof reading>('readMessage.js'));
});

const message = (source: Buffer): FetchedMessage => ({ uid: asUid(1), flags: [], size: source.length, source });

const everything: MappingOptions = {
	level: 'content',
	headers: ['*'],
	attachmentContent: { names: [], types: [] },
	html: { remoteImages: false },
};

const content: MappingOptions = { level: 'content', headers: [], attachmentContent: false };

const corpus = join(root, 'test/fixtures/messages');
const messages = readdirSync(corpus).filter((file) => file.endsWith('.eml'));

test('a thread reads every message as it is read here', async () => {
	for (const file of messages) {
		const source = readFileSync(join(corpus, file));
		const here = (): unknown => mapMessage(message(source), everything);
		const there = await mapApart(message(source), everything, 60_000).catch((error: Error) => error.message);
		let expected: unknown;
		try {
			expected = here();
		} catch (error) {
			expected = (error as Error).message;
		}
		expect({ file, read: there }).toEqual({ file, read: expected });
	}
});

test('files keep their bytes, and the message that was read stays as it was', async () => {
	const bytes = Buffer.from('0123456789'.repeat(20_000));
	const source = Buffer.from(
		`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/x; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}\r\n--b\r\nContent-Type: application/x; name=b\r\n\r\nplain\r\n--b--\r\n`,
	);
	const before = Buffer.from(source);
	const { attachments } = await readMessage(message(source), { ...everything });
	expect(attachments.map(({ content: file }) => Buffer.isBuffer(file) && file.toString())).toEqual([bytes.toString(), 'plain']);
	expect(source.equals(before)).toBe(true);
});

describe('what takes too long', () => {
	const usual = { quickBytes: 32 * 1024, milliseconds: { whole: 750, withoutTexts: 250 } };
	afterEach(() => Object.assign(mimeLimits, usual));

	const slow = poison['a zone of many rules'];

	test('the texts are left out, the rest is there', async () => {
		Object.assign(mimeLimits, { milliseconds: { whole: 1, withoutTexts: 60_000 } });
		const { fields, attachments, cut } = await readMessage(message(slow), content);
		expect(cut).toEqual(['calendar', 'html', 'replyText', 'text']);
		expect(fields).toMatchObject({ subject: 'poison', from: { address: 'm@mail.example' } });
		expect(fields).not.toHaveProperty('text');
		expect(attachments).toHaveLength(1);
	});

	test('in the end there is the header', async () => {
		Object.assign(mimeLimits, { milliseconds: { whole: -1, withoutTexts: -1 } });
		const { fields, attachments, cut } = await readMessage(message(poison['a thousand file names of encoded words']), everything);
		expect(cut).toEqual(['attachments', 'calendar', 'html', 'replyText', 'text']);
		expect(fields).toMatchObject({ subject: 'poison', headers: { from: 'm@mail.example' } });
		expect(attachments).toEqual([]);
	});

	test('what is refused there is refused here, with the same words', async () => {
		Object.assign(mimeLimits, { quickBytes: 0 });
		const note = Buffer.from(
			'From: Microsoft Exchange <a@b.example>\r\nSubject: Retrieval using the IMAP4 protocol failed for the following message: 5\r\n\r\nx',
		);
		await expect(readMessage(message(note), content)).rejects.toMatchObject({
			code: 'messageUnreadable',
			data: { reason: 'substitute', uid: 1 },
		});
	});

	test('many at once wait for each other, and all are read', async () => {
		Object.assign(mimeLimits, { quickBytes: 0 });
		const all = Array.from({ length: 20 }, (_, i) => readMessage(message(Buffer.from(`Subject: ${i}\r\n\r\nx`)), content));
		expect((await Promise.all(all)).map(({ fields }) => fields.subject)).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
	});
});

describe('a message takes at most a second of CPU, and of the event loop no more than others spare', () => {
	test.each(Object.keys(poison))('%s', async (name) => {
		// The first message loads libraries.
		await readMessage(message(Buffer.from(`Content-Type: text/html\r\n\r\n${'<p>hi</p>'.repeat(5_000)}`)), everything);
		const start = process.cpuUsage();
		const longest = await longestTurn(async () => {
			const { fields } = await readMessage(message(poison[name]), everything);
			expect(fields.subject).toBe('poison');
		});
		const { user, system } = process.cpuUsage(start);
		// A thread that was ended starts anew: that is beside the second.
		expect((user + system) / 1000).toBeLessThan(1_500);
		expect(longest).toBeLessThan(100);
	});
});
