import type { ActionRun } from '../../nodes/ImapSync/actions/ActionRun';
import { readAddressField } from '../../nodes/ImapSync/actions/draftFields';

/** A field `to` that shows `value`, and was filled in as `template`. */
const read = (value: unknown, template?: string): string[] | undefined => {
	const run = { value: () => value, text: () => value, label: () => 'To', template: () => template };
	return readAddressField(run as unknown as ActionRun, 'to', 0)?.map(({ address }) => address);
};

describe('the addresses of a field', () => {
	it.each([
		['typed, two', 'a@example.com, b@example.com', undefined],
		['two expressions', 'a@example.com, b@example.com', '={{ $json.a }}, {{ $json.b }}'],
		['an expression beside a typed one', 'a@example.com, b@example.com', '=a@example.com, {{ $json.b }}'],
		['a list', ['a@example.com', 'B <b@example.com>'], '={{ $json.to }}'],
	])('are taken: %s', (_, value, template) => {
		expect(read(value, template)).toEqual(['a@example.com', 'b@example.com']);
	});

	it('are one where name and address come from expressions', () => {
		expect(read('"Bob, B." <b@example.com>', '="{{ $json.name }}" <{{ $json.address }}>')).toEqual(['b@example.com']);
	});

	it.each([
		['one expression', 'a@example.com, evil@example.org', '={{ $json.from }}'],
		['a name that ends early', '"Bob" <evil@example.org>, "x" <b@example.com>', '="{{ $json.name }}" <{{ $json.address }}>'],
		['a group', 'Team: a@example.com, evil@example.org;', '={{ $json.from }}'],
		['an entry of a list', ['a@example.com, evil@example.org'], '={{ $json.to }}'],
		['an entry that is none', ['a@example.com', 'nobody'], '={{ $json.to }}'],
	])('are refused where a sender could add one: %s', (_, value, template) => {
		expect(() => read(value, template)).toThrow(/one mail address/);
	});
});
