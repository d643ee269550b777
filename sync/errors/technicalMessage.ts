import { printable } from './printable';

/**
 * One line for a log, made of a code and its data: `folder not found (reason gone, folder "Work")`. What people read is made of the
 * same data elsewhere.
 */
export function technicalMessage(code: string, data: object, consequence?: { kind: string }, cause?: Error): string {
	const details = Object.entries({ ...data, ...consequence })
		.filter(([name, value]) => value !== undefined && name !== 'kind')
		.map(([name, value]) => `${inWords(name)} ${typeof value === 'number' ? value : JSON.stringify(value)}`);
	const what = consequence === undefined ? inWords(code) : `${inWords(consequence.kind)}, ${inWords(code)}`;
	// JSON escapes line ends, but not all that a terminal obeys.
	const line = printable(details.length === 0 ? what : `${what} (${details.join(', ')})`);
	return cause === undefined ? line : `${line}: ${cause.message}`;
}

/** folderNotFound -> "folder not found" */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
