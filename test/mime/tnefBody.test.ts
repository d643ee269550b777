import { decompressRtf } from '../../sync/mime/compressedRtf';
import { readMessage } from '../../sync/mime/readMessage';
import type { ReadOptions } from '../../sync/mime/readOptions';
import { readRtf } from '../../sync/mime/rtf';
import type { Uid } from '../../sync/uids/uid';
import { buildTnef, type TnefBody } from './tnefBuilder';

const everything: ReadOptions = { level: 'content', headers: [], attachmentContent: { names: [], types: [] } };

async function read(container: Buffer, text = '', options = everything) {
	const source = Buffer.from(
		`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n${text}\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n${container.toString('base64')}\r\n--b--\r\n`,
	);
	return await readMessage({ uid: 1 as Uid, flags: [], size: source.length, source }, options);
}

const fromHtml = Buffer.from(
	String.raw`{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl\red0\green0\blue0;}` +
		String.raw`{\*\htmltag64 <p>}\htmlrtf {\f0 \htmlrtf0 Gr\'fc\u223?e {\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 you{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0}`,
	'latin1',
);

describe('the body in winmail.dat, where the message has no other', () => {
	it.each<[string, TnefBody, { text: string; html?: string }]>([
		['text', { text: 'Hello\r\nBob' }, { text: 'Hello\nBob' }],
		[
			'html, in the code page that is named behind it',
			{ html: Buffer.from('<p>\xcf\xf0\xe8</p>', 'latin1'), htmlCodePage: 1251 },
			{ text: 'При', html: '<p>При</p>' },
		],
		['RTF', { rtf: Buffer.from(String.raw`{\rtf1\ansi{\fonttbl{\f0 Arial;}}Hello\par Bob}`) }, { text: 'Hello\nBob\n' }],
		['RTF made from html', { rtf: fromHtml }, { text: 'Grüße you', html: '<p>Grüße <b>you</b></p>' }],
	])('%s', async (_name, body, expected) => {
		expect((await read(buildTnef([], 1252, body))).fields).toMatchObject(expected);
	});

	it('does not take the place of a text that is there', async () => {
		const { fields } = await read(buildTnef([], 1252, { text: 'from the container' }), 'The text of the message itself');
		expect(fields.text).toBe('The text of the message itself');
	});

	it('is read also when no attachments are wanted', async () => {
		const { fields } = await read(buildTnef([], 1252, { text: 'Hello' }), '', { ...everything, attachmentContent: false });
		expect(fields).toMatchObject({ text: 'Hello', replyText: 'Hello' });
	});
});

it('a message that lay in winmail.dat becomes an .eml with its body and its files', async () => {
	const inner = buildTnef([{ shortName: Buffer.from('a.txt'), content: Buffer.from('file') }], 1252, {
		subject: 'Grüße: "you"\r\nX-Evil: 1',
		text: 'Inner text',
	});
	const { attachments } = await read(buildTnef([{ shortName: Buffer.from('x'), content: inner, isMessage: true }]), 'text');
	expect(attachments).toMatchObject([{ part: '2:1', mimeType: 'message/rfc822', fileName: 'Grüße_ _you_ X-Evil_ 1.eml' }]);
	const source = attachments[0].content!;
	const { fields, attachments: files } = await readMessage(
		{ uid: 1 as Uid, flags: [], size: source.length, source },
		{ ...everything, headers: ['x-evil'] },
	);
	expect(fields).toMatchObject({ subject: 'Grüße: "you" X-Evil: 1', text: 'Inner text', headers: {} });
	expect(files).toMatchObject([{ fileName: 'a.txt', content: Buffer.from('file') }]);
});

it('containers within containers are opened to a bounded depth', async () => {
	let container = buildTnef([], 1252, { text: 'innermost' });
	for (let depth = 0; depth < 30; depth++)
		container = buildTnef([{ shortName: Buffer.from('x'), content: container, isMessage: true }], 1252, { subject: `m${depth}` });
	expect((await read(container, 'text')).attachments).toMatchObject([{ mimeType: 'message/rfc822' }]);
});

describe('RTF', () => {
	it.each([
		[
			'paragraphs, tabs and symbols',
			String.raw`{\rtf1 One\par\tab Two \endash  \ldblquote x\rdblquote\line Three}`,
			'One\n\tTwo – “x”\nThree\n',
		],
		[
			'bytes of the code page of a font',
			String.raw`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\f1\'cf\'f0\f0\'e9}`,
			'Прé\n',
		],
		['characters of two bytes', String.raw`{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 A;}}\f0\'93\'fa\'96\'7b}`, '日本\n'],
		['Unicode, and what stands in for it', String.raw`{\rtf1\uc2 \u26085??\u26412\'3f\'3f!}`, '日本!\n'],
		['surrogates', String.raw`{\rtf1 \u-10179?\u-8704?}`, '😀\n'],
		['braces and backslashes', String.raw`{\rtf1 \{a\}\\}`, '{a}\\\n'],
		['no destinations', String.raw`{\rtf1{\*\unknown hidden}{\info{\author Zoe}}{\pict 0123}seen}`, 'seen\n'],
	])('%s', (_name, rtf, text) => {
		expect(readRtf(Buffer.from(rtf, 'latin1')).text).toBe(text);
	});

	it('takes time by its length only, whatever is open in it', () => {
		const started = performance.now();
		for (const piece of ['{', '\\u1', '{\\*', '\\htmlrtf{', "\\'e4"]) readRtf(Buffer.from(piece.repeat(200_000)));
		expect(performance.now() - started).toBeLessThan(5000);
	});
});

describe('compressed RTF', () => {
	it('is unpacked: the example of [MS-OXRTFCP] section 4.1', () => {
		const example = Buffer.from(
			'2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
			'hex',
		);
		expect(decompressRtf(example, 1000)?.toString()).toBe('{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n');
	});

	it('gives no more than was allowed, and nothing for what is none', () => {
		const stored = Buffer.concat([
			Buffer.alloc(4),
			Buffer.from([0xff, 0xff, 0xff, 0x7f]),
			Buffer.from('4c5a4675', 'hex'),
			Buffer.alloc(4),
			Buffer.alloc(5000, 0x10),
		]);
		expect(decompressRtf(stored, 1000)!.length).toBeLessThanOrEqual(1000);
		expect(decompressRtf(Buffer.from('nonsense nonsense nonsense'), 1000)).toBeUndefined();
	});
});
