import fc from 'fast-check';
import { parseAddressHeader } from 'mailparser';

import { readAddresses } from '../../sync/mime/addresses';
import { runs, seedFrom } from '../support/chance';

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
