/**
 * A text from outside as one line that can be shown: folder names and answers of a server may hold line ends, which forge lines of a
 * log, escape sequences, which a terminal obeys, and marks that turn the direction of what comes after them. Each run of them becomes
 * one space.
 */
export const printable = (text: string): string =>
	text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ');
