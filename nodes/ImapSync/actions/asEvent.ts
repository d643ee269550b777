import type { INodeProperties } from 'n8n-workflow';
import { createEvent } from '../../../sync/events/createEvent';
import { accountKeys } from '../../../sync/state/accountState';
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
		'Whether each item is the New Message event that a trigger has for the message, with the same eventId: to run a workflow once more over messages that it already had',
};

/** Throws settingsInvalid where the option of an input item is wrong, before anything is asked of the server. */
export const checkAsEvent = (run: ActionRun, index: number): void => {
	run.yesOrNo('options.asEvent', index);
};

/** Adds to the items of messages what makes events of them, where asEventOption asks for it. */
export async function eventsWhereAsked(run: ActionRun): Promise<ItemsOf> {
	const account = await run.ownAccount();
	return (item, index) => {
		if (!run.yesOrNo('options.asEvent', index)) return [item];
		const { folder, uid, uidValidity } = item.json as { folder: string; uid: number; uidValidity: string };
		const where = { accountKey: accountKeys(account).user, account: account.name, folder, uidValidity };
		const { event, eventId } = createEvent(where, 'messageNew', asUid(uid));
		return [{ ...item, json: { ...item.json, event, eventId, origin: 'redelivery' } }];
	};
}
