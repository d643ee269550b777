import fc from 'fast-check';

import { readMessage, type AttachmentFilter } from '../../sync/mime/readMessage';
import { readTnef } from '../../sync/mime/tnef';
import type { Uid } from '../../sync/uids/uid';
import { buildTnef } from './tnefBuilder';
import { runs, seedFrom } from '../support/chance';

const container = buildTnef([
	{
		shortName: Buffer.from('REPORT~1.PDF'),
		longName: 'Report für März.pdf',
		mimeType: 'application/pdf',
		content: Buffer.from('%PDF-1.4 body'),
	},
	{ shortName: Buffer.from('logo.png'), mimeType: 'image/png', contentId: 'logo@example.com', content: Buffer.from([1, 2, 3]) },
	{ shortName: Buffer.from('Ma\xdfe.txt', 'latin1'), content: Buffer.from('plain') },
]);

function message(bytes: Buffer) {
	const source = Buffer.from(
		`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}\r\n--b--\r\n`,
	);
	return { uid: 1 as Uid, flags: [], size: source.length, source };
}

const attachmentsOf = async (bytes: Buffer, attachmentContent: false | AttachmentFilter) =>
	(await readMessage(message(bytes), { level: 'content', headers: [], attachmentContent })).attachments;

it('gives the files in place of the container when their content is wanted', async () => {
	expect(await attachmentsOf(container, { names: [], types: [] })).toEqual([
		{
			part: '2:1',
			fileName: 'Report für März.pdf',
			mimeType: 'application/pdf',
			size: 13,
			disposition: 'attachment',
			isInline: false,
			content: Buffer.from('%PDF-1.4 body'),
		},
		{
			part: '2:2',
			fileName: 'logo.png',
			mimeType: 'image/png',
			size: 3,
			disposition: 'inline',
			isInline: false,
			contentId: 'logo@example.com',
			content: Buffer.from([1, 2, 3]),
		},
		{
			part: '2:3',
			fileName: 'Maße.txt',
			mimeType: 'text/plain',
			size: 5,
			disposition: 'attachment',
			isInline: false,
			content: Buffer.from('plain'),
		},
	]);
});

it('applies the filter to the files and not to the container', async () => {
	const attachments = await attachmentsOf(container, { names: ['*.pdf'], types: [] });
	expect(attachments.map((attachment) => [attachment.fileName, attachment.content !== undefined])).toEqual([
		['Report für März.pdf', true],
		['logo.png', false],
		['Maße.txt', false],
	]);
});

it('lists the container where no content is wanted, as its structure does', async () => {
	expect(await attachmentsOf(container, false)).toMatchObject([
		{ part: '2', fileName: 'winmail.dat', mimeType: 'application/ms-tnef' },
	]);
});

it('hands out a container that is none as it is', async () => {
	const broken = Buffer.from('this is no container');
	expect(await attachmentsOf(broken, { names: [], types: [] })).toMatchObject([
		{ part: '2', fileName: 'winmail.dat', content: broken },
	]);
});

it('survives any damage', () => {
	const seed = seedFrom('MIME_SEED');
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.nat(container.length - 1), fc.nat(255)), { maxLength: 20 }),
			fc.nat(container.length),
			(changes, length) => {
				const damaged = Buffer.from(container);
				for (const [at, byte] of changes) damaged[at] = byte;
				const files = readTnef(damaged.subarray(0, length))?.files ?? [];
				expect(files.reduce((sum, file) => sum + file.content.length, 0)).toBeLessThanOrEqual(length);
			},
		),
		{ seed, numRuns: runs(2000) },
	);
});
