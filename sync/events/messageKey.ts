import { hash } from 'node:crypto';
import type { MessageSummary } from '../server/message';

/**
 * A key made of the message itself, which stays the same when it gets another folder, another UID or another server: of its
 * Message-ID and its size, or without a Message-ID of its date and its size. Copies of a message share it.
 */
export function messageKeyOf({
	messageId,
	internalDate,
	size,
}: Pick<MessageSummary, 'messageId' | 'internalDate' | 'size'>): string {
	const seconds = internalDate ? Math.floor(internalDate.getTime() / 1000) : null;
	const made = messageId ? ['id', messageId.trim(), size] : ['date', seconds, size];
	return hash('sha256', JSON.stringify(made), 'hex').slice(0, 24);
}
