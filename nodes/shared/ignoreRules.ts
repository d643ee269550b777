import type { INodeProperties } from 'n8n-workflow';
import type { IgnoreRules } from '../../sync/settings/watchSettings';
import { senderRule, subjectRule, threadRule, type ReadRule } from '../../sync/mime/ignoreRules';
import { invalidField, readList, readObject } from './fieldValues';
import { labels } from './labels';

/** More rules than this are a list of another kind, and belong into the workflow. */
const MOST_RULES = 1_000;

/** The option that leaves messages out. Read with readIgnore(). */
export const ignoreOption: INodeProperties = {
	displayName: labels.ignore,
	name: 'ignore',
	type: 'collection',
	placeholder: 'Add Rule',
	default: {},
	description: 'Messages matching any of these rules never start the workflow',
	options: [
		{
			displayName: labels.ignoreThreads,
			name: 'threads',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. <order-17@shop.example.org>',
			description:
				'Conversations to ignore, one per line: the Message-ID of the first message, or threadKey or threadId of an item',
		},
		{
			displayName: labels.ignoreSenders,
			name: 'senders',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. @newsletter.example.com',
			description:
				'Senders to ignore, one per line: addresses (nathan@example.com), domains (@example.com) or patterns (noreply*@*). * matches any text.',
		},
		{
			displayName: labels.ignoreSubjects,
			name: 'subjects',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			placeholder: 'e.g. out of office',
			description:
				'Text in the subject of messages to ignore, one per line. Not case-sensitive. * matches any text; several in a row (***) match themselves.',
		},
	],
};

/** Which messages are ignored; undefined without rules. Throws SyncError settingsInvalid that names the field and the rule. */
export function readIgnore(value: unknown): IgnoreRules | undefined {
	const { senders, subjects, threads } = readObject(labels.ignore, value);
	const rules: IgnoreRules = {
		// No address holds a comma that anybody would type.
		senders: readRules(labels.ignoreSenders, senders, 'comma', senderRule),
		subjects: readRules(labels.ignoreSubjects, subjects, 'line', subjectRule),
		threads: readRules(labels.ignoreThreads, threads, 'line', threadRule),
	};
	return Object.values(rules).every((list: string[]) => list.length === 0) ? undefined : rules;
}

function readRules(name: string, value: unknown, separator: 'line' | 'comma', readRule: (text: string) => ReadRule): string[] {
	const label = `${labels.ignore}: ${name}`;
	const entered = readList(label, value, separator);
	if (entered.length > MOST_RULES)
		throw invalidField(label, `holds ${entered.length} rules, and at most ${MOST_RULES} are taken`);
	const rules = entered.map((text) => {
		const read = readRule(text);
		if ('problem' in read) throw invalidField(label, `holds "${text.slice(0, 60)}", which ${read.problem}`);
		return read.rule;
	});
	return [...new Set(rules)].sort();
}
