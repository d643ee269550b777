import { mimeLimits } from './limits';

/**
 * The message ids of a Message-ID, In-Reply-To or References field, in order, without repetition, with angle brackets.
 * Comments and the phrases of old In-Reply-To fields ("Your message of ...") are passed over; an id without brackets counts
 * when it stands alone or looks like one.
 */
export function readMessageIds(value: string | undefined): { ids: string[]; isCut: boolean } {
	if (value === undefined) return { ids: [], isCut: false };
	const bracketed = value.match(/<\s*[^<>\s][^<>]*>/g)?.map((id) => id.replace(/\s+/g, ''));
	const ids = [...new Set(bracketed ?? bareIds(value).map((id) => `<${id}>`))];
	// The first id is the root of the thread and the last one the parent: cut in the middle, as mail programs do (RFC 5256).
	return ids.length > mimeLimits.references
		? { ids: [ids[0], ...ids.slice(1 - mimeLimits.references)], isCut: true }
		: { ids, isCut: false };
}

/** Old mailers number their messages, and leave the brackets out, or one of them. */
function bareIds(value: string): string[] {
	const words = value
		.replace(/\([^()]*\)/g, ' ')
		.split(/[\s,;<>"()]+/)
		.filter((word) => /[\p{L}\d]/u.test(word));
	const areIds = words.length === 1 || words.every((word) => /[\d@]/.test(word));
	return areIds ? words : words.filter((word) => /^[^@]+@[^@]+$/.test(word));
}

/**
 * What all messages of a conversation have in common: the provider's thread id when it has one, since it also joins replies
 * whose references were lost; else the oldest message the references name; else the message itself. Absent only for a message
 * without any id.
 */
export function threadKeyOf(thread: {
	threadId?: string;
	references: string[];
	inReplyTo?: string;
	messageId?: string;
}): string | undefined {
	return thread.threadId ?? thread.references[0] ?? thread.inReplyTo ?? thread.messageId;
}
