import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { openCms } from '../../sync/mime/cms';
import { partsToFetch, readMessage } from '../../sync/mime/readMessage';
import type { ReadOptions } from '../../sync/mime/readOptions';
import { scanMessage } from '../../sync/mime/structure';
import type { Uid } from '../../sync/uids/uid';
import { runs, seedFrom } from '../support/chance';
import { buildCms } from './cmsBuilder';

const everything: ReadOptions = { level: 'content', headers: [], attachmentContent: { names: [], types: [] } };

const inner = Buffer.from(
	[
		'Content-Type: multipart/mixed; boundary=q',
		'',
		'--q',
		'Content-Type: text/plain; charset=utf-8',
		'',
		'Grüße, signed',
		'--q',
		'Content-Type: application/pdf; name=a.pdf',
		'Content-Disposition: attachment; filename=a.pdf',
		'Content-Transfer-Encoding: base64',
		'',
		'JVBERi0xLjQ=',
		'--q--',
		'',
	].join('\r\n'),
);

const message = (bytes: Buffer, type = 'application/pkcs7-mime; smime-type=signed-data; name=smime.p7m'): Buffer =>
	Buffer.from(
		`Subject: x\r\nContent-Type: ${type}\r\nContent-Disposition: attachment; filename=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}\r\n`,
	);

const read = (source: Buffer, options = everything) =>
	readMessage({ uid: 1 as Uid, flags: [], size: source.length, source }, options);

const signed = buildCms('signed', inner);

describe('what is signed in one piece is read', () => {
	it.each([
		['with lengths', message(signed)],
		['cut into pieces, without lengths', message(buildCms('signed', inner, 50))],
		['under its old type', message(signed, 'application/x-pkcs7-mime; name=smime.p7m')],
		['under no type', message(signed, 'application/octet-stream; name=smime.p7m')],
		['compressed', message(buildCms('compressed', deflateSync(inner)), 'application/pkcs7-mime; smime-type=compressed-data')],
		[
			'signed twice',
			message(
				buildCms(
					'signed',
					Buffer.from(
						`Content-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n${signed.toString('base64')}`,
					),
				),
			),
		],
		[
			'above the line that a list added',
			Buffer.from(
				`Content-Type: multipart/mixed; boundary=l\r\n\r\n--l\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\n${signed.toString('base64')}\r\n--l--\r\n`,
			),
		],
	])('%s', async (_name, source) => {
		const { fields, attachments } = await read(source);
		expect(fields.text).toBe('Grüße, signed');
		expect(fields.encrypted).toBeUndefined();
		expect(attachments).toMatchObject([{ fileName: 'a.pdf', mimeType: 'application/pdf', content: Buffer.from('%PDF-1.4') }]);
	});

	it('numbers the parts behind a colon', async () => {
		expect((await read(message(signed))).attachments[0].part).toBe('1:2');
	});

	it('by structure and by source alike', async () => {
		const source = message(signed);
		const { root } = scanMessage(source);
		expect(partsToFetch(root, everything)).toEqual(['1']);
		const byParts = await readMessage(
			{
				uid: 1 as Uid,
				flags: [],
				size: source.length,
				header: source.subarray(0, root.bodyStart),
				structure: root,
				parts: new Map([['1', source.subarray(root.bodyStart)]]),
			},
			everything,
		);
		expect(byParts).toEqual(await read(source));
	});

	it('stays an attachment where the content is elsewhere, or where it is nonsense', async () => {
		for (const bytes of [buildCms('signed', undefined), Buffer.from('nonsense')])
			expect((await read(message(bytes))).attachments).toMatchObject([{ part: '1', fileName: 'smime.p7m', content: bytes }]);
	});

	it('survives any damage, and never gives more than there is', () => {
		const seed = seedFrom('MIME_SEED');
		const whole = buildCms('signed', inner, 50);
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
				fc.nat(whole.length),
				(changes, length) => {
					const damaged = Buffer.from(whole);
					for (const [at, byte] of changes) damaged[at] = byte;
					const opened = openCms(damaged.subarray(0, length), 1000);
					if (opened?.kind === 'readable') expect(opened.content.length).toBeLessThanOrEqual(Math.max(length, 1000));
				},
			),
			{ seed, numRuns: runs(2000) },
		);
	});

	it('takes no longer for values within each other than for others', () => {
		const nested = Buffer.concat([buildCms('signed', undefined).subarray(0, 15), Buffer.from('3080'.repeat(500_000), 'hex')]);
		const started = performance.now();
		openCms(nested, 1000);
		expect(performance.now() - started).toBeLessThan(500);
	});
});

describe('what is encrypted is named', () => {
	it.each([
		['S/MIME', message(Buffer.from('x'), 'application/pkcs7-mime; smime-type=enveloped-data'), 'smime'],
		['S/MIME with authentication', message(Buffer.from('x'), 'application/pkcs7-mime; smime-type=authEnveloped-data'), 'smime'],
		[
			'S/MIME that does not say so',
			message(buildCms('enveloped', undefined), 'application/x-pkcs7-mime; name=smime.p7m'),
			'smime',
		],
		[
			'PGP/MIME',
			Buffer.from(
				'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=e\r\n\r\n--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--e\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--e--\r\n',
			),
			'pgp',
		],
		[
			'PGP/MIME as Exchange passes it on',
			Buffer.from(
				'Content-Type: multipart/mixed; boundary=e\r\n\r\n--e\r\nContent-Type: text/plain\r\n\r\n\r\n--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--e\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--e--\r\n',
			),
			'pgp',
		],
		[
			'PGP in the text',
			Buffer.from('Subject: x\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n-----END PGP MESSAGE-----\r\n'),
			'pgp',
		],
	])('%s', async (_name, source, expected) => {
		expect((await read(source)).fields.encrypted).toBe(expected);
	});

	it('but not what quotes an encrypted message, nor what is only signed', async () => {
		const quoting = Buffer.from('Subject: x\r\n\r\nI cannot read this:\r\n-----BEGIN PGP MESSAGE-----\r\n');
		expect((await read(quoting)).fields.encrypted).toBeUndefined();
		expect((await read(message(signed))).fields.encrypted).toBeUndefined();
	});
});
