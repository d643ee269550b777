import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { readMessage, type ReadMessage } from '../../sync/mime/readMessage';
import type { FetchedMessage, FetchParts } from '../../sync/server/message';
import { UidSet } from '../../sync/uids/uidSet';
import { startDovecot } from '../support/dovecot';

const folder = join(__dirname, '../fixtures/messages');
/** Dovecot takes no message without a byte, and IMAP cannot carry NUL. */
const names = readdirSync(folder)
	.filter((name) => name.endsWith('.eml') && !['empty.eml', 'text-nul.eml'].includes(name))
	.filter((name) => readFileSync(join(folder, name)).length > 0);

/** Forms that Dovecot's structure tells otherwise than the message itself. */
const odd = {
	'name without quotes':
		'Content-Type: application/pdf; name=Invoice 2026 11.pdf\r\nContent-Disposition: attachment; filename=Invoice 2026 11.pdf',
	'name in bytes of latin1': 'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="Gr\xfc\xdfe.pdf"',
	'name in RFC 2231': "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=iso-8859-1''Gr%FC%DFe.pdf",
	'name as an encoded word without quotes':
		'Content-Type: application/pdf; name==?UTF-8?Q?R=C3=A4ch.pdf?=\r\nContent-Disposition: attachment',
};
const oddMessages = Object.entries(odd).map(([name, header]) => ({
	name,
	source: Buffer.from(
		`Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n${header}\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n`,
		'latin1',
	),
}));

/** Kinds of which Dovecot counts one line end more than the message has. */
const countedOtherwise = ['forwarded-message.eml', 'forwarded-message-first.eml'];

const messages = [...names.map((name) => ({ name, source: readFileSync(join(folder, name)) })), ...oddMessages];

describe('a message gives the same header fields and attachments by its structure as by its source', () => {
	const read = new Map<string, ReadMessage[]>();

	beforeAll(async () => {
		const dovecot = await startDovecot();
		try {
			const user = dovecot.newUser();
			for (const { source } of messages) await dovecot.append(user, 'INBOX', source);
			const { host, port, password } = dovecot;
			const server = await connectMailServer({ user, password, host, port, security: 'none', allowUnauthorizedCerts: false });
			const [visit] = await server.visitFolders(['INBOX'], async (path, connection) => {
				const open = await connection.open(path);
				const all = UidSet.range(1, messages.length);
				const fetched = async (parts: FetchParts) => {
					const found = new Map<number, FetchedMessage>();
					for await (const message of open.fetch(all, parts)) found.set(message.uid, message);
					return found;
				};
				const byStructure = await fetched('headerAndStructure');
				const bySource = await fetched('source');
				for (const [at, { name }] of messages.entries()) {
					const both = [byStructure.get(at + 1)!, bySource.get(at + 1)!].map((message) =>
						readMessage(message, { level: 'metadata', headers: ['*'], attachmentContent: false }),
					);
					read.set(name, await Promise.all(both));
				}
			});
			await server.close();
			if (visit.status === 'rejected') throw visit.reason;
		} finally {
			await dovecot.stop();
		}
	});

	it.each(messages.map(({ name }) => name))('%s', (name) => {
		const [byStructure, bySource] = read.get(name)!;
		const comparable = (result: ReadMessage) =>
			countedOtherwise.includes(name)
				? { ...result, attachments: result.attachments.map((file) => ({ ...file, size: 0 })) }
				: result;
		expect(comparable(byStructure)).toEqual(comparable(bySource));
	});
});
