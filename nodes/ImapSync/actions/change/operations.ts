import type { Operation } from '../operation';

/** The operations that tell what changed, in alphabetical order of their names. */
export const changeOperations: Operation[] = [];
