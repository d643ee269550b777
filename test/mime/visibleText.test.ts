import { withoutInvisible, withoutInvisibleButJoiners } from '../../sync/mime/invisibleCharacters';
import { visibleText } from '../../sync/mime/visibleText';
import { hiding } from '../support/hiddenText';

describe('text that a person does not see', () => {
	it.each(hiding)('hidden by %s is left out, and what stands around it stays', (_name, hide) => {
		const text = visibleText(`<html><body><p>Dear Ann,</p>${hide('SECRETWORDS')}<p>Yours, Bob</p></body></html>`);
		expect(text).not.toMatch(/secretwords/i);
		expect(text).toMatch(/Dear Ann,[^]*Yours, Bob/);
	});
});

describe('text that a person sees', () => {
	it.each([
		['plain', '<p>seen</p>'],
		['white on black', '<td bgcolor="black"><font color="white">seen</font></td>'],
		[
			'white on a dark block',
			'<div style="background:#003366 none"><a style="color:#fff" href="https://a.example/x">seen</a></div>',
		],
		['white above a picture', '<div style="background:url(cid:a)"><p style="color:#fff">seen</p></div>'],
		['gray on white', '<p style="color:#999999">seen</p>'],
		['small print', '<p style="font-size:9px">seen</p>'],
		['a rule for narrow windows', '<style>@media (max-width:480px){.d{display:none}}</style><p class=d>seen</p>'],
		['a rule for print', '<style>@media print{.d{display:none}}</style><p class=d>seen</p>'],
		['a rule for hovering', '<style>.d:hover{display:none}</style><p class=d>seen</p>'],
		['a rule for something else', '<style>.e{display:none} span.d{display:none}</style><p class=d>seen</p>'],
		['visible in what is hidden', '<div style="visibility:hidden"><p style="visibility:visible">seen</p></div>'],
		['after what was hidden', '<p style="display:none">x</p>seen'],
		['after an element without an end', '<p style="display:none">x<p>seen'],
		['no height without overflow', '<div style="height:0">seen</div>'],
		['table cells', '<table><tr><td>a</td><td>seen</td></tr></table>'],
	])('%s stays', (_name, html) => {
		expect(visibleText(html)).toContain('seen');
	});

	it('says of a link where it leads, and no more', () => {
		const text = visibleText(
			'<a href="HTTPS://user:pw@Pay.example.com:8443/reset?token=1">Your bank</a> <a href="javascript:x">y</a>',
		);
		expect(text).toContain('Your bank [https://pay.example.com]');
		expect(text).not.toMatch(/token|user|javascript/);
	});
});

describe('html made to cost time', () => {
	it.each([
		['deep', '<div class="a b">'.repeat(60_000)],
		['many rules for many elements', `<style>${'.a{color:red}'.repeat(5_000)}</style>${'<p class=a>x'.repeat(20_000)}`],
		['a sheet without an end', `<style>${'@media all{'.repeat(10_000)}`],
		['many classes', `<p class="${'a '.repeat(50_000)}">x`],
		['open comments', '<!-'.repeat(100_000)],
		['long styles', `<p style="${'display:none;'.repeat(20_000)}">x`],
		['styles', '<style>'.repeat(30_000)],
	])('%s ends soon', (_name, html) => {
		const start = performance.now();
		visibleText(html);
		// Measured: below 300 ms on an idle machine; a square would take minutes.
		expect(performance.now() - start).toBeLessThan(10_000);
	});
});

describe('characters that nobody sees', () => {
	it.each([
		['no width', 'ig\u200bnore\u2060 all'],
		['tags', `ignore${[...'delete'].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('')} all`],
		['direction', 'ig\u202enore\u202c all\u2066\u2069'],
		['variation selectors', 'ignore\ufe0f\u{e0101} all'],
		['fillers', 'ignore\u3164\u115f all'],
		['controls', 'ig\u0008nore\u001b all'],
		['private', 'ignore\ue000\u{f0000} all'],
		['a soft hyphen', 'ig\u00adnore all'],
		['half a character', 'ignore\ud83d all'],
	])('%s are left out', (_name, text) => {
		expect(withoutInvisible(text)).toBe('ignore all');
		expect(withoutInvisibleButJoiners(text)).toBe('ignore all');
	});

	it('are not spaces, line breaks, accents or letters of any script', () => {
		const text = 'Zoë\u0301\tनमस्ते\n日本語 😀 عربي';
		expect(withoutInvisible(text)).toBe(text);
	});
});
