import { partsToFetch, readMessage, type MessageFields } from '../../sync/mime/readMessage';
import { scanMessage } from '../../sync/mime/structure';
import type { Uid } from '../../sync/uids/uid';

async function read(text: string): Promise<MessageFields> {
	const source = Buffer.from(text.replace(/\n/g, '\r\n'));
	const message = { uid: 1 as Uid, flags: [], size: source.length, source };
	return (await readMessage(message, { level: 'content', headers: [], attachmentContent: false })).fields;
}

const report = (
	fields: string,
	original = 'Message-ID: <news-7@example.com>\nTo: zoe@example.org\nSubject: News',
) => `From: fbl@provider.example
To: abuse@example.com
Subject: FW: News
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

${fields}
--b
Content-Type: message/rfc822

${original}

Buy.
--b--
`;

describe('complaints', () => {
	it('reads the report and the message that is complained about', async () => {
		const fields = await read(
			report(
				'Feedback-Type: abuse\nUser-Agent: Example FBL/1.0\nVersion: 1\nOriginal-Rcpt-To: <zoe@example.org>\nArrival-Date: Sun, 22 Nov 2026 10:00:00 +0100\nSource-IP: 192.0.2.7',
			),
		);
		expect(fields.complaint).toEqual({
			type: 'abuse',
			recipient: 'zoe@example.org',
			original: '<news-7@example.com>',
			date: '2026-11-22T09:00:00.000Z',
			sourceIp: '192.0.2.7',
			userAgent: 'Example FBL/1.0',
		});
		expect(fields.autoSubmitted).toBe('auto-generated');
		expect(fields.bounce).toBeUndefined();
	});

	it.each([
		[
			'the type in any case',
			'Feedback-Type: Fraud',
			{ type: 'fraud', recipient: 'zoe@example.org', original: '<news-7@example.com>' },
		],
		['no type: none', 'User-Agent: x', undefined],
		['a type that is none', 'Feedback-Type: <script>', undefined],
	])('%s', async (_name, fields, expected) => {
		expect((await read(report(fields))).complaint).toEqual(expected);
	});

	it('names no recipient that was blacked out', async () => {
		const { complaint } = await read(report('Feedback-Type: abuse\nOriginal-Rcpt-To: redacted', 'Message-ID: <1@example.com>'));
		expect(complaint).toEqual({ type: 'abuse', original: '<1@example.com>' });
	});

	it('knows those of Microsoft, which have no part for machines', async () => {
		const { complaint } = await read(`From: staff@hotmail.com
Subject: complaint about message from 192.0.2.7
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

X-HmXmrOriginalRecipient: zoe@example.org
Message-ID: <news-8@example.com>
To: a@example.org, b@example.org

Buy.
--b--
`);
		expect(complaint).toEqual({ type: 'abuse', recipient: 'zoe@example.org', original: '<news-8@example.com>' });
	});

	it('fetches the report and the returned message of a large one', () => {
		const { root } = scanMessage(Buffer.from(report('Feedback-Type: abuse')));
		const parts = partsToFetch(root, { level: 'content', headers: [], attachmentContent: false });
		expect(parts).toEqual(['1', '2', '3']);
	});
});
