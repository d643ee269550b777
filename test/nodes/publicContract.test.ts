import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ICredentialType, INodeProperties, INodePropertyCollection, INodePropertyOptions, INodeType } from 'n8n-workflow';
import packageFile from '../../package.json';
import { ImapPushTrigger } from '../../nodes/ImapPushTrigger/ImapPushTrigger.node';
import { ImapSync } from '../../nodes/ImapSync/ImapSync.node';
import { ImapSyncTrigger } from '../../nodes/ImapSyncTrigger/ImapSyncTrigger.node';
import { eventItem } from '../../nodes/shared/items';
import type { ParameterSource } from '../../nodes/shared/parameterSource';
import { readRequest } from '../../nodes/shared/request';
import { createEvent } from '../../sync/events/createEvent';
import type { SyncEvent } from '../../sync/events/syncEvent';
import type { FetchedMessage } from '../../sync/server/message';
import { asUid } from '../../sync/uids/uid';
import { pollContext } from '../support/n8nContext';

/**
 * What workflows out there rely on, recorded in test/fixtures/contract. Something that is gone or has another meaning breaks them and
 * takes a new major version, see docs/versions.md. What is new is recorded with RECORD_CONTRACT=1.
 */
const recordedIn = (name: string): string => join(__dirname, '..', 'fixtures', 'contract', `${name}.txt`);

function expectRecorded(name: string, lines: Iterable<string>): void {
	const now = [...new Set(lines)].sort();
	if (process.env.RECORD_CONTRACT) writeFileSync(recordedIn(name), `${now.join('\n')}\n`);
	const recorded = readFileSync(recordedIn(name), 'utf8').trimEnd().split('\n');
	// Gone or changed: existing workflows break.
	expect(recorded.filter((line) => !now.includes(line))).toEqual([]);
	// New: record it, and say so in CHANGELOG.md.
	expect(now.filter((line) => !recorded.includes(line))).toEqual([]);
}

function* fieldsOf(properties: readonly INodeProperties[], path: string): Generator<string> {
	for (const { name, type, default: given, options = [] } of properties) {
		// Nobody sets these.
		if (type === 'notice' || type === 'hidden') continue;
		const at = `${path}.${name}`;
		yield `${at} ${type} ${JSON.stringify(given)}`;
		for (const option of options) {
			if ('value' in option) yield `${at} = ${JSON.stringify((option as INodePropertyOptions).value)}`;
			else if ('values' in option) yield* fieldsOf((option as INodePropertyCollection).values, `${at}.${option.name}`);
			else yield* fieldsOf([option as INodeProperties], at);
		}
	}
}

const nodes: INodeType[] = [new ImapSyncTrigger(), new ImapPushTrigger(), new ImapSync()];

test.each(nodes.map(({ description }) => [description.name, description] as const))('the fields of %s', (name, description) => {
	const versions = [description.version].flat().map((version) => `${name} version ${version}`);
	const credentials = (description.credentials ?? []).map((credential) => `${name} credential ${credential.name}`);
	expectRecorded(name, [...versions, ...credentials, ...fieldsOf(description.properties, name)]);
});

test('the fields of the credentials', () => {
	const lines = packageFile.n8n.credentials.flatMap((path) => {
		const file = path.replace(/^dist/, '../..').replace(/\.js$/, '');
		const [Credential] = Object.values(jest.requireActual<Record<string, new () => ICredentialType>>(file));
		const { name, properties } = new Credential();
		return [name, ...fieldsOf(properties, name)];
	});
	expectRecorded('credentials', lines);
});

const account = { name: 'alice@example.com', user: 'alice@example.com', host: 'imap.example.com:993' };
const at = { accountKey: 'k', account: account.name, folder: 'INBOX', uidValidity: '7' };

const message = (...lines: string[]): FetchedMessage => {
	const source = Buffer.from(lines.join('\r\n'));
	return { uid: asUid(3), flags: ['\\Seen'], size: source.length, internalDate: new Date('2026-11-22T10:00:00Z'), source };
};

