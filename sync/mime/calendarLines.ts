/** Components inside each other: a calendar, an event, an alarm. */
const deepest = 10;

/** Unfolded lines that are read: an invitation of 500 people has some 600. */
const mostLines = 10_000;

/** characters of a property's name and parameters; a longer one is left out */
const longestHead = 8000;

/**
 * The lines of the calendars in a text, unfolded, without what stands around them, each component closed. Programs write lines
 * that RFC 5545 does not allow, and the library gives up a whole calendar for one of them: dates and rules are put right where
 * they can be, and what is no property is left out. Of a calendar that was cut off nothing is taken: the line that is missing
 * may be the one that says it is cancelled. `isCut` when there are more lines than are read.
 */
export function calendarLines(text: string): { lines: string[]; isCut: boolean } {
	const lines: string[] = [];
	const open: string[] = [];
	let complete = 0;
	const closeTo = (level: number) => {
		while (open.length > level) lines.push(`END:${open.pop()}`);
		if (level === 0) complete = lines.length;
	};
	const written = unfold(text).split('\n', mostLines + 1);
	const isCut = written.length > mostLines;
	for (const line of isCut ? written.slice(0, mostLines) : written) {
		const [, verb, name] = /^\ufeff?(BEGIN|END)\s*:\s*([\w-]+)\s*$/i.exec(line)?.map((part) => part.toUpperCase()) ?? [];
		if (verb === 'BEGIN') {
			if (open.length === 0 && name !== 'VCALENDAR') continue;
			// Events do not stand in each other: the end of the one before is missing.
			if (name === 'VEVENT') closeTo(1);
			if (open.length >= deepest) continue;
			open.push(name);
			lines.push(`BEGIN:${name}`);
		} else if (verb === 'END') {
			const level = open.lastIndexOf(name);
			if (level >= 0) closeTo(level);
		} else if (open.length > 0) {
			const property = readableProperty(line);
			if (property !== undefined) lines.push(property);
		}
	}
	return { lines: lines.slice(0, complete), isCut };
}

const unfold = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/\n[ \t]/g, '');

/** A property as RFC 5545 has it; undefined for a line that is none. */
function readableProperty(line: string): string | undefined {
	const name = /^([A-Za-z0-9-]+)\s*[;:]/.exec(line)?.[1].toUpperCase();
	switch (name) {
		case undefined:
			return undefined;
		case 'DTSTART':
		case 'DTEND':
		case 'RECURRENCE-ID':
			return readableTime(name, line);
		case 'TZID':
			// In the parameters that refer to it quotation marks are no part of the name.
			return hasBoundedHead(line) ? line.replace(/:\s*"([^"]{1,200})"\s*$/, ':$1') : undefined;
		case 'RRULE':
		case 'DURATION':
		case 'SEQUENCE':
		case 'STATUS':
		case 'METHOD': {
			const value = /^[\w-]+(?:\s*;(?:"[^"]*"|[^":])*)?\s*:(.*)$/.exec(line)?.[1].replace(/\s+/g, '').replace(/;+$/, '');
			return value ? `${name}:${value.toUpperCase()}` : undefined;
		}
		default:
			return hasBoundedHead(line) ? line : undefined;
	}
}

/** Whether the value begins early enough: the library takes parameters apart one by one. */
const hasBoundedHead = (line: string): boolean => /^[A-Za-z0-9-]+\s*(?:;(?:"[^"]*"|[^":])*)?:/.test(line.slice(0, longestHead));

/** Longer lines hold no time. */
const longestTime = 1000;

const timeLine =
	/^[\w-]+(.*?):\s*(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ]\s?(\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?(?:([Zz])|([+-])(\d\d):?(\d\d))?)?\s*$/;

/**
 * A time without seconds, as ISO 8601 writes it, a date that does not say that it is one, or says it without being one. An offset,
 * which RFC 5545 does not know and the library would take for nothing, is taken off.
 */
function readableTime(name: string, line: string): string | undefined {
	const found = line.length > longestTime ? null : timeLine.exec(line);
	if (!found) return undefined;
	const [, parameters, year, month, day, hour, minute, second = '00', utc = '', sign, offsetHours, offsetMinutes] = found;
	const date = `${year}${month}${day}`;
	const isMidnight = `${hour}${minute}${second}` === '000000';
	if (hour === undefined || (isMidnight && /;\s*VALUE\s*=\s*"?DATE"?\s*(?:;|$)/i.test(parameters)))
		return `${name};VALUE=DATE:${date}`;
	if (sign !== undefined) {
		const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
		// Date.UTC turns the 45th of a month into some day of the next one.
		if (!new Date(wall).toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}`)) return undefined;
		const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
		return `${name}:${new Date(wall - offset).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
	}
	const zone = /;\s*TZID\s*=\s*"?([^";]{1,200})/i.exec(parameters)?.[1].trim();
	return `${name}${zone ? `;TZID="${zone}"` : ''}:${date}T${hour}${minute}${second}${utc.toUpperCase()}`;
}
