import { itemFields } from '../../nodes/shared/itemFields';
import { mailboxText } from '../../nodes/shared/itemTexts';
import { snippetOf } from '../../sync/mime/snippet';
import { parseAddresses } from '../../sync/mime/composeMessage';
import { addressOf } from '../../sync/reading/messageReference';

const account = 'alice@example.com';
const address = { folder: 'INBOX', uid: 3, uidValidity: '7' };

describe('the fields of an item', () => {
	it('stand in their order, whatever order they came in and whether or not others are there', () => {
		const given = {
			sequence: 4,
			eventId: 'e1',
			unheardOf: 1,
			uidValidity: '7',
			uid: 3,
			folder: 'INBOX',
			account,
			origin: 'live',
			event: 'messageNew',
			flags: ['\\Seen'],
			conversation: {},
			text: 'Hello',
			snippet: 'Hello',
			to: [],
			from: { name: '', address: 'bob@example.com' },
			subject: 'one',
		};
		expect(Object.keys(itemFields(given))).toEqual(
			(
				'subject from fromText to toText snippet isRead isFlagged id text conversation event flags origin account folder uid ' +
				'uidValidity eventId sequence unheardOf'
			).split(' '),
		);
	});

	it('say whether it is read and flagged where the flags are known, and nothing where they are not', () => {
		expect(itemFields({ flags: ['\\Seen'] })).toMatchObject({ isRead: true, isFlagged: false });
		expect(itemFields({ flags: ['\\Flagged', 'todo'] })).toMatchObject({ isRead: false, isFlagged: true });
		expect(itemFields({ uid: 3 })).not.toHaveProperty('isRead');
	});

	it('name the message in one text, of the account in the item before that of the node', () => {
		expect(addressOf(String(itemFields(address, account).id), account)).toEqual(address);
		expect(addressOf(String(itemFields({ ...address, account: 'bob@example.com' }, account).id), 'bob@example.com')).toEqual(
			address,
		);
		for (const fields of [{ ...address, uid: undefined }, { ...address, uidValidity: undefined }, { folder: 'INBOX' }])
			expect(itemFields(fields, account)).not.toHaveProperty('id');
	});

	it('replace an id that came with other fields by the right one', () => {
		const before = itemFields(address, account);
		expect(addressOf(String(itemFields({ ...before, uid: 4 }, account).id), account)).toMatchObject({ uid: 4 });
	});

	it('name a further message too', () => {
		const { source, copiedTo } = itemFields(
			{ ...address, source: { ...address, uid: 9 }, copiedTo: { ...address, account: 'b@x' } },
			account,
		);
		expect(addressOf(String((source as { id: string }).id), account)).toMatchObject({ uid: 9 });
		expect(addressOf(String((copiedTo as { id: string }).id), 'b@x')).toMatchObject({ uid: 3 });
	});
});

describe('mailboxes as text', () => {
	it.each([
		[[{ name: 'Ann Lee', address: 'ann@example.com' }], 'Ann Lee <ann@example.com>'],
		[[{ name: '', address: 'ann@example.com' }], 'ann@example.com'],
		[[{ name: 'ann@example.com', address: 'ann@example.com' }], 'ann@example.com'],
		[
			[
				{ name: 'Lee, "Ann"', address: 'ann@example.com' },
				{ name: '', address: 'bob@example.com' },
			],
			'"Lee, \\"Ann\\"" <ann@example.com>, bob@example.com',
		],
		[[{ name: 'Undisclosed', address: '' }], 'Undisclosed'],
		[[], ''],
	])('%j', (mailboxes, text) => {
		expect(mailboxText(mailboxes)).toBe(text);
		if (mailboxes.length > 0 && mailboxes.every((one) => one.address !== ''))
			expect(parseAddresses(text)?.map((one) => one.address)).toEqual(mailboxes.map((one) => one.address));
	});

	it('has an end, however many there are', () => {
		const many = Array.from({ length: 10_000 }, (_, i) => ({ name: '', address: `a${i}@example.com` }));
		expect(mailboxText(many)).toMatch(/a99@example\.com and 9900 more$/);
	});
});

describe('a snippet', () => {
	it('is the beginning of the text in one line', () => {
		expect(snippetOf(' Hello\n\nBob,\tyes ')).toBe('Hello Bob, yes');
		const long = snippetOf('word '.repeat(1_000));
		expect([long.length <= 200, long.endsWith('word…')]).toEqual([true, true]);
		expect(snippetOf('')).toBe('');
	});

	it('leaves out what mailings fill the preview with, and keeps what belongs to a word', () => {
		expect(snippetOf(`Sale! ${'\u200c\u00a0\u034f'.repeat(500)} Today`)).toBe('Sale! Today');
		expect(snippetOf('می\u200cخواهم 👩\u200d💻')).toBe('می\u200cخواهم 👩\u200d💻');
	});

	it('never ends between the halves of a character', () => {
		expect(snippetOf('x'.repeat(198) + '💻'.repeat(10))).toBe(`${'x'.repeat(198)}…`);
	});
});
