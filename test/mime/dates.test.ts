import fc from 'fast-check';
import { readDate } from '../../sync/mime/dates';
import { chance, runs, seedFrom } from '../support/chance';
import { languages } from '../support/replies/languages';
import { printScore } from '../support/scores';

const tenPastTen = '2026-11-23T09:05:00.000Z';

describe('a date that RFC 5322 allows is read', () => {
	test.each([
		'Mon, 23 Nov 2026 10:05:00 +0100',
		'Mon,23 Nov 2026 10:05:00 +0100',
		'23 Nov 2026 10:05 +0100',
		'  Mon ,\t23\r\n Nov 2026 10 : 05 : 00 +0100',
		'Mon (Monday), 23 (the (very \\) same) day) Nov 2026 10:05:00 +0100 (CET)',
		'MON, 23 NOV 26 10:05:00 +0100',
		'Mon, 23 Nov 126 10:05:00 +0100',
		'Mon, 23 Nov 2026 04:05:00 EST',
		'Mon, 23 Nov 2026 09:05:00 GMT',
		'Mon, 23 Nov 2026 09:05:00 UT',
		'Mon, 23 Nov 2026 09:05:00 A',
		'Mon, 23 Nov 2026 09:05:00 -0000',
	])('%s', (value) => {
		expect(readDate(value)).toBe(tenPastTen);
	});

	const seed = seedFrom('MIME_SEED');
	test(`in any layout (seed ${seed})`, () => {
		const space = fc.constantFrom(' ', '  ', '\t', '\r\n ', ' (a (b) c) ');
		const gap = fc.oneof(fc.constant(''), space);
		const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
		const two = (number: number) => String(number).padStart(2, '0');
		const moment = fc.date({ min: new Date('1970-01-02'), max: new Date('2049-12-30'), noInvalidDate: true });
		const offset = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15);
		fc.assert(
			fc.property(moment, offset, fc.array(space, { minLength: 5, maxLength: 5 }), gap, gap, (date, minutes, at, one, other) => {
				const wall = new Date(date.getTime() + minutes * 60_000);
				const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`;
				const time = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()].map(two).join(`${one}:${other}`);
				const value = `Mon${one},${other}${wall.getUTCDate()}${at[0]}${months[wall.getUTCMonth()]}${at[1]}${wall.getUTCFullYear()}${at[2]}${time}${at[3]}${zone}${at[4]}`;
				expect(readDate(value)).toBe(new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString());
			}),
			{ seed, numRuns: runs(1000) },
		);
	});
});

describe('a date as programs write it is read', () => {
	test.each([
		['Mon, 23 Nov 2026 10:05:00 PM +0100', '2026-11-23T21:05:00.000Z'],
		['Mon, 23 Nov 2026 10:05:00 am +0100', tenPastTen],
		['Mon, 23 Nov 2026 12:05:00 AM +0000', '2026-11-23T00:05:00.000Z'],
		['Mon, 23 Nov 2026 12:05 p.m. GMT', '2026-11-23T12:05:00.000Z'],
		['Mon, 23 Nov 2026 22:05:00 PM +0100', '2026-11-23T21:05:00.000Z'],
		['Nov 23, 2026 10:05:00PM +0100', '2026-11-23T21:05:00.000Z'],
		['Mon Nov 23 10:05:00 PM 2026', '2026-11-23T22:05:00.000Z'],
		['Mon, 23 Nov 2026 10:05:00 GMT+0100 (CET)', tenPastTen],
		['Mon Nov 23 2026 10:05:00 GMT+0100 (Central European Standard Time)', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 GMT +01:00', tenPastTen],
		['Mon, 23 Nov 2026 14:35:00 UTC+5:30', tenPastTen],
		['Mon, 23 Nov 2026 07:05:00 UTC-2', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 +1', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 +01', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 +100', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00+0100', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 +0100 +0100', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 +0100 CET', tenPastTen],
		['Mon, 23 Nov 2026 04:05:00 EST -0500', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 +0100 Romance Standard Time', tenPastTen],
		['Mon, 23 Nov 2026 09:05:00 +0000 GMT', tenPastTen],
		['Mon, 23 Nov 2026 10:05:00 (GMT+1)', tenPastTen],
		['Mon, 23 Nov 2026 18:05:00 JST', tenPastTen],
		['Mon 23Nov2026 10:05:00 +0100', tenPastTen],
		['Mon, 23-Nov-2026 10:05:00 +0100', tenPastTen],
		['Monday, November 23, 2026 10:05 +0100', tenPastTen],
		['Mon, 23 Nov 2026 10.05.00 +0100', tenPastTen],
		['Mon, 23 Nov 2026 9:5:0 +0000', tenPastTen],
		['2026-11-23T10:05:00.123+01:00', tenPastTen],
		['2026-11-23 09:05:00 UTC', tenPastTen],
		['Mon, 2026-11-23 10:05:00 +0100', tenPastTen],
		['2026/11/23 09:05:00', tenPastTen],
		['lun, 23 nov 2026 10:05:00 p. m. +0000', '2026-11-23T22:05:00.000Z'],
	])('%s', (value, expected) => {
		expect(readDate(value)).toBe(expected);
	});
});

describe('days and months of other languages are read', () => {
	test.each([
		'Mo, 23 November 2026 10:05:00 +0100',
		'Mo., 23. Nov. 2026 10:05:00 +0100',
		'lun., 23 nov. 2026 10:05:00 +0100',
		'lundi, 23 novembre 2026 10:05:00 +0100',
		'lun, 23 noviembre 2026 10:05:00 +0100',
		'пн, 23 ноября 2026 10:05:00 +0100',
		'пн, 23 нояб. 2026 10:05:00 +0100',
		'Pzt, 23 Kasım 2026 10:05:00 +0100',
		'ma, 23 marraskuuta 2026 10:05:00 +0100',
		'hétfő, 23 november 2026 10:05:00 +0100',
		'Δευ, 23 Νοεμβρίου 2026 10:05:00 +0100',
		'月, 23 Nov 2026 10:05:00 +0100',
	])('%s', (value) => {
		expect(readDate(value)).toBe(tenPastTen);
	});

	test.each([
		['23 Dez 2026 10:05:00 +0100', '2026-12-23T09:05:00.000Z'],
		['23 déc. 2026 10:05:00 +0100', '2026-12-23T09:05:00.000Z'],
		['23 Mai 2026 10:05:00 +0100', '2026-05-23T09:05:00.000Z'],
		['23 août 2026 10:05:00 +0100', '2026-08-23T09:05:00.000Z'],
		['23 ene 2026 10:05:00 +0100', '2026-01-23T09:05:00.000Z'],
		['23 Mrz 2026 10:05:00 +0100', '2026-03-23T09:05:00.000Z'],
		['23 сен 2026 10:05:00 +0100', '2026-09-23T09:05:00.000Z'],
		['23 maaliskuuta 2026 10:05:00 +0100', '2026-03-23T09:05:00.000Z'],
	])('%s', (value, expected) => {
		expect(readDate(value)).toBe(expected);
	});
});

/** One part of a moment, as a format writes it. */
function part(format: Intl.DateTimeFormat, moment: Date, type: string): string {
	return format.formatToParts(moment).find((piece) => piece.type === type)?.value ?? '';
}

test('a date in any language, form and zone is read right or not at all', () => {
	const seed = seedFrom('MIME_SEED');
	const random = chance(seed);
	const zones: Array<[string, number]> = [
		...(['+0100', ' +01:00', ' GMT+0100', ' UTC+1', ' +0100 (CET)', ' CET', ' +0100 +0100', ' +1'] as const).map(
			(zone): [string, number] => [zone.startsWith(' ') ? zone : ` ${zone}`, 60],
		),
		[' GMT', 0],
		[' -0530', -330],
		['', 0],
	];
	const forms: Array<(day: string, date: string, month: string, year: string, time: string) => string> = [
		(day, date, month, year, time) => `${day}, ${date} ${month} ${year} ${time}`,
		(day, date, month, year, time) => `${day},${date} ${month} ${year} ${time}`,
		(day, date, month, year, time) => `${day} ${date}. ${month} ${year}, ${time}`,
		(day, date, month, year, time) => `${day} ${month} ${date} ${year} ${time}`,
		(_day, date, month, year, time) => `${date}-${month}-${year} ${time}`,
	];
	let [read, all] = [0, 0];
	const wrong: string[] = [];
	for (const { code } of languages) {
		for (const style of ['long', 'short'] as const) {
			const monthIn = new Intl.DateTimeFormat(code, { timeZone: 'UTC', month: style, day: 'numeric' });
			const weekdayIn = new Intl.DateTimeFormat(code, { timeZone: 'UTC', weekday: style });
			for (const form of forms) {
				for (const [zone, offset] of zones) {
					const at = new Date(
						Date.UTC(2020 + Math.floor(random() * 10), Math.floor(random() * 12), 1 + Math.floor(random() * 28), 11, 5, 9),
					);
					const wall = new Date(at.getTime() + offset * 60_000);
					const month = part(monthIn, wall, 'month');
					const time = wall.toISOString().slice(11, 19);
					const value = `${form(part(weekdayIn, wall, 'weekday'), String(wall.getUTCDate()), month, String(wall.getUTCFullYear()), time)}${zone}`;
					const got = readDate(value);
					all++;
					if (got === at.toISOString()) read++;
					else if (got !== undefined) wrong.push(`${value} -> ${got}`);
				}
			}
		}
	}
	printScore(
		'dates',
		`${all} dates in ${languages.length} languages: ${((100 * read) / all).toFixed(1)} % read, ${wrong.length} wrong, the others absent`,
	);
	expect({ seed, wrong }).toEqual({ seed, wrong: [] });
	expect(read / all).toBeGreaterThan(0.65);
});

describe('a date that may mean something else is none', () => {
	test.each([
		['October in Croatian, November in Polish', '23 listopad 2026 10:05:00 +0100'],
		['no month', '23 Foo 2026 10:05:00 +0100'],
		['only its beginning is a month', '23 Marathon 2026 10:05:00 +0100'],
		['an hour that is no morning', '23 Nov 2026 22:05:00 AM +0100'],
		['an hour of the afternoon that is none', '23 Nov 2026 0:05:00 PM +0100'],
		['two zones that differ', 'Mon, 23 Nov 2026 10:05:00 +0100 -0500'],
		['a zone beside GMT', 'Mon, 23 Nov 2026 10:05:00 +0200 GMT'],
		['a zone that several countries use for their own', 'Mon, 23 Nov 2026 10:05:00 IST'],
		['a zone nobody knows', 'Mon, 23 Nov 2026 10:05:00 XYZ'],
		['a zone of several words', 'Mon, 23 Nov 2026 10:05:00 Romance Standard Time'],
		['a zone of summer', 'Mon, 23 Jun 2026 10:05:00 MET DST'],
		['half of the day in another language', 'Mon, 23 Nov 2026 10:05:00 下午 +0100'],
		['a zone without a sign', 'Mon, 23 Nov 2026 10:05:00 0100'],
		['a zone of too many digits', 'Mon, 23 Nov 2026 10:05:00 +01000'],
		['a zone cut off', 'Mon, 23 Nov 2026 10:05:00 +010'],
		['a zone that goes nowhere', 'Mon, 23 Nov 2026 10:05:00 +'],
		['two signs', 'Mon, 23 Nov 2026 10:05:00 +-0100'],
		['a zone wider than any', 'Mon, 23 Nov 2026 10:05:00 +1500'],
		['day and month that may be swapped', '11/12/2026 10:05:00 +0100'],
		['a year of five digits', 'Mon, 23 Nov 20266 10:05:00 +0100'],
		['a year of Thailand', 'Mon, 23 Nov 2569 10:05:00 +0700'],
		['the beginning of two months in French', '23 jui 2026 10:05:00 +0200'],
		['more digits', 'Mon, 23 Nov 2026 10:05:001 +0100'],
	])('%s: %s', (_, value) => {
		expect(readDate(value)).toBeUndefined();
	});

	test('a long one that repeats itself is refused at once', () => {
		const started = process.cpuUsage();
		for (const piece of ['(', ' ', 'a ', '1 ', '1:', 'Mon, ', '+0100 '])
			readDate(`Mon, 23 Nov 2026 10:05${piece.repeat(200_000)}`);
		expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
	});
});
