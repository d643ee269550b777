import type { Language } from './languages';

/** The message that is answered. */
interface Answered {
	name: string;
	address: string;
	at: Date;
	subject: string;
}

/** How one mail program puts the message that is answered below, or above, what its user writes. */
export interface Program {
	name: string;
	/** Languages it has this form in; absent for all. */
	only?: readonly string[];
	/** What it writes above the history. */
	introduction(language: Language, answered: Answered): string;
	/** Whether the lines of the history begin with "> ". */
	hasMarks: boolean;
	/** What it puts below the user's text by itself. */
	signature?(language: Language): string;
	isForward?: true;
}

/** One of each kind: to make one takes a hundred times as long as to use it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment in the words of a language. */
function dateIn({ code }: Language, at: Date, options: Intl.DateTimeFormatOptions): string {
	const key = code + JSON.stringify(options);
	const format = formats.get(key) ?? new Intl.DateTimeFormat(code, { timeZone: 'UTC', ...options });
	formats.set(key, format);
	return format.format(at);
}

const gmailDate = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
const appleDate = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const numericDate = { day: '2-digit', month: '2-digit', year: 'numeric' } as const;
const fullDate = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
const clock = { hour: '2-digit', minute: '2-digit' } as const;

function fill(template: string, language: Language, { name, address, at }: Answered): string {
	const values: Record<string, string> = {
		g: dateIn(language, at, gmailDate),
		a: dateIn(language, at, appleDate),
		n: dateIn(language, at, numericDate),
		f: dateIn(language, at, fullDate),
		t: dateIn(language, at, clock),
		who: `${name} <${address}>`,
		name,
		address,
	};
	return template.replace(/\{(\w+)\}/g, (_all, key: string) => values[key]);
}

/** Programs wrap what they write themselves too. */
function wrapped(line: string): string {
	if (line.length <= 72) return line;
	const at = line.lastIndexOf(' ', 72);
	return `${line.slice(0, at)}\n${line.slice(at + 1)}`;
}

const isoDate = ({ at }: Answered): string => at.toISOString().slice(0, 10);
const isoTime = ({ at }: Answered): string => at.toISOString().slice(11, 19);
const dots = ({ at }: Answered): string => at.toISOString().slice(0, 10).split('-').reverse().join('.');
const slashes = ({ at }: Answered): string => at.toISOString().slice(0, 10).split('-').reverse().join('/');

interface BlockForm {
	/** Order of the fields: f, d, t, s. */
	order?: string;
	after?: string;
	from?(answered: Answered): string;
	date?(language: Language, answered: Answered): string;
	end?: string;
}

function block(language: Language, answered: Answered, form: BlockForm = {}): string {
	const { order = 'fdts', after = ': ', end = '', from, date } = form;
	const [fromLabel, dateLabel, toLabel, subjectLabel] = language.labels.split('|');
	const fields: Record<string, string> = {
		f: `${fromLabel}${after}${from ? from(answered) : `${answered.name} <${answered.address}>`}`,
		d: `${dateLabel}${after}${date ? date(language, answered) : dateIn(language, answered.at, { ...fullDate, ...clock })}`,
		t: `${toLabel}${after}Zoe Miller <zoe@example.org>`,
		s: `${subjectLabel}${after}${answered.subject}`,
	};
	return [...order].map((field) => fields[field] + end).join('\n');
}

const rule = '________________________________';
const quotedName = ({ name, address }: Answered): string => `"${name}" <${address}>`;

