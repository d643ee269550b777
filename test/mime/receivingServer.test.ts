import { readMessage, type MessageFields } from '../../sync/mime/readMessage';
import type { ReadOptions } from '../../sync/mime/readOptions';
import type { Uid } from '../../sync/uids/uid';

/** Reads a message with these header lines. */
async function read(header: string, options: Partial<ReadOptions> = {}): Promise<MessageFields> {
	const source = Buffer.from(`${header}\nFrom: zoe@example.org\nSubject: x\n\nx\n`.replace(/\n/g, '\r\n'));
	const message = { uid: 1 as Uid, flags: [], size: source.length, source };
	return (await readMessage(message, { level: 'metadata', headers: [], attachmentContent: false, ...options })).fields;
}

describe('spam: what the filter of the receiving server said', () => {
	it.each([
		[
			'SpamAssassin',
			'X-Spam-Flag: YES\nX-Spam-Status: Yes, score=7.1 required=5.0 tests=BAYES_99',
			{ verdict: 'spam', score: 7.1 },
		],
		['SpamAssassin, not spam', 'X-Spam-Status: No, score=-1.9 required=5.0', { verdict: 'ham', score: -1.9 }],
		['SpamAssassin of old', 'X-Spam-Status: No, hits=0.3 required=5.0', { verdict: 'ham', score: 0.3 }],
		['amavis', 'X-Spam-Flag: NO\nX-Spam-Score: 1.2', { verdict: 'ham', score: 1.2 }],
		['rspamd', 'X-Spamd-Result: default: True [16.20 / 15.00];\n\tBAYES_SPAM(5.10)[99.9%]', { verdict: 'spam', score: 16.2 }],
		['rspamd, not spam', 'X-Spamd-Result: default: False [-0.80 / 15.00]', { verdict: 'ham', score: -0.8 }],
		['Exchange', 'X-MS-Exchange-Organization-SCL: 6', { verdict: 'spam', score: 6 }],
		['Exchange, trusted', 'X-MS-Exchange-Organization-SCL: -1', { verdict: 'ham', score: -1 }],
		[
			'Exchange Online',
			'X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:DE;LANG:en;SCL:5;SRV:;SFV:SPM',
			{ verdict: 'spam', score: 5 },
		],
		['Barracuda', 'X-Barracuda-Spam-Status: Yes, SCORE=5.30 using global scores', { verdict: 'spam', score: 5.3 }],
		['MailScanner', 'X-MailScanner-SpamCheck: not spam, SpamAssassin (score=2.1, required 6)', { verdict: 'ham', score: 2.1 }],
		['bogofilter', 'X-Bogosity: Spam, tests=bogofilter, spamicity=0.999, version=1.2', { verdict: 'spam', score: 0.999 }],
		['bogofilter, unsure', 'X-Bogosity: Unsure, tests=bogofilter, spamicity=0.5', { score: 0.5 }],
		['DSPAM', 'X-DSPAM-Result: Innocent', { verdict: 'ham' }],
		['GMX', 'X-UI-Filterresults: junk:10;V03:K0', { verdict: 'spam' }],
		['GMX, not spam', 'X-UI-Filterresults: notjunk:1;V03:K0', { verdict: 'ham' }],
		['Vade', 'X-VADE-SPAMSTATE: clean', { verdict: 'ham' }],
		['Amazon', 'X-SES-Spam-Verdict: FAIL', { verdict: 'spam' }],
		['Proofpoint', 'X-Proofpoint-Spam-Details: rule=inbound_notspam policy=inbound score=12', { verdict: 'ham', score: 12 }],
		['stars only', 'X-Spam-Level: ***', { score: 3 }],
		['two filters, one says spam', 'X-Spam-Flag: NO\nX-Barracuda-Spam-Status: Yes, SCORE=9', { verdict: 'spam', score: 9 }],
		[
			'the topmost of two',
			'X-Spam-Flag: NO\nReceived: from x by y; Sun, 22 Nov 2026 10:00:00 +0000\nX-Spam-Flag: YES',
			{ verdict: 'ham' },
		],
		['nothing', 'X-Mailer: x', undefined],
		['a field that says nothing', 'X-Spam-Status: unknown', undefined],
	])('%s', async (_name, header, expected) => {
		expect((await read(header)).spam).toEqual(expected);
	});
});

