import { CorrespondenceMemory } from '../../sync/mime/correspondence';
import { ownAddresses } from '../../sync/mime/ownAddresses';
import { readMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';
import { answerers, people, type Correspondent } from '../support/answerers';
import { printScore } from '../support/scores';

const own = ownAddresses('support@example.com', []);

/**
 * The ticket workflow: it answers each mail whose `loopRisk` is not high, and the other side answers that. Returns how many mails
 * came, and how many of them were answered, after at most 30.
 */
async function play(correspondent: Correspondent): Promise<{ came: number; answered: number }> {
	const memory = new CorrespondenceMemory();
	let clock = Date.UTC(2026, 10, 23, 9);
	let answer = { subject: '', text: '' };
	let answered = 0;
	let came = 0;
	let isWaiting = false;
	for (; came < 30; came++) {
		// A program waits for an answer; a person writes on.
		if (isWaiting && answerers.includes(correspondent)) break;
		const sent = correspondent.send(came, answer);
		if (!sent) break;
		clock += (sent.after ?? 5) * 1000;
		const header = {
			From: correspondent.from,
			To: 'support@example.com',
			Date: new Date(clock).toUTCString(),
			'Message-ID': `<${came}.${correspondent.name.length}@customer.example>`,
			...(came > 0 && { 'In-Reply-To': `<answer-${came}@example.com>` }),
			...sent.header,
		};
		const lines = Object.entries(header).map(([name, value]) => `${name}: ${value}`);
		const source = Buffer.from(`${lines.join('\r\n')}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${sent.text}\r\n`);
		const { fields } = await readMessage(
			{ uid: 1 as Uid, flags: [], size: source.length, source, internalDate: new Date(clock) },
			{ level: 'content', headers: [], attachmentContent: false, own, memory },
		);
		isWaiting = fields.loopRisk === 'high';
		if (isWaiting) continue;
		answered++;
		answer = {
			subject: `Re: [#${4711}] ${fields.subject ?? ''}`.slice(0, 200),
			text: `Hello, we have your message and call it ticket ${4711 + came}.`,
		};
	}
	return { came, answered };
}

it('there are forty answerers', () => {
	expect(answerers).toHaveLength(40);
});

it.each(answerers.map((answerer) => [answerer.name, answerer] as const))('ends the loop with %s', async (name, answerer) => {
	const { answered } = await play(answerer);
	printScore('loops', `${String(answered).padStart(2)} answers to: ${name}`);
	expect(answered).toBeLessThanOrEqual(3);
});

it.each(people.map((person) => [person.name, person] as const))('holds back nobody who %s', async (name, person) => {
	const { came, answered } = await play(person);
	printScore('people', `${answered} of ${came} answered: ${name}`);
	expect(answered).toBe(came);
	expect(came).toBeGreaterThan(0);
});