const everywhere: Program[] = [
	{ name: 'Gmail', hasMarks: true, introduction: (l, m) => `${fill(l.gmail, l, m)}\n` },
	{ name: 'Gmail, wrapped', hasMarks: true, introduction: (l, m) => `${wrapped(fill(l.gmail, l, m))}\n` },
	{
		name: 'Gmail of 2009',
		hasMarks: true,
		introduction: (_l, m) => `${isoDate(m).replace(/-/g, '/')} ${m.name} <${m.address}>\n`,
	},
	{ name: 'Apple Mail', hasMarks: true, introduction: (l, m) => `${fill(l.apple, l, m)}\n` },
	{
		name: 'iPhone',
		hasMarks: true,
		introduction: (l, m) => wrapped(fill(l.apple, l, m)),
		signature: (l) => l.sentFromPhone,
	},
	{ name: 'Thunderbird', hasMarks: true, introduction: (l, m) => fill(l.thunderbird, l, m) },
	{
		name: 'Roundcube',
		hasMarks: true,
		introduction: (l, m) => fill(l.thunderbird.replace('{n}', isoDate(m)), l, m),
	},
	{ name: 'Yahoo', hasMarks: false, introduction: (l, m) => `    ${fill(l.yahoo, l, m)}  \n ` },
	{
		name: 'Proton',
		hasMarks: true,
		introduction: (l, m) => `${fill(l.yahoo, l, m)}\n`,
		signature: () => 'Sent with Proton Mail secure email.',
	},
	{ name: 'Outlook', hasMarks: false, introduction: (l, m) => `${block(l, m)}\n` },
	{
		name: 'Outlook, without addresses',
		hasMarks: false,
		introduction: (l, m) => `${block(l, m, { from: ({ name }) => name })}\n`,
	},
	{ name: 'Outlook on the web', hasMarks: false, introduction: (l, m) => `${rule}\n${block(l, m)}\n` },
	{
		name: 'Outlook on a phone',
		hasMarks: false,
		introduction: (l, m) => `${rule}\n${block(l, m)}\n`,
		signature: () => 'Get Outlook for iOS<https://aka.ms/o0ukef>',
	},
	{
		name: 'Outlook, with a title',
		hasMarks: false,
		introduction: (l, m) => `-----${l.titles[0]}-----\n${block(l, m, { after: ': ' })}\n`,
	},
	{
		name: 'GMX, web.de',
		hasMarks: false,
		introduction: (l, m) => `${block(l, m, { order: 'dfts', from: quotedName })}\n`,
	},
	{
		name: 'Zoho',
		hasMarks: false,
		introduction: (l, m) => `---- ${fill(l.gmail, l, m).replace(/\s?[:：]\u202c?$/, '')} ----\n`,
	},
	{
		name: 'Android',
		hasMarks: false,
		introduction: (l, m) =>
			`-------- ${l.titles[0]} --------\n${block(l, m, { date: (_l, { at }) => `${slashes(m)} ${at.toISOString().slice(11, 16)} (GMT+01:00)` })}\n`,
	},
	{
		name: 'Notes',
		hasMarks: false,
		introduction: (l, m) =>
			`${block(l, m, { order: 'ftds', after: ':\t', from: ({ name }) => `${name}/Example`, date: () => `${dots(m)} ${isoTime(m).slice(0, 5)}` })}\n`,
	},
	{
		name: 'QQ',
		hasMarks: false,
		introduction: (l, m) =>
			`------------------ ${l.titles[0]} ------------------\n${block(l, m, { from: quotedName, end: ';' })}\n`,
	},
	{
		name: 'eM Client',
		hasMarks: false,
		introduction: (l, m) => `------ ${l.titles[0]} ------\n${block(l, m, { order: 'ftds', after: ' ', from: quotedName })}\n`,
	},
	{
		name: 'Zimbra',
		hasMarks: false,
		introduction: (l, m) => `----- ${l.titles[0]} -----\n${block(l, m, { order: 'ftds', from: quotedName })}\n`,
	},
	{
		name: 'Gmail, forwarded',
		hasMarks: false,
		isForward: true,
		introduction: (l, m) => `---------- ${l.titles[1]} ---------\n${block(l, m, { order: 'fdst' })}\n\n`,
	},
	{
		name: 'Thunderbird, forwarded',
		hasMarks: false,
		isForward: true,
		introduction: (l, m) => `-------- ${l.titles[1]} --------\n${block(l, m, { order: 'sdft', after: ': \t' })}\n`,
	},
	{
		name: 'Outlook, forwarded',
		hasMarks: false,
		isForward: true,
		introduction: (l, m) => `${rule}\n${block(l, m)}\n`,
	},
];

/** A line above quoted text that a program has in one language. */
const inOneLanguage = (name: string, code: string, introduction: (answered: Answered) => string, hasMarks = true): Program => ({
	name,
	only: [code],
	hasMarks,
	introduction: (_language, answered) => introduction(answered),
});

