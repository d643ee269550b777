import { domainToASCII, domainToUnicode } from 'node:url';
import { readAddresses } from './addresses';
import { composed, folded } from './composedText';
import { allValues, decodeWords, firstValue, readHeaderBlock } from './headerBlock';
import { readMessageIds } from './threading';
import type { FetchedMessage } from '../server/message';
import type { IgnoreRules } from '../settings/watchSettings';

/**
 * Which messages are ignored. No rule is a regular expression: a typed one can keep a machine busy for hours over a single
 * subject, and the sender of the mail writes the subject.
 */

/** What somebody entered, as a rule, or why it cannot be one: `problem` goes on after the text, "is not an address". */
export type ReadRule = { rule: string } | { problem: string };

/**
 * A sender as a person enters it: an address, a domain (@example.com, or example.com), either with * for any text, or an address
 * with its name. Gives a pattern for the whole address, in lower case.
 */
export function senderRule(text: string): ReadRule {
	const entered = composed((/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim()).toLowerCase();
	const at = entered.lastIndexOf('@');
	const local = at > 0 ? entered.slice(0, at) : '*';
	const domain = entered.slice(at + 1);
	const isDomain = /^[^\s@<>"(),:;[\]\\]+$/.test(domain) && (at >= 0 || domain.includes('.'));
	if (!isDomain || /[\s<>(),:;[\]\\]/.test(local))
		return { problem: 'is neither an address, nor a domain such as @example.com, nor one of these with *' };
	if (/^[*.@]*$/.test(entered)) return { problem: 'would ignore every message' };
	return { rule: `${local}@${domain}` };
}

/** A text in subjects as a person enters it, folded for comparing. */
export function subjectRule(text: string): ReadRule {
	const entered = folded(text).trim();
	if (/^\/.+\/[a-z]*$/.test(entered))
		return { problem: 'looks like a regular expression; enter the text itself, with * for any text' };
	if (segmentsOf(entered).every((segment) => segment === '')) return { problem: 'would ignore every message' };
	return { rule: entered };
}

/** A conversation as a person enters it, or as an item has it: a Message-ID, or an id of the provider. */
export function threadRule(text: string): ReadRule {
	const entered = text.trim();
	const id = /^<?([^<>\s]+)>?$/.exec(entered)?.[1];
	if (id === undefined) return { problem: 'is neither a Message-ID nor the threadKey or threadId of an item' };
	// The same distinction as in threadCriteria.ts.
	return { rule: id.includes('@') || entered.startsWith('<') ? `<${id}>` : id };
}

/** Returns whether a rule ignores a message whose `outlineFields` were read. */
export function matcherOf(rules: IgnoreRules): (message: FetchedMessage) => boolean {
	const senders = rules.senders.map(addressPattern);
	const subjects = rules.subjects.map(segmentsOf);
	const threads = new Set(rules.threads);
	return ({ header, threadId }) => {
		if (threadId !== undefined && threads.has(threadId)) return true;
		if (!header) return false;
		const block = readHeaderBlock(header);
		const idsIn = (name: string): string[] => readMessageIds(firstValue(block, name)).ids;
		if (threads.size > 0 && ['message-id', 'in-reply-to', 'references'].some((name) => idsIn(name).some((id) => threads.has(id))))
			return true;
		const subject = folded(decodeWords(firstValue(block, 'subject') ?? ''));
		if (subjects.some((segments) => holdsInOrder(['', ...segments, ''], subject))) return true;
		if (senders.length === 0) return false;
		const { addresses } = readAddresses(allValues(block, 'from'));
		// Some programs encode the address along with the name, against RFC 2047 section 5.
		const here = addresses.map(({ address, name }) => decodeWords(address || name));
		return here.some((address) => senders.some((matches) => matches(address)));
	};
}

/**
 * Texts one of which a message holds that the rule for senders ignores, as a search by From takes them: the longest part without
 * *, and a domain in both its forms.
 */
export function textsOfSender(rule: string): string[] {
	const longest = rule.split(/[*@]/).reduce((best, part) => (part.length > best.length ? part : best), '');
	return forms(longest);
}

/** A text that a subject holds which the rule ignores. */
export const textOfSubject = (rule: string): string =>
	segmentsOf(rule).reduce((best, part) => (part.length > best.length ? part : best), '');

function addressPattern(rule: string): (address: string) => boolean {
	const [local, domain] = halves(rule);
	const locals = local.split('*');
	const domains = forms(domain).map((form) => form.split('*'));
	return (address) => {
		const [localHere, domainHere] = halves(composed(address).toLowerCase().trim());
		return (
			holdsInOrder(locals, localHere) && forms(domainHere).some((form) => domains.some((pattern) => holdsInOrder(pattern, form)))
		);
	};
}

function halves(address: string): [local: string, domain: string] {
	const at = address.lastIndexOf('@');
	return at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)];
}

/** A longer name is none (RFC 1035 section 2.3.4), and would cost time by the square of its length. */
const longestDomain = 255;

/** An internationalised domain is written in either of two ways (RFC 5890), and both mean the same. */
const forms = (domain: string): string[] =>
	domain.length > longestDomain
		? [domain]
		: [...new Set([domain, domainToASCII(domain), domainToUnicode(domain)])].filter((form) => form !== '');

/** The parts between stars. Several stars in a row, as spam filters put them into subjects, mean themselves. */
const segmentsOf = (rule: string): string[] => rule.split(/(?<!\*)\*(?!\*)/);

/** Whether the text is these parts with anything between them. Takes time by the length of the text only, times the parts. */
function holdsInOrder(parts: string[], text: string): boolean {
	const [first, ...rest] = parts;
	if (rest.length === 0) return text === first;
	const last = rest.pop() ?? '';
	if (!text.startsWith(first)) return false;
	let at = first.length;
	for (const part of rest) {
		const found = text.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return text.length - last.length >= at && text.endsWith(last);
}
