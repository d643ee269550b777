import { isForward, isMarkedAsAnswer } from './answers';
import { BoundedMap } from './boundedMap';
import type { Conversation } from './correspondenceFields';
import type { MessageFields } from './fields';
import { domainOf, isPublicDomain, normalAddress } from './ownAddresses';
import { isVague, ticketsIn, topicOf, type Ticket } from './subjectTopic';

/** What is known of a message for finding its conversation. */
export interface ConversationClues {
	fields: MessageFields;
	/** The provider's thread id. */
	threadId?: string;
	/** The value of Thread-Index. */
	threadIndex?: string;
	/** References of the message that a bounce or a complaint is about, oldest first. */
	returnedReferences?: string[];
	/** People of the message who are none of ours, as normalAddress() gives them. */
	people: readonly string[];
	/** Whether it came from one of them. */
	isIncoming: boolean;
	/** milliseconds since 1970 */
	at: number;
}

/** How long an answer without ids may take, in milliseconds. */
const longestPause = 60 * 24 * 60 * 60_000;

/** names of one message that are kept: References of long conversations hold hundreds */
const mostIds = 50;
const mostPeople = 30;
const mostNames = 30_000;

/** characters of a text by which a quotation of it is known */
const quotedLength = 60;
const mostQuotedLines = 200;

interface Topic {
	key: string;
	at: number;
}

/**
 * Knows the conversations of the messages that it was shown, of the last two or three thousand, and nothing of others. In memory
 * only: after a restart conversations are known by their references again.
 */
export class Conversations {
	/** names of conversations, by kind and value, to their keys; '' for a name that two have */
	private readonly names = new BoundedMap<string, string>(mostNames);
	private readonly topics = new BoundedMap<string, Topic[]>(mostNames);

	/** Finds the conversation of a message, and remembers the message with it. */
	place(clues: ConversationClues): Conversation {
		const tickets = ticketsOf(clues.fields);
		const conversation = this.find(clues, tickets);
		this.remember(clues, tickets, conversation.key);
		return conversation;
	}

	private find(clues: ConversationClues, tickets: readonly Ticket[]): Conversation {
		const { fields, threadId, threadIndex, returnedReferences = [] } = clues;
		const { messageId, threadKey } = fields;
		const ids = referencesOf(fields);
		const original = originalOf(fields);
		if (original !== undefined) {
			const known = [original, ...[...returnedReferences].reverse()]
				.map((id) => this.keyOf('id', id))
				.find((key) => key !== undefined);
			return { key: known ?? returnedReferences[0] ?? original, reason: 'original', confidence: 'high' };
		}
		const byThread = threadId && this.keyOf('thread', threadId);
		if (byThread) return { key: byThread, reason: 'providerThread', confidence: 'high' };
		for (const id of ids) {
			const key = this.keyOf('id', id);
			if (key === undefined) continue;
			const isMember = this.isMember(clues, key);
			// Many answer a mailing, each in a conversation of his own; what a person sent here, others answer to join in.
			if (isMember || this.keyOf('came', id) !== undefined)
				return { key, reason: 'references', confidence: isMember ? 'high' : 'medium' };
		}
		const known = messageId && this.keyOf('id', messageId);
		if (known) return { key: known, reason: 'references', confidence: 'high' };
		const root = outlookRoot(threadIndex);
		const byOutlook = root && this.keyOf('outlook', root);
		if (byOutlook && this.isMember(clues, byOutlook)) return { key: byOutlook, reason: 'outlookThread', confidence: 'high' };
		return this.findByContent(clues, tickets) ?? this.begin(clues, ids, threadKey);
	}

	/** For answers whose references were lost or rewritten on the way. */
	private findByContent(clues: ConversationClues, tickets: readonly Ticket[]): Conversation | undefined {
		const { fields, people } = clues;
		const subject = fields.subject ?? '';
		const topic = topicOf(subject);
		const isAnswer = isMarkedAsAnswer(subject) || fields.inReplyTo !== undefined;
		for (const { number, isTag } of tickets) {
			for (const scope of ticketScopesOf(people, topic)) {
				const key = this.keyOf('ticket', `${number} ${scope}`);
				if (key && (isAnswer || isTag || this.keyOf('topic', `${key} ${topic}`)))
					return { key, reason: 'ticketNumber', confidence: 'high' };
			}
		}
		if (!isAnswer || isForward(subject) || topic === '') return undefined;
		for (const print of printsOf(fields.quotedText ?? '')) {
			const key = this.keyOf('quoted', `${print} ${topic}`);
			if (key) return { key, reason: 'quotedText', confidence: 'medium' };
		}
		const keys = new Set(
			scopesOf(people).flatMap((scope) =>
				(this.topics.get(`${topic} ${scope}`) ?? [])
					.filter(({ at }) => Math.abs(clues.at - at) < longestPause)
					.map(({ key }) => key),
			),
		);
		// Two conversations under one subject: joining the wrong one is worse than a new one.
		if (keys.size !== 1 || isVague(topic)) return undefined;
		return { key: [...keys][0], reason: 'subject', confidence: 'medium' };
	}

	/** Whether one of the people, or a colleague of his, was part of the conversation; our own messages always are. */
	private isMember({ people }: ConversationClues, key: string): boolean {
		return people.length === 0 || scopesOf(people).some((scope) => this.keyOf('member', `${key} ${scope}`) !== undefined);
	}

