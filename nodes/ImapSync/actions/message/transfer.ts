import type { IDataObject, INodeProperties } from 'n8n-workflow';
import type { Changed } from '../../../../sync/changing/changeMessages';
import type { ActionRun } from '../ActionRun';
import { optionsField } from '../../../shared/optionsField';

/** Whether a folder that is not there is made. */
export const createFolderOption: INodeProperties = {
	displayName: 'Create Folder If Missing',
	name: 'createFolder',
	type: 'boolean',
	default: false,
	description: 'Whether to create the folder if it does not exist, and subscribe to it',
};

/** The options of an operation that puts messages into a folder of the account. */
export const transferOptions = optionsField([createFolderOption]);

/** Where the messages of an input item go, and whether the folder may be made. */
export function readTarget(run: ActionRun, index: number): { to: string; mayCreate?: boolean } {
	const mayCreate = run.yesOrNo('options.createFolder', index);
	return { to: run.folder('toFolder', index), ...(mayCreate ? { mayCreate } : {}) };
}

/**
 * The result of a message that went elsewhere: folder, uid and uidValidity are those it has there, so that the item can be
 * dropped into the next operation; without uid where the server does not report it.
 */
export function movedTo({ address, target }: Changed, from: 'previous' | 'source'): IDataObject {
	return { folder: target?.folder, uid: target?.uid, uidValidity: target?.uidValidity, [from]: { ...address } };
}