const some: Program[] = [
	inOneLanguage('Fastmail', 'en-US', ({ name, at }) => `On ${at.toUTCString().slice(0, 16)}, at 10:00 AM, ${name} wrote:`),
	inOneLanguage('Evolution', 'en-GB', (m) => `On Mon, ${isoDate(m)} at ${isoTime(m).slice(0, 5)} +0000, ${m.name} wrote:`),
	inOneLanguage('Mutt', 'en-US', ({ name, at }) => `On ${at.toUTCString().slice(0, 16)} at 10:00:00AM +0100, ${name} wrote:`),
	inOneLanguage('Alpine', 'en-GB', ({ name, at }) => `On ${at.toUTCString().slice(0, 16)}, ${name} wrote:\n`),
	inOneLanguage('Gnus', 'en-US', ({ name, address }) => `${name} <${address}> writes:\n`),
	inOneLanguage('Airmail', 'en-US', (m) => `On 23 November 2026 at ${isoTime(m)}, ${m.name} (${m.address}) wrote:\n`),
	inOneLanguage('FairEmail', 'en-US', ({ name, address }) => `On November 23, 2026 10:00:00 AM UTC, ${name} <${address}> wrote:`),
	inOneLanguage(
		'Superhuman',
		'en-US',
		({ name, address }) => `On Mon, Nov 23, 2026 at 10:00 AM, ${name} < ${address} > wrote:\n`,
	),
	inOneLanguage('Notes, in text', 'en-US', ({ name, address }) => `${name} <${address}> wrote on 11/23/2026 10:00:00 AM:\n`),
	inOneLanguage('Notes, in text', 'de', (m) => `${m.name} <${m.address}> schrieb am ${dots(m)} ${isoTime(m)}:\n`),
	inOneLanguage('Horde', 'en-GB', ({ name, address }) => `Quoting ${name} <${address}>:\n`),
	inOneLanguage('Horde', 'de', ({ name, address }) => `Zitat von ${name} <${address}>:\n`),
	inOneLanguage('Open-Xchange', 'de', (m) => `${m.name} <${m.address}> hat am ${dots(m)} 10:00 CET geschrieben:\n \n`),
	inOneLanguage('Open-Xchange', 'en-GB', (m) => `On ${slashes(m)} 10:00 CET ${m.name} <${m.address}> wrote:\n \n`),
	inOneLanguage(
		'T-Online',
		'de',
		(m) =>
			`-----Original-Nachricht-----\nBetreff: ${m.subject}\nDatum: ${isoDate(m)}T${isoTime(m)}+0100\nVon: "${m.name}" <${m.address}>\nAn: zoe@example.org\n`,
		false,
	),
	inOneLanguage(
		'Orange',
		'fr',
		(m) =>
			`> Message du ${slashes(m)} 10:00\n> De : "${m.name}" <${m.address}>\n> A : zoe@example.org\n> Copie à :\n> Objet : ${m.subject}\n>`,
	),
	inOneLanguage('Libero', 'it', (m) => `Il ${slashes(m)} 10:00 ${m.name} <${m.address}> ha scritto:\n`),
	inOneLanguage('Onet', 'pl', (m) => `W dniu ${isoDate(m)} ${isoTime(m)} użytkownik ${m.name} <${m.address}> napisał:`),
	inOneLanguage('WP', 'pl', ({ name, address }) => `Dnia 23 listopada 2026 10:00 ${name} <${address}> napisał(a):\n`),
	inOneLanguage(
		'Seznam',
		'cs',
		(m) =>
			`---------- Původní e-mail ----------\nOd: ${m.name} <${m.address}>\nKomu: zoe@example.org\nDatum: 23. 11. 2026 10:00:00\nPředmět: ${m.subject}\n`,
		false,
	),
	inOneLanguage('mail.ru', 'ru', ({ name, address }) => `Понедельник, 23 ноября 2026, 10:00 +03:00 от ${name} <${address}>:\n`),
	inOneLanguage('Yandex', 'ru', (m) => `${dots(m)}, ${isoTime(m).slice(0, 5)}, "${m.name}" <${m.address}>:`),
	inOneLanguage('NetEase', 'zh-CN', (m) => `在 ${isoDate(m)} ${isoTime(m)}，"${m.name}" <${m.address}> 写道：\n`),
	inOneLanguage('NetEase', 'en-GB', (m) => `At ${isoDate(m)} ${isoTime(m)}, "${m.name}" <${m.address}> wrote:\n`),
	inOneLanguage(
		'Naver',
		'ko',
		(m) =>
			`-----Original Message-----\nFrom: "${m.name}"<${m.address}>\nTo: <zoe@example.org>;\nCc:\nSent: ${isoDate(m)} (월) ${isoTime(m)} (GMT+09:00)\nSubject: ${m.subject}\n`,
		false,
	),
];

export const programs: readonly Program[] = [...everywhere, ...some];
