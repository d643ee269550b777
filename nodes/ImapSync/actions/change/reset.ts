import type { IDataObject } from 'n8n-workflow';
import { SyncError } from '../../../../sync/errors/syncError';
import { encodePosition, type Position } from '../../../../sync/state/position';
import type { Operation } from '../operation';
import { storeFields, storeOf } from './stateStore';

export const resetChanges: Operation = {
	resource: 'change',
	value: 'reset',
	name: 'Reset',
	action: 'Reset changes',
	description: "Make the next run of 'Get Many' start over",
	effect: 'changes',
	properties: [
		// The cursor that was is of no use to a new one.
		...storeFields.filter(({ name }) => name !== 'cursor'),
		{
			displayName: 'Start Over',
			name: 'startOver',
			type: 'options',
			default: 'startFrom',
			options: [
				{ name: 'As in Start From', value: 'startFrom', description: "The next run of 'Get Many' is a first run" },
				{ name: 'From Now', value: 'now', description: 'The next run returns what happened after this moment' },
			],
			description: 'Where the next run starts',
		},
	],
	async run(run) {
		const done = new Map<string, IDataObject>();
		for (const index of run.indexes) {
			try {
				run.throwIfStopped();
				// For a hundred items that mean the same position it is reset once.
				const key = JSON.stringify(run.fields.map(({ name }) => run.value(name, index)));
				const result = done.get(key) ?? (await reset(run, index));
				done.set(key, result);
				run.succeed(index, result);
			} catch (error) {
				if (!(error instanceof SyncError)) throw error;
				run.fail(index, error);
			}
		}
	},
};

async function reset(run: Parameters<Operation['run']>[0], index: number): Promise<IDataObject> {
	const store = await storeOf(run, index);
	await store.check({ isReset: true });
	const fromNow = run.choice('startOver', index, ['startFrom', 'now'] as const) === 'now';
	const now = Date.now();
	// The mail server knows no less than seconds of when a message came.
	const since = Math.floor(now / 1_000) * 1_000;
	let before: Position | undefined;
	let wasUnreadable = false;
	try {
		if (store.kind !== 'cursor') before = await store.load();
	} catch (error) {
		// What cannot be read is what somebody may want to be rid of.
		if (!(error instanceof SyncError) || error.code !== 'stateUnreadable') throw error;
		store.overDamaged?.();
		wasUnreadable = true;
	}
	// How often what cannot be read was saved, nobody knows. It was not once a second: so no copy of an older position is newer.
	const saved = wasUnreadable ? Math.floor(now / 1_000) : (before?.serial ?? 0);
	const position: Position = { serial: saved + 1, savedAt: now, ...(fromNow ? { since } : {}) };
	await store.save(position);
	return {
		reset: true,
		stateStore: store.kind,
		...(store.kind === 'cursor'
			? { cursor: JSON.stringify(encodePosition(position)) }
			: { stateName: run.text('stateName', index) }),
		startsFrom: fromNow ? new Date(since).toISOString() : 'Start From',
		...(store.kind === 'cursor' ? {} : { hadPosition: before?.state !== undefined || wasUnreadable }),
	};
}
