import fc from 'fast-check';
import { readCalendar } from '../../sync/mime/calendar';
import { readMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import { seedFrom } from '../support/chance';

const calendar = (...lines: string[]): string =>
	['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]): string[] => [
	'BEGIN:VEVENT',
	'UID:42@example.com',
	'DTSTAMP:20261101T000000Z',
	...lines,
	'END:VEVENT',
];
const one = (...lines: string[]) => readCalendar(calendar(...event(...lines)), undefined).events[0];

describe('a calendar', () => {
	test('of an invitation gives the event with its people', () => {
		const text = calendar(
			'METHOD:REQUEST',
			...event(
				'SUMMARY:Quarterly plan\\, part 1',
				'DTSTART:20261123T090000Z',
				'DTEND:20261123T100000Z',
				'LOCATION:Room 7',
				'ORGANIZER;CN="Amélie Rousseau":mailto:amelie@example.com',
				'ATTENDEE;CN=Bob;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.org',
				'ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:carol@example.org',
				'STATUS:CONFIRMED',
				'SEQUENCE:2',
			),
		);
		expect(readCalendar(text, undefined)).toEqual({
			isCut: false,
			events: [
				{
					method: 'request',
					uid: '42@example.com',
					summary: 'Quarterly plan, part 1',
					start: '2026-11-23T09:00:00.000Z',
					end: '2026-11-23T10:00:00.000Z',
					location: 'Room 7',
					organizer: { name: 'Amélie Rousseau', address: 'amelie@example.com' },
					attendees: [
						{ name: 'Bob', address: 'bob@example.org', status: 'needs-action', role: 'req-participant' },
						{ name: '', address: 'carol@example.org', status: 'accepted' },
					],
					status: 'confirmed',
					sequence: 2,
				},
			],
		});
	});

	test('takes the method of the part where it has none itself', () => {
		expect(readCalendar(calendar(...event('DTSTART:20261123T090000Z')), 'CANCEL').events[0].method).toBe('cancel');
		expect(readCalendar(calendar('METHOD:REPLY', ...event('DTSTART:20261123T090000Z')), 'REQUEST').events[0].method).toBe(
			'reply',
		);
	});

	test('reckons by the zone it brings along', () => {
		const zone = [
			'BEGIN:VTIMEZONE',
			'TZID:W. Europe Standard Time',
			'BEGIN:STANDARD',
			'DTSTART:16010101T030000',
			'TZOFFSETFROM:+0200',
			'TZOFFSETTO:+0100',
			'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
			'END:STANDARD',
			'BEGIN:DAYLIGHT',
			'DTSTART:16010101T020000',
			'TZOFFSETFROM:+0100',
			'TZOFFSETTO:+0200',
			'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
			'END:DAYLIGHT',
			'END:VTIMEZONE',
		];
		const at = (time: string) =>
			readCalendar(calendar(...zone, ...event(`DTSTART;TZID=W. Europe Standard Time:${time}`)), undefined).events[0];
		expect(at('20261123T090000')).toMatchObject({ start: '2026-11-23T08:00:00.000Z', timeZone: 'W. Europe Standard Time' });
		expect(at('20260723T090000')).toMatchObject({ start: '2026-07-23T07:00:00.000Z' });
	});

	test.each([
		['DTSTART;TZID=Europe/Berlin:20261123T090000', '2026-11-23T08:00:00.000Z', 'Europe/Berlin'],
		['DTSTART;TZID=America/New_York:20260701T120000', '2026-07-01T16:00:00.000Z', 'America/New_York'],
		['DTSTART;TZID=Asia/Kathmandu:20261123T120000', '2026-11-23T06:15:00.000Z', 'Asia/Kathmandu'],
		['DTSTART;TZID=Nowhere/Land:20261123T090000', '2026-11-23T09:00:00', 'Nowhere/Land'],
		['DTSTART:20261123T090000', '2026-11-23T09:00:00', undefined],
		['DTSTART;VALUE=DATE:20261123', '2026-11-23', undefined],
	])('reads %s', (line, start, timeZone) => {
		expect(one(line).start).toBe(start);
		expect(one(line).timeZone).toBe(timeZone);
	});

	test('gives an end where only the length is told, and the rule of a repeated event', () => {
		expect(one('DTSTART:20261123T090000Z', 'DURATION:PT1H30M', 'RRULE:FREQ=WEEKLY;COUNT=3')).toMatchObject({
			end: '2026-11-23T10:30:00.000Z',
			recurrence: 'FREQ=WEEKLY;COUNT=3',
		});
		expect(one('DTSTART:20261130T090000Z', 'RECURRENCE-ID:20261130T080000Z').recurrenceId).toBe('2026-11-30T08:00:00.000Z');
	});

	test.each([
		['nothing', ''],
		['text', 'Hello, are you free on Monday?'],
		['half a calendar', calendar(...event('DTSTART:20261123T090000Z')).slice(0, 80)],
		['a megabyte', `${calendar()}${' '.repeat(1024 * 1024)}`],
	])('that is %s gives no event and says that something is missing', (_, text) => {
		expect(readCalendar(text, 'REQUEST')).toEqual({ events: [], isCut: true });
	});

	test('with nonsense for a date has none', () => {
		expect(one('DTSTART:20269945T990000Z', 'DTEND:tomorrow').start).toBeUndefined();
	});

	test('with a zone that changes its clocks each second is read at once', () => {
		const zone = [
			'BEGIN:VTIMEZONE',
			'TZID:Wild',
			'BEGIN:STANDARD',
			'DTSTART:16010101T000000',
			'TZOFFSETFROM:+0000',
			'TZOFFSETTO:+0100',
		];
		const text = calendar(
			...zone,
			'RRULE:FREQ=SECONDLY',
			'END:STANDARD',
			'END:VTIMEZONE',
			...event('DTSTART;TZID=Wild:20261123T090000'),
		);
		expect(readCalendar(text, undefined).events[0].start).toBe('2026-11-23T09:00:00');
	});

	test('that is a whole calendar is cut', () => {
		const many = Array.from({ length: 60 }, () => event('DTSTART:20261123T090000Z')).flat();
		expect(readCalendar(calendar(...many), undefined)).toMatchObject({ isCut: true });
		expect(readCalendar(calendar(...many), undefined).events).toHaveLength(50);
	});

	const seed = seedFrom('MIME_SEED');
	test(`of any lines whatever never throws (seed ${seed})`, () => {
		const line = fc.oneof(
			fc.constantFrom(
				'BEGIN:VEVENT',
				'END:VEVENT',
				'DTSTART:20261123T090000',
				'DTSTART;TZID=:1',
				'DURATION:-P1W',
				'RRULE:FREQ=NEVER',
				'ATTENDEE:',
				'ORGANIZER;CN=:x',
			),
			fc.string({ maxLength: 60 }),
		);
		fc.assert(
			fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
				const { events } = readCalendar(calendar(...lines), undefined);
				expect(() => JSON.stringify(events)).not.toThrow();
			}),
			{ seed },
		);
	});
});

