import { windowsIana } from './libraries';
import { onFirstUse } from './onFirstUse';

/** The zones of Windows by their names in small letters. */
const windowsZones = onFirstUse(
	() =>
		new Map(
			windowsIana()
				.WINDOWS_TO_IANA_MAP.map(({ windowsName }) => windowsName)
				// "UTC" is everybody's.
				.filter((name) => name !== 'UTC')
				.map((name) => [name.toLowerCase(), name]),
		),
);

/** A clock time in a zone, as a moment in milliseconds since 1970; `zone` is the name by which it was found. */
export interface ZonedTime {
	moment: number;
	zone: string;
}

/**
 * A clock time, ISO 8601 without zone, in a zone that the calendar does not describe: by the IANA database, also where a program
 * puts its own path in front of the name, or by an offset from UTC. Names of Windows go by the zone that CLDR gives for them. Undefined for other zones.
 */
export function inNamedZone(wall: string, tzid: string): ZonedTime | undefined {
	const asUtc = Date.parse(`${wall}Z`);
	const offset = /^(?:UTC|GMT)([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(tzid);
	if (offset) {
		const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
		return minutes > 14 * 60 ? undefined : { moment: asUtc - (offset[1] === '-' ? -1 : 1) * minutes * 60_000, zone: tzid };
	}
	// Outlook and Exchange name zones as Windows does, often without the VTIMEZONE that would say what they mean.
	const ofWindows = windowsZones().get(lastPart(tzid).replace(/\s+/g, ' ').trim().toLowerCase());
	const names = ofWindows ? windowsIana().findIana(ofWindows).slice(0, 1) : [...shownNames(tzid), ...possibleNames(tzid)];
	for (const zone of names) {
		const format = formatOf(zone);
		if (!format) continue;
		// The offset depends on the moment and the moment on the offset: the second round settles it but for the skipped hour.
		let moment = asUtc;
		for (let round = 0; round < 2; round++) moment = asUtc - offsetAt(format, moment);
		return { moment, zone: ofWindows ? tzid : zone };
	}
	return undefined;
}

/**
 * "(UTC+01:00) Amsterdam, Berlin, Rome": what Windows shows to people, in its own language. Of its cities those count that have a zone
 * of their own with that offset in winter.
 */
function shownNames(tzid: string): string[] {
	const [, offset, places] = /^\((?:UTC|GMT)([+-]\d{2}:\d{2})?\)\s(.{1,200})$/.exec(tzid) ?? [];
	if (places === undefined) return [];
	const cities = new Set(places.split(',').map((place) => place.trim().replace(/ /g, '_').toLowerCase()));
	return Intl.supportedValuesOf('timeZone').filter((zone) => {
		if (!cities.has(lastPart(zone).toLowerCase())) return false;
		const format = formatOf(zone);
		const offsets = [0, 6].map((month) => (format ? offsetAt(format, Date.UTC(2026, month, 1)) : NaN));
		return Math.min(...offsets) === offsetInName(offset);
	});
}

/** Milliseconds. */
function offsetInName(offset = '+00:00'): number {
	const [hours, minutes] = offset.slice(1).split(':').map(Number);
	return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** "/example.org/20050126_1/America/Argentina/Buenos_Aires": the name is what is left of it from some slash on. */
function possibleNames(tzid: string): string[] {
	const parts = tzid.split('/', 20);
	const ends = [3, 2].filter((count) => parts.length > count).map((count) => parts.slice(-count).join('/'));
	const last = parts[parts.length - 1];
	// A single word may be any city; these are sure.
	if (/^(?:utc|gmt)$/i.test(last)) return [last];
	return [tzid, ...ends];
}

const lastPart = (tzid: string): string => tzid.slice(tzid.lastIndexOf('/') + 1);

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
	try {
		return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
	} catch {
		return undefined;
	}
}

function offsetAt(format: Intl.DateTimeFormat, moment: number): number {
	const name = format.formatToParts(moment).find(({ type }) => type === 'timeZoneName')?.value ?? '';
	const match = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(name);
	if (!match) return 0;
	const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
	return (match[1] === '-' ? -1 : 1) * seconds * 1000;
}
