/**
 * Marks on one letter that are kept. No language needs more than ten; Unicode allows 30 in text that is read as a stream (UAX 15,
 * UAX15-D4).
 */
const mostMarks = 30;

const surplusMarks = new RegExp(`(\\p{M}{${mostMarks}})\\p{M}+`, 'gu');

/**
 * Text in Unicode's normal form, so that "é" is found however it was written. Marks in excess of those that text needs are left
 * out first: normalizing sorts the marks of a letter, in time that grows with the square of their number.
 */
export const composed = (text: string): string => text.replace(surplusMarks, '$1').normalize('NFC');

/** Text as it is compared: without regard to upper and lower case, normal form and the length of white space. */
export const folded = (text: string): string => composed(text).toLowerCase().replace(/\s+/g, ' ');
