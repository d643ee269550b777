import { CorrespondenceMemory } from '../../sync/mime/correspondence';
import { NodeHelpers, type INodeParameters } from 'n8n-workflow';
import { ImapSyncTrigger } from '../../nodes/ImapSyncTrigger/ImapSyncTrigger.node';
import { DescribedError } from '../../nodes/shared/describedError';
import { movingDates } from '../../nodes/shared/filter';
import type { ParameterSource } from '../../nodes/shared/parameterSource';
import { readRequest, type NodeRequest } from '../../nodes/shared/request';
import { pollContext } from '../support/n8nContext';
import type { Account } from '../../sync/server/account';

const { properties: triggerProperties } = new ImapSyncTrigger().description;

const account: Account = { name: 'alice@example.com', user: 'alice@example.com', host: 'imap.example.com:993' };
const now = Date.parse('2026-11-22T12:00:00Z');
const MB = 1024 * 1024;

function read(parameters: Record<string, unknown> = {}, timezone?: string): NodeRequest {
	const { context } = pollContext({ parameters, timezone });
	return readRequest(context as ParameterSource, account, { now, deadline: now + 1000 });
}

function problem(parameters: Record<string, unknown>): DescribedError {
	try {
		read(parameters);
	} catch (error) {
		if (error instanceof DescribedError) return error;
		throw error;
	}
	throw new Error('the parameters were taken');
}

describe('the defaults', () => {
	it('ask for new messages in INBOX from now on, with their content', () => {
		const reading = { output: 'content', attachments: false, chooseParts: expect.any(Function), messageSize: 25 * MB };
		expect(read()).toEqual({
			sync: {
				account,
				watch: {
					events: new Set(['messageNew']),
					selection: { kind: 'chosen', folders: ['INBOX'] },
					startFrom: { kind: 'now' },
				},
				reading: { ...reading, updatedContent: false },
				delivery: { limits: { messages: 200, olderMessages: 5_000, bytes: 64 * MB, deadline: now + 1000 } },
			},
			reading,
			headers: [],
			attachmentContent: false,
			trustedServers: [],
			ownAddresses: [],
			memory: expect.any(CorrespondenceMemory),
			html: 'asSent',
			ignoreOwnChanges: true,
		});
	});
});

describe('folders', () => {
	it('are taken as a list, with non-ASCII names and spaces as they are', () => {
		const folders = ['INBOX', 'Entwürfe/日本 ', '[Gmail]/All Mail, old'];
		expect(read({ folders }).sync.watch.selection).toEqual({ kind: 'chosen', folders });
	});

	it('are taken as lines from an expression', () => {
		expect(read({ folders: ' INBOX\r\nA, B\n\nINBOX ' }).sync.watch.selection).toEqual({
			kind: 'chosen',
			folders: ['INBOX', 'A, B'],
		});
	});

	it('are taken as patterns, one a line', () => {
		const parameters = { folderSelection: 'pattern', includeFolders: 'A/*\n\\Sent', excludeFolders: '*/old\n' };
		expect(read(parameters).sync.watch.selection).toEqual({ kind: 'pattern', include: ['A/*', '\\Sent'], exclude: ['*/old'] });
	});

	it('can be all', () => {
		expect(read({ folderSelection: 'all' }).sync.watch.selection).toEqual({ kind: 'all' });
	});
});

