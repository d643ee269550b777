import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { MessageChange } from '../../../../sync/changing/changeMessages';
import type { FlagChange } from '../../../../sync/changing/writing';
import { invalidField } from '../../../shared/fieldValues';
import type { ActionRun } from '../ActionRun';

/** The system flags of RFC 3501 section 2.3.2 that a client may set. */
export const systemFlags: INodePropertyOptions[] = [
	{ name: 'Answered', value: '\\Answered', description: 'The message was replied to' },
	{ name: 'Deleted', value: '\\Deleted', description: 'The message is marked for permanent removal' },
	{ name: 'Draft', value: '\\Draft', description: 'The message is not finished' },
	{ name: 'Flagged', value: '\\Flagged', description: 'The message is starred' },
	{ name: 'Seen', value: '\\Seen', description: 'The message was read' },
];

/** Flags, keywords and labels. Read with flagChange(). */
export const flagFields: INodeProperties[] = [
	{
		displayName: 'Flags',
		name: 'flags',
		type: 'multiOptions',
		options: systemFlags,
		default: [],
		description:
			'Standard flags, such as \\Seen (read) or \\Flagged (starred); a message with \\Deleted can be removed permanently by the next mail program that cleans up the folder',
	},
	{
		displayName: 'Keywords',
		name: 'keywords',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoice, $Forwarded',
		description: 'Your own labels without spaces, such as invoice, separated by commas; many mail programs show them as tags',
	},
	{
		displayName: 'Gmail Labels',
		name: 'labels',
		type: 'string',
		default: '',
		placeholder: 'e.g. Customers/Open, \\Important',
		description: 'Gmail labels, separated by commas; only for Gmail accounts',
	},
];

/** Reads flagFields. Throws settingsInvalid when nothing was chosen, except for `set`, where that means none at all. */
export function flagChange(run: ActionRun, index: number, mode: FlagChange['mode']): MessageChange {
	const flags = [...readFlags(run, 'flags', index), ...readFlags(run, 'keywords', index)];
	const labels = run.list('labels', index);
	if (flags.length === 0 && mode !== 'set') {
		if (labels.length === 0)
			throw invalidField(run.label('flags'), 'names nothing to change, and neither do Keywords and Gmail Labels');
		return { kind: 'labels', mode, flags: labels };
	}
	if (labels.length > 0) return { kind: 'flagsAndLabels', flags: { mode, flags }, labels: { mode, flags: labels } };
	return { kind: 'flags', mode, flags };
}

/** The fields by which a message is marked as deleted: whatever program expunges the folder next removes it for good. */
export const marksAsDeleted = (run: ActionRun, index: number): string[] =>
	['flags', 'keywords'].filter((name) => readFlags(run, name, index).includes('\\Deleted'));

/** Flags and keywords of one field, each once. Throws settingsInvalid for what IMAP cannot store. */
export function readFlags(run: ActionRun, name: string, index: number): string[] {
	return run.list(name, index).map((flag) => checkedFlag(run.label(name), flag));
}

const known = new Map(systemFlags.map(({ value }) => [String(value).toLowerCase(), String(value)]));

/** A flag is an atom (RFC 3501 section 9, flag-keyword); with a backslash it is one of the system's. */
export function checkedFlag(label: string, flag: string): string {
	const system = known.get(flag.toLowerCase());
	if (system !== undefined) return system;
	if (flag.startsWith('\\')) throw invalidField(label, `has "${flag}", which is none of ${[...known.values()].join(', ')}`);
	if (!/^[\x21-\x7e]+$/.test(flag) || /[(){%*"\\\]]/.test(flag)) {
		throw invalidField(
			label,
			`has "${flag}", but a keyword is made of ASCII letters, digits and signs other than ( ) { % * " \\ ], without spaces`,
		);
	}
	return flag;
}
