const lines = (...parts: string[]): Buffer =>
	Buffer.from(`Subject: poison\r\nFrom: m@mail.example\r\n${parts.join('\r\n')}`, 'latin1');

/** An invitation whose zone changes its clocks by 39 rules from the first year on, for 50 events at the end of the next century. */
const zones = (rule: string): Buffer =>
	lines(
		'Content-Type: text/calendar; method=REQUEST',
		'',
		'BEGIN:VCALENDAR',
		'BEGIN:VTIMEZONE',
		'TZID:X',
		...Array<string>(39).fill(
			`BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;${rule}\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD`,
		),
		'END:VTIMEZONE',
		...Array<string>(50).fill('BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=X:21990101T000000\r\nEND:VEVENT'),
		'END:VCALENDAR',
	);

const html = (text: string): Buffer => lines('Content-Type: text/html', '', text);
const plain = (text: string): Buffer => lines('Content-Type: text/plain', '', text);
const files = (count: number, name: string): Buffer =>
	lines(
		'Content-Type: multipart/mixed; boundary=b',
		'',
		...Array<string>(count).fill(
			`--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\nx`,
		),
		'--b--',
	);

/** Messages whose reading takes, or took once, far longer than their size says. Each is small enough for a mail server to take it. */
export const poison: Record<string, Buffer> = {
	'a file name of 78 kB': files(1, `a${'.'.repeat(78_000)}x`),
	'40 file names of 20 kB': files(40, `a${'.'.repeat(20_000)}x`),
	'a thousand file names of encoded words': files(1_000, '=?utf-8?q?a?= '.repeat(100)),
	'a zone of many rules': zones('BYMONTH=1;BYDAY=1SU;UNTIL=99991231T000000'),
	'a zone without end': zones('INTERVAL=1;COUNT=9999999'),
	'html 100,000 deep': html('<div>'.repeat(100_000)),
	'cells without a row': html('<td>'.repeat(150_000)),
	'lists in lists': html('<ul><li>a'.repeat(50_000)),
	'tables in tables': html('<table><td>'.repeat(50_000)),
	'a table of many columns': html(
		`<table>${`<tr>${'<td colspan=1000 rowspan=1000>a</td>'.repeat(200)}</tr>`.repeat(100)}</table>`,
	),
	'tags that never end': html('<a b'.repeat(250_000)),
	'attributes without end': html(`<div ${Array.from({ length: 100_000 }, (_, i) => `a${i}=1`).join(' ')}>`),
	'styles without end': html(`<p style="${'a:b;'.repeat(200_000)}">x`),
	'attributions without end': plain('On 2020 a@b wrote:\r\n> x\r\n'.repeat(50_000)),
	'signatures without end': plain('--\r\n> a\r\n'.repeat(100_000)),
	'headers of quoted mail without end': plain('From: a\r\n\r\n\r\n'.repeat(80_000)),
	'empty lines without end': plain(`--\r\n${'\r\n'.repeat(500_000)}`),
	'a header of 1 MB': lines(...Array<string>(12_000).fill(`X-Filler: ${'x'.repeat(80)}`), '', 'x'),
	'30,000 recipients': lines(`To: ${'a <a@b.c>, '.repeat(30_000)}`, '', 'x'),
	'40,000 encoded words': lines(`X: ${'=?utf-7?q?a?= '.repeat(40_000)}`, '', 'x'),
	'multiparts in multiparts': lines(
		'Content-Type: multipart/mixed; boundary=b',
		'',
		...Array<string>(20_000).fill('--b\r\nContent-Type: multipart/mixed; boundary=b\r\n'),
	),
	'a text that shifts without end': lines('Content-Type: text/plain; charset=utf-7', '', '+-'.repeat(500_000)),
	'encoded lines without end': lines('Content-Transfer-Encoding: x-uuencode', '', 'begin 644 x', '!!\r\n'.repeat(250_000)),
	'a report of many recipients': lines(
		'Content-Type: multipart/report; boundary=b',
		'',
		'--b',
		'Content-Type: message/delivery-status',
		'',
		'Final-Recipient: rfc822; a\r\n\r\n'.repeat(40_000),
		'--b--',
	),
};