describe('Start From', () => {
	it.each([
		['2026-11-20', 'UTC', '2026-11-20T00:00:00.000Z'],
		['2026-11-20T08:30:00', 'Europe/Berlin', '2026-11-20T07:30:00.000Z'],
		['2026-07-20 08:30', 'Europe/Berlin', '2026-07-20T06:30:00.000Z'],
		['2026-11-20T08:30:00.000+02:00', 'Asia/Tokyo', '2026-11-20T06:30:00.000Z'],
		['2026-11-20T08:30:00Z', 'Asia/Tokyo', '2026-11-20T08:30:00.000Z'],
		['2026-03-29T03:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
		['2026-11-20', 'No/Such_Zone', '2026-11-20T00:00:00.000Z'],
	])('reads %s in %s', (startDate, zone, expected) => {
		const { startFrom } = read({ startFrom: 'date', startDate }, zone).sync.watch;
		expect(startFrom).toEqual({ kind: 'date', date: new Date(expected) });
	});

	it.each([
		['a Date', new Date('2026-11-20T00:00:00Z')],
		['milliseconds', Date.parse('2026-11-20T00:00:00Z')],
		['a Luxon DateTime', { toJSDate: () => new Date('2026-11-20T00:00:00Z') }],
	])('takes %s', (_name, startDate) => {
		expect(read({ startFrom: 'date', startDate }).sync.watch.startFrom).toEqual({
			kind: 'date',
			date: new Date('2026-11-20T00:00:00Z'),
		});
	});

	it('refuses a date that lies ahead and says what to choose instead', () => {
		const { message, advice, code } = problem({ startFrom: 'date', startDate: '2026-11-23' });
		expect(code).toBe('settingsInvalid');
		expect(message).toBe('Start Date lies in the future (2026-11-23T00:00:00.000Z)');
		expect(advice).toContain("set 'Start From' to Now");
	});

	it('does not look at Start Date unless it counts', () => {
		expect(read({ startFrom: 'now', startDate: '2099-01-01' }).sync.watch.startFrom).toEqual({ kind: 'now' });
	});
});

describe('options', () => {
	it('are read as numbers also from text', () => {
		const { reading, delivery } = read({ options: { maxMessages: '50', maxMessageSize: '0.5' } }).sync;
		expect([delivery.limits.messages, reading.messageSize]).toEqual([50, MB / 2]);
		expect(delivery.limits.olderMessages).toBeUndefined();
	});

	it('leave updates small, and machines alone, unless asked otherwise', () => {
		expect(read({ options: { updatedContent: true, machineKeywords: true } }).sync).toMatchObject({
			reading: { updatedContent: true },
			watch: { machineKeywords: true },
		});
	});

	it('let one message be larger than a run would otherwise read', () => {
		expect(read({ options: { maxMessageSize: 100 } }).sync).toMatchObject({
			reading: { messageSize: 100 * MB },
			delivery: { limits: { bytes: 100 * MB } },
		});
	});

	it('read attachments with their filters', () => {
		const options = {
			downloadAttachments: true,
			attachmentNames: '*.pdf, a b.txt',
			attachmentTypes: ['image/*'],
			attachmentMaxSize: 2,
		};
		const { reading, attachmentContent } = read({ options });
		expect(reading.attachments).toBe(true);
		expect(attachmentContent).toEqual({ names: ['*.pdf', 'a b.txt'], types: ['image/*'], maxSize: 2 * MB });
	});

	it('do not ask for attachments because a filter for them was left behind', () => {
		expect(read({ options: { attachmentNames: '*.pdf' } }).attachmentContent).toBe(false);
	});

	it.each([['List-Id, X-Spam-Score:'], ['List-Id\nX-Spam-Score'], [['List-Id', 'X-Spam-Score']]])(
		'read header names from %j',
		(headers) => {
			expect(read({ options: { headers } }).headers).toEqual(['List-Id', 'X-Spam-Score']);
		},
	);
});

describe('the filter', () => {
	const fields = {
		from: ' bob ',
		subject: '"Grüße"',
		gmailQuery: 'has:attachment',
		since: '2026-01-01',
		before: '2026-02-01',
		larger: 0.5,
		smaller: 10,
		seen: 'no',
		flagged: 'yes',
		answered: false,
		keyword: '$Important',
		notKeyword: '$Junk',
		headerName: 'List-Id',
		headerValue: 'x',
		to: '',
	};
	const criteria = {
		from: 'bob',
		subject: '"Grüße"',
		gmailQuery: 'has:attachment',
		since: new Date('2026-01-01T00:00:00Z'),
		before: new Date('2026-02-01T00:00:00Z'),
		larger: MB / 2,
		smaller: 10 * MB,
		flags: { '\\Seen': false, '\\Flagged': true, '\\Answered': false, $Important: true, $Junk: false },
		header: [{ name: 'List-Id', value: 'x' }],
	};

	it('is read from the fields', () => {
		expect(read({ options: { filter: fields } }).sync.watch.filter).toEqual(criteria);
	});

	it('is read from a group of fields too', () => {
		expect(read({ options: { filter: { criteria: fields } } }).sync.watch.filter).toEqual(criteria);
	});

	it('leaves to rules about ignored messages what is never to be told', () => {
		const ignored = (ignore: unknown) => read({ options: { ignore } }).sync.watch.ignore;
		expect(
			ignored({
				senders: 'Bob <BOB@Example.com>\n@News.example.com, noreply*@*\nexample.org',
				subjects: 'Out of  Office\n*** SPAM ***',
				threads: 'a@b.c\n1789',
			}),
		).toEqual({
			senders: ['*@example.org', '*@news.example.com', 'bob@example.com', 'noreply*@*'],
			subjects: ['*** spam ***', 'out of office'],
			threads: ['1789', '<a@b.c>'],
		});
		expect(ignored({ threads: ['<a@b.c>', 'x'] })).toEqual({ senders: [], subjects: [], threads: ['<a@b.c>', 'x'] });
		for (const empty of [undefined, '', {}, { senders: '' }, { subjects: ' \n ' }])
			expect(read({ options: { ignore: empty } }).sync).not.toHaveProperty('ignore');
		const refused = (ignore: unknown) => problem({ options: { ignore } }).message;
		expect(refused({ senders: 'a@b.c\nbob' })).toBe(
			'Ignore: Senders holds "bob", which is neither an address, nor a domain such as @example.com, nor one of these with *',
		);
		expect(refused({ senders: '*@*' })).toBe('Ignore: Senders holds "*@*", which would ignore every message');
		expect(refused({ subjects: '/spam/i' })).toContain('Ignore: Subjects holds "/spam/i", which looks like a regular expression');
		expect(refused({ threads: 'a b' })).toContain('Ignore: Conversations holds "a b", which is neither a Message-ID');
		expect(refused({ senders: Array.from({ length: 1_001 }, (_, i) => `a${i}@b.c`) })).toContain('holds 1001 rules');
		expect(refused('spam')).toBe('Ignore must be an object with named fields');
	});

	it('has the conditions that take a look at the message, any of them, and exceptions', () => {
		const filter = { from: 'bob', hasAttachment: 'yes', draft: 'no', since: '2026-01-01' };
		const since = new Date('2026-01-01T00:00:00Z');
		expect(read({ options: { filter, filterExcept: { subject: 'out of office', deleted: 'yes' } } }).sync.watch.filter).toEqual({
			from: 'bob',
			hasAttachment: true,
			flags: { '\\Draft': false },
			since,
			noneOf: [{ anyOf: [{ subject: 'out of office' }, { flags: { '\\Deleted': true } }] }],
		});
		expect(read({ options: { filter, filterMatch: 'any' } }).sync.watch.filter).toEqual({
			anyOf: [{ from: 'bob' }, { hasAttachment: true }, { flags: { '\\Draft': false } }, { since }],
		});
		expect(read({ options: { filterExcept: { criteria: { keyword: '$Junk' } } } }).sync.watch.filter).toEqual({
			noneOf: [{ flags: { $Junk: true } }],
		});
		expect(read({ options: { filterMatch: 'any' } }).sync).not.toHaveProperty('filter');
		expect(problem({ options: { filterMatch: 'most' } }).message).toBe('Filter Must Meet must be one of all, any, but is "most"');
		expect(problem({ options: { filterExcept: { since: 'Monday' } } }).message).toContain(
			'Filter Except: Received Since must be a date',
		);
	});

	it.each([[{}], [{ from: '' }], [''], [undefined], [{ criteria: {} }]])('is none for %j', (filter) => {
		expect(read({ options: { filter } }).sync).not.toHaveProperty('filter');
	});

	it('asks whether a header field is there when no value is given', () => {
		expect(read({ options: { filter: { headerName: 'List-Id' } } }).sync.watch.filter).toEqual({
			header: [{ name: 'List-Id', value: '' }],
		});
	});
});

describe('a wrong value is refused by the name of its field', () => {
	it.each([
		[{ triggerOn: [] }, 'Trigger On is empty'],
		[{ triggerOn: ['messageRead'] }, /^Trigger On must be one of .*, but is "messageRead"$/],
		[{ triggerOn: { messageNew: true } }, 'Trigger On must be a list, but is an object'],
		[{ folderSelection: 'some' }, 'Watch must be one of chosen, pattern, all, but is "some"'],
		[{ folders: [] }, 'Folders is empty'],
		[{ folders: ' \n ' }, 'Folders is empty'],
		[{ folders: ['A\r\nB'] }, 'Folders must be one line of text'],
		[{ folders: [{ path: 'A' }] }, 'Folders must be text, but is an object'],
		[{ folderSelection: 'pattern', includeFolders: ' ' }, 'Include Folders is empty'],
		[{ startFrom: 'yesterday' }, 'Start From must be one of now, date, all, but is "yesterday"'],
		[{ startFrom: 'date' }, 'Start Date is empty'],
		[{ startFrom: 'date', startDate: '22.11.2026' }, 'Start Date must be a date such as 2026-01-31, but is "22.11.2026"'],
		[{ startFrom: 'date', startDate: '2026-02-31' }, 'Start Date must be a date such as 2026-01-31, but is "2026-02-31"'],
		[{ startFrom: 'date', startDate: new Date(NaN) }, 'Start Date must be a date such as 2026-01-31, but is an object'],
		[{ output: 'full' }, 'Output must be one of reference, metadata, content, raw, but is "full"'],
		[{ options: [] }, 'Options must be an object with named fields'],
		[{ options: { maxMessages: 0 } }, 'Max Messages must be a whole number of at least 1, but is 0'],
		[{ options: { maxMessages: 1.5 } }, 'Max Messages must be a whole number of at least 1, but is 1.5'],
		[{ options: { maxMessages: NaN } }, 'Max Messages must be a whole number of at least 1, but is NaN'],
		[{ options: { maxMessages: 'many' } }, 'Max Messages must be a whole number of at least 1, but is "many"'],
		[{ options: { maxMessageSize: 0 } }, 'Max Message Size (MB) must be a number above 0 and at most 4096, but is 0'],
		[{ options: { maxMessageSize: -1 } }, 'Max Message Size (MB) must be a number above 0 and at most 4096, but is -1'],
		[
			{ options: { maxMessageSize: Infinity } },
			'Max Message Size (MB) must be a number above 0 and at most 4096, but is Infinity',
		],
		[{ options: { downloadAttachments: 'maybe' } }, 'Download Attachments must be yes or no, but is "maybe"'],
		[
			{ options: { downloadAttachments: true, attachmentMaxSize: 'big' } },
			'Attachment Max Size (MB) must be a number above 0 and at most 4096, but is "big"',
		],
		[
			{ output: 'reference', options: { downloadAttachments: true } },
			'Download Attachments does not go with Output Reference, which reads nothing of a message',
		],
		[{ options: { headers: 'List Id' } }, 'Headers holds "List Id", which is not the name of a header field'],
		[{ options: { headers: 'Gruß' } }, 'Headers holds "Gruß", which is not the name of a header field'],
		[{ options: { filter: 'from bob' } }, 'Filter must be an object with named fields'],
		[{ options: { filter: { from: 'a\r\nb' } } }, 'Filter: From must be one line of text'],
		[{ options: { filter: { from: ['a'] } } }, 'Filter: From must be text, but is a list'],
		[{ options: { filter: { since: 'Monday' } } }, 'Filter: Received Since must be a date such as 2026-01-31, but is "Monday"'],
		[
			{ options: { filter: { since: '2026-02-01', before: '2026-02-01' } } },
			'Filter: Received Before must be later than Received Since: no message is both',
		],
		[{ options: { filter: { larger: -1 } } }, 'Filter: Larger Than (MB) must be a number above 0 and at most 4096, but is -1'],
		[{ options: { filter: { seen: 'perhaps' } } }, 'Filter: Read must be yes or no, but is "perhaps"'],
		[
			{ options: { filter: { keyword: 'two words' } } },
			'Filter: Has Keyword "two words" is not a keyword: no spaces, quotes, brackets or accents',
		],
		[
			{ options: { filter: { keyword: 'a', notKeyword: 'a' } } },
			'Filter: Lacks Keyword is the same as Has Keyword: no message is both',
		],
		[{ options: { filter: { headerValue: 'x' } } }, 'Filter: Header Name is empty, but Header Value is not'],
		[
			{ options: { filter: { headerName: 'two words' } } },
			'Filter: Header Name holds "two words", which is not the name of a header field',
		],
	])('%j', (parameters, expected) => {
		const { code, message, advice } = problem(parameters);
		expect(code).toBe('settingsInvalid');
		if (typeof expected === 'string') expect(message).toBe(expected);
		else expect(message).toMatch(expected);
		expect(advice).not.toBe('');
	});
});

describe('search folders', () => {
	const triggerOn = ['messageMatched', 'messageUnmatched'];

	it('need a filter', () => {
		const { message, advice } = problem({ triggerOn });
		expect(message).toContain('Trigger On holds Message Matched, but there is no filter');
		expect(advice).toContain("Add 'Filter' in the options");
		expect(problem({ triggerOn: ['messageUnmatched'], options: { filter: {} } }).message).toContain('Message Unmatched');
		expect(read({ triggerOn, options: { filter: { flagged: 'yes' } } }).sync.watch.events).toEqual(new Set(triggerOn));
	});

	it.each([
		['the date', { filter: { since: '={{ $today }}' } }],
		['the date in a group', { filter: { criteria: { before: '={{ $today }}' } } }],
		['the filter', { filter: '={{ $json }}' }],
		['the date of what is excepted', { filter: { from: 'bob' }, filterExcept: { before: '={{ $today }}' } }],
		['the options', '={{ $json }}'],
	])('know that dates move on which an expression computes: %s', (_what, entered) => {
		const { context } = pollContext({});
		const source = {
			getTimezone: () => 'UTC',
			getNode: () => ({ parameters: { options: entered } }),
			getNodeParameter: (name: string, fallback?: unknown) =>
				name === 'options'
					? { filter: { since: '2026-11-01', before: '2026-11-20' } }
					: context.getNodeParameter(name, fallback as string),
		} as unknown as ParameterSource;
		const time = { now, deadline: now + 1000 };
		expect(readRequest(source, account, time).sync.watch.filterDates).toMatch(/\$/);
		const fixed = { ...source, getNode: () => ({ parameters: { options: { filter: { since: '2026-11-01' } } } }) };
		expect(readRequest(fixed, account, time).sync).not.toHaveProperty('filterDates');
	});
});

describe('what most workflows ask for', () => {
	it('has fields of its own beside Filter', () => {
		expect(read({}).sync.watch).not.toHaveProperty('filter');
		expect(read({ readStatus: 'unread' }).sync.watch.filter).toEqual({ flags: { '\\Seen': false } });
		expect(read({ readStatus: 'read', options: { filter: { from: 'bob' } } }).sync.watch.filter).toEqual({
			from: 'bob',
			flags: { '\\Seen': true },
		});
		const any = { filterMatch: 'any', filter: { from: 'bob', seen: 'yes' } };
		expect(read({ readStatus: 'unread', options: any }).sync.watch.filter).toEqual({
			anyOf: [{ from: 'bob' }, { flags: { '\\Seen': true } }],
			flags: { '\\Seen': false },
		});
		expect(problem({ readStatus: 'unread', options: { filter: { seen: 'yes' } } }).message).toContain('Read Status contradicts');
	});

	it('downloads attachments by the field, and by the option of older workflows', () => {
		expect(read({}).attachmentContent).toBe(false);
		expect(read({ downloadAttachments: true, options: { attachmentNames: '*.pdf' } }).attachmentContent).toMatchObject({
			names: ['*.pdf'],
		});
		expect(read({ options: { downloadAttachments: true } }).attachmentContent).not.toBe(false);
	});

	it('counts days back from now, and knows that the date moves on', () => {
		const recently = (filter: Record<string, unknown>) => read({ options: { filter } }).sync.watch;
		expect(recently({ lastDays: 7 }).filter).toEqual({ since: new Date(now - 7 * 86_400_000) });
		expect(recently({ lastDays: 7, since: '2001-01-01' }).filter).toEqual({ since: new Date(now - 7 * 86_400_000) });
		const since = new Date(now - 86_400_000).toISOString();
		expect(recently({ lastDays: 7, since }).filter).toEqual({ since: new Date(since) });
		expect(problem({ options: { filter: { lastDays: 0 } } }).message).toContain('Received in the Last (Days) must be a number');
		expect(movingDates({ options: { filter: { lastDays: 7 } } }, { since: new Date(now) })).toBeDefined();
		expect(movingDates({ options: { filter: { since: '2026-11-01' } } }, { since: new Date(now) })).toBeUndefined();
	});
});

describe('Acknowledge', () => {
	it('is off unless chosen', () => {
		expect(read({ options: { acknowledge: 'off', redeliverAfter: 5 } }).sync).not.toHaveProperty('acknowledge');
	});

	it('has defaults for the rest', () => {
		expect(read({ options: { acknowledge: 'keyword' } }).sync.delivery.acknowledge).toEqual({
			by: 'keyword',
			keyword: 'n8n-done',
			redeliverAfter: 60 * 60_000,
			maxAttempts: 5,
		});
	});

	it('takes a keyword, a time and a number', () => {
		const options = { acknowledge: 'keyword', acknowledgeKeyword: ' crm-done ', redeliverAfter: 5, maxAttempts: 1 };
		expect(read({ options }).sync.delivery.acknowledge).toEqual({
			by: 'keyword',
			keyword: 'crm-done',
			redeliverAfter: 300_000,
			maxAttempts: 1,
		});
		for (const by of ['seen', 'leavesFolder'])
			expect(read({ options: { acknowledge: by } }).sync.delivery.acknowledge?.by).toBe(by);
	});

	it.each([
		['Acknowledge', { acknowledge: 'maybe' }],
		['Acknowledge Keyword', { acknowledge: 'keyword', acknowledgeKeyword: 'two words' }],
		['Redeliver After (Minutes)', { acknowledge: 'seen', redeliverAfter: 0 }],
		['Max Attempts', { acknowledge: 'seen', maxAttempts: 0.5 }],
	])('refuses a wrong value of %s', (label, options) => {
		expect(problem({ options })).toMatchObject({ code: 'settingsInvalid', message: expect.stringContaining(label) });
	});

	it('is about new messages: without them it is refused', () => {
		const { message, advice } = problem({ triggerOn: ['messageDeleted'], options: { acknowledge: 'seen' } });
		expect(message).toContain("'Trigger On' does not hold New Message");
		expect(advice).toContain('Choose New Message');
	});

	it('shows its fields only where they apply, by what the option beside them says', () => {
		const kept = (options: INodeParameters): string[] => {
			const node = { typeVersion: 1 };
			const parameters = NodeHelpers.getNodeParameters(triggerProperties, { options }, false, false, node, null);
			return Object.keys((parameters?.options as INodeParameters | undefined) ?? {}).sort();
		};
		const all = { acknowledgeKeyword: 'mine', maxAttempts: 2, redeliverAfter: 7 };
		expect(kept({ ...all, acknowledge: 'keyword' })).toEqual([
			'acknowledge',
			'acknowledgeKeyword',
			'maxAttempts',
			'redeliverAfter',
		]);
		expect(kept({ ...all, acknowledge: 'seen' })).toEqual(['acknowledge', 'maxAttempts', 'redeliverAfter']);
		expect(kept({ ...all, maxMessages: 7 })).toEqual(['maxMessages']);
	});
});
