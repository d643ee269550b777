/**
 * About how many tokens a text takes, rather too many than too few: no tokenizer is the one that a model has. Words of Latin letters take a
 * quarter of a token a letter, figures and signs more, and other scripts about one a character.
 */
export function roughTokens(text: string): number {
	const letters = text.match(/[A-Za-z ]/g)?.length ?? 0;
	const signs = text.match(/[\t\n!-@[-`{-~]/g)?.length ?? 0;
	return Math.ceil(letters * 0.28 + signs * 0.55 + (text.length - letters - signs) * 1.2);
}

/** The beginning of a text that takes no more than this. */
export function withinTokens(text: string, most: number): string {
	let low = 0;
	let high = Math.min(text.length, most * 4);
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (roughTokens(text.slice(0, middle)) <= most) low = middle;
		else high = middle - 1;
	}
	// Never between the halves of a character.
	return text.slice(0, /[\ud800-\udbff]$/.test(text.slice(0, low)) ? low - 1 : low);
}
