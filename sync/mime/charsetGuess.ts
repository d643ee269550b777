/** characters that are looked at */
const lookedAt = 4000;

/** Letters beyond ASCII that mail in Latin script is made of; a word of nothing else may be anything. */
const usualLatin = /^[ÄÅÆÇÉÈÊÑÖØÜßàáâãäåæçèéêëíîïñóôõöøúûü]+$/;

/**
 * The charset of bytes, as a string, of which nothing is declared and which are no UTF-8. Text in Latin script has few letters beyond
 * ASCII, and hardly ever several in a row; where most are, it is Cyrillic, Chinese or Japanese, which differ by the bytes they use.
 */
export function guessCharset(bytes: string): 'windows-1252' | 'windows-1251' | 'koi8-r' | 'gb18030' | 'euc-jp' {
	const text = bytes.slice(0, lookedAt);
	const runs = text.match(/[\x80-\xff]+/g) ?? [];
	const high = runs.join('');
	const ascii = text.match(/[A-Za-z]/g)?.length ?? 0;
	if (high.length < 4 || high.length < ascii || high.length < 2 * runs.length || usualLatin.test(high)) return 'windows-1252';
	const count = (pattern: RegExp) => high.match(pattern)?.length ?? 0;
	const arePairs = runs.every((run) => run.length % 2 === 0 && /^(?:[\xa1-\xf7][\xa1-\xfe])*$/.test(run));
	// Beside the letters of Cyrillic there are few signs; Chinese uses all bytes alike.
	if (arePairs && count(/[\xa1-\xbf]/g) > high.length / 20 + count(/[\xa8\xb8\xab\xbb]/g)) {
		return count(/[\xa4\xa5][\xa1-\xf6]/g) > high.length / 8 ? 'euc-jp' : 'gb18030';
	}
	if (count(/[\xc0-\xff\xa3\xb3\xa8\xb8]/g) < 0.9 * high.length) return 'windows-1252';
	// Most letters are small: in the upper half in one, in the lower half in the other.
	return count(/[\xe0-\xff]/g) >= count(/[\xc0-\xdf]/g) || /^[\xc0-\xdf]+$/.test(high) ? 'windows-1251' : 'koi8-r';
}
