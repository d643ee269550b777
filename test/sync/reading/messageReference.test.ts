import fc from 'fast-check';
import { addressOf, looksLikeReference, referenceTo, type MessageIdentity } from '../../../sync/reading/messageReference';
import { asUid, MAX_UID } from '../../../sync/uids/uid';

const message: MessageIdentity = { account: 'alice@example.com', folder: 'INBOX', uidValidity: '1700000000', uid: asUid(4711) };
const reference = referenceTo(message)!;

const identities = fc.record({
	account: fc.string({ minLength: 1, maxLength: 60 }),
	folder: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
	uidValidity: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
	uid: fc.integer({ min: 1, max: MAX_UID }).map(asUid),
});

describe('a message reference', () => {
	it('is short, one word, and says what it is', () => {
		expect(reference).toMatch(/^msg_[\w-]{20,40}$/);
		expect(looksLikeReference(reference)).toBe(true);
		for (const other of [undefined, 7, '', '18c2f1d0a9b3e4f5', '<a@example.com>']) expect(looksLikeReference(other)).toBe(false);
	});

	it('names the message that it was made of, whatever account, folder and numbers', () => {
		fc.assert(
			fc.property(identities, ({ account, ...address }) => {
				const made = referenceTo({ account, ...address })!;
				expect(addressOf(made, account)).toEqual(address);
				// Spaces around it come along when it is copied.
				expect(addressOf(` ${made}\n`, account.toUpperCase().toLowerCase())).toEqual(
					account.toLowerCase() === account.toUpperCase().toLowerCase() ? address : expect.anything(),
				);
			}),
			{ numRuns: 200 },
		);
	});

	it('is another one for every other account, folder, UIDVALIDITY and UID', () => {
		const others = [
			{ account: 'bob@example.com' },
			{ folder: 'inbox2' },
			{ uidValidity: '1700000001' },
			{ uid: asUid(4712) },
		].map((change) => referenceTo({ ...message, ...change }));
		expect(new Set([reference, ...others]).size).toBe(5);
	});

	it('is the same for an account in whatever case its name is written', () => {
		expect(referenceTo({ ...message, account: 'Alice@Example.com' })).toBe(reference);
	});

	it('is of another account for every other account', () => {
		expect(addressOf(reference, 'bob@example.com')).toBe('otherAccount');
	});

	it('is damaged when a character is another one, is missing, or was added', () => {
		for (let at = 0; at < reference.length; at++) {
			const other = reference[at] === 'A' ? 'B' : 'A';
			expect([at, addressOf(reference.slice(0, at) + other + reference.slice(at + 1), message.account)]).toEqual([at, 'damaged']);
			expect([at, addressOf(reference.slice(0, at), message.account)]).toEqual([at, 'damaged']);
		}
		for (const text of [`${reference}A`, `${reference}%`, 'msg_', `msg_${'A'.repeat(100_000)}`, ''])
			expect(addressOf(text, message.account)).toBe('damaged');
	});

	it('is not made of what names no message, nor of a path without bounds', () => {
		expect(referenceTo({ ...message, folder: '' })).toBeUndefined();
		expect(referenceTo({ ...message, folder: 'x'.repeat(10_000) })).toBeUndefined();
		expect(referenceTo({ ...message, uidValidity: '' })).toBeUndefined();
		expect(referenceTo({ ...message, uidValidity: '99999999999999999999' })).toBeUndefined();
	});
});
