import { matcherOf, senderRule, subjectRule, threadRule } from '../../sync/mime/ignoreRules';
import { asUid } from '../../sync/uids/uid';
import type { FetchedMessage } from '../../sync/server/message';
import type { IgnoreRules } from '../../sync/settings/watchSettings';

const message = (lines: string[], more: Partial<FetchedMessage> = {}): FetchedMessage => ({
	uid: asUid(1),
	flags: [],
	size: 1,
	header: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`),
	...more,
});
const none: IgnoreRules = { senders: [], subjects: [], threads: [] };
const ruleOf = (read: { rule: string } | { problem: string }): string => {
	if ('problem' in read) throw new Error(read.problem);
	return read.rule;
};
const ignores = (rules: Partial<Record<keyof IgnoreRules, string[]>>, what: FetchedMessage): boolean =>
	matcherOf({
		senders: (rules.senders ?? []).map((text) => ruleOf(senderRule(text))),
		subjects: (rules.subjects ?? []).map((text) => ruleOf(subjectRule(text))),
		threads: (rules.threads ?? []).map((text) => ruleOf(threadRule(text))),
	})(what);

describe('a sender', () => {
	it.each([
		['bob@example.com', 'Bob <BOB@Example.COM>', true],
		['Bob <bob@example.com>', 'bob@example.com', true],
		['bob@example.com', 'robob@example.com', false],
		['bob@example.com', 'bob@example.com.evil.org', false],
		['@example.com', 'anyone@example.com', true],
		['@example.com', 'anyone@news.example.com', false],
		['@example.com', 'anyone@badexample.com', false],
		['example.com', 'anyone@example.com', true],
		['@*.example.com', 'anyone@news.example.com', true],
		['*.example.com', 'anyone@news.example.com', true],
		['@*.example.com', 'anyone@example.com', false],
		['noreply*@*', 'noreply-17@shop.example.org', true],
		['noreply*@*', 'please-noreply@shop.example.org', false],
		['*+list@example.com', 'a+list@example.com', true],
		['@exämple.com', 'a@xn--exmple-cua.com', true],
		['@xn--exmple-cua.com', 'a@exämple.com', true],
		['@EXÄMPLE.com', 'a@exämple.com', true],
		['*@*.exämple.com', 'a@news.xn--exmple-cua.com', true],
		['jürgen@example.com', 'J=?utf-8?Q?=C3=BC?= <jürgen@example.com>', true],
		['bob@example.com', '"bob@example.com" <eve@example.org>', false],
		['bob@example.com', '=?utf-8?Q?bob=40example.com?= <eve@example.org>', false],
		['bob@example.com', '=?utf-8?B?Ym9iQGV4YW1wbGUuY29t?=', true],
		['bob@example.com', 'Eve <eve@example.org>, Bob <bob@example.com>', true],
		['bob@example.com', 'undisclosed-recipients:;', false],
	])('%j and From: %s: %s', (rule, from, expected) => {
		expect(ignores({ senders: [rule] }, message([`From: ${from}`]))).toBe(expected);
	});

	it('is the sender, not a recipient or another name in the header', () => {
		expect(ignores({ senders: ['*@example.com'] }, message(['Subject: no sender']))).toBe(false);
		expect(
			ignores({ senders: ['bob@example.com'] }, message(['From: a@b.c', 'To: bob@example.com', 'Reply-To: bob@example.com'])),
		).toBe(false);
	});

	it.each(['', '*', '@*', '*@*', '*@*.*', 'noreply', 'two words@example.com', 'a@b@c d', 'a@', 'a@exa(mple.com', '<a@b.c'])(
		'cannot be %j',
		(text) => {
			expect(senderRule(text)).toEqual({ problem: expect.stringMatching(/every message|neither an address/) });
		},
	);
});

describe('a subject', () => {
	it.each([
		['out of office', 'Re: OUT of  Office until Monday', true],
		['Grüße', '=?utf-8?Q?Sch=C3=B6ne_GR=C3=9C=C3=9FE?=', true],
		['Grüße', '=?iso-8859-1?Q?Gr=FC=DFe?=', true],
		['order * shipped', 'Your order 17 was shipped', true],
		['order * shipped', 'shipped: your order', false],
		['*** SPAM ***', '*** SPAM *** buy', true],
		['*** SPAM ***', 'is this SPAM or not', false],
		['.*', 'anything', false],
		['a.c', 'abc', false],
		['invoice', '', false],
		['*invoice', 'invoice', true],
	])('%j and %s: %s', (rule, subject, expected) => {
		expect(ignores({ subjects: [rule] }, message([`Subject: ${subject}`]))).toBe(expected);
	});

	it.each(['*', '', '/spam|junk/i', '/(a+)+$/'])('cannot be %j', (text) => {
		expect(subjectRule(text)).toEqual({ problem: expect.stringMatching(/every message|regular expression/) });
	});

	it('takes no time to speak of, whatever rule and subject', () => {
		const begin = performance.now();
		expect(ignores({ subjects: ['a*a*a*a*a*a*a*a*a*a*a*b'] }, message([`Subject: ${'a'.repeat(50_000)}`]))).toBe(false);
		expect(performance.now() - begin).toBeLessThan(2_000);
	});
});

describe('a conversation', () => {
	const rules = { threads: ['root@example.com', '<reply@example.com>', '1789'] };

	it.each([
		[['Message-ID: <root@example.com>'], {}, true],
		[['Message-ID: <a@b.c>', 'In-Reply-To: <root@example.com>'], {}, true],
		[['Message-ID: <a@b.c>', 'References: <other@b.c>', ' <reply@example.com>'], {}, true],
		[['Message-ID: <a@b.c>', 'References: <Root@example.com>'], {}, false],
		[['Message-ID: <a@b.c>'], { threadId: '1789' }, true],
		[['Message-ID: <a@b.c>'], { threadId: '17890' }, false],
		[['Message-ID: <1789>'], {}, false],
	])('%j %j: %s', (lines, more, expected) => {
		expect(ignores(rules, message(lines, more))).toBe(expected);
	});

	it.each(['', '<a b@c>', 'a@b c@d'])('cannot be %j', (text) => {
		expect(threadRule(text)).toHaveProperty('problem');
	});
});

test('a message without a header is not ignored', () => {
	expect(matcherOf({ ...none, senders: ['*@example.com'] })(message([], { header: undefined }))).toBe(false);
	expect(matcherOf(none)(message(['From: a@b.c']))).toBe(false);
});