const messages: Record<string, FetchedMessage> = {
	'mail with everything': message(
		'Authentication-Results: mx.example.com; spf=pass; dkim=pass; dmarc=pass',
		'Received: from out.example.org by mx.example.com; Sun, 22 Nov 2026 10:00:00 +0000',
		'Delivered-To: alice@example.com',
		'X-Spam-Flag: YES',
		'X-Spam-Score: 7.5',
		'List-Id: News <news.example.org>',
		'List-Unsubscribe: <https://example.org/off>',
		'From: Bob <bob@example.org>',
		'To: Alice <alice@example.com>',
		'Cc: Carol <carol@example.org>',
		'Reply-To: Desk <desk@example.org>',
		'Date: Sun, 22 Nov 2026 10:00:00 +0000',
		'Message-ID: <2@example.org>',
		'In-Reply-To: <1@example.com>',
		'References: <0@example.com> <1@example.com>',
		'Subject: Re: Offer',
		'MIME-Version: 1.0',
		'Content-Type: multipart/mixed; boundary=b',
		'',
		'--b',
		'Content-Type: text/html',
		'',
		'<p>Yes.</p><p>On Sat, Alice &lt;alice@example.com&gt; wrote:</p><blockquote>Do you?</blockquote>',
		'--b',
		'Content-Type: text/calendar; method=REQUEST',
		'',
		'BEGIN:VCALENDAR',
		'METHOD:REQUEST',
		'BEGIN:VEVENT',
		'UID:1@example.org',
		'SUMMARY:Meeting',
		'DTSTART:20261201T100000Z',
		'DTEND:20261201T110000Z',
		'ORGANIZER;CN=Bob:mailto:bob@example.org',
		'ATTENDEE;CN=Alice:mailto:alice@example.com',
		'STATUS:CONFIRMED',
		'END:VEVENT',
		'END:VCALENDAR',
		'--b',
		'Content-Type: application/pdf; name="offer.pdf"',
		'Content-ID: <offer@example.org>',
		'Content-Disposition: attachment; filename="offer.pdf"',
		'',
		'offer',
		'--b--',
		'',
	),
	bounce: message(
		'From: MAILER-DAEMON@example.org',
		'To: alice@example.com',
		'Subject: Undelivered Mail',
		'MIME-Version: 1.0',
		'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
		'',
		'--b',
		'Content-Type: message/delivery-status',
		'',
		'Reporting-MTA: dns; example.org',
		'',
		'Final-Recipient: rfc822; dave@example.org',
		'Action: failed',
		'Status: 5.1.1',
		'Diagnostic-Code: smtp; 550 5.1.1 no such user',
		'',
		'--b',
		'Content-Type: text/rfc822-headers',
		'',
		'Message-ID: <9@example.com>',
		'',
		'--b--',
		'',
	),
};

function* pathsOf(value: unknown, path: string): Generator<string> {
	if (Array.isArray(value)) {
		yield `${path} list`;
		for (const one of value) yield* pathsOf(one, `${path}[]`);
	} else if (typeof value === 'object' && value !== null) {
		for (const [name, one] of Object.entries(value)) yield* pathsOf(one, `${path}.${name}`);
	} else if (value !== undefined) yield `${path} ${typeof value}`;
}

test('the fields of an item', async () => {
	const lines: string[] = [];
	for (const output of ['reference', 'metadata', 'content', 'raw']) {
		for (const read of Object.values(messages)) {
			const n8n = pollContext({ parameters: { output, options: { downloadAttachments: output !== 'reference' } } });
			const request = readRequest(n8n.context as ParameterSource, account, {
				now: Date.parse('2026-11-22T12:00:00Z'),
				deadline: 0,
			});
			const event: SyncEvent = {
				...createEvent(at, 'messageNew', asUid(3)),
				flags: ['\\Seen'],
				sequence: 1,
				detectedAt: '2026-11-22T12:00:00.000Z',
				messageKey: 'k',
			};
			const item = await eventItem(event, read, request, n8n.context.helpers);
			lines.push(...pathsOf(item.json, output), ...Object.keys(item.binary ?? {}).map((key) => `${output} file ${key}`));
		}
	}
	expectRecorded('items', lines);
});

test('the id of an event', () => {
	const { eventId } = createEvent(at, 'messageNew', asUid(3));
	expectRecorded('eventIds', [
		`messageNew ${eventId}`,
		`messageUpdated ${createEvent(at, 'messageUpdated', asUid(3), '99', ['\\Seen'], []).eventId}`,
		`messageMoved ${createEvent(at, 'messageMoved', asUid(3), 'Work', '8', '4').eventId}`,
		`folderRenamed ${createEvent(at, 'folderRenamed', 'Work').eventId}`,
		`of a renamed folder ${createEvent({ ...at, folder: 'Work', idName: 'INBOX' }, 'messageNew', asUid(3)).eventId}`,
	]);
});
