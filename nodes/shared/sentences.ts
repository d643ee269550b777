/** Texts one after the other, with a full stop where one ends without. */
export function sentences(text: string, ...more: Array<string | undefined>): string {
	return more.filter((next) => next !== undefined).reduce((all, next) => `${all}${/[.!?]$/.test(all) ? '' : '.'} ${next}`, text);
}
