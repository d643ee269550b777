import type { FetchMessageObject, MessageStructureObject } from 'imapflow';

import { readCapabilities } from '../../../sync/imap/capabilities';
import { toBodyPart } from '../../../sync/imap/bodyStructure';
import { cleanFlags, keywordsOf } from '../../../sync/imap/flags';
import { toListing } from '../../../sync/imap/listing';
import { toFetchedMessage, toFlagRow } from '../../../sync/imap/messageRow';
import type { BodyPart } from '../../../sync/server/bodyPart';

const numbers = (part: BodyPart): string[] => [`${part.part} ${part.type}`, ...part.children.flatMap(numbers)];

describe('BODYSTRUCTURE', () => {
	const leaf = (type: string, childNodes?: MessageStructureObject[]): MessageStructureObject => ({ type, childNodes });
	const multi = (subtype: string, ...childNodes: MessageStructureObject[]): MessageStructureObject => ({
		type: `multipart/${subtype}`,
		childNodes,
	});

	it.each<[string, MessageStructureObject, string[]]>([
		['one part', leaf('text/plain'), ['1 text/plain']],
		['two parts', multi('mixed', leaf('text/plain'), leaf('image/png')), [' multipart/mixed', '1 text/plain', '2 image/png']],
		[
			'nested parts',
			multi('mixed', multi('alternative', leaf('text/plain'), leaf('text/html')), leaf('image/png')),
			[' multipart/mixed', '1 multipart/alternative', '1.1 text/plain', '1.2 text/html', '2 image/png'],
		],
		[
			'a message of one part in a message',
			multi('mixed', leaf('text/plain'), leaf('message/rfc822', [leaf('text/html')])),
			[' multipart/mixed', '1 text/plain', '2 message/rfc822', '2.1 text/html'],
		],
		[
			'a message of parts in a message',
			multi('mixed', leaf('message/rfc822', [multi('mixed', leaf('text/plain'), leaf('image/png'))])),
			[' multipart/mixed', '1 message/rfc822', '1 multipart/mixed', '1.1 text/plain', '1.2 image/png'],
		],
		[
			'nothing but a message',
			leaf('message/rfc822', [multi('mixed', leaf('text/plain'))]),
			['1 message/rfc822', '1 multipart/mixed', '1.1 text/plain'],
		],
	])('numbers %s by RFC 3501 section 6.4.5', (_name, structure, expected) => {
		expect(numbers(toBodyPart(structure)!)).toEqual(expected);
	});

	it('keeps what a part says of itself', () => {
		expect(
			toBodyPart({
				type: 'Image/PNG',
				parameters: { name: 'a.png' },
				id: '<c>',
				encoding: 'BASE64',
				size: 9,
				disposition: 'Inline',
				dispositionParameters: { filename: 'a.png' },
			}),
		).toEqual({
			part: '1',
			type: 'image/png',
			parameters: { name: 'a.png' },
			contentId: '<c>',
			encoding: 'base64',
			size: 9,
			disposition: 'inline',
			dispositionParameters: { filename: 'a.png' },
			children: [],
		});
	});
});

