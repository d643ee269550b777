import { setTimeout as delay } from 'node:timers/promises';
import { KINDS, addressed, folderFor, reply, write } from './correspondence.mjs';
import { composeMessage } from './message.mjs';
import { Random } from './random.mjs';

/** What happens in a mailbox, and how often. */
const HAPPENINGS = { delivery: 60, reading: 20, starring: 8, unstarring: 3, answering: 4, deletion: 9 };

/** Above this a folder loses its oldest message with every new one, so that a demo that runs for days stays small. */
const MOST_IN_FOLDER = 60;

/** How many delivered messages can still be answered by their sender. */
const REMEMBERED = 20;

/**
 * Lets a mailbox live: mail comes in, and somebody reads, stars, answers and deletes it, each through a real IMAP
 * connection, as a mail server and a mail app would. The same seed on the same mailbox gives the same course of events.
 *
 * @param {{ connection: { host: string, port: number, user: string, password: string }, seed: number, everyMs: number,
 *   say: (what: string, folder: string, uid: number, subject: string) => void, signal: AbortSignal }} options
 */
export async function live({ connection, seed, everyMs, say, signal }) {
	const { ImapFlow } = await import('imapflow');
	const { host, port, user, password } = connection;
	const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth: { user, pass: password }, logger: false });
	// imapflow throws a lost connection from nowhere if nobody listens; the command under way fails with it anyway.
	client.on('error', () => {});
	await client.connect();
	try {
		const random = new Random(seed);
		const remembered = [];
		while (!signal.aborted) {
			await delay(random.between(everyMs * 0.6, everyMs * 1.4), undefined, { signal });
			await happen(random.weighted(HAPPENINGS), { client, random, remembered, say });
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	} finally {
		client.close();
	}
}

async function happen(what, { client, random, remembered, say }) {
	if (what === 'delivery') return await deliver({ client, random, remembered, say });

	const folder = random.pick(['INBOX', 'INBOX', 'Support']);
	await client.mailboxOpen(folder);
	const { choose, change, word } = CHANGES[what];
	const candidates = (await messagesIn(client)).filter(({ flags }) => choose(flags));
	if (candidates.length === 0) return;
	const { uid, subject } = random.pick(candidates);
	await change(client, uid);
	say(word, folder, uid, subject);
}

const CHANGES = {
	reading: {
		word: 'read',
		choose: (flags) => !flags.has('\\Seen'),
		change: (client, uid) => client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true }),
	},
	starring: {
		word: 'starred',
		choose: (flags) => !flags.has('\\Flagged'),
		change: (client, uid) => client.messageFlagsAdd(String(uid), ['\\Flagged'], { uid: true }),
	},
	unstarring: {
		word: 'unstarred',
		choose: (flags) => flags.has('\\Flagged'),
		change: (client, uid) => client.messageFlagsRemove(String(uid), ['\\Flagged'], { uid: true }),
	},
	answering: {
		word: 'answered',
		choose: (flags) => flags.has('\\Seen') && !flags.has('\\Answered'),
		change: (client, uid) => client.messageFlagsAdd(String(uid), ['\\Answered'], { uid: true }),
	},
	deletion: {
		word: 'deleted',
		choose: (flags) => flags.has('\\Seen'),
		change: (client, uid) => client.messageDelete(String(uid), { uid: true }),
	},
};

async function deliver({ client, random, remembered, say }) {
	const now = new Date();
	const isReply = remembered.length > 3 && random.next() < 0.2;
	const message = isReply
		? addressed(reply(random, random.pick(remembered)), random, now)
		: write(random.weighted(KINDS), random, now);
	if (message.to[0].address.startsWith('support@')) remembered.push(message);
	if (remembered.length > REMEMBERED) remembered.shift();

	const folder = folderFor(message);
	await client.mailboxOpen(folder);
	if (client.mailbox.exists >= MOST_IN_FOLDER) {
		const [oldest] = await messagesIn(client, '1');
		await client.messageDelete(String(oldest.uid), { uid: true });
		say('deleted', folder, oldest.uid, oldest.subject);
	}
	const { uid } = await client.append(folder, composeMessage(message), [], now);
	say('delivered', folder, uid, `${message.from.name}: ${message.subject}`);
}

async function messagesIn(client, range = '1:*') {
	if (client.mailbox.exists === 0) return [];
	const messages = await client.fetchAll(range, { uid: true, flags: true, envelope: true });
	return messages.map(({ uid, flags, envelope }) => ({ uid, flags, subject: envelope.subject ?? '' }));
}
