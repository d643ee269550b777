import { readMessage, type AttachmentFilter } from '../../sync/mime/readMessage';
import type { OutputLevel } from '../../sync/settings/readingSettings';
import type { Uid } from '../../sync/uids/uid';

interface File {
	type?: string;
	disposition?: string;
	id?: string;
	content?: Buffer;
}

const png = Buffer.from('89504e470d0a1a0a00', 'hex');

function part({ type, disposition, id, content = png }: File): string {
	return [
		...(type === undefined ? [] : [`Content-Type: ${type}`]),
		...(disposition === undefined ? [] : [`Content-Disposition: ${disposition}`]),
		...(id === undefined ? [] : [`Content-ID: <${id}>`]),
		'Content-Transfer-Encoding: base64',
		'',
		content.toString('base64'),
	].join('\r\n');
}

async function read(
	files: File[],
	{
		html = '<p>x</p>',
		kind = 'mixed',
		level = 'content' as OutputLevel,
		filter = false as false | Partial<AttachmentFilter>,
	} = {},
) {
	const body = html === '' ? '\r\ntext' : `Content-Type: text/html\r\n\r\n${html}`;
	const source = Buffer.from(
		`Content-Type: multipart/${kind}; boundary=b\r\n\r\n--b\r\n${[body, ...files.map(part)].join('\r\n--b\r\n')}\r\n--b--\r\n`,
	);
	const { attachments } = await readMessage(
		{ uid: 1 as Uid, flags: [], size: source.length, source },
		{ level, headers: [], attachmentContent: filter && { names: [], types: [], ...filter } },
	);
	return attachments;
}

describe('embedded pictures are told from files', () => {
	const shown = '<img src="cid:logo%401"><p>x</p>';
	const picture = { type: 'image/png; name=logo.png', id: 'logo@1' };
	it.each<[string, File, { html?: string; kind?: string; level?: OutputLevel }, boolean]>([
		['shown by the html', { ...picture, disposition: 'inline' }, { html: shown, kind: 'related' }, true],
		['shown, though it says attachment', { ...picture, disposition: 'attachment' }, { html: shown }, true],
		['shown, and says nothing', picture, { html: shown }, true],
		['shown in a style', picture, { html: '<div style="background: url(cid:logo@1)">' }, true],
		['shown, under no type', { ...picture, type: 'application/octet-stream' }, { html: shown }, true],
		['a photo put into the text: nothing shows it', { ...picture, disposition: 'inline' }, {}, false],
		['a photo that was attached', { ...picture, disposition: 'attachment' }, { kind: 'related' }, false],
		['meant to be shown, though no link is found', { ...picture, disposition: 'inline' }, { kind: 'related' }, true],
		['of a message without html', { ...picture, disposition: 'inline' }, { html: '', kind: 'related' }, false],
		['without an id', { type: 'image/png', disposition: 'inline' }, { kind: 'related' }, false],
		['by its structure alone', { ...picture, disposition: 'inline' }, { kind: 'related', level: 'metadata' }, true],
		['a file by its structure', { ...picture, disposition: 'attachment' }, { kind: 'related', level: 'metadata' }, false],
	])('%s', async (_name, file, options, expected) => {
		expect((await read([file], options))[0].isInline).toBe(expected);
	});

	it('are called images where they have no name', async () => {
		const [logo, file] = await read([{ type: 'image/png', id: 'logo@1' }, { type: 'image/png' }], { html: shown });
		expect([logo.fileName, file.fileName]).toEqual(['image-2.png', 'attachment-3.png']);
	});

	it('can be left out', async () => {
		const files = [
			{ ...picture, disposition: 'inline' },
			{ type: 'application/pdf; name=a.pdf', disposition: 'attachment' },
		];
		const attachments = await read(files, { html: shown, kind: 'related', filter: { embedded: false } });
		expect(attachments.map(({ fileName, content }) => [fileName, content !== undefined])).toEqual([
			['logo.png', false],
			['a.pdf', true],
		]);
	});
});

describe('filters by type', () => {
	const pdf = Buffer.from('%PDF-1.7 x');
	const docx = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(26), Buffer.from('word/document.xml')]);
	it.each<[string, File, string, boolean]>([
		['the declared type', { type: 'application/pdf; name=x' }, 'application/pdf', true],
		['the name, where the type says nothing', { type: 'application/octet-stream; name=Invoice.PDF' }, 'application/pdf', true],
		['the name, where there is no type', { disposition: 'attachment; filename=a.pdf' }, 'application/pdf', true],
		['the name under a type for downloads', { type: 'application/force-download; name=a.jpg' }, 'image/*', true],
		[
			'the content, where the name says nothing either',
			{ type: 'application/octet-stream; name=scan', content: pdf },
			'application/pdf',
			true,
		],
		['the content of an Office document', { type: 'application/octet-stream', content: docx }, '*wordprocessingml*', true],
		['a content of another kind', { type: 'application/octet-stream; name=scan' }, 'application/pdf', false],
		['a content of no kind', { type: 'application/octet-stream', content: Buffer.from('??') }, 'application/pdf', false],
		['an old name of a type', { type: 'image/pjpeg; name=a' }, 'image/jpeg', true],
		['not the name, where a type is declared', { type: 'image/png; name=a.pdf' }, 'application/pdf', false],
		['not the content, where a type is declared', { type: 'image/png; name=a', content: pdf }, 'application/pdf', false],
		['octet-stream itself', { type: 'application/octet-stream; name=a.pdf' }, 'application/octet-stream', true],
	])('go by %s', async (_name, file, types, expected) => {
		const [attachment] = await read([{ disposition: 'attachment', ...file }], { filter: { types: [types] } });
		expect(attachment.content !== undefined).toBe(expected);
	});

	it('leave the declared type in the item', async () => {
		const [attachment] = await read([{ type: 'application/octet-stream; name=a.pdf' }], {
			filter: { types: ['application/pdf'] },
		});
		expect(attachment.mimeType).toBe('application/octet-stream');
	});
});
