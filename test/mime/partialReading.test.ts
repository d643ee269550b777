import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { howToRead, partsToFetch, readMessage } from '../../sync/mime/readMessage';
import { scanMessage, type ScannedPart } from '../../sync/mime/structure';
import type { Uid } from '../../sync/uids/uid';
import type { BodyPart } from '../../sync/server/bodyPart';
import type { FetchedMessage } from '../../sync/server/message';
import type { ReadOptions } from '../../sync/mime/readOptions';

/**
 * The structures in test/fixtures were sent by a real Dovecot: what is chosen by them and read part by part must be what is
 * read from the whole message.
 */
const folder = join(__dirname, '../fixtures/messages');
const names = readdirSync(folder)
	.filter((name) => name.endsWith('.eml'))
	.map((name) => name.slice(0, -'.eml'.length))
	.filter((name) => existsSync(join(folder, `${name}.structure.json`)));

/** Messages that Dovecot sees in another way. */
const seenInAnotherWay: Record<string, string> = {
	'forwarded-message': 'Dovecot counts the line end before the outer boundary to a multipart in the forwarded message',
	'forwarded-message-first': 'Dovecot counts the line end before the outer boundary to a multipart in the forwarded message',
	'python-33': 'Dovecot does not read a boundary in RFC 2231 form and finds no parts',
	'name-unquoted-spaces': 'Dovecot ends a name without quotes at its first space, as the RFC has it',
};

function load(name: string): { whole: FetchedMessage; inParts: FetchedMessage; structure: BodyPart } {
	const source = readFileSync(join(folder, `${name}.eml`));
	const structure = JSON.parse(readFileSync(join(folder, `${name}.structure.json`), 'utf8')) as BodyPart;
	const descriptor = { uid: 1 as Uid, flags: [], size: source.length, internalDate: new Date('2026-11-22T12:00:00Z') };
	return {
		whole: { ...descriptor, source },
		inParts: { ...descriptor, header: headerOf(source), structure },
		structure,
	};
}

/** BODY[HEADER]: up to and with the empty line. */
function headerOf(source: Buffer): Buffer {
	if (source.subarray(0, 2).toString() === '\r\n') return source.subarray(0, 2);
	const end = source.indexOf('\r\n\r\n');
	return end < 0 ? source : source.subarray(0, end + 4);
}

function partsOf(source: Buffer): Map<string, Buffer> {
	const parts = new Map<string, Buffer>();
	const add = (part: ScannedPart) => {
		if (part.children.length === 0) parts.set(part.part, source.subarray(part.bodyStart, part.bodyEnd));
		part.children.forEach(add);
	};
	add(scanMessage(source).root);
	return parts;
}

const content: ReadOptions = { level: 'content', headers: ['*'], attachmentContent: { names: [], types: [] } };
const withoutFiles: ReadOptions = { ...content, attachmentContent: false };

describe('reading by the structure of a real server gives the same as reading the whole message', () => {
	it.each(names.filter((name) => !(name in seenInAnotherWay)))('%s', async (name) => {
		const { whole, inParts, structure } = load(name);
		const sources = partsOf(whole.source!);
		const fetched = (options: ReadOptions) => {
			const parts = new Map(partsToFetch(structure, options).map((part) => [part, sources.get(part) ?? Buffer.alloc(0)]));
			return readMessage({ ...inParts, parts }, options);
		};
		expect(await fetched(content)).toEqual(await readMessage(whole, content));
		expect(await fetched(withoutFiles)).toEqual(await readMessage(whole, withoutFiles));
		const metadata: ReadOptions = { ...withoutFiles, level: 'metadata' };
		expect(partsToFetch(structure, metadata)).toEqual([]);
		expect(await readMessage(inParts, metadata)).toEqual(await readMessage(whole, metadata));
	});
});

describe('how a message is read', () => {
	const part = (number: string, type: string, size: number, disposition?: string): BodyPart => ({
		part: number,
		type,
		parameters: {},
		...(disposition && { disposition }),
		dispositionParameters: {},
		size,
		children: [],
	});
	const mixed = (...children: BodyPart[]): BodyPart => ({ ...part('', 'multipart/mixed', 0), children });
	const megabyte = 1024 * 1024;
	const withFile = mixed(part('1', 'text/plain', 2000), part('2', 'application/pdf', 10 * megabyte, 'attachment'));

	it.each<[string, number, BodyPart, Partial<ReadOptions>, 'source' | string[]]>([
		['small messages whole', 4000, mixed(part('1', 'text/plain', 2000)), {}, 'source'],
		['of a large message the text', 10 * megabyte, withFile, {}, ['1']],
		['of a large message nothing but header and structure', 10 * megabyte, withFile, { level: 'metadata' }, []],
		[
			'a large message whole when its file is wanted',
			10 * megabyte,
			withFile,
			{ attachmentContent: { names: [], types: [] } },
			'source',
		],
		[
			'the text when the file is too large',
			10 * megabyte,
			withFile,
			{ attachmentContent: { names: [], types: [], maxSize: megabyte } },
			['1'],
		],
		['a message whole whose structure knows nothing of its bytes', megabyte, mixed(part('1', 'text/plain', 0)), {}, 'source'],
		['raw always whole', 10 * megabyte, withFile, { level: 'raw' }, 'source'],
	])('%s', (_name, size, structure, options, expected) => {
		expect(howToRead(size, structure, { level: 'content', headers: [], attachmentContent: false, ...options })).toEqual(expected);
	});

	it('names as cut what was not fetched', async () => {
		const message: FetchedMessage = {
			uid: 1 as Uid,
			flags: [],
			size: 10 * megabyte,
			header: Buffer.from('Subject: x'),
			structure: withFile,
		};
		const result = await readMessage({ ...message, parts: new Map([['1', Buffer.from('text')]]) }, content);
		expect(result.fields.text).toBe('text');
		expect(result.cut).toEqual(['attachments']);
	});
});