describe('list: the list or newsletter that a message came through', () => {
	it.each([
		[
			'Mailman',
			'List-Id: =?utf-8?q?Neuigkeiten_f=C3=BCr_alle?= <news.example.org>\nList-Post: <mailto:news@example.org>\nList-Unsubscribe: <https://example.org/options/news>,\n <mailto:news-request@example.org?subject=unsubscribe>',
			{
				id: 'news.example.org',
				name: 'Neuigkeiten für alle',
				post: 'news@example.org',
				unsubscribe: 'https://example.org/options/news',
				oneClick: false,
			},
		],
		[
			'a newsletter with one click',
			'List-Unsubscribe: <mailto:u@example.net>, <https://example.net/u?t=1>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click',
			{ unsubscribe: 'https://example.net/u?t=1', oneClick: true },
		],
		['a list that takes no posts', 'List-Id: <a.example.org>\nList-Post: NO', { id: 'a.example.org', oneClick: false }],
		['an id without brackets', 'List-Id: a.example.org', { id: 'a.example.org', oneClick: false }],
		['ezmlm', 'Mailing-List: contact x-help@example.org; run by ezmlm', { id: 'x-help@example.org', oneClick: false }],
		['old Mailman', 'X-BeenThere: x@example.org', { id: 'x@example.org', oneClick: false }],
		['no list', 'Precedence: bulk', undefined],
		['a link that runs', 'List-Unsubscribe: <javascript:alert(1)>', undefined],
	])('%s', async (_name, header, expected) => {
		expect((await read(header)).list).toEqual(expected);
	});
});

describe('deliveredTo: whom the envelope named', () => {
	const received =
		'Received: from a.example by mx.example.com with ESMTPS id 1 for <info@example.com>; Sun, 22 Nov 2026 10:00:00 +0000';
	it.each([
		[
			'Postfix: before aliases',
			`X-Original-To: sales@example.com\nDelivered-To: bob@example.com\n${received}`,
			'sales@example.com',
		],
		['Exim', `Envelope-to: sales@example.com\n${received}`, 'sales@example.com'],
		['Dovecot, Gmail', `Delivered-To: bob+shop@example.com\n${received}`, 'bob+shop@example.com'],
		['qmail', `Delivered-To: example.com-bob@example.com\n${received}`, 'bob@example.com'],
		['MDaemon', 'X-MDaemon-Deliver-To: bob@example.com', 'bob@example.com'],
		['in brackets', `Delivered-To: <bob@example.com>\n${received}`, 'bob@example.com'],
		[
			'the last server before the ones that passed it on',
			`Delivered-To: bob@example.com\n${received}\nX-Original-To: old@example.net`,
			'bob@example.com',
		],
		[
			'an earlier server, where the last wrote nothing',
			`${received}\nDelivered-To: bob@example.com\n${received}`,
			'bob@example.com',
		],
		['what a server received it for', received, 'info@example.com'],
		['not what the sender wrote, where a server wrote it', `${received}\nDelivered-To: liar@example.net`, 'info@example.com'],
		['no address', 'Delivered-To: Autoresponder', undefined],
		['nobody wrote it down', 'X-Mailer: x', undefined],
	])('%s', async (_name, header, expected) => {
		expect((await read(header)).deliveredTo).toBe(expected);
	});
});

describe('authentication: whose results, and whether that was a guess', () => {
	const received = 'Received: from out.example.org by mx.example.com with ESMTPS; Sun, 22 Nov 2026 10:00:00 +0000';
	const own = 'Authentication-Results: mx.example.com; spf=pass; dkim=fail; dmarc=fail';

	it('is a guess without the name of the server', async () => {
		expect((await read(`${received}\n${own}`)).authentication).toEqual({
			spf: 'pass',
			dkim: 'fail',
			dmarc: 'fail',
			server: 'mx.example.com',
			trusted: false,
		});
	});

	it('is trusted when the server is named, in any case, and below the fields of others', async () => {
		const filter = 'Authentication-Results: filter.example.net; spf=none';
		const { authentication } = await read(`${filter}\n${received}\n${own}`, { trustedServers: ['MX.example.com'] });
		expect(authentication).toMatchObject({ dmarc: 'fail', server: 'mx.example.com', trusted: true });
	});

	it('is nothing when only others wrote results', async () => {
		const forged = 'Authentication-Results: mx.example.net; dmarc=pass';
		expect((await read(`${received}\n${forged}`, { trustedServers: ['mx.example.com'] })).authentication).toBeUndefined();
	});

	it('takes the topmost of several with the trusted name: the sender may have written the others', async () => {
		const forged = 'Authentication-Results: mx.example.com; dmarc=pass';
		const { authentication } = await read(`${own}\n${received}\n${forged}`, { trustedServers: ['mx.example.com'] });
		expect(authentication?.dmarc).toBe('fail');
	});
});
