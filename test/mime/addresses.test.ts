import fc from 'fast-check';
import { parseAddressHeader } from 'mailparser';

import { readAddresses } from '../../sync/mime/addresses';
import { runs, seedFrom } from '../support/chance';

it.each([
	['no comma between mailboxes', 'Bob <b@example.com> Ann <a@example.com>', 'Bob <b@example.com>|Ann <a@example.com>'],
	['no comma, a quoted name', '<b@example.com>"Ann A" <a@example.com>', ' <b@example.com>|Ann A <a@example.com>'],
	['no comma between addresses', 'b@example.com a@example.com', ' <b@example.com>| <a@example.com>'],
	['two addresses in brackets', 'Bob <b@example.com;a@example.com>', 'Bob <b@example.com>| <a@example.com>'],
	['only the second bracket', 'Bob b@example.com>, a@example.com>', 'Bob <b@example.com>| <a@example.com>'],
	['only the first bracket', 'Bob <b@example.com', 'Bob <b@example.com>'],
	['square brackets', 'Bob [b@example.com]', 'Bob <b@example.com>'],
	['quotation marks in a name', '"Bob "the" Builder" <b@example.com>', 'Bob "the" Builder <b@example.com>'],
	['escaped marks without others', 'Bob \\"x\\" <b@example.com>', 'Bob x <b@example.com>'],
	['a group of a comment', 'Friends: (none);', ''],
	['empty groups', 'A:;, B: b@example.com;, C:;', ' <b@example.com>'],
	['a route', 'Bob <@relay.example,@b.example:b@example.com>', 'Bob <b@example.com>'],
	['a protocol', 'Bob <SMTP:b@example.com>', 'Bob <b@example.com>'],
	['single quotes', "'b@example.com'", ' <b@example.com>'],
	['a comment behind', 'Bob <b@example.com> (on leave)', 'Bob <b@example.com>'],
	['quoted local parts', '"b b"@example.com, <"b@home"@example.com>', ' <"b b"@example.com>| <"b@home"@example.com>'],
])('%s: %s', (_name, value, expected) => {
	expect(
		readAddresses([value])
			.addresses.map(({ name, address }) => `${name} <${address}>`)
			.join('|'),
	).toBe(expected);
});

it('reads names of encoded words as the parser does', () => {
	for (const words of [
		'=?utf-8?Q?J=C3=B6rg?=',
		'=?utf-8?B?SsO2?= =?utf-8?B?cmc=?=',
		'=?utf-8?Q?a=0D=0Ab?=',
		'=?utf-8?Q?M=2C_J=3C=3E?=',
	]) {
		const alone = readAddresses([`${words} <a@example.com>`]).addresses;
		expect(readAddresses([`${words} <a@example.com>, b@example.com`]).addresses.slice(0, 1)).toEqual(alone);
	}
});

it('reads simple fields as the parser does, which they do not reach', () => {
	const seed = seedFrom('MIME_SEED');
	const name = fc.stringMatching(/^[A-Za-z0-9 '_.-]{0,20}$/);
	const address = fc.stringMatching(/^[A-Za-z0-9_.+-]{1,10}@[A-Za-z0-9.-]{1,20}$/);
	const field = fc.oneof(
		address,
		fc.tuple(name, address).map(([text, mailbox]) => `${text} <${mailbox}>`.trim()),
	);
	fc.assert(
		fc.property(field, (value) => {
			const parsed = parseAddressHeader(value, { decodePunycode: false }).value;
			expect(readAddresses([value]).addresses).toEqual(
				parsed.map((mailbox) => ({ name: mailbox.name, address: mailbox.address ?? '' })),
			);
		}),
		{ seed, numRuns: runs(3000) },
	);
});
