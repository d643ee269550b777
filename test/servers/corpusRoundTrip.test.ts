import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeExecutionData } from 'n8n-workflow';
import { poll } from '../../nodes/ImapSyncTrigger/poll';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { startDovecot } from '../support/dovecot';
import { pollContext } from '../support/n8nContext';

/** What a message of the corpus must give; see test/fixtures/README.md. */
interface Expected {
	headersWanted?: string[];
	fields: Record<string, unknown>;
	attachments: Array<Record<string, unknown> & { contentSha256?: string; contentLength?: number }>;
	cut?: string[];
}

const folder = join(__dirname, '../fixtures/messages');
const names = readdirSync(folder)
	.filter((name) => name.endsWith('.eml'))
	.map((name) => name.slice(0, -'.eml'.length));
const receivedAt = '2026-11-22T12:00:00.000Z';

/** What a message is to the account: test/mime/conversations.test.ts and others hold it. */
const ofTheAccount = ['direction', 'loopRisk', 'conversation'];

/** Fields that the event and the polling add, beside those of the message. */
const ofTheEvent =
	'id isRead isFlagged snippet fromText toText event eventId origin account folder uid uidValidity flags messageKey sequence detectedAt'.split(
		' ',
	);

/** IMAP cannot carry NUL (RFC 3501 section 4.3): Dovecot stores 0x80 in its place, so this one is read in test/mime only. */
const notCarried = ['text-nul'];

const stored = (name: string): Buffer => readFileSync(join(folder, `${name}.eml`));

describe('every message of the corpus, through a real Dovecot and the trigger', () => {
	const items = new Map<string, { item: INodeExecutionData; size: number; fileOf: (key: string) => Buffer }>();
	// Dovecot does not take a message without a byte.
	const kept = names.filter((name) => stored(name).length > 0 && !notCarried.includes(name));

	beforeAll(async () => {
		const dovecot = await startDovecot();
		try {
			const user = dovecot.newUser();
			for (const name of kept) await dovecot.append(user, 'INBOX', stored(name), { internalDate: new Date(receivedAt) });
			const sizes = new Map((await dovecot.fetchAll(user, 'INBOX')).map(({ uid, size }) => [uid, size]));
			// One poll for each set of header fields that some message is asked for.
			const wanted = (name: string): string =>
				((JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Expected).headersWanted ?? []).join('\n');
			for (const headers of new Set(kept.map(wanted))) {
				const n8n = pollContext({
					credential: {
						user,
						password: dovecot.password,
						host: dovecot.host,
						port: dovecot.port,
						security: 'none',
						allowUnauthorizedCerts: false,
					},
					parameters: {
						startFrom: 'all',
						output: 'content',
						options: { downloadAttachments: true, maxMessages: 10_000, ...(headers === '' ? {} : { headers }) },
					},
				});
				const result = await poll(n8n.context, { connect: connectMailServer, now: Date.now });
				for (const item of result?.[0] ?? []) {
					const name = kept[(item.json.uid as number) - 1];
					if (wanted(name) !== headers) continue;
					items.set(name, {
						item,
						size: sizes.get(item.json.uid as number) ?? -1,
						fileOf: (key) => n8n.fileOf(item.binary?.[key]),
					});
				}
			}
		} finally {
			await dovecot.stop();
		}
	});

	it.each(kept)('%s', (name) => {
		const got = items.get(name);
		expect(got).toBeDefined();
		const { item, size, fileOf } = got!;
		const expected = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Expected;
		const { attachments, cut, ...fields } = Object.fromEntries(
			Object.entries(item.json).filter(([key]) => ![...ofTheEvent, ...ofTheAccount].includes(key)),
		);
		expect(item.json.event).toBe('messageNew');
		expect(fields).toEqual({ receivedAt, ...expected.fields, size });
		expect(cut).toEqual(expected.cut);
		const files = (attachments as Array<Record<string, unknown>>).map(({ binaryKey, ...attachment }) => {
			if (binaryKey === undefined) return attachment;
			const content = fileOf(binaryKey as string);
			return { ...attachment, contentSha256: createHash('sha256').update(content).digest('hex'), contentLength: content.length };
		});
		expect(files).toEqual(expected.attachments);
	});
});
