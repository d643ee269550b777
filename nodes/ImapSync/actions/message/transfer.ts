import type { IDataObject } from 'n8n-workflow';
import type { Changed } from '../../../../sync/changeMessages';

/**
 * The result of a message that went elsewhere: folder, uid and uidValidity are those it has there, so that the item can be
 * dropped into the next operation; without uid where the server does not tell it.
 */
export function movedTo({ address, target }: Changed, from: 'previous' | 'source'): IDataObject {
	return { folder: target?.folder, uid: target?.uid, uidValidity: target?.uidValidity, [from]: { ...address } };
}
