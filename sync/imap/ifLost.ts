/** What to do when the connection was lost before the answer, by what a repetition would do; see WriteCommand. */
export const HARMLESS = 'Do it again: doing it twice is the same as doing it once.';
export const MAYBE_TWICE = 'Look into the folder before you repeat it, or there may be two of it.';
