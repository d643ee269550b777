import type { SyncError } from '../../sync/errors/syncError';
import {
	noteFailure,
	reportFailure,
	type FailureFacts,
	type FailureOutcome,
	type Health,
	type TriggerFailure,
} from '../shared/health';
import { isWaiting } from '../shared/serverWait';

/**
 * What a polling trigger does about failures. n8n makes a failed execution of every error that a scheduled poll throws, once a
 * minute if need be, and a trigger that throws while it is started stays off: so what passes by itself must not be thrown, and
 * what does not must not be silent.
 */

/** How long a refused login stands while somebody watches: n8n tries a start five times within 15 seconds. */
const REFUSAL_STANDS = 30_000;

/** What is known about a poll. */
export interface PollFacts extends FailureFacts {
	/** Somebody sees the outcome: the workflow is being published, or the node has never run. */
	interactive: boolean;
	/** Whether the node ran before. */
	hasState: boolean;
}

/** Whether a poll may contact the mail server. `refuse`: not, and the error is thrown again. */
export type Admission = { kind: 'go' } | { kind: 'wait'; until: number } | { kind: 'refuse'; error: SyncError };

export function shouldPoll(health: Health, { now, interactive, credentialKey, accountKey }: PollFacts): Admission {
	const { refusal, wait } = health;
	if (refusal !== undefined && refusal.credentialKey === credentialKey) {
		// Servers lock accounts that keep trying. Returning nothing would let a start with a wrong password pass as a success.
		if (interactive && now < refusal.at + REFUSAL_STANDS) return { kind: 'refuse', error: refusal.error };
		if (!interactive && now < refusal.retryAt) return { kind: 'wait', until: refusal.retryAt };
	}
	// Somebody who changed the credential, or publishes the workflow, wants to see what happens now.
	const sameCredential = wait?.credentialKey === undefined || wait.credentialKey === credentialKey;
	if (!interactive && sameCredential && isWaiting(wait, accountKey, now)) return { kind: 'wait', until: wait.until };
	return { kind: 'go' };
}

/** What went wrong with a poll. */
export interface PollFailure extends TriggerFailure {
	/** n8n starts the trigger after a restart or a takeover. */
	resumed: boolean;
}

/** Whether the failure of a poll is thrown, and what is remembered of it. */
export function onFailure(health: Health, failure: PollFailure, facts: PollFacts): FailureOutcome {
	const noted = noteFailure(health, failure, facts);
	// n8n leaves a trigger off for good that throws while it is started. One that worked before is better kept on: it reports
	// at its next poll, a minute later, and goes on by itself when all is well again.
	if (failure.resumed && (facts.hasState || failure.error?.passing)) return { health: noted, action: 'quiet' };
	if (facts.interactive || failure.resumed || failure.error?.code === 'loginRefused') return { health: noted, action: 'throw' };

	return reportFailure(noted, failure, facts.now);
}
