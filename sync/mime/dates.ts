import { monthNumber } from './monthNames';

/** Minutes east of UTC: RFC 5322 section 4.3, and names that mean one zone everywhere. */
const zones = new Map<string, number>(
	Object.entries({
		...{ ut: 0, utc: 0, gmt: 0, z: 0, wet: 0, west: 60, cet: 60, cest: 120, mez: 60, mesz: 120, met: 60, mest: 120 },
		...{ eet: 120, eest: 180, sast: 120, msk: 180, msd: 240, pkt: 300, wib: 420, hkt: 480, sgt: 480, awst: 480 },
		...{ jst: 540, kst: 540, acst: 570, acdt: 630, aest: 600, aedt: 660, nzst: 720, nzdt: 780 },
		...{ est: -300, edt: -240, cst: -360, cdt: -300, mst: -420, mdt: -360, pst: -480, pdt: -420 },
		...{ brt: -180, art: -180, clt: -240, akst: -540, akdt: -480, hst: -600 },
	}),
);

const inUtc = /^(?:ut|utc|gmt|z)$/;

/** characters; a date is shorter, with comments and all */
const longestDate = 500;

const time = String.raw`(?<hour>\d{1,2})\s?[:.]\s?(?<minute>\d{1,2})(?:\s?[:.]\s?(?<second>\d{1,2})(?:[.,]\d{1,9})?)?(?![\d:])`;
const weekday = String.raw`(?:[\p{L}\p{M}]{1,20}(?![\p{L}\p{M}])\.?)? ?,? ?`;
const month = String.raw`(?<month>[\p{L}\p{M}]{2,20})\.?`;

/** What RFC 5322 section 3.3 has, and what mailers make of it; `rest` is the zone and whatever else stands at the end. */
const forms = [
	String.raw`${weekday}(?<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]*${month}[\s,-]*(?<year>\d{2,4})[\s,]+${time}(?<rest>.*)`,
	String.raw`${weekday}${month}\s?(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s(?<year>\d{4})[\s,]+${time}(?<rest>.*)`,
	// asctime, with the zone before or behind the year
	String.raw`${weekday}${month}\s?(?<day>\d{1,2})\s${time}(?<zone>.{0,40}?)\s(?<year>\d{4})(?<rest>(?!\d).*)`,
	String.raw`${weekday}(?<year>\d{4})(?<dash>[-/])(?<monthNumber>\d{2})\k<dash>(?<day>\d{2})[t\s]+${time}(?<rest>.*)`,
].map((form) => new RegExp(`^${form}$`, 'iu'));

/**
 * ISO 8601 in UTC for the value of a Date field, or undefined for none, for nonsense, and for what may mean several moments: a
 * wrong date is worse than none, since `receivedAt` is always there. A date without a zone is taken as UTC (RFC 5322 section
 * 4.3, "-0000").
 */
export function readDate(value: string | undefined): string | undefined {
	if (value === undefined || value.length > longestDate) return undefined;
	const { text, comments } = takeComments(value);
	for (const form of forms) {
		const found = form.exec(text)?.groups;
		if (!found) continue;
		const number = found.monthNumber === undefined ? monthNumber(found.month) : Number(found.monthNumber);
		const zone = readZone(`${found.zone ?? ''} ${found.rest}`, /^[a-z]\b/i.test(found.rest));
		if (number === undefined || !zone) continue;
		const hour = hourOfDay(Number(found.hour), zone.half);
		if (hour === undefined) return undefined;
		return toIso({
			year: fullYear(found.year),
			month: number,
			day: Number(found.day),
			hour,
			minute: Number(found.minute),
			second: Number(found.second ?? 0),
			offset: zone.offset ?? zoneOfComments(comments) ?? 0,
		});
	}
	return undefined;
}

/** ISO 8601 of a Date object, or undefined for none and for an invalid one. */
export function isoOf(date: Date | undefined): string | undefined {
	return date instanceof Date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}

