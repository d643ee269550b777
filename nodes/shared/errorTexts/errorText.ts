import type { ErrorData } from '../../../sync/errors/errorData';
import type { SyncErrorCode } from '../../../sync/errors/syncError';

/** What happened, and what to do next, as a person reads it. */
export interface ErrorTexts {
	message: string;
	advice: string;
}

/** Makes the texts of one code. `cause`: the texts of the error that led to it; empty without one. */
export type TextOf<C extends SyncErrorCode> = (data: ErrorData[C], cause: ErrorTexts) => ErrorTexts;

/** The texts of several codes. */
export type TextsOf<C extends SyncErrorCode> = { [K in C]: TextOf<K> };

/** The server's own words, to go after a message. */
export const quoted = (answer: string | undefined): string => (answer === undefined ? '' : `: "${answer}"`);

/** Where it happened, to go after a message. */
export const inFolder = (folder: string | undefined): string => (folder === undefined ? '' : ` in the folder "${folder}"`);

/** On which server, to go after a message. */
export const onHost = (host: string | undefined): string => (host === undefined ? '' : ` on ${host}`);
