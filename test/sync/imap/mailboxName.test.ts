import { ListedNames, quotedMailbox, toModifiedUtf7 } from '../../../sync/imap/mailboxName';

describe('the names of folders as a server lists them', () => {
	it.each([
		// Read as it should be, and written in another way than ours.
		['&', '&ACY-', '&'],
		['Entwürfe', 'Entw&APwA-rfe', 'Entwürfe'],
		['Été', 'Été', 'Été'],
		// Cannot be read: known as it was listed.
		['R', 'R&D', 'R&D'],
		['x', 'x&ZZ', 'x&ZZ'],
		['', '&', '&'],
		['Q ', 'Q & A', 'Q & A'],
	])('knows what is read as %j and listed as %j by %j, and writes it as it was listed', (read, listed, known) => {
		const names = new ListedNames();
		expect(names.note(read, listed)).toBe(known);
		expect(names.onWire(toModifiedUtf7(known))).toBe(listed);
		expect(quotedMailbox(known, false, names)).toBe(`"${listed}"`);
		// Listed again, it is no other folder.
		expect(names.note(read, listed)).toBe(known);
	});

	it('leaves names alone that are their own encoding, or lack only what comes before them', () => {
		const names = new ListedNames();
		for (const [path, listed] of [
			['INBOX', 'inbox'],
			['Entwürfe', toModifiedUtf7('Entwürfe')],
			['R&D', 'R&-D'],
			['Work', '/Work'],
		])
			expect([names.note(path, listed), names.onWire(toModifiedUtf7(path))]).toEqual([path, undefined]);
	});

	it('never takes two folders for one', () => {
		const names = new ListedNames();
		const known = ['&ACY-', '&A-CY-'].map((listed) => names.note('&', listed));
		expect(new Set(known).size).toBe(2);
	});
});
