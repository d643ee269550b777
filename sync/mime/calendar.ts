import type ICAL from 'ical.js';
import { calendarLines } from './calendarLines';
import { inNamedZone } from './calendarZone';
import { ical } from './libraries';
import type { MailAddress } from './mailAddress';

/** Somebody invited, and what he answered. */
interface Attendee extends MailAddress {
	/** needs-action, accepted, declined, tentative, delegated, ... */
	status: string;
	/** req-participant, opt-participant, chair, non-participant; absent when not given */
	role?: string;
}

/** An event out of a text/calendar part (RFC 5545, RFC 5546). */
export interface CalendarEvent {
	/** request, cancel, reply, counter, publish, ...; absent when the part does not say */
	method?: string;
	uid?: string;
	summary?: string;
	/** ISO 8601 in UTC; a bare date for a whole day; without zone where the sender left it to the reader's clock */
	start?: string;
	/** When it ends; for whole days the day after the last one (RFC 5545 section 3.6.1) */
	end?: string;
	/** The zone the sender thinks in, e.g. "Europe/Berlin"; absent for UTC, whole days and no zone. Beside a start without zone: a name nobody knows here */
	timeZone?: string;
	location?: string;
	organizer?: MailAddress;
	attendees: Attendee[];
	/** confirmed, tentative, cancelled; absent when not given */
	status?: string;
	/** Counts the versions of an event: a message with a lower one is outdated. */
	sequence?: number;
	/** The rule of a repeated event, as RFC 5545 section 3.3.10 writes it. */
	recurrence?: string;
	/** Which one of a repeated event is meant. */
	recurrenceId?: string;
}

/** A calendar larger than this is a whole calendar, not an invitation. In characters. */
const LONGEST = 1024 * 1024;
const MOST_EVENTS = 50;
const MOST_ATTENDEES = 500;
const MOST_PARTS = 5;
/** Rules of all zones of a calendar: a zone has two, one with a long history some dozens. */
const MOST_ZONE_RULES = 40;
/** Single dates on which all zones of a calendar change their clocks; one with a long history has some hundreds. */
const MOST_ZONE_DATES = 1000;
const FIRST_ZONE_YEAR = 1970;
/** seconds: ten years */
const LONGEST_DURATION = 10 * 366 * 24 * 60 * 60;

/**
 * The events of a calendar, in order; `method` is the parameter of the part's content type, for calendars that do not say it
 * themselves. `isCut` when it cannot be read, or holds more than is worth reading. Never throws.
 */
export function readCalendar(text: string, method: string | undefined): { events: CalendarEvent[]; isCut: boolean } {
	if (text.trim() === '' || text.length > LONGEST) return { events: [], isCut: true };
	const { lines, isCut: isShortened } = calendarLines(text);
	const calendars = parseCalendars(lines);
	if (!calendars) return { events: [], isCut: true };
	const events: CalendarEvent[] = [];
	let isCut = isShortened;
	for (const calendar of calendars) {
		const said = textOf(calendar, 'method') ?? method;
		dropWildZones(calendar);
		for (const component of calendar.getAllSubcomponents('vevent')) {
			if (events.length >= MOST_EVENTS) return { events, isCut: true };
			let event: CalendarEvent;
			try {
				event = readEvent(component);
			} catch {
				isCut = true;
				continue;
			}
			if (event.attendees.length >= MOST_ATTENDEES) isCut = true;
			events.push(said === undefined ? event : { method: said.toLowerCase(), ...event });
		}
	}
	return { events, isCut };
}

/** One line that the library refuses costs that line only. */
function parseCalendars(lines: string[]): ICAL.Component[] | undefined {
	if (lines.length === 0) return undefined;
	const parsed = attempt(() => parseLines(lines)) ?? attempt(() => parseLines(lines.filter(isReadable)));
	// One calendar is given as itself, several as a list of them.
	return parsed && (typeof parsed[0] === 'string' ? [parsed] : parsed).map((one) => new (ical().Component)(one as unknown[]));
}

