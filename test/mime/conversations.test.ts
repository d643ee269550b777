import { CorrespondenceMemory } from '../../sync/mime/correspondence';
import { ownAddresses } from '../../sync/mime/ownAddresses';
import { readMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import { seedFrom } from '../support/chance';
import { playConversations, type PlayedMessage } from '../support/conversations';
import { printScore } from '../support/scores';

const own = ownAddresses('support@example.com', []);

async function place(messages: readonly PlayedMessage[]) {
	const memory = new CorrespondenceMemory();
	const placed: Array<PlayedMessage & { key: string; reason: string }> = [];
	for (const message of messages) {
		const { source, at } = message;
		const { fields } = await readMessage(
			{ uid: 1 as Uid, flags: [], size: source.length, source, internalDate: new Date(at) },
			{ level: 'content', headers: [], attachmentContent: false, own, memory },
		);
		placed.push({ ...message, key: fields.conversation?.key ?? '', reason: fields.conversation?.reason ?? 'none' });
	}
	return placed;
}

it('300 conversations at once: none is joined wrongly, at most 3 % of the answers are missed', async () => {
	const seed = seedFrom('MIME_SEED');
	const placed = await place(playConversations(300, seed));
	const conversationsOf = new Map<string, Set<number>>();
	const keyOf = new Map<number, string>();
	const missed: string[] = [];
	for (const { conversation, kind, key, reason } of placed) {
		conversationsOf.set(key, (conversationsOf.get(key) ?? new Set()).add(conversation));
		const first = keyOf.get(conversation);
		if (first === undefined) keyOf.set(conversation, key);
		else if (first !== key) missed.push(`${kind} (${reason})`);
	}
	const wrong = [...conversationsOf].filter(([, conversations]) => conversations.size > 1);
	const answers = placed.length - keyOf.size;
	printScore(
		'conversations',
		`${answers} answers in ${keyOf.size} conversations: ${wrong.length} joined wrongly, ${missed.length} missed`,
	);
	for (const kind of new Set(missed)) printScore('conversations', `  missed: ${kind}`);
	const kindsOf = (numbers: Set<number>) =>
		placed.filter(({ conversation }) => numbers.has(conversation)).map(({ kind, reason }) => `${kind} (${reason})`);
	expect({ seed, wrong: wrong.map(([, numbers]) => [...new Set(kindsOf(numbers))]) }).toEqual({ seed, wrong: [] });
	expect({ seed, missed: missed.length / answers <= 0.03 ? [] : missed }).toEqual({ seed, missed: [] });
});
