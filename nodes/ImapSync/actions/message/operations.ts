import type { Operation } from '../operation';
import { markRead } from './markRead';
import { markUnread } from './markUnread';

/** The operations on messages, in alphabetical order of their names. */
export const messageOperations: Operation[] = [markRead, markUnread];