const parseLines = (lines: string[]): unknown[] => ical().parse(lines.join('\r\n')) as unknown[];

const isReadable = (line: string): boolean =>
	/^(?:BEGIN|END):/.test(line) || attempt(() => ical().Property.fromString(line)) !== undefined;

/** The library throws at nonsense, sometimes only when a value is asked for. */
function attempt<T>(read: () => T): T | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}

/** The parts that hold invitations: text/calendar, or, where there is none, files of that kind. */
export function calendarParts<Part extends { type: string }>(parts: Part[]): Part[] {
	const invitations = parts.filter((part) => part.type === 'text/calendar');
	return (invitations.length > 0 ? invitations : parts.filter((part) => part.type === 'application/ics')).slice(0, MOST_PARTS);
}

/** The events without those that a message holds twice: Google sends an invitation as a part and as a file. */
export function withoutRepetition(events: CalendarEvent[]): CalendarEvent[] {
	const seen = new Set<string>();
	return events.filter((event) => {
		const key = JSON.stringify([event.uid, event.recurrenceId, event.method, event.start]);
		return !seen.has(key) && seen.add(key);
	});
}

/**
 * A zone changes its clocks some times a year, by rules for one weekday of one month. The library lists every change from the
 * beginning on, so a zone that changes them each second, or has hundreds of rules for every month, would keep it busy for
 * minutes: such zones count as unknown. Outlook's rules begin in 1601, and each year from there costs time: a rule without an
 * end says the same when it begins in the first year that matters.
 */
function dropWildZones(calendar: ICAL.Component): void {
	let rules = 0;
	let dates = 0;
	for (const zone of calendar.getAllSubcomponents('vtimezone')) {
		const parts = zone.getAllSubcomponents();
		// The library takes a zone that says nothing for UTC.
		if (parts.length === 0 || !parts.every((part) => attempt(() => hasOffsets(part)))) {
			calendar.removeSubcomponent(zone);
			continue;
		}
		const all = parts.flatMap((part) => part.getAllProperties('rrule').map((rule) => String(rule.getFirstValue())));
		rules += all.length;
		dates += parts.reduce((sum, part) => sum + 1 + datesIn(part), 0);
		if (rules > MOST_ZONE_RULES || dates > MOST_ZONE_DATES || !all.every(isZoneRule)) {
			calendar.removeSubcomponent(zone);
			continue;
		}
		for (const part of parts) {
			const isOpen =
				all.length > 0 && !part.getAllProperties('rrule').some((rule) => /UNTIL|COUNT/.test(String(rule.getFirstValue())));
			const start = part.getFirstPropertyValue('dtstart');
			if (isOpen && start instanceof ical().Time && start.year < FIRST_ZONE_YEAR) start.year = FIRST_ZONE_YEAR;
		}
	}
}

/** Counted in the values as they are written: making dates of them is what costs. */
const datesIn = (part: ICAL.Component): number =>
	part.getAllProperties('rdate').reduce((sum, property) => sum + property.jCal.length - 3, 0);

function hasOffsets(part: ICAL.Component): boolean {
	const isOffset = (name: string) => {
		const offset = part.getFirstPropertyValue(name);
		return offset instanceof ical().UtcOffset && Number.isFinite(offset.toSeconds());
	};
	part.getAllProperties('rrule').forEach((rule) => rule.getFirstValue());
	return part.getFirstPropertyValue('dtstart') instanceof ical().Time && isOffset('tzoffsetfrom') && isOffset('tzoffsetto');
}

function isZoneRule(rule: string): boolean {
	return (
		/FREQ=YEARLY/.test(rule) &&
		!/BY(?:HOUR|MINUTE|SECOND|YEARDAY|WEEKNO|MONTHDAY|SETPOS)=/.test(rule) &&
		!/BY\w+=[^;]*,/.test(rule)
	);
}

