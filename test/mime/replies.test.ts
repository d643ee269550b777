import { readMessage } from '../../sync/mime/readMessage';
import { asUid } from '../../sync/uids/uid';
import { seedFrom } from '../support/chance';
import { playReplies, type PlayedReply } from '../support/replies/replies';
import { printScore } from '../support/scores';

async function replyTextOf({ header, type, body }: PlayedReply): Promise<string> {
	const source = Buffer.from(
		['From: Zoe <zoe@example.org>', ...header, `Content-Type: ${type}; charset=utf-8`, '', body].join('\r\n'),
	);
	const { fields } = await readMessage(
		{ uid: asUid(1), flags: [], size: source.length, source },
		{ level: 'content', headers: [], attachmentContent: false },
	);
	return fields.replyText ?? '';
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** How many words of `own` are not in `read`, in their order. */
function lostWords(own: string, read: string): number {
	const words = wordsOf(read);
	let at = 0;
	let lost = 0;
	for (const word of wordsOf(own)) {
		const found = words.indexOf(word, at);
		if (found < 0) lost++;
		else at = found + 1;
	}
	return lost;
}

interface Score {
	cases: number;
	right: number;
	keptTooMuch: number;
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

it('no word of the sender is lost, whatever the program, the language and the layout', async () => {
	const seed = seedFrom('MIME_SEED');
	const scores = { program: new Map<string, Score>(), language: new Map<string, Score>(), layout: new Map<string, Score>() };
	const all: Score = { cases: 0, right: 0, keptTooMuch: 0 };
	const lost: PlayedReply[] = [];
	const kept: PlayedReply[] = [];
	for (const reply of playReplies(seed)) {
		const read = await replyTextOf(reply);
		const isLost = lostWords(reply.own, read) > 0;
		const isKept = !isLost && wordsOf(read).length > wordsOf(reply.own).length;
		if (isLost) lost.push(reply);
		if (isKept) kept.push(reply);
		for (const kind of ['program', 'language', 'layout'] as const) {
			const score = scores[kind].get(reply[kind]) ?? { cases: 0, right: 0, keptTooMuch: 0 };
			scores[kind].set(reply[kind], score);
			for (const one of kind === 'program' ? [score, all] : [score]) {
				one.cases++;
				if (isKept) one.keptTooMuch++;
				else if (!isLost) one.right++;
			}
		}
	}
	printScore(
		'replyText',
		`${all.cases} replies: ${percent(all.right, all.cases)} right, ${lost.length} with a word lost, ${percent(all.keptTooMuch, all.cases)} with history kept`,
	);
	for (const [kind, byName] of Object.entries(scores))
		for (const [name, { cases, right }] of byName)
			printScore('replyText', `  ${kind} ${name}: ${percent(right, cases)} of ${cases} right`);
	expect({ seed, lost }).toEqual({ seed, lost: [] });
	expect({ seed, keptTooMuch: all.keptTooMuch / all.cases < 0.03 ? [] : kept.length }).toEqual({ seed, keptTooMuch: [] });
});
