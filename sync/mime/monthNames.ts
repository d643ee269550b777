const english = [
	'january',
	'february',
	'march',
	'april',
	'may',
	'june',
	'july',
	'august',
	'september',
	'october',
	'november',
	'december',
];

/** characters; with accents written beside their letters "września" and its like stay far below */
const longestName = 40;

/** Languages that date by the Gregorian calendar, whatever the mailer. */
const languages =
	'bg bs ca cs da de el es et eu fi fr hr hu id is it lt lv mk ms nb nl pl pt pt-BR ro ru sk sl sq sr sr-Latn sv tr uk'.split(
		' ',
	);

/**
 * The month, from 1 to 12, that a word names in English or in another language, whole or shortened; undefined for other words
 * and for one that is another month elsewhere: "listopad" is October in Zagreb and November in Warsaw.
 */
export function monthNumber(name: string): number | undefined {
	if (name.length > longestName) return undefined;
	const word = fold(name);
	// At least three letters: "ma" may be March or May.
	if (word.length >= 3) {
		const inEnglish = english.findIndex((month) => month.startsWith(word === 'sept' ? 'sep' : word));
		if (inEnglish >= 0) return inEnglish + 1;
	}
	otherNames ??= namesOfOtherLanguages();
	return otherNames.has(word) ? otherNames.get(word) : beginningOf(word, otherNames);
}

/** Mailers shorten as they like: the month whose names alone begin with that word. */
function beginningOf(word: string, names: ReadonlyMap<string, number | undefined>): number | undefined {
	if (word.length < 3) return undefined;
	const months = new Set([...names].filter(([name]) => name.startsWith(word)).map(([, month]) => month));
	return months.size === 1 ? [...months][0] : undefined;
}

/** Made when a month is not English for the first time: it takes some tenths of a second. */
let otherNames: Map<string, number | undefined> | undefined;

function namesOfOtherLanguages(): Map<string, number | undefined> {
	const names = new Map<string, number | undefined>([['mrz', 3]]);
	for (const language of languages) {
		for (const month of ['long', 'short'] as const) {
			// Slavic languages and others decline a month that stands beside a day.
			for (const options of [{ month }, { month, day: 'numeric' }] as const) {
				const format = new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' });
				for (let number = 1; number <= 12; number++) {
					const parts = format.formatToParts(Date.UTC(2026, number - 1, 15));
					const word = fold(parts.find(({ type }) => type === 'month')?.value ?? '');
					if (!/^\p{L}{2,}$/u.test(word)) continue;
					names.set(word, names.has(word) && names.get(word) !== number ? undefined : number);
				}
			}
		}
	}
	return names;
}

/** Without accents and dots, which mailers leave out, in lower case. */
const fold = (word: string): string =>
	word
		.normalize('NFKD')
		.replace(/[\p{M}.]/gu, '')
		.toLowerCase();
