import { chance } from '../chance';
import { languages, type Language } from './languages';
import { programs, type Program } from './programs';

/** A mail with a history in it, and what of its text its sender wrote. */
export interface PlayedReply {
	language: string;
	program: string;
	layout: string;
	/** Fields of the header that say what the mail answers, and its subject. */
	header: string[];
	type: 'text/plain' | 'text/html';
	body: string;
	own: string;
}

/** Lines that nobody's language has, and that look like parts of a history. */
const neutral = [
	'4711 x 2',
	'anna@example.net:',
	'10:30',
	'- pallets\n- screws',
	'https://shop.example/17',
	'23.11.2026: ok',
	'Order 4711: yes',
	'Ann Smith',
];
const people = ['Bob Builder', 'Jörg Müller-Lüdenscheidt', 'O’Neill, Pat', 'Example Support', 'bob'];
const history = ['Your order is on its way.', 'It has number 4711.', 'The team of Example'];

interface Written {
	own: string;
	introduction: string;
	program: Program;
	language: Language;
}

const marked = (lines: readonly string[]): string => lines.map((line) => `> ${line}`).join('\n');
const historyOf = ({ program }: Written): string => (program.hasMarks ? marked(history) : history.join('\n'));
const signed = ({ own, program, language }: Written): string =>
	program.signature ? `${own}\n\n${program.signature(language)}` : own;

type Layout = (written: Written) => { body: string; own: string } | undefined;

/** Where the history stands, and what else. Undefined where a program has no such layout. */
const layouts: Record<string, Layout> = {
	'on top': (written) => ({ body: `${signed(written)}\n\n${written.introduction}\n${historyOf(written)}\n`, own: written.own }),
	'on top, without an empty line': (written) => ({
		body: `${written.own}\n${written.introduction}\n${historyOf(written)}\n`,
		own: written.own,
	}),
	'at the bottom': ({ own, introduction, program }) =>
		program.hasMarks ? { body: `${introduction}\n${marked(history)}\n\n${own}\n`, own } : undefined,
	'between the quoted lines': ({ own, introduction, program }) => {
		if (!program.hasMarks) return undefined;
		const [first, ...others] = own.split('\n');
		const quoted = history.map((line) => `> ${line}`);
		const body = `${introduction}\n${quoted[0]}\n${first}\n\n${quoted[1]}\n\n${others.join('\n')}\n\n${quoted[2]}\n`;
		return { body, own };
	},
	'with a signature': (written) => ({
		body: `${written.own}\n\n-- \nZoe Miller\nExample Ltd, Main Street 7\n+49 30 1234567\n\n${written.introduction}\n${historyOf(written)}\n`,
		own: written.own,
	}),
	'on several levels': (written) => {
		const older = `On Sun, 22 Nov 2026 at 09:00, Zoe Miller <zoe@example.org> wrote:\n\n> Where is it?\n> I wait.`;
		const below = written.program.hasMarks
			? marked(`${history.join('\n')}\n${older}`.split('\n'))
			: `${history.join('\n')}\n\n${older}`;
		return { body: `${signed(written)}\n\n${written.introduction}\n${below}\n`, own: written.own };
	},
	'in html': (written) => ({ body: htmlOf(written), own: written.own }),
};

const escape = (text: string): string =>
	text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
const inLines = (text: string): string => escape(text.trim()).replace(/\n/g, '<br>\n');

function htmlOf(written: Written): string {
	const { program, introduction } = written;
	const own = signed(written)
		.split('\n')
		.map((line) => `<div>${line === '' ? '<br>' : escape(line)}</div>`)
		.join('\n');
	const below = history.map((line) => `<p>${line}</p>`).join('\n');
	const quoted = program.hasMarks ? `<blockquote type="cite">${below}</blockquote>` : `<div>${below}</div>`;
	if (introduction.startsWith('>'))
		return `${own}<blockquote>${inLines(introduction.replace(/^> ?/gm, ''))}<br>${below}</blockquote>`;
	return `<html><body>${own}<br><div>${inLines(introduction)}</div>\n${quoted}</body></html>`;
}

/** Mail of each program in each language and each layout; the same seed gives the same mail. */
export function* playReplies(seed: number): Generator<PlayedReply> {
	const random = chance(seed);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
	for (const language of languages) {
		for (const program of programs) {
			if (program.only && !program.only.includes(language.code)) continue;
			for (const [layout, arrange] of Object.entries(layouts)) {
				const own = writtenBy(language, pick, random);
				const introduction = program.introduction(language, { ...answered, name: pick(people), at: someTime(random) });
				const arranged = arrange({ own, introduction, program, language });
				if (!arranged) continue;
				const type = layout === 'in html' ? 'text/html' : 'text/plain';
				yield { ...names(language, program.name, layout), header: program.isForward ? forwarding : answering, type, ...arranged };
			}
		}
		for (const [layout, text] of Object.entries(unanswered(language, () => writtenBy(language, pick, random)))) {
			for (const [program, header] of [
				['nothing quoted, an answer', answering],
				['nothing quoted, a mail of its own', ['Subject: Order 17']],
			] as const)
				yield { ...names(language, program, layout), header: [...header], type: 'text/plain', body: `${text}\n`, own: text };
		}
	}
}

const answering = ['Subject: Re: Order 17', 'In-Reply-To: <17@example.com>'];
const forwarding = ['Subject: Fwd: Order 17'];
const answered = { address: 'bob.builder@example.com', subject: 'Order 17' };

const names = ({ code }: Language, program: string, layout: string) => ({ language: code, program, layout });

const someTime = (random: () => number): Date =>
	new Date(
		Date.UTC(
			2024 + Math.floor(random() * 4),
			Math.floor(random() * 12),
			1 + Math.floor(random() * 28),
			8 + Math.floor(random() * 12),
			30,
		),
	);

/** Mail without any history in it, whatever it looks like. */
function unanswered({ labels, lines }: Language, own: () => string): Record<string, string> {
	const [from, date, to] = labels.split('|');
	const [question, wrote, colon, greeting] = lines;
	return {
		'text only': own(),
		'a journey': `${colon}\n${from}: Berlin\n${to}: Hamburg\n${date}: 23.11.2026\n${greeting}\nZoe`,
		'a rule between paragraphs': `${question}\n\n--\n\n${wrote}`,
		'an address and a colon': `${colon}\n\nAnn Smith <ann@example.net>:\n${wrote}`,
		'a date and a colon': `${question}\n23.11.2026 10:30:\n${wrote}`,
		'what somebody wrote': `${wrote.replace(/[\n.。]+/g, ' ')}:\n${question}`,
	};
}

/** A few lines in the language, some of which look like more than they are. */
function writtenBy({ lines }: Language, pick: <T>(list: readonly T[]) => T, random: () => number): string {
	const [question, wrote, colon, greeting] = lines;
	const middle = [wrote, `${colon}\n${pick(neutral)}`, question, pick(neutral)].filter(() => random() < 0.5);
	const end = random() < 0.4 ? [`${greeting}\nZoe`] : random() < 0.3 ? [pick(neutral)] : [];
	return [question, ...middle, ...end].join('\n');
}