describe('rows of a FETCH', () => {
	const row = (properties: object): FetchMessageObject => ({
		seq: 1,
		uid: 7,
		flags: new Set(['\\Seen']),
		size: 3,
		modseq: 12345678901234567890n,
		...properties,
	});
	const nil = false as unknown as Buffer;

	it('have flags sorted, each once, without \\Recent', () => {
		expect(cleanFlags(['b', '\\SEEN', '\\Recent', 'a', 'b', '\\Seen'])).toEqual(['\\Seen', 'a', 'b']);
		expect(keywordsOf(['\\Seen', '\\*', '$A'])).toEqual(['$A']);
	});

	it('keep mod-sequences of 63 bits', () => {
		expect(toFlagRow(row({}))).toEqual({ uid: 7, flags: ['\\Seen'], modseq: '12345678901234567890' });
	});

	it.each([
		['no UID', { uid: undefined }, 'descriptor' as const],
		['no flags', { flags: undefined }, 'descriptor' as const],
		['no size', { size: undefined }, 'descriptor' as const],
		['no answer about the Message-ID', {}, 'descriptor' as const],
		['no source', {}, 'source' as const],
		['NIL as the source of a message that has one', { source: nil }, 'source' as const],
		['no header', { bodyStructure: { type: 'text/plain' } }, 'headerAndStructure' as const],
	])('are left out with %s', (_name, properties, parts) => {
		expect(toFetchedMessage(row(properties), parts)).toBeUndefined();
	});

	it('of messages without a byte, without a header, without a structure, and with an unreadable date count', () => {
		expect(toFetchedMessage(row({ size: 0, source: nil }), 'source')?.source).toHaveLength(0);
		expect(toFetchedMessage(row({ size: 0, source: Buffer.alloc(0) }), 'source')?.source).toHaveLength(0);
		expect(toFetchedMessage(row({ headers: nil }), 'headerAndStructure')).toMatchObject({ header: Buffer.alloc(0) });
		expect(toFetchedMessage(row({ headers: nil }), 'descriptor')).not.toHaveProperty('messageId');
		expect(toFetchedMessage(row({ headers: nil, internalDate: 'yesterday' }), 'descriptor')).not.toHaveProperty('internalDate');
	});

	it('tell the Message-ID on one line', () => {
		const headers = Buffer.from('Message-Id:\r\n <long@example.com>\r\n\r\n');
		expect(toFetchedMessage(row({ headers }), 'descriptor')).toMatchObject({ messageId: '<long@example.com>' });
	});

	it('tell ids and labels where the server has them', () => {
		expect(
			toFetchedMessage(row({ headers: nil, emailId: '1', threadId: '2', labels: new Set(['b', 'a']) }), 'descriptor'),
		).toMatchObject({
			emailId: '1',
			threadId: '2',
			labels: ['a', 'b'],
		});
	});
});

describe('a folder of LIST', () => {
	const folder = { path: 'A', flags: new Set<string>(), delimiter: '/' };

	it('can be opened unless it says otherwise', () => {
		expect(toListing(folder)).toEqual({ path: 'A', selectable: true, delimiter: '/' });
		expect(toListing({ ...folder, flags: new Set(['\\NoSelect']) }).selectable).toBe(false);
		expect(toListing({ ...folder, flags: new Set(['\\NonExistent']) }).selectable).toBe(false);
	});

	it('has the status that was sent, large numbers as text, and no mod-sequence of 0', () => {
		const status = { path: 'A', uidValidity: 2n ** 60n, uidNext: 5, messages: 0, highestModseq: 0n };
		expect(toListing({ ...folder, status }).status).toEqual({ uidValidity: '1152921504606846976', uidNext: 5, messages: 0 });
		expect(toListing({ ...folder, status: { path: 'A' } }).status).toBeUndefined();
	});
});

describe('the abilities of a server', () => {
	const abilities = (capabilities: string[], enabled: string[]) =>
		readCapabilities({ capabilities: new Map(capabilities.map((name) => [name, true])), enabled: new Set(enabled) });

	it('count only when they are advertised and confirmed', () => {
		expect(abilities(['CONDSTORE', 'QRESYNC', 'ENABLE'], ['CONDSTORE', 'QRESYNC'])).toMatchObject({
			condstore: true,
			qresync: true,
		});
		expect(abilities(['CONDSTORE', 'QRESYNC', 'ENABLE'], [])).toMatchObject({ condstore: false, qresync: false });
		expect(abilities(['CONDSTORE', 'ENABLE'], ['CONDSTORE', 'QRESYNC'])).toMatchObject({ condstore: true, qresync: false });
		expect(abilities(['QRESYNC', 'ENABLE'], ['QRESYNC'])).toMatchObject({ condstore: true, qresync: true });
		expect(abilities(['X-GM-EXT-1', 'ESEARCH', 'LIST-STATUS'], [])).toEqual({
			condstore: false,
			qresync: false,
			gmail: true,
			esearch: true,
			listStatus: true,
		});
	});
});
