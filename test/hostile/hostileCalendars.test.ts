import fc from 'fast-check';

import { readCalendar } from '../../sync/mime/calendar';
import { seedFrom } from '../support/chance';

const calendar = (...lines: string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]) => ['BEGIN:VEVENT', 'UID:e1@example.com', ...lines, 'END:VEVENT'];
/** A zone with `count` rules, which begin in 1601 as Outlook's do. */
const zone = (count: number, rule: string) => [
	'BEGIN:VTIMEZONE',
	'TZID:Trap',
	...Array.from({ length: count }, () => [
		'BEGIN:STANDARD',
		'DTSTART:16010101T000000',
		'TZOFFSETFROM:+0000',
		'TZOFFSETTO:+0100',
		rule,
		'END:STANDARD',
	]).flat(),
	'END:VTIMEZONE',
];
const inTrap = event('DTSTART;TZID=Trap:20990715T080000');

describe('attacks take bounded time', () => {
	it.each<[string, string]>([
		['a zone that changes every second', calendar(...zone(1, 'RRULE:FREQ=SECONDLY'), ...inTrap)],
		[
			'a zone of many rules for every month',
			calendar(...zone(150, 'RRULE:FREQ=YEARLY;BYDAY=1SU,2SU,3SU;BYMONTH=1,2,3,4,5,6'), ...inTrap),
		],
		[
			'a zone of as many rules as are read',
			calendar(...zone(40, 'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=1;UNTIL=21000101T000000Z'), ...inTrap),
		],
		['a zone of 50,000 dates', calendar(...zone(1, `RDATE:${'19700101T000000,'.repeat(50_000)}`), ...inTrap)],
		[
			'an event in the year 9999',
			calendar(...zone(40, 'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=1'), ...event('DTSTART;TZID=Trap:99990101T000000')),
		],
		['a duration of all time', calendar(...event('DTSTART:20260101T000000Z', 'DURATION:P99999999999999D'))],
		['an event that repeats every second', calendar(...event('DTSTART:20260101T000000Z', 'RRULE:FREQ=SECONDLY'))],
		['40,000 attendees', calendar(...event(...Array<string>(30_000).fill('ATTENDEE;CN=x:mailto:a@example.com')))],
		['200,000 parameters', calendar(...event(`SUMMARY${';A=b'.repeat(200_000)}:x`))],
		['quotes that never end', calendar(...event('SUMMARY;A="'.repeat(80_000)))],
		['60,000 events inside each other', calendar(...Array<string>(60_000).fill('BEGIN:VEVENT'))],
		['20,000 calendars', calendar().repeat(20_000)],
		['250,000 folds', calendar(...event(`SUMMARY:x${'\r\n x'.repeat(250_000)}`))],
	])('%s', (_name, text) => {
		const start = process.cpuUsage();
		readCalendar(text, undefined);
		// Time of the processor, not of the clock: other work on the machine does not count.
		expect(process.cpuUsage(start).user / 1000).toBeLessThan(2500);
	});

	it('an event in a zone that was left out has its local time', () => {
		const { events } = readCalendar(calendar(...zone(1, 'RRULE:FREQ=SECONDLY'), ...inTrap), undefined);
		expect(events).toMatchObject([{ start: '2099-07-15T08:00:00' }]);
	});
});

it('leaves out a broken line and nothing else', () => {
	const { events } = readCalendar(calendar(...event('SUMMARY:x', 'this line is broken', 'DTSTART:20260715T080000Z')), undefined);
	expect(events).toMatchObject([{ summary: 'x', start: '2026-07-15T08:00:00.000Z' }]);
});

it('survives any calendar', () => {
	const seed = seedFrom('MIME_SEED');
	const line = fc.oneof(
		fc.constantFrom(
			'BEGIN:VCALENDAR',
			'END:VCALENDAR',
			'BEGIN:VEVENT',
			'END:VEVENT',
			'BEGIN:VTIMEZONE',
			'END:VTIMEZONE',
			'BEGIN:STANDARD',
			'END:STANDARD',
		),
		fc.constantFrom(
			'TZID:x',
			'TZOFFSETFROM:+9999',
			'TZOFFSETTO:abc',
			'DTSTART;TZID=x:20260101T000000',
			'DTSTART:99999999T999999Z',
			'DTEND;VALUE=DATE:00000000',
			'DURATION:P',
		),
		fc.constantFrom(
			'DURATION:P99999999999D',
			'RRULE:FREQ=YEARLY;BYDAY=99ZZ',
			'RDATE:1',
			'ATTENDEE;CN=:x',
			'ATTENDEE;CN="',
			'SEQUENCE:x',
			'METHOD:REQUEST',
		),
		fc.string({ maxLength: 30 }),
	);
	const anyLines = fc.array(line, { maxLength: 40 });
	fc.assert(
		fc.property(
			fc.oneof(
				anyLines,
				anyLines.map((lines) => [calendar(...event(...lines))]),
			),
			(lines) => {
				const { events } = readCalendar(lines.join('\r\n'), undefined);
				expect(JSON.parse(JSON.stringify(events))).toStrictEqual(events);
			},
		),
		{ seed, numRuns: 1000 },
	);
});