function readEvent(component: ICAL.Component): CalendarEvent {
	const start = readTime(component, 'dtstart');
	const end = readTime(component, 'dtend') ?? attempt(() => endByDuration(component));
	const organizer = component.getFirstProperty('organizer');
	const sequence = Number(textOf(component, 'sequence'));
	return withoutUndefined({
		uid: textOf(component, 'uid'),
		summary: textOf(component, 'summary'),
		start: start?.iso,
		end: end?.iso,
		timeZone: start?.zone,
		location: textOf(component, 'location'),
		organizer: organizer ? readPerson(organizer) : undefined,
		attendees: component.getAllProperties('attendee').slice(0, MOST_ATTENDEES).map(readAttendee),
		status: textOf(component, 'status')?.toLowerCase(),
		sequence:
			Number.isSafeInteger(sequence) && sequence >= 0 && textOf(component, 'sequence') !== undefined ? sequence : undefined,
		recurrence: textOf(component, 'rrule'),
		recurrenceId: readTime(component, 'recurrence-id')?.iso,
	});
}

function readAttendee(property: ICAL.Property): Attendee {
	const role = parameter(property, 'role');
	return {
		...readPerson(property),
		status: (parameter(property, 'partstat') ?? 'needs-action').toLowerCase(),
		...(role === undefined ? {} : { role: role.toLowerCase() }),
	};
}

function readPerson(property: ICAL.Property): MailAddress {
	return {
		name: parameter(property, 'cn') ?? '',
		address: String(property.getFirstValue() ?? '')
			.replace(/^\s*mailto:\s*/i, '')
			.trim(),
	};
}

function parameter(property: ICAL.Property, name: string): string | undefined {
	const value = property.getParameter(name);
	return Array.isArray(value) ? value[0] : value;
}

function textOf(component: ICAL.Component, name: string): string | undefined {
	const value = attempt(() => component.getFirstPropertyValue(name));
	return value === null || value === undefined || value === '' ? undefined : String(value);
}

interface ReadTime {
	iso: string;
	zone?: string;
}

function readTime(component: ICAL.Component, name: string): ReadTime | undefined {
	const property = component.getFirstProperty(name);
	const value: unknown = attempt(() => property?.getFirstValue());
	if (!property || !(value instanceof ical().Time) || !POSSIBLE_TIME.test(String(property.jCal[3]))) return undefined;
	return timeOf(value, parameter(property, 'tzid'));
}

/** The library turns the 45th of a month into some day of the next one. */
const POSSIBLE_TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-6]\d|$)/;

/** A start and a length instead of an end. */
function endByDuration(component: ICAL.Component): ReadTime | undefined {
	const duration = component.getFirstPropertyValue('duration');
	const property = component.getFirstProperty('dtstart');
	const start = property?.getFirstValue();
	if (!(duration instanceof ical().Duration) || !property || !(start instanceof ical().Time)) return undefined;
	// The library counts day by day: a duration of a hundred million years would never end.
	if (Math.abs(duration.toSeconds()) > LONGEST_DURATION) return undefined;
	const end = start.clone();
	end.addDuration(duration);
	return timeOf(end, parameter(property, 'tzid'));
}

function timeOf(time: ICAL.Time, tzid: string | undefined): ReadTime | undefined {
	const wall = time.toString();
	if (time.year < 1900 || time.year > 2200) return undefined;
	if (time.isDate) return { iso: wall };
	if (time.zone === ical().Timezone.utcTimezone) return { iso: isoOf(Date.parse(wall)) };
	// The calendar brought the rules of its zone along; `toUnixTime` goes by them.
	if (time.zone !== ical().Timezone.localTimezone && time.zone)
		return { iso: isoOf(time.toUnixTime() * 1000), zone: tzid ?? time.zone.tzid };
	if (tzid === undefined) return { iso: wall };
	const known = inNamedZone(wall, tzid);
	return known ? { iso: isoOf(known.moment), zone: known.zone } : { iso: wall, zone: tzid };
}

const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString();

function withoutUndefined<T extends object>(value: T): T {
	return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
