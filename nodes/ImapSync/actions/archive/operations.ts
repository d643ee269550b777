import type { Operation } from '../operation';
import { exportMessages } from './export';
import { verify } from './verify';

/** The operations that keep messages outside of the mailbox, in alphabetical order of their names. */
export const archiveOperations: Operation[] = [exportMessages, verify];
