import { quirks, quirksOf } from '../../../sync/imap/quirks';

describe('the table of quirks', () => {
	it.each([
		['imap.mail.me.com', null, { without: ['qresync', 'esearch'] }],
		['P42-IMAP.mail.me.com.', null, { without: ['qresync', 'esearch'] }],
		['mail.example.com', { name: 'SmarterMail', version: '100.0' }, { without: ['condstore'] }],
		['mail.example.com', { vendor: 'SmarterTools', name: 'SmarterMail' }, { without: ['condstore'] }],
		['imap.strato.de', null, { without: ['esearch'] }],
		['mail.example.com', { name: 'RZimapd' }, { without: ['esearch'] }],
		['imap.mail.yahoo.com', null, { without: [], window: 10_000 }],
		['imap.aol.com', null, { without: [], window: 10_000 }],
		['export.imap.mail.yahoo.com', null, { without: [] }],
		['imap.gmail.com', { name: 'GImap', vendor: 'Google, Inc.' }, { without: [] }],
		['outlook.office365.com', null, { without: [], estimatesSizes: true }],
		['mail.example.com', { name: 'Microsoft.Exchange.Imap4.Imap4Server' }, { without: [], estimatesSizes: true }],
		['mail.me.com.example.com', null, { without: [] }],
		['notyahoo.com', null, { without: [] }],
		['mail.example.com', { name: 42 }, { without: [] }],
	])('knows %s that calls itself %j', (host, id, expected) => {
		expect(quirksOf(host, id)).toEqual(expected);
	});

	it('has a reason and a date in every row, and a row only for what changes something', () => {
		for (const quirk of quirks) {
			expect(quirk.reason).toMatch(/./);
			expect(quirk.date).toMatch(/^20\d\d-\d\d-\d\d$/);
			expect(quirk.host ?? quirk.id).toBeDefined();
			expect((quirk.without?.length ?? 0) > 0 || quirk.window !== undefined || quirk.estimatesSizes === true).toBe(true);
		}
	});
});
