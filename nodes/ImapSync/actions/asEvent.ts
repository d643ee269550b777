import type { INodeProperties } from 'n8n-workflow';
import { createEvent } from '../../../sync/events/createEvent';
import { idNameOf } from '../../../sync/run/folderIdentities';
import { accountKeys } from '../../../sync/state/accountState';
import type { FolderListing } from '../../../sync/server/folderListing';
import { asUid } from '../../../sync/uids/uid';
import type { ActionRun } from './ActionRun';
import type { ItemsOf } from './readResolved';

/** Whether a message comes as the event by which a trigger hands it out. Checked with checkAsEvent(), read with eventsWhereAsked(). */
export const asEventOption: INodeProperties = {
	displayName: 'As Event',
	name: 'asEvent',
	type: 'boolean',
	default: false,
	description:
		"Whether to return each message as the 'New Message' event of a trigger, with the same eventId, to run a workflow again for messages it already processed",
};

/** Of which trigger: where the folders are not chosen one by one, an event's id holds no name of a folder that is known without it. */
export const eventOfOption: INodeProperties = {
	displayName: 'As Event Of',
	name: 'asEventOf',
	type: 'options',
	default: 'chosen',
	options: [
		{ name: 'A Trigger with All Folders or a Pattern', value: 'pattern' },
		{ name: 'A Trigger with Chosen Folders', value: 'chosen' },
	],
	displayOptions: { show: { asEvent: [true] } },
	description: "What the trigger watches, so that each message gets the eventId that it has there: see 'Watch' in the trigger",
};

/** Throws settingsInvalid where an option of an input item is wrong, before anything is asked of the server. */
export const checkAsEvent = (run: ActionRun, index: number): void => {
	run.yesOrNo('options.asEvent', index);
	eventOf(run, index);
};

const eventOf = (run: ActionRun, index: number): 'chosen' | 'pattern' =>
	run.choice('options.asEventOf', index, ['chosen', 'pattern'] as const);

/** Adds to the items of messages what makes events of them, where asEventOption asks for it. Throws SyncError. */
export async function eventsWhereAsked(run: ActionRun): Promise<ItemsOf> {
	const account = await run.ownAccount();
	const isOfPattern = (index: number): boolean => run.yesOrNo('options.asEvent', index) && eventOf(run, index) === 'pattern';
	const listing = run.indexes.some(isOfPattern) ? await listingOf(run) : undefined;
	return (item, index) => {
		if (!run.yesOrNo('options.asEvent', index)) return [item];
		const { folder, uid, uidValidity } = item.json as { folder: string; uid: number; uidValidity: string };
		const idName = eventOf(run, index) === 'pattern' ? idNameOf(listing, uidValidity) : undefined;
		const where = { accountKey: accountKeys(account).user, account: account.name, folder, idName, uidValidity };
		const { event, eventId } = createEvent(where, 'messageNew', asUid(uid));
		return [{ ...item, json: { ...item.json, event, eventId, origin: 'redelivery' } }];
	};
}

/** All folders with their status; undefined where a trigger has no status of all of them either. */
async function listingOf(run: ActionRun): Promise<FolderListing[] | undefined> {
	const { reader } = await run.session();
	return reader.capabilities.listStatus ? await reader.listFolders({ status: true }) : undefined;
}
