import type { Operation } from '../operation';

/** The operations that keep messages outside of the mailbox, in alphabetical order of their names. */
export const archiveOperations: Operation[] = [];
