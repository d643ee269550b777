/**
 * Characters that nobody sees, and in which text can be smuggled past a reader or turned around: those of no width, of direction, tags,
 * variation selectors and fillers (all of which Unicode calls ignorable), controls, and what is left to private agreement.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Co}\p{Cs}\ufff9-\ufffb]|(?![\t\n])\p{Cc}/gu;

/** The text without characters that nobody sees. Line breaks and tabs stay. */
export const withoutInvisible = (text: string): string => text.replace(invisible, '');

const joiners = new Set(['\u200c', '\u200d']);
const letter = /^[\p{L}\p{M}\p{Extended_Pictographic}]/u;

/** The same, but with the joiners (ZWNJ, ZWJ) within a word, without which Persian, Hindi and many emoji are written wrongly. */
export const withoutInvisibleButJoiners = (text: string): string =>
	text.replace(invisible, (character, at: number) =>
		joiners.has(character) && letter.test(text.slice(at + 1, at + 3)) && !/\s$/.test(text.slice(Math.max(0, at - 1), at))
			? character
			: '',
	);
