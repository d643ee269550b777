import type { RepeatCheck } from '../errors/errorData';

/** What to do when the connection was lost before the answer, by what a repetition would do; see WriteCommand. */
export const HARMLESS: RepeatCheck = { kind: 'harmless' };
export const MAYBE_TWICE: RepeatCheck = { kind: 'maybeTwice' };
