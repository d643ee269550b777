import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';
import { Workload } from '../../nodes/ImapPushTrigger/Workload';
import type { KeptState } from '../../nodes/ImapPushTrigger/pushState';
import type { SyncEvent } from '../../sync/events/syncEvent';
import { emptyLedger } from '../../sync/push/ledger';
import type { SyncState } from '../../sync/state/syncState';
import { asUid } from '../../sync/uids/uid';

const MINUTE = 60_000;

interface Handed {
	ids: unknown[];
	end(run?: Partial<IRun>): Promise<void>;
	refuse(): Promise<void>;
}

/** A workload with the clock in the test's hand, and an n8n that ends executions when it is told to. */
function world(): { workload: Workload; handed: Handed[]; saved: KeptState[]; warnings: string[]; clock: { now: number } } {
	const clock = { now: 1_000_000 };
	const handed: Handed[] = [];
	const saved: KeptState[] = [];
	const warnings: string[] = [];
	const settled = async (how: () => void): Promise<void> => {
		how();
		await new Promise((resolve) => setImmediate(resolve));
	};
	const context = {
		logger: { warn: (line: string) => warnings.push(line), error: () => undefined },
		getNode: () => ({ name: 'Mailbox', id: 'n' }),
		getWorkflow: () => ({ id: 'w' }),
		helpers: {
			createDeferredPromise: () => {
				const deferred: Record<string, unknown> = {};
				deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
				return deferred;
			},
		},
		emit: (
			[items]: INodeExecutionData[][],
			_response: unknown,
			done?: { resolve(run: Partial<IRun>): void; reject(error: Error): void },
		) => {
			handed.push({
				ids: items.map(({ json }) => json.eventId),
				end: async (run = { status: 'success' }) => await settled(() => done?.resolve(run)),
				refuse: async () => await settled(() => done?.reject(new Error('the database is away'))),
			});
		},
	};
	const kept: KeptState = { position: undefined, push: { account: 'a', serial: 0, ledger: emptyLedger, finishing: [] } };
	const workload = new Workload(context as unknown as ITriggerFunctions, kept, {
		policy: { concurrency: 1, batchSize: 1, order: 'folder', maxAttempts: 3, retryAfter: MINUTE, lease: 60 * MINUTE },
		confirmed: true,
		hearsEnds: true,
		leavesMark: false,
		finishes: new Set(),
		events: new Set(['messageNew']),
		now: () => clock.now,
		save: (state) => saved.push(state),
		changed: () => undefined,
	});
	workload.open();
	return { workload, handed, saved, warnings, clock };
}

const event = (uid: number): SyncEvent => ({
	version: 1,
	event: 'messageNew',
	eventId: `e${uid}`,
	origin: 'live',
	sequence: uid,
	detectedAt: '2026-11-27T10:00:00.000Z',
	account: 'alice@example.com',
	folder: 'INBOX',
	uidValidity: '7',
	uid: asUid(uid),
});

const found = (...uids: number[]) =>
	uids.map((uid) => ({ event: event(uid), item: { json: { eventId: `e${uid}` } as IDataObject }, withMessage: true }));

const somewhere = {} as SyncState;

it('goes on after a pause that ended while nobody looked at the clock', async () => {
	const { workload, handed, clock } = world();
	workload.take(found(1, 2), somewhere);
	workload.pump();
	await handed[0].refuse();
	clock.now += 10 * MINUTE;
	// The timer of the pause was set aside for a look, which took longer than the pause.
	expect(workload.nextTime).toBeLessThanOrEqual(clock.now);
	workload.pump();
	expect(handed.map(({ ids }) => ids)).toEqual([['e1'], ['e2']]);
	expect(workload.nextTime).toBeGreaterThan(clock.now);
});

it('needs nothing of the clock for a message that has to be read again', async () => {
	const { workload, handed, clock } = world();
	workload.take(found(1), somewhere);
	workload.pump();
	await handed[0].end({ status: 'error' });
	expect([workload.nextDue, handed.length]).toEqual([clock.now + MINUTE, 1]);
	clock.now += 2 * MINUTE;
	workload.pump();
	// While the server is away nothing can be done about it, however long it is due.
	expect(workload.due()).toHaveLength(1);
	expect(workload.nextTime ?? Infinity).toBeGreaterThan(clock.now);
});

it('gives the place of an execution of which nothing is heard to the next one, once its lease ends', async () => {
	const { workload, handed, warnings, clock } = world();
	workload.take(found(1, 2), somewhere);
	workload.pump();
	expect(workload.nextTime).toBe(clock.now + 60 * MINUTE);
	clock.now += 60 * MINUTE;
	expect(warnings).toEqual([]);
	workload.pump();
	expect(handed.map(({ ids }) => ids)).toEqual([['e1'], ['e2']]);
	// The message comes again for no reason that anybody could see.
	expect(warnings).toEqual([expect.stringMatching(/within 60 minutes .* N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED /)]);
	// That it succeeded after all is heard, and the event does not come again.
	await handed[0].end();
	expect(workload.counts).toEqual({ inFlight: 1, waiting: 0, again: 0, mostAttempts: 1 });
});