	/** A message that no known one explains: it begins a conversation, or goes on with one that began before. */
	private begin({ fields, threadId }: ConversationClues, ids: readonly string[], threadKey: string | undefined): Conversation {
		const { messageId = '', subject = '' } = fields;
		if (threadId !== undefined) return { key: threadId, reason: ids.length > 0 ? 'providerThread' : 'new', confidence: 'high' };
		const goesOn = ids.length > 0 && !isForward(subject) && threadKey !== undefined && this.keyOf('id', threadKey) === undefined;
		if (goesOn) return { key: threadKey, reason: 'references', confidence: isMarkedAsAnswer(subject) ? 'high' : 'medium' };
		return { key: messageId || (threadKey ?? ''), reason: 'new', confidence: messageId === '' ? 'low' : 'high' };
	}

	private remember(clues: ConversationClues, tickets: readonly Ticket[], key: string): void {
		const { fields, threadId, threadIndex, people, isIncoming, at } = clues;
		const { subject = '', messageId, replyText = '' } = fields;
		const topic = topicOf(subject);
		if (messageId !== undefined) this.name('id', messageId, key);
		// What is forwarded may have been sent to others too, who write about it as well.
		if (!isForward(subject) || key !== messageId) for (const id of referencesOf(fields)) this.name('id', id, key);
		if (threadId !== undefined) this.name('thread', threadId, key);
		const root = outlookRoot(threadIndex);
		if (root !== undefined) this.name('outlook', root, key);
		const original = originalOf(fields);
		if (original !== undefined) this.name('id', original, key);
		if (messageId !== undefined && isIncoming) this.name('came', messageId, key);
		this.name('topic', `${key} ${topic}`, key);
		for (const scope of scopesOf(people)) this.name('member', `${key} ${scope}`, key);
		for (const { number } of tickets) {
			for (const scope of ticketScopesOf(people, topic)) this.name('ticket', `${number} ${scope}`, key);
		}
		const print = printOf(replyText);
		if (print !== undefined) this.name('quoted', `${print} ${topic}`, key);
		for (const scope of scopesOf(people)) {
			const known = (this.topics.get(`${topic} ${scope}`) ?? []).filter((one) => one.key !== key);
			this.topics.set(`${topic} ${scope}`, [...known.slice(-4), { key, at }]);
		}
	}

	private keyOf(kind: string, value: string): string | undefined {
		return this.names.get(`${kind} ${value}`) || undefined;
	}

	/** The first conversation that has an id keeps it; any other name that two conversations share identifies neither. */
	private name(kind: string, value: string, key: string): void {
		const full = `${kind} ${value}`;
		const known = this.names.get(full);
		if (known !== undefined && known !== key) this.names.set(full, kind === 'id' || kind === 'thread' ? known : '');
		else this.names.set(full, key);
	}
}

/** The nearest first. */
function referencesOf({ references = [], inReplyTo }: MessageFields): string[] {
	const nearest = [...references].reverse();
	return [...new Set([...(inReplyTo === undefined ? [] : [inReplyTo]), ...nearest])].slice(0, mostIds);
}

function originalOf({ bounce, complaint, readReceipt }: MessageFields): string | undefined {
	return bounce?.original ?? complaint?.original ?? readReceipt?.originalMessageId;
}

/** Numbers of tickets mean something only to those who gave them, or got them. */
function scopesOf(people: readonly string[]): string[] {
	const domains = people.map(domainOf).filter((domain) => !isPublicDomain(domain));
	return [...new Set([...people.slice(0, mostPeople), ...domains.slice(0, mostPeople).map((domain) => `@${domain}`)])];
}

/** Two whose systems count alike, and who write about the same, do not come up by chance. */
const ticketScopesOf = (people: readonly string[], topic: string): string[] => [
	...scopesOf(people),
	...(isVague(topic) ? [] : [`topic ${topic}`]),
];

function ticketsOf({ subject = '', replyText = '' }: MessageFields): Ticket[] {
	return [...ticketsIn(subject), ...ticketsIn(replyText).filter(({ isTag, number }) => isTag || /^(?:ticket|case)/.test(number))];
}

/** The first 22 bytes of Thread-Index are the same for a whole conversation ([MS-OXOMSG] 2.2.1.3). */
function outlookRoot(threadIndex: string | undefined): string | undefined {
	const bytes = Buffer.from((threadIndex ?? '').slice(0, 4000), 'base64');
	return bytes.length >= 22 ? bytes.toString('latin1', 0, 22) : undefined;
}

/** The beginning of a text, without what quoting changes: marks, line ends, spaces. */
function printOf(text: string): string | undefined {
	const plain = text
		.slice(0, quotedLength * 10)
		.replace(/[^\p{L}\p{N}]+/gu, '')
		.toLowerCase();
	return plain.length >= quotedLength ? plain.slice(0, quotedLength) : undefined;
}

/** One for each line of a quotation: the quoted text may begin at any. */
function* printsOf(quoted: string): Generator<string> {
	const lines = quoted.slice(0, 64 * 1024).split('\n', mostQuotedLines);
	for (let at = 0; at < lines.length; at++) {
		const print = printOf(lines.slice(at, at + 12).join('\n'));
		if (print !== undefined) yield print;
	}
}

/** People of a message who are none of ours. */
export function peopleOf(fields: MessageFields, isOurs: (address: string) => boolean): string[] {
	const { from, to = [], cc = [], replyTo = [] } = fields;
	const all = [...(from ? [from] : []), ...replyTo, ...to, ...cc]
		.slice(0, mostPeople)
		.map(({ address }) => normalAddress(address));
	return [...new Set(all)].filter((address) => address.includes('@') && !isOurs(address));
}
