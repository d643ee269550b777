import { poll } from '../../nodes/ImapSyncTrigger/poll';
import { connectMailServer } from '../../sync/imap/ImapMailServer';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { pollContext } from '../support/n8nContext';

/** What Exchange sends in place of a message that it cannot convert, in its users' languages. */
const subjects = [
	'Retrieval using the IMAP4 protocol failed for the following message: 17',
	'Fehler beim Abrufen der folgenden Nachricht mit dem IMAP4-Protokoll: 17',
	'La récupération à l’aide du protocole IMAP4 a échoué pour le message suivant : 17',
	'Не удалось получить следующее сообщение по протоколу IMAP4: 17',
	'IMAP4 プロトコルを使用した次のメッセージの取得に失敗しました: 17',
];
const body = 'The server couldn\'t retrieve the following message:\r\n\r\nSubject: "Order"\r\n';
const mail = (from: string, subject: string, more = ''): string =>
	`${more}From: ${from}\r\nTo: bob@example.com\r\nSubject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`;

const notes = subjects.map((subject, at) =>
	mail(at % 2 ? 'Microsoft Exchange Server 2010' : '"Microsoft Exchange Server" <>', subject),
);
const real = [
	mail('Zoe <zoe@example.org>', subjects[0], 'Message-ID: <1@example.org>\r\n'),
	mail('Zoe <zoe@example.org>', `Fwd: ${subjects[1]}`),
	mail('Microsoft Exchange <admin@example.org>', subjects[0], 'Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0000\r\n'),
];

describe('a note that Exchange sends in place of a message', () => {
	let dovecot: Dovecot;
	beforeAll(async () => (dovecot = await startDovecot()));
	afterAll(async () => await dovecot?.stop());

	it.each(['content', 'metadata', 'raw'])(
		'is a failed message at once, and a mail about it is mail, with Output %s',
		async (output) => {
			const user = dovecot.newUser();
			for (const source of [...notes, ...real]) await dovecot.append(user, 'INBOX', Buffer.from(source));
			const { host, port, password } = dovecot;
			const n8n = pollContext({
				credential: { user, password, host, port, security: 'none', allowUnauthorizedCerts: false },
				parameters: { startFrom: 'all', output, triggerOn: ['messageNew', 'messageFailed'] },
			});
			const result = await poll(n8n.context, { connect: connectMailServer, now: Date.now });
			const told = (result?.[0] ?? []).map(({ json }) => `${json.event as string} ${json.uid as number}`).sort();
			expect(told).toEqual([
				...notes.map((_note, at) => `messageFailed ${at + 1}`),
				...real.map((_mail, at) => `messageNew ${notes.length + at + 1}`),
			]);
			expect(await poll(n8n.context, { connect: connectMailServer, now: Date.now })).toBeNull();
		},
	);
});