describe('one flaw costs one property', () => {
	const good = ['SUMMARY:Meeting', 'DTSTART:20261123T090000Z', 'DTEND:20261123T100000Z', 'LOCATION:Room 7'];
	const expected = { summary: 'Meeting', start: '2026-11-23T09:00:00.000Z', end: '2026-11-23T10:00:00.000Z', location: 'Room 7' };

	test.each([
		'X-ORGANIZER2;CN=Rental SE',
		'ORGANIZER;CN=Rental SE',
		'X-NOTE;=x:y',
		'ATTENDEE;CN="Zoe:mailto:zoe@example.org',
		'ATTENDEE;RSVP:mailto:zoe@example.org',
		'RRULE:FREQ=NEVER',
		'RRULE:FREQ=WEEKLY;BYDAY=XX',
		'RRULE:',
		'DURATION:soon',
		'TRIGGER;VALUE=DURATION:x',
		'X-DATE;VALUE=DATE:garbage',
		'X-TWO;VALUE=DATE;VALUE=TEXT:x',
		'EXDATE;VALUE=PERIOD:20261123/x',
		'GEO:north',
		'REQUEST-STATUS:',
		'SEQUENCE:many',
		'no colon at all',
		'ü:x',
		'END:VALARM',
		'',
	])('%j', (line) => {
		expect(one(line, ...good)).toMatchObject(expected);
		expect(one(...good, line)).toMatchObject(expected);
	});

	test.each([
		['a date without VALUE', 'DTSTART:20261123', '2026-11-23'],
		['a date called a time', 'DTSTART;VALUE=DATE-TIME:20261123', '2026-11-23'],
		['a time called a date', 'DTSTART;VALUE=DATE:20261123T000000', '2026-11-23'],
		['a clock time called a date', 'DTSTART;VALUE=DATE:20261123T100000Z', '2026-11-23T10:00:00.000Z'],
		['spaces', 'DTSTART : 20261123T100000Z ', '2026-11-23T10:00:00.000Z'],
		['spaces at parameters', 'DTSTART; TZID = Europe/Berlin : 20261123T100000', '2026-11-23T09:00:00.000Z'],
		['quotes', 'DTSTART;TZID="Europe/Berlin":20261123T100000', '2026-11-23T09:00:00.000Z'],
		['no seconds', 'DTSTART:20261123T1000Z', '2026-11-23T10:00:00.000Z'],
		['small letters', 'dtstart:20261123t100000z', '2026-11-23T10:00:00.000Z'],
		['ISO 8601', 'DTSTART:2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000Z'],
		['an offset', 'DTSTART:20261123T100000+0100', '2026-11-23T09:00:00.000Z'],
		['an offset as ISO 8601 has it', 'DTSTART:2026-11-23T04:30:00-04:30', '2026-11-23T09:00:00.000Z'],
		['an offset of no day', 'DTSTART:20261145T100000+0100', undefined],
		['half a time', 'DTSTART:20261123T1', undefined],
		['an empty value', 'DTSTART:', undefined],
	])('%s', (_, line, start) => {
		const event = one(line, 'SUMMARY:Meeting', 'DURATION:PT1H');
		expect(event.summary).toBe('Meeting');
		expect(event.start).toBe(start);
	});

	test('a whole day and a length end on a day', () => {
		expect(one('DTSTART:20261123', 'DURATION:P1D').end).toBe('2026-11-24');
	});

	test.each([
		['RRULE:FREQ=WEEKLY;BYDAY=MO, TU', 'FREQ=WEEKLY;BYDAY=MO,TU'],
		['RRULE: FREQ=WEEKLY; COUNT=3 ', 'FREQ=WEEKLY;COUNT=3'],
		['RRULE:FREQ=MONTHLY;BYDAY= 1MO , -1FR;', 'FREQ=MONTHLY;BYDAY=1MO,-1FR'],
	])('%s', (line, recurrence) => {
		expect(one(line, ...good)).toMatchObject({ ...expected, recurrence });
	});

	test('text before and behind the calendar is none of it', () => {
		const text = calendar(...event(...good));
		const list = '\r\n_______________\r\nList: https://list.example.com\r\nBEGIN:x\r\n';
		for (const around of [
			text + list,
			list + text,
			text.replace('END:VCALENDAR\r\n', 'END:VCALENDAR \r\nBye: bye'),
			`\ufeff${text}`,
		]) {
			expect(readCalendar(around, undefined)).toMatchObject({ isCut: false, events: [expected] });
		}
	});

	test('an event that is never closed ends with its calendar', () => {
		expect(readCalendar(calendar('BEGIN:VEVENT', ...good), undefined).events).toMatchObject([expected]);
	});

	test('two calendars give the events of both', () => {
		expect(readCalendar(calendar(...event(...good)) + calendar(...event(...good)), undefined).events).toHaveLength(2);
	});
});

