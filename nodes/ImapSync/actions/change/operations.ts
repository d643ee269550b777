import type { Operation } from '../operation';
import { getManyChanges } from './getMany';
import { getStateOfChanges } from './getState';
import { resetChanges } from './reset';

/** The operations on the changes of a mailbox, in the editor's order. */
export const changeOperations: readonly Operation[] = [getManyChanges, getStateOfChanges, resetChanges];
