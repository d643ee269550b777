import type { IDataObject } from 'n8n-workflow';
import { describePosition } from '../../../../sync/state/describePosition';
import type { Operation } from '../operation';
import { storeFields, storeOf } from './stateStore';

export const getStateOfChanges: Operation = {
	resource: 'change',
	value: 'getState',
	name: 'Get State',
	action: 'Get state of changes',
	description: 'Get how far the mailbox was read: for each folder what is known, what waits, and what could not be read',
	properties: storeFields,
	async run(run) {
		await run.each(async (index) => {
			const store = await storeOf(run, index);
			const position = await store.load();
			const name = store.kind === 'cursor' ? {} : { stateName: run.text('stateName', index) };
			const what = position === undefined ? {} : (describePosition(position, Date.now()) as IDataObject);
			run.succeed(index, { stateStore: store.kind, ...name, saved: position !== undefined, ...what });
		});
	},
};
