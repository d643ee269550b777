import { nameInOtherAccount, type Naming } from '../../../sync/changing/nameInOtherAccount';

const dovecot = { prefix: '', delimiter: '/' };
const courier = { prefix: 'INBOX.', delimiter: '.' };

const name = (path: string, naming: Partial<Naming>, specialUse?: string): string =>
	nameInOtherAccount({ path, ...(specialUse === undefined ? {} : { specialUse }) }, { from: dovecot, to: dovecot, ...naming });

describe('the name of a folder in another account', () => {
	it.each([
		['INBOX', dovecot, courier, 'INBOX'],
		['Work/Orders', dovecot, courier, 'INBOX.Work.Orders'],
		['v1.2/a', dovecot, courier, 'INBOX.v1_2.a'],
		['INBOX.Work.Orders', courier, dovecot, 'Work/Orders'],
		['INBOX.a/b', courier, dovecot, 'a_b'],
		['INBOX.Work', courier, courier, 'INBOX.Work'],
		['INBOX/Sub', dovecot, courier, 'INBOX.Sub'],
		['INBOX/Sub', dovecot, dovecot, 'INBOX/Sub'],
		['Büro/日本', dovecot, courier, 'INBOX.Büro.日本'],
	])('%s, from %j to %j: %s', (path, from, to, expected) => {
		expect(name(path, { from, to })).toBe(expected);
	});

	it('is below a folder, INBOX too', () => {
		expect(name('INBOX', { below: 'Backup' })).toBe('Backup/INBOX');
		expect(name('Work/Orders', { to: courier, below: 'INBOX.Backup' })).toBe('INBOX.Backup.Work.Orders');
	});

	it('is the one for the same use, except below a folder', () => {
		const targets = [{ path: 'Gesendet', selectable: true, specialUse: '\\Sent' }];
		expect(name('Sent Items', { targets }, '\\Sent')).toBe('Gesendet');
		expect(name('Sent Items', { targets, below: 'Backup' }, '\\Sent')).toBe('Backup/Sent Items');
		expect(name('Junk', { targets }, '\\Junk')).toBe('Junk');
	});

	it('is the one that was given', () => {
		expect(name('inbox', { named: new Map([['INBOX', 'Old']]), below: 'Backup' })).toBe('Old');
	});
});
