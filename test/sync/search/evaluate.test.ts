import {
	allIn,
	evaluate,
	hasStoppedMatching,
	isWithin,
	mayChange,
	provablyFails,
	type Ternary,
} from '../../../sync/search/evaluate';
import type { MessageSummary } from '../../../sync/server/message';
import type { SearchCriteria } from '../../../sync/server/searchCriteria';
import { asUid } from '../../../sync/uids/uid';

const day = (text: string): Date => new Date(`2026-11-${text}T00:00:00Z`);
const message = (more: Partial<MessageSummary> = {}): MessageSummary => ({
	uid: asUid(1),
	flags: ['\\Seen', 'Work'],
	size: 1_000,
	internalDate: day('20'),
	...more,
});
const seen: SearchCriteria = { flags: { '\\Seen': true } };
const unseen: SearchCriteria = { flags: { '\\Seen': false } };
const invoice: SearchCriteria = { subject: 'invoice' };

describe('evaluate', () => {
	test.each<[string, SearchCriteria, Ternary]>([
		['no condition', {}, 'yes'],
		['empty texts and lists are no conditions', { subject: '', header: [], messageIds: [] }, 'yes'],
		['a flag that it carries', seen, 'yes'],
		['a flag that it does not carry', { flags: { '\\Flagged': true } }, 'no'],
		['a flag that it must not carry', unseen, 'no'],
		['a keyword in other letters', { flags: { wORK: true } }, 'yes'],
		['larger', { larger: 999 }, 'yes'],
		['exactly so large is not larger', { larger: 1_000 }, 'no'],
		['smaller', { smaller: 1_001 }, 'yes'],
		['exactly so large is not smaller', { smaller: 1_000 }, 'no'],
		['since the very moment', { since: day('20') }, 'yes'],
		['since later', { since: day('21') }, 'no'],
		['before later', { before: day('21') }, 'yes'],
		['before the very moment', { before: day('20') }, 'no'],
		['what only who reads it knows', invoice, 'unknown'],
		['an attachment', { hasAttachment: false }, 'unknown'],
		['a query of Gmail', { gmailQuery: 'is:important' }, 'unknown'],
		['what is refuted need not be read', { ...invoice, ...unseen }, 'no'],
		['one of several that is known', { anyOf: [unseen, seen] }, 'yes'],
		['one of several that is known beats one to be read', { anyOf: [invoice, seen] }, 'yes'],
		['one of several that has to be read', { anyOf: [unseen, invoice] }, 'unknown'],
		['none of several', { anyOf: [unseen, { larger: 5_000 }] }, 'no'],
		['no choice at all', { anyOf: [] }, 'no'],
		['what must not be, and is', { noneOf: [seen] }, 'no'],
		['what must not be, and is not', { noneOf: [unseen] }, 'yes'],
		['what must not be, and has to be read', { noneOf: [invoice] }, 'unknown'],
		['of what must not be one suffices', { noneOf: [invoice, seen] }, 'no'],
		['nested', { noneOf: [{ anyOf: [unseen, { larger: 5_000 }] }] }, 'yes'],
	])('%s', (_name, filter, expected) => {
		expect(evaluate(message(), filter)).toBe(expected);
		expect(provablyFails(message(), filter)).toBe(expected === 'no');
	});

	test.each<[string[], boolean, Ternary]>([
		[['$HasAttachment'], true, 'yes'],
		[['$hasattachment'], false, 'no'],
		[['$HasNoAttachment'], false, 'yes'],
		[['$HasNoAttachment'], true, 'no'],
		[['$HasAttachment', '$HasNoAttachment'], true, 'unknown'],
	])('what keywords say of attachments counts: %s, asked for %s', (flags, hasAttachment, expected) => {
		expect(evaluate(message({ flags }), { hasAttachment })).toBe(expected);
		expect(evaluate(message({ flags }), { noneOf: [{ hasAttachment: !hasAttachment }] })).toBe(expected);
	});

	test.each<[string, SearchCriteria, Ternary]>([
		['a date is asked for', { since: day('20') }, 'unknown'],
		['no date is asked for', seen, 'yes'],
		['what else is asked for refutes it', { since: day('20'), ...unseen }, 'no'],
	])('of a message without date, where %s', (_name, filter, expected) => {
		expect(evaluate(message({ internalDate: undefined }), filter)).toBe(expected);
	});
});

describe('hasStoppedMatching, where the search says so', () => {
	test.each<[string, SearchCriteria, Ternary]>([
		['its flag shows it', unseen, 'yes'],
		['its flag shows the opposite', seen, 'no'],
		['what it says does not change', invoice, 'no'],
		['what it says does not change, and its flag passes', { ...invoice, ...seen }, 'no'],
		['its flag shows it, whatever it says', { ...invoice, ...unseen }, 'yes'],
		['it may have passed for its flag or for what it says', { anyOf: [invoice, unseen] }, 'unknown'],
		['it may be kept out by its flag and what it says', { noneOf: [{ ...invoice, ...seen }] }, 'unknown'],
		['it may have passed for this text or that', { anyOf: [invoice, { from: 'bob' }] }, 'no'],
		['nobody else can check the query of Gmail', { gmailQuery: 'is:important' }, 'yes'],
		['nor where it is nested', { anyOf: [{ gmailQuery: 'is:important' }, seen] }, 'yes'],
	])('%s', (_name, filter, expected) => {
		expect(hasStoppedMatching(message(), filter)).toBe(expected);
	});
});

test.each<[string, Date | undefined, { since?: Date; before?: Date }, boolean]>([
	['inside', day('20'), { since: day('19'), before: day('21') }, true],
	['too early', day('18'), { since: day('19') }, false],
	['too late', day('22'), { before: day('21') }, false],
	['without a date', undefined, { since: day('19') }, true],
	['without bounds', day('20'), {}, true],
])('isWithin: %s', (_name, date, period, expected) => {
	expect(isWithin(date, period)).toBe(expected);
});

test('allIn lists criteria and what is nested in them', () => {
	const filter: SearchCriteria = { ...invoice, anyOf: [seen, { noneOf: [unseen] }] };
	expect(allIn(filter)).toEqual([filter, seen, { noneOf: [unseen] }, unseen]);
});

test.each<[string, SearchCriteria, boolean]>([
	['a flag', seen, true],
	['a query of Gmail', { gmailQuery: 'is:important' }, true],
	['what it says', invoice, false],
	['no flag', { flags: {} }, false],
	['only a nested flag', { anyOf: [seen] }, false],
])('mayChange: %s', (_name, criteria, expected) => {
	expect(mayChange(criteria)).toBe(expected);
});
