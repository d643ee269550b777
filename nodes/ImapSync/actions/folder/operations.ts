import type { Operation } from '../operation';
import { getManyFolders } from './getMany';

/** The operations on folders, in alphabetical order of their names. */
export const folderOperations: Operation[] = [getManyFolders];