/** Comments may stand between any two words, and within each other (RFC 5322 section 3.2.2). */
function takeComments(value: string): { text: string; comments: string[] } {
	const comments: string[] = [];
	let text = '';
	let comment = '';
	let depth = 0;
	for (let at = 0; at < value.length; at++) {
		const character = value[at];
		if (depth > 0 && character === '\\') at++;
		else if (character === '(' && depth++ === 0) comment = '';
		else if (depth > 0 && character === ')') {
			if (--depth === 0) comments.push(comment);
			text += ' ';
		} else if (depth > 0) comment += character;
		else text += character;
	}
	// Some put the zone, or all of it, in quotation marks.
	return { text: text.replace(/"/g, ' ').replace(/\s+/g, ' ').trim(), comments };
}

/** Some mailers name the zone in a comment only. */
function zoneOfComments(comments: string[]): number | undefined {
	return comments.map((comment) => readZone(comment, false)?.offset).find((offset) => offset !== undefined);
}

interface Zone {
	/** minutes east of UTC; absent when nothing is said */
	offset?: number;
	/** of the day, on a clock of twelve hours */
	half?: 'am' | 'pm';
}

/**
 * What stands behind the time: zones by number and by name, several if they say the same, and am or pm. Undefined for anything
 * else. Names behind a number are free, since mailers explain it: "+0100 Romance Standard Time". `touches` when a single letter
 * stands right behind the time.
 */
function readZone(text: string, touches: boolean): Zone | undefined {
	// "10:00 p. m.", as Spanish has it.
	const joined = text.replace(/(?<![\p{L}])([ap])\. ?(m)(?!\p{L})/giu, '$1$2');
	const words = joined.match(/[+-]+ ?[\d:]*|[\p{L}\p{M}.]+|[^\s,;]/gu) ?? [];
	const zone: Zone = {};
	let number: number | undefined;
	let name: string | undefined;
	for (const [index, word] of words.entries()) {
		const plain = word.replace(/\./g, '').toLowerCase();
		if (plain === 'am' || plain === 'pm') {
			if (zone.half) return undefined;
			zone.half = plain;
		} else if (/^[+-]/.test(word)) {
			const offset = offsetOf(word.replace(' ', ''));
			if (offset === undefined || (number !== undefined && number !== offset)) return undefined;
			number = offset;
			// "GMT+0100" and "UTC -5" are one zone and not two.
			if (index > 0 && name !== undefined && inUtc.test(name)) name = undefined;
		} else if (zones.has(plain)) {
			name ??= plain;
		} else if (/^[a-z]$/.test(plain) && !touches && number === undefined && name === undefined) {
			// RFC 5322 section 4.3: the letters of the military were wrong so often that they mean nothing.
			name = 'z';
		} else if (number === undefined || !/^\p{L}/u.test(word)) return undefined;
	}
	const named = name === undefined ? undefined : zones.get(name)!;
	// Mailers forget summer in the name, never in the number.
	const tolerance = name !== undefined && inUtc.test(name) ? 0 : 60;
	if (number !== undefined && named !== undefined && Math.abs(number - named) > tolerance) return undefined;
	const offset = number ?? named;
	return offset === undefined ? zone : { ...zone, offset };
}

/** "+0100", and the shorter "+01:00", "+01", "+1", "+100". */
function offsetOf(sign: string): number | undefined {
	const found = /^([+-])(?:(\d{1,2})(?::?(\d{2}))?)$/.exec(sign);
	// "+010" is a number that was cut off.
	if (!found || /^[+-]0\d\d$/.test(sign)) return undefined;
	const minutes = Number(found[3] ?? 0);
	const offset = (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + minutes);
	// The widest zones are -12:00 and +14:00.
	return minutes > 59 || offset < -12 * 60 || offset > 14 * 60 ? undefined : offset;
}

function hourOfDay(hour: number, half: 'am' | 'pm' | undefined): number | undefined {
	if (half === undefined) return hour;
	if (half === 'am') return hour > 12 ? undefined : hour % 12;
	// "22:05 PM" says it twice.
	return hour === 0 ? undefined : hour < 12 ? hour + 12 : hour;
}

/** RFC 5322 section 4.3: two digits below 50 are 20xx, other two digits and all three digits count from 1900. */
function fullYear(year: string): number {
	const number = Number(year);
	if (year.length === 2) return number < 50 ? 2000 + number : 1900 + number;
	return year.length === 3 ? 1900 + number : number;
}

interface DateParts {
	year: number;
	month: number;
	day: number;
	hour: number;
	minute: number;
	second: number;
	/** minutes east of UTC */
	offset: number;
}

function toIso(parts: DateParts): string | undefined {
	const { year, month: monthOfYear, day, hour, minute, offset } = parts;
	// A leap second has no place in a JavaScript date.
	const second = parts.second === 60 ? 59 : parts.second;
	// Years of Thailand, 543 ahead, are not of this calendar.
	if (year < 1900 || year >= 2400 || monthOfYear < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
	const local = new Date(Date.UTC(year, monthOfYear - 1, day, hour, minute, second));
	// Date.UTC turns the 31st of February into the 3rd of March.
	if (local.getUTCDate() !== day || local.getUTCMonth() !== monthOfYear - 1) return undefined;
	return new Date(local.getTime() - offset * 60_000).toISOString();
}
