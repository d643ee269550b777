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

	test('keeps styles that stay in their box', () => {
		const style =
			'color:#333;font:x;font-size:14px;padding:4px 8px;border:1px solid #ccc;width:100%;max-width:600px;text-align:center';
		expect(safe(`<p style="${style}">Hi</p>`)).toBe(`<p style="${style.replace('font:x;', '')}">Hi</p>`);
	});

	test.each([
		'position:fixed',
		'POSITION: absolute !important',
		'pos\\69tion:fixed',
		'top:0',
		'z-index:9999',
		'float:right',
		'transform:scale(50)',
		'width:5000px',
		'width:100vw',
		'height:100vh',
		'min-height:5000px',
		'max-width:99999px',
		'margin:-500px',
		'margin-left:-20px',
		'margin:999px',
		'text-indent:-999px',
		'letter-spacing:500px',
		'font-size:500px',
		'font-size:400%',
		'line-height:900px',
		'display:none',
		'opacity:0',
		'background:url(https://example.com/a.png)',
		'background-image:url(//example.com/a.png)',
		'background-color:url(https://example.com)',
		'color:expression(alert(1))',
		'font-family:url(https://example.com)',
		'content:"x"',
		'behavior:url(x)',
		'--x:1',
	])('takes out %s', (style) => {
		for (const html of [safe(`<p style="${style}">Hi</p>`), private_(`<p style='${style}'>Hi</p>`)])
			expect(html).toBe('<p>Hi</p>');
	});

	test.each([
		'<img src="/pixel.gif">',
		'<img src="pixel.gif">',
		'<img src="../pixel.gif">',
		'<img src="//example.com/pixel.gif">',
		'<img src="\\\\example.com/pixel.gif">',
		'<img src="?a">',
		'<img src="data:text/html,x">',
		'<img src="">',
		'<img>',
	])('has no source but a whole one: %s', (html) => {
		expect(safe(`Hi${html}`)).toBe('Hi');
	});

	test('opens links where the reader wants them, and none within the page that shows it', () => {
		expect(safe('<a href="https://example.com/" target="_top" name="x">a</a><a href="/logout">b</a><a href="#x">c</a>')).toBe(
			'<a href="https://example.com/" rel="noopener noreferrer nofollow">a</a><a rel="noopener noreferrer nofollow">b</a><a rel="noopener noreferrer nofollow">c</a>',
		);
	});

	test('has no sizes beyond the page', () => {
		expect(safe('<img src="cid:a" width="99999" height="20"><table width="100%"></table>')).toBe(
			'<img src="cid:a" height="20" /><table width="100%"></table>',
		);
	});

	test.each<[string, string]>([
		['elements inside each other', '<div>'.repeat(600)],
		['elements that are nested behind the back of a simple count', '<div><!--</div>-->'.repeat(600)],
		['elements', '<b>a</b>'.repeat(60_000)],
		['attributes', `<p ${Array.from({ length: 250_000 }, (_x, n) => `a${n}`).join(' ')}>`],
		['styles', `<p style="${'color:red;'.repeat(100)}">`.repeat(2_000)],
		['pieces of text', '<'.repeat(1_000_000)],
	])('leaves out what has too many %s', (_what, html) => {
		expect(safe(html)).toBeUndefined();
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
