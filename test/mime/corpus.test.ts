import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessage, type MessageAttachment, type ReadMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import type { FetchedMessage } from '../../sync/server/message';

/** What a message of the corpus must give; see test/fixtures/README.md. */
interface Expected {
	/** What the message is there for. */
	why: string;
	headersWanted?: string[];
	fields: Record<string, unknown>;
	attachments: Array<Omit<MessageAttachment, 'content'> & { contentSha256?: string; contentLength?: number }>;
	cut?: string[];
}

const folder = join(__dirname, '../fixtures/messages');
const names = readdirSync(folder)
	.filter((name) => name.endsWith('.eml'))
	.map((name) => name.slice(0, -'.eml'.length));
const receivedAt = '2026-11-22T12:00:00.000Z';

function load(name: string): { message: FetchedMessage; expected: Expected } {
	const source = readFileSync(join(folder, `${name}.eml`));
	const expected = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Expected;
	return { message: { uid: 1 as Uid, flags: [], size: source.length, internalDate: new Date(receivedAt), source }, expected };
}

/** The content as the expectation files have it: its length and hash. */
function withHashes(result: ReadMessage) {
	return {
		...result,
		attachments: result.attachments.map(({ content, ...attachment }) =>
			content
				? { ...attachment, contentSha256: createHash('sha256').update(content).digest('hex'), contentLength: content.length }
				: attachment,
		),
	};
}

it('the corpus has at least 120 messages', () => {
	expect(names.length).toBeGreaterThanOrEqual(120);
});

describe('each message of the corpus gives what its file says', () => {
	it.each(names)('%s', async (name) => {
		const { message, expected } = load(name);
		const result = await readMessage(message, {
			level: 'content',
			headers: expected.headersWanted ?? [],
			attachmentContent: { names: [], types: [] },
		});
		expect(withHashes(result)).toEqual({
			fields: { receivedAt, size: message.size, ...expected.fields },
			attachments: expected.attachments,
			...(expected.cut && { cut: expected.cut }),
		});
	});
});

describe('the fields are plain JSON', () => {
	it.each(names)('%s', async (name) => {
		const { message } = load(name);
		const { fields } = await readMessage(message, { level: 'content', headers: ['*'], attachmentContent: false });
		expect(fields).toStrictEqual(JSON.parse(JSON.stringify(fields)));
	});
});

describe('the levels agree', () => {
	it.each(names)('%s', async (name) => {
		const { message } = load(name);
		const read = (level: 'metadata' | 'content' | 'raw') =>
			readMessage(message, { level, headers: [], attachmentContent: false });
		const [metadata, content, raw] = await Promise.all([read('metadata'), read('content'), read('raw')]);
		expect(raw).toEqual(metadata);
		expect(content.fields).toMatchObject(metadata.fields);
		expect(content.attachments).toEqual(metadata.attachments);
		expect(Object.keys(metadata.fields)).not.toEqual(expect.arrayContaining(['text']));
	});
});
