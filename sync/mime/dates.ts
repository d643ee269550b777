const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** RFC 5322 section 4.3. The single military letters were wrong so often that the RFC says to read them as -0000. */
const zones: Record<string, number> = {
	ut: 0,
	utc: 0,
	gmt: 0,
	z: 0,
	est: -300,
	edt: -240,
	cst: -360,
	cdt: -300,
	mst: -420,
	mdt: -360,
	pst: -480,
	pdt: -420,
	cet: 60,
	cest: 120,
};

/** day month year time zone, with what mailers make of it: no day name, no seconds, "-" between, dots in the time */
const mailDate =
	/^(?:[a-z]{3,9}[,.]?\s+)?(\d{1,2})[\s-]+([a-z]{3,9})\.?[\s,-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?(?![\d+-])/i;
/** asctime: "Sun Nov 22 19:47:28 2026", or "Nov 22, 2026 19:47 +0100" */
const monthFirst =
	/^(?:[a-z]{3,9}[,.]?\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(?:(\d{1,2}):(\d{2})(?::(\d{2}))?\s+([a-z]{1,5}\s+|[+-]\d{4}\s+)?(\d{4})|(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)\s*(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?\s*$/i;
const isoDate =
	/^(\d{4})-(\d{2})-(\d{2})[t\s]+(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?:([+-])(\d{2}):?(\d{2})|(z|utc|gmt))?$/i;

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

/**
 * ISO 8601 in UTC for the value of a Date field, or undefined for none and for nonsense: a wrong date is worse than none,
 * since `receivedAt` is always there. A date without a zone is taken as UTC (RFC 5322 section 4.3, "-0000").
 */
export function readDate(value: string | undefined): string | undefined {
	if (value === undefined || value.length > 200) return undefined;
	const text = value
		.replace(/\([^()]*\)/g, ' ')
		.replace(/\s+/g, ' ')
		.trim();
	const parts = readMailDate(text) ?? readMonthFirst(text) ?? readIsoDate(text);
	return parts && toIso(parts);
}

/** ISO 8601 of a Date object, or undefined for none and for an invalid one. */
export function isoOf(date: Date | undefined): string | undefined {
	return date instanceof Date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}

function readMailDate(text: string): DateParts | undefined {
	const found = mailDate.exec(text);
	if (!found) return undefined;
	const [, day, month, year, hour, minute, second, sign, hours, minutes, zone] = found;
	return compose(year, monthNumber(month), day, hour, minute, second, sign, hours, minutes, zone);
}

function readMonthFirst(text: string): DateParts | undefined {
	const found = monthFirst.exec(text);
	if (!found) return undefined;
	const [, month, day, hourA, minuteA, secondA, zoneA, yearA, yearB, hourB, minuteB, secondB, sign, hours, minutes, zone] = found;
	const inner = /^([+-])(\d{2})(\d{2})$/.exec((zoneA ?? '').trim());
	if (inner) return compose(yearA, monthNumber(month), day, hourA, minuteA, secondA, inner[1], inner[2], inner[3], undefined);
	return compose(
		yearA ?? yearB,
		monthNumber(month),
		day,
		hourA ?? hourB,
		minuteA ?? minuteB,
		secondA ?? secondB,
		sign,
		hours,
		minutes,
		zone ?? zoneA?.trim(),
	);
}

function readIsoDate(text: string): DateParts | undefined {
	const found = isoDate.exec(text);
	if (!found) return undefined;
	const [, year, month, day, hour, minute, second, sign, hours, minutes, zone] = found;
	return compose(year, Number(month), day, hour, minute, second, sign, hours, minutes, zone);
}

function monthNumber(name: string): number {
	return months.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function compose(
	year: string,
	month: number,
	day: string,
	hour: string,
	minute: string,
	second: string | undefined,
	sign: string | undefined,
	hours: string | undefined,
	minutes: string | undefined,
	zone: string | undefined,
): DateParts | undefined {
	const offset = sign === undefined ? zoneOffset(zone) : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
	// The widest zones are -12:00 and +14:00.
	if (offset === undefined || Number(minutes ?? 0) > 59 || offset < -12 * 60 || offset > 14 * 60) return undefined;
	return {
		year: fullYear(year),
		month,
		day: Number(day),
		hour: Number(hour),
		minute: Number(minute),
		second: Number(second ?? 0),
		offset,
	};
}

/** A zone nobody knows is read as UTC, as RFC 5322 section 4.3 asks. */
function zoneOffset(zone: string | undefined): number | undefined {
	if (zone === undefined) return 0;
	const name = zone.toLowerCase();
	return Object.hasOwn(zones, name) ? zones[name] : 0;
}

/** RFC 5322 section 4.3: two digits below 50 are 20xx, other two digits and all three digits count from 1900. */
function fullYear(year: string): number {
	const number = Number(year);
	if (year.length === 2) return number < 50 ? 2000 + number : 1900 + number;
	return year.length === 3 ? 1900 + number : number;
}

function toIso(parts: DateParts): string | undefined {
	const { year, month, day, hour, minute, offset } = parts;
	// A leap second has no place in a JavaScript date.
	const second = parts.second === 60 ? 59 : parts.second;
	if (year < 1900 || month < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
	const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
	// Date.UTC turns the 31st of February into the 3rd of March.
	if (local.getUTCDate() !== day || local.getUTCMonth() !== month - 1) return undefined;
	return new Date(local.getTime() - offset * 60_000).toISOString();
}
