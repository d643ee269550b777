import { senderRule, subjectRule, threadRule, type ReadRule } from '../../sync/mime/ignoreRules';
import { invalidField, readList } from './fieldValues';
import { readObject } from './itemRequest';
import { labels } from './properties';
import type { IgnoreRules } from '../../sync/settings/watchSettings';

/** More rules than this are a list of another kind, and belong into the workflow. */
const MOST_RULES = 1_000;

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
