import { randomBytes } from 'node:crypto';
import type { ITriggerFunctions } from 'n8n-workflow';
import { emptyLedger } from '../../sync/push/ledger';
import type { Fate } from '../../sync/push/finishing';
import type { EventName } from '../../sync/events/syncEvent';
import { accountKeys } from '../../sync/state/accountState';
import { isKeyOf, saltedKey } from '../../sync/state/saltedKey';
import type { Mailbox } from '../shared/credentials';
import type { PushRequest } from './pushFields';
import type { KeptState } from './pushState';
import { Workload } from './Workload';

/** What a workload begins with, and to whom it reports. */
export interface WorkloadBeginning {
	mailbox: Mailbox;
	ask: PushRequest;
	events: ReadonlySet<EventName>;
	/** n8n's second engine reports to no trigger how its executions end; nor does an old n8n. */
	hearsEnds: boolean;
	/** What was kept of an earlier life; of another mailbox too. */
	kept: KeptState | undefined;
	save(next: KeptState): void;
	/** Something ended, or comes next. */
	changed(workload: Workload): void;
}

/** What a trigger has in hand when it begins with a mailbox: what it was doing in its earlier life, if that was in the same one. */
export function beginWorkload(context: ITriggerFunctions, beginning: WorkloadBeginning): Workload {
	const { mailbox, ask, events, hearsEnds, kept } = beginning;
	const account = Object.values(accountKeys(mailbox.account)).join(' ');
	const stored = saltedKey(account, randomBytes(8).toString('hex'));
	const fresh: KeptState['push'] = { account: stored, serial: 0, ledger: emptyLedger, finishing: [], begunAt: Date.now() };
	const isSame = kept !== undefined && isKeyOf(kept.push.account, account);
	// What was under way in another mailbox means nothing in this one.
	const state = kept && { ...kept, push: isSame ? kept.push : { ...fresh, serial: kept.push.serial } };
	const afterwards = { done: ask.whenDone, givenUp: ask.whenGivenUp };
	const fates = (['done', 'givenUp'] as const).filter((fate) => afterwards[fate].kind !== 'nothing');
	const workload = new Workload(context, state ?? { position: undefined, push: fresh }, {
		policy: ask.confirmed ? ask.policy : { ...ask.policy, concurrency: Infinity, order: 'none' },
		confirmed: ask.confirmed,
		hearsEnds,
		leavesMark: ask.whenDone.kind !== 'nothing',
		finishes: new Set<Fate>(fates),
		events,
		now: Date.now,
		save: (next) => beginning.save(next),
		changed: () => beginning.changed(workload),
	});
	workload.save();
	workload.adopt();
	return workload;
}
