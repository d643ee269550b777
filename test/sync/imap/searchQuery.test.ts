import type { SearchObject } from 'imapflow';

import { SyncError } from '../../../sync/errors/syncError';
import { anyFlag, toSearchObject } from '../../../sync/imap/searchQuery';
import type { SearchCriteria } from '../../../sync/server/searchCriteria';

const day = 24 * 60 * 60 * 1000;

describe('the search query', () => {
	const cases: Array<[string, SearchCriteria, SearchObject | 'nothing']> = [
		['no condition finds every message', {}, {}],
		['empty texts are no condition', { subject: '', from: '', gmailQuery: '', header: [] }, {}],
		['texts stand for themselves', { from: 'a', subject: 'b c', text: 'ü' }, { from: 'a', subject: 'b c', text: 'ü' }],
		['a line end becomes a space', { subject: 'a\r\nb' }, { subject: 'a b' }],
		['a header field without a value must exist', { header: [{ name: 'X-A', value: '' }] }, { header: { 'X-A': true } }],
		[
			'two header fields must both match',
			{ header: [{ name: 'X-A', value: '1' }, { name: 'X-A', value: '2' }] }, // prettier-ignore
			{ header: { 'X-A': '1' }, or: [{ header: { 'X-A': '2' } }] },
		],
		['larger than 0 is not smaller than 1', { larger: 0 }, { not: { smaller: 1 } }],
		['larger than less than 0 is every message', { larger: -1 }, {}],
		['sizes are whole bytes', { larger: 1.5, smaller: 7.5 }, { larger: 1, smaller: 8 }],
		['nothing is smaller than 0', { smaller: 0, subject: 'a' }, 'nothing'],
		[
			'dates are a day wider',
			{ since: new Date(5 * day), before: new Date(9 * day) },
			{ since: new Date(4 * day), before: new Date(10 * day) },
		],
		[
			'a date beyond the calendar is the last there is',
			{ before: new Date(8.64e15 - day) },
			{ before: new Date(Date.UTC(9998, 11, 31)) },
		],
		[
			'system flags are keys of their own, in any case',
			{ flags: { '\\Seen': true, '\\FLAGGED': false } },
			{ seen: true, flagged: false },
		],
		['keywords are set or not set', { flags: { $Todo: true, done: false } }, { keyword: '$Todo', unKeyword: 'done' }],
		[
			'several keywords must all match',
			{ flags: { a: true, b: true, c: true, '\\Seen': true } },
			{ keyword: 'a', seen: true, or: [{ keyword: 'b', or: [{ keyword: 'c' }] }] },
		],
		[
			'one of several',
			{ anyOf: [{ from: 'a' }, { subject: 'b', flags: { x: true } }], to: 'c' },
			{ to: 'c', or: [{ from: 'a' }, { subject: 'b', keyword: 'x' }] },
		],
		['one of several of which one is anything', { anyOf: [{ from: 'a' }, { hasAttachment: true }] }, {}],
		['one of none', { anyOf: [], from: 'a' }, 'nothing'],
		[
			'none of several',
			{ noneOf: [{ from: 'a' }, { anyOf: [{ to: 'b' }, { cc: 'c' }] }] },
			{ not: { from: 'a' }, or: [{ not: { or: [{ to: 'b' }, { cc: 'c' }] } }] },
		],
		[
			'dates that must not be are a day narrower',
			{ noneOf: [{ since: new Date(5 * day), before: new Date(9 * day) }] },
			{ not: { since: new Date(6 * day), before: new Date(8 * day) } },
		],
		['what only we can tell leaves nothing out', { noneOf: [{ hasAttachment: true, from: 'a' }], from: 'b' }, { from: 'b' }],
		['none of anything is nothing', { noneOf: [{}] }, 'nothing'],
		['none of those that are none of something', { noneOf: [{ noneOf: [{ hasAttachment: true }] }] }, {}],
		['UIDs and conversations', { uids: '1:5', threadId: '17' }, { uid: '1:5', threadId: '17' }],
		['the query language of Gmail passes', { gmailQuery: 'has:attachment' }, { gmraw: 'has:attachment' }],
	];
	it.each(cases)('%s', (_name, criteria, query) => {
		expect(toSearchObject(criteria)).toEqual(query);
	});

	const impossible: Array<[string, SearchCriteria]> = [
		['a flag that is no atom', { flags: { 'two words': true } }],
		['a flag that is not ASCII', { flags: { größe: true } }],
		['a flag without a name', { flags: { '': true } }],
		['\\Recent', { flags: { '\\Recent': false } }],
		['a system flag that is none', { flags: { '\\Important': true } }],
		['a header name with a colon', { header: [{ name: 'X:A', value: '1' }] }],
		['a header name that is empty', { header: [{ name: '', value: '1' }] }],
		['a date that is none', { since: new Date(NaN) }],
		['a text that imapflow would send as a flag', { subject: '\\Seen' }],
	];
	it.each(impossible)('refuses %s', (_name, criteria) => {
		expect(() => toSearchObject(criteria)).toThrow(SyncError);
		expect(() => toSearchObject(criteria)).toThrow(expect.objectContaining({ code: 'searchFailed' }));
	});

	it('joins flags by or', () => {
		expect(anyFlag(['\\Seen', 'a', 'b'])).toEqual({ or: [{ seen: true }, { keyword: 'a' }, { keyword: 'b' }] });
		expect(anyFlag(['a'])).toEqual({ keyword: 'a' });
		expect(anyFlag([])).toBe('nothing');
	});
});
