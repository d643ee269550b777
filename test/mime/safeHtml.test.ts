import fc from 'fast-check';
import { safeHtml } from '../../sync/mime/safeHtml';
import { runs, seedFrom } from '../support/chance';

const safe = (html: string) => safeHtml(html, { remoteImages: true });
const private_ = (html: string) => safeHtml(html, { remoteImages: false });

describe('safe html', () => {
	test('keeps what mail is made of', () => {
		const html =
			'<table width="600" bgcolor="#fff"><tbody><tr><td align="center" colspan="2"><b>Hi</b> <a href="https://example.com/">there</a></td></tr></tbody></table>';
		expect(safe(html)).toBe(
			html.replace('<a href="https://example.com/">', '<a href="https://example.com/" rel="noopener noreferrer nofollow">'),
		);
	});

	test.each([
		['<script>alert(1)</script>Hi', 'Hi'],
		['<p onclick="alert(1)">Hi</p>', '<p>Hi</p>'],
		['<a href="javascript:alert(1)">Hi</a>', '<a rel="noopener noreferrer nofollow">Hi</a>'],
		['<iframe src="https://example.com"></iframe>Hi', 'Hi'],
		['<form action="https://example.com"><input name="password">Hi</form>', 'Hi'],
		['<style>p { background: url(https://example.com) }</style><p>Hi</p>', '<p>Hi</p>'],
		['<svg><script>alert(1)</script></svg>Hi', 'Hi'],
		['<base href="https://example.com">Hi', 'Hi'],
		['<img src="x:y" onerror="alert(1)">Hi', 'Hi'],
		['<meta http-equiv="refresh" content="0;url=https://example.com">Hi', 'Hi'],
	])('takes the teeth out of %s', (html, expected) => {
		expect(safe(html)).toBe(expected);
	});

	test.each([
		'<img src="https://example.com/pixel.gif">',
		'<img src="//example.com/pixel.gif">',
		'<p style="background:url(https://example.com/pixel.gif)">Hi</p>',
		'<table background="https://example.com/pixel.gif"><tr><td>Hi</td></tr></table>',
		'<img srcset="https://example.com/pixel.gif 1x" src="cid:a">',
		'<video poster="https://example.com/pixel.gif"></video>',
		'<link rel="stylesheet" href="https://example.com/a.css">',
		'<img src="&#104;ttps://example.com/pixel.gif">',
	])('without remote images loads nothing: %s', (html) => {
		expect(private_(html)).not.toContain('example.com');
	});

	test('without remote images keeps those that came with the message', () => {
		expect(private_('<img src="cid:logo" alt="Logo"><img src="data:image/png;base64,AAAA">')).toBe(
			'<img src="cid:logo" alt="Logo" /><img src="data:image/png;base64,AAAA" />',
		);
	});

	test('leaves out what is too large', () => {
		expect(safe('x'.repeat(6 * 1024 * 1024))).toBeUndefined();
	});

	const seed = seedFrom('MIME_SEED');
	test(`never throws and never lets a script through (seed ${seed})`, () => {
		const piece = fc.oneof(
			fc.constantFrom(
				'<script>',
				'</script>',
				'<img src=x onerror=alert(1)>',
				'<a href="jAvAsCrIpT:x">',
				'<!--',
				'-->',
				'<',
				'"',
				"'",
				'<svg/onload=x>',
				'<![CDATA[',
				'<p ',
			),
			fc.string({ maxLength: 10 }),
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
				const html = safe(pieces.join('')) ?? '';
				expect(html).not.toMatch(/<script|<svg|<[a-z]+[^>]*\son\w+=|href="\s*javascript:/i);
			}),
			{ seed, numRuns: runs(300) },
		);
	});
});
