import type { IDataObject } from 'n8n-workflow';
import { DescribedError } from './describedError';

/**
 * Reading single values that a person typed or an expression gave. Expressions return anything, so each reader takes what
 * is meant without doubt and refuses the rest with the name of the field as the editor shows it.
 */

const MEGABYTE = 1024 * 1024;

/** What a wrong field leads to. `problem` goes on after the field's name: "must be a whole number". */
export function invalidField(label: string, problem: string, advice = `Change '${label}' in the node.`): DescribedError {
	return new DescribedError('settingsInvalid', `${label} ${problem}`, advice);
}

/** Whether nothing was entered. */
export function isBlank(value: unknown): value is undefined | null | '' {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** One line of text; undefined when nothing was entered. */
export function readText(label: string, value: unknown): string | undefined {
	if (isBlank(value)) return undefined;
	if (typeof value !== 'string' && typeof value !== 'number') throw invalidField(label, `must be text, but is ${nameOf(value)}`);
	const text = String(value).trim();
	// eslint-disable-next-line no-control-regex -- a line break or NUL would end the command that carries the text
	if (/[\u0000\r\n]/.test(text)) throw invalidField(label, 'must be one line of text');
	return text;
}

/** One of `values`; `fallback` when nothing was entered. */
export function readChoice<T extends string>(label: string, value: unknown, values: readonly T[], fallback: T): T {
	if (isBlank(value)) return fallback;
	const found = values.find((known) => known === value);
	if (found === undefined) throw invalidField(label, `must be one of ${values.join(', ')}, but is ${nameOf(value)}`);
	return found;
}

/** yes or no, as the editor or as a boolean expression gives it; undefined when nothing was entered. */
export function readYesOrNo(label: string, value: unknown): boolean | undefined {
	if (isBlank(value)) return undefined;
	if (value === true || value === 'yes' || value === 'true') return true;
	if (value === false || value === 'no' || value === 'false') return false;
	throw invalidField(label, `must be yes or no, but is ${nameOf(value)}`);
}

/** A whole number of at least `minimum`. */
export function readWholeNumber(label: string, value: unknown, minimum: number, fallback: number): number {
	if (isBlank(value)) return fallback;
	const number = asNumber(value);
	if (number === undefined || !Number.isSafeInteger(number) || number < minimum) {
		throw invalidField(label, `must be a whole number of at least ${minimum}, but is ${nameOf(value)}`);
	}
	return number;
}

/** Megabytes, as bytes; undefined when nothing was entered. */
export function readMegabytes(label: string, value: unknown): number | undefined {
	if (isBlank(value)) return undefined;
	const number = asNumber(value);
	if (number === undefined || !(number > 0) || number > 4096) {
		throw invalidField(label, `must be a number above 0 and at most 4096, but is ${nameOf(value)}`);
	}
	return Math.max(1, Math.round(number * MEGABYTE));
}

/**
 * A list given as an array, or as text with one entry a line or (where entries hold no commas) separated by comma. Repeats are
 * dropped.
 */
export function readList(label: string, value: unknown, separator: 'line' | 'comma'): string[] {
	if (isBlank(value)) return [];
	const entries = typeof value === 'string' ? value.split(separator === 'line' ? /\r?\n/ : /[\r\n,]/) : value;
	if (!Array.isArray(entries)) throw invalidField(label, `must be a list, but is ${nameOf(value)}`);
	const texts = entries.map((entry: unknown) => {
		const text = readText(label, entry);
		// What the editor's list gave is the exact name: a folder's name may end with a space.
		return text !== undefined && Array.isArray(value) ? String(entry) : text;
	});
	return [...new Set(texts.filter((text) => text !== undefined))];
}

/** A collection of fields; without any when nothing was entered. */
export function readObject(label: string, value: unknown): IDataObject {
	if (isBlank(value)) return {};
	if (typeof value !== 'object' || Array.isArray(value)) throw invalidField(label, 'must be an object with named fields');
	return value as IDataObject;
}

/**
 * A point in time: ISO 8601 text, a Date, a Luxon DateTime or milliseconds. Text without a zone means the zone of the workflow.
 */
export function readDate(label: string, value: unknown, zone: string): Date | undefined {
	if (isBlank(value)) return undefined;
	const date = asDate(value, zone);
	if (date === undefined || Number.isNaN(date.getTime())) {
		throw invalidField(label, `must be a date such as 2026-01-31, but is ${nameOf(value)}`);
	}
	return date;
}

/** A hundred years: more is a slip, and earlier than any mail. */
const MOST_DAYS = 36_500;

/** The moment so many days before `now`; undefined when nothing was entered. */
export function readDaysAgo(label: string, value: unknown, now: number): Date | undefined {
	if (isBlank(value)) return undefined;
	const days = asNumber(value);
	if (days === undefined || !(days > 0) || days > MOST_DAYS)
		throw invalidField(label, `must be a number of days above 0 and at most ${MOST_DAYS}, but is ${nameOf(value)}`);
	return new Date(now - days * 86_400_000);
}

function asNumber(value: unknown): number | undefined {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

function asDate(value: unknown, zone: string): Date | undefined {
	if (value instanceof Date) return value;
	if (typeof value === 'number') return new Date(value);
	if (typeof value === 'object' && value !== null && 'toJSDate' in value && typeof value.toJSDate === 'function') {
		const date: unknown = value.toJSDate();
		return date instanceof Date ? date : undefined;
	}
	if (typeof value !== 'string') return undefined;
	const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(
		value.trim(),
	);
	if (!match) return undefined;
	const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
	const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
	// Date.UTC takes February 31st for March 3rd; a typing slip must not move the date silently.
	const check = new Date(asUtc);
	if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
		return undefined;
	if (match[7] !== undefined) return new Date(asUtc - offsetOf(match[7]));
	return new Date(asUtc - zoneOffset(asUtc, zone));
}

function offsetOf(text: string): number {
	if (text === 'Z') return 0;
	const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(text) ?? [];
	return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** How far the zone's wall clock is ahead of UTC when the wall clock shows `wallClock`, in milliseconds. */
function zoneOffset(wallClock: number, zone: string): number {
	const guess = offsetAt(wallClock, zone);
	// Around a change of the clock the offset at the guessed instant may be the other one.
	return offsetAt(wallClock - guess, zone);
}

function offsetAt(instant: number, zone: string): number {
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat('en-US', {
			timeZone: zone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
	} catch {
		// A zone that this Node does not know counts as UTC.
		return 0;
	}
	const parts = new Map(format.formatToParts(instant).map((part) => [part.type, Number(part.value)]));
	const at = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
	const shown = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
	return shown - Math.floor(instant / 1000) * 1000;
}

/** A value as an error text shows it: short, and never a whole object. */
function nameOf(value: unknown): string {
	if (value === null || value === undefined) return 'empty';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'object') return 'an object';
	const text = String(value);
	return typeof value === 'string' ? `"${text.length > 40 ? `${text.slice(0, 40)}...` : text}"` : text;
}
