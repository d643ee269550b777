import type { IDataObject } from 'n8n-workflow';
import { describePosition } from '../../../../sync/state/describePosition';
import { describeFailureReason } from '../../../shared/errorTexts/describeSyncError';
import { reportsFor } from '../../../shared/watchReports';
import type { Operation } from '../operation';
import { storeFields, storeOf } from './stateStore';

export const getStateOfChanges: Operation = {
	resource: 'change',
	value: 'getState',
	name: 'Get State',
	action: 'Get state of changes',
	description: 'Get how far the mailbox was read, what is waiting, what could not be read, and how its triggers are doing',
	effect: 'reads',
	properties: storeFields,
	async run(run) {
		await run.each(async (index) => {
			const store = await storeOf(run, index);
			const position = await store.load();
			const name = store.kind === 'cursor' ? {} : { stateName: run.text('stateName', index) };
			const what = position === undefined ? {} : withReasons(describePosition(position, Date.now()) as IDataObject);
			const triggers = triggersOf((await run.readCredential()).credentialKey);
			run.succeed(index, { stateStore: store.kind, ...name, saved: position !== undefined, ...what, ...triggers });
		});
	},
};

/** How the triggers of this process are that use the same login. */
function triggersOf(credentialKey: string): IDataObject {
	const now = Date.now();
	const [pushTriggers, pollingTriggers] = [reportsFor('push', credentialKey, now), reportsFor('polling', credentialKey, now)];
	return { ...(pushTriggers.length > 0 && { pushTriggers }), ...(pollingTriggers.length > 0 && { pollingTriggers }) };
}

/** The same with sentences for why messages failed. */
function withReasons(what: IDataObject): IDataObject {
	const folders = (what.folders ?? []) as Array<IDataObject & { quarantine: Array<IDataObject & { reason: string }> }>;
	for (const { quarantine } of folders) for (const failed of quarantine) failed.reason = describeFailureReason(failed.reason);
	return what;
}
