import { quotable } from '../../../sync/imap/redact';

describe('a text of the server', () => {
	const secret = 'p"a\\ss wörd-1';

	it.each([
		['as it is', secret],
		['quoted', `"${secret.replace(/["\\]/g, '\\$&')}"`],
		['URL-encoded', encodeURIComponent(secret)],
		['base64', Buffer.from(secret).toString('base64')],
		['SASL PLAIN', Buffer.from(`\0me\0${secret}`).toString('base64')],
		['SASL PLAIN of a longer name', Buffer.from(`\0meme\0${secret}`).toString('base64')],
		['XOAUTH2', Buffer.from(`user=me\x01auth=Bearer ${secret}\x01\x01`).toString('base64')],
		['in another encoding', Buffer.from(secret, 'latin1').toString('utf8')],
	])('hides the secret %s', (_name, shown) => {
		const text = quotable(`no: ${shown} here`, [secret]);
		expect(text).toMatch(/^no: .*\*\*\*.* here$/);
		expect(text).not.toMatch(/ss w|rd-1/);
	});

	it('is one line of at most 200 characters', () => {
		expect(quotable('a\r\nb\0c', [])).toBe('a b c');
		expect(quotable('x'.repeat(300), [])).toHaveLength(200);
	});

	it('stays as it is without secrets', () => {
		expect(quotable('[AUTHENTICATIONFAILED] Invalid credentials', ['', 'other'])).toBe(
			'[AUTHENTICATIONFAILED] Invalid credentials',
		);
	});
});