describe('a zone that the calendar does not describe', () => {
	const at = (tzid: string, ...zone: string[]) =>
		readCalendar(calendar(...zone, ...event(`DTSTART;TZID=${tzid}:20261123T100000`)), undefined).events[0];

	test.each([
		['W. Europe\u00a0Standard Time', '2026-11-23T09:00:00.000Z', 'W. Europe\u00a0Standard Time'],
		['/freeassociation.example/Tzfile/Europe/Berlin', '2026-11-23T09:00:00.000Z', 'Europe/Berlin'],
		['/example.org/20050126_1/America/Argentina/Buenos_Aires', '2026-11-23T13:00:00.000Z', 'America/Argentina/Buenos_Aires'],
		['/example.org/Olson_20011030_5/UTC', '2026-11-23T10:00:00.000Z', 'UTC'],
		['europe/berlin', '2026-11-23T09:00:00.000Z', 'europe/berlin'],
		['GMT+0100', '2026-11-23T09:00:00.000Z', 'GMT+0100'],
		['UTC-05:30', '2026-11-23T15:30:00.000Z', 'UTC-05:30'],
		['W. Europe Standard Time', '2026-11-23T09:00:00.000Z', 'W. Europe Standard Time'],
		['eastern standard time', '2026-11-23T15:00:00.000Z', 'eastern standard time'],
		['India Standard Time', '2026-11-23T04:30:00.000Z', 'India Standard Time'],
		['/freeassociation.example/Tokyo Standard Time', '2026-11-23T01:00:00.000Z', '/freeassociation.example/Tokyo Standard Time'],
		['(UTC+01:00) Amsterdam, Berlin', '2026-11-23T09:00:00.000Z', 'Europe/Amsterdam'],
		['(UTC+02:00) Amsterdam', '2026-11-23T10:00:00', '(UTC+02:00) Amsterdam'],
		['(UTC+01:00) Hereabouts', '2026-11-23T10:00:00', '(UTC+01:00) Hereabouts'],
		['Customized Time Zone', '2026-11-23T10:00:00', 'Customized Time Zone'],
		['Nowhere/Land', '2026-11-23T10:00:00', 'Nowhere/Land'],
	])('%s', (tzid, start, timeZone) => {
		expect(at(tzid)).toMatchObject({ start, timeZone });
		expect(at(`"${tzid}"`)).toMatchObject({ start, timeZone });
	});

	test.each([
		['nothing', []],
		['no offset', ['BEGIN:STANDARD', 'DTSTART:16010101T030000', 'END:STANDARD']],
		['a broken offset', ['BEGIN:STANDARD', 'DTSTART:16010101T030000', 'TZOFFSETFROM:x', 'TZOFFSETTO:y', 'END:STANDARD']],
	])('or of which it says %s', (_, lines) => {
		const zone = ['BEGIN:VTIMEZONE', 'TZID:Europe/Berlin', ...lines, 'END:VTIMEZONE'];
		expect(at('Europe/Berlin', ...zone)).toMatchObject({ start: '2026-11-23T09:00:00.000Z', timeZone: 'Europe/Berlin' });
	});
});

test('a calendar folded within a character has the character', async () => {
	const text = calendar(...event('SUMMARY:Grüße', 'DTSTART:20261123T090000Z'));
	const [before, after] = Buffer.from(text).toString('latin1').split('\xbc');
	const header = 'Content-Type: text/calendar; charset=utf-8\r\n\r\n';
	const source = Buffer.from(`${header}${before}\r\n \xbc${after}`, 'latin1');
	const message = { uid: 1 as Uid, flags: [], size: source.length, internalDate: new Date('2026-11-22T10:00:00Z'), source };
	const { fields } = await readMessage(message, { level: 'content', headers: [], attachmentContent: false });
	expect(fields.calendar![0].summary).toBe('Grüße');
});
