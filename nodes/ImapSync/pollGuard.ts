import type { SyncError, SyncErrorCode } from '../../sync/errors/syncError';
import { isWaiting, waitAfter, type ServerWait } from './serverWait';

/**
 * What a trigger does about failures. n8n makes a failed execution of every error that a scheduled poll throws, once a minute
 * if need be, and a trigger that throws while it is started stays off: so what passes by itself must not be thrown, and what
 * does not must not be silent. Pure functions over a small record that the caller keeps in memory.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A passing problem is reported when it has lasted this long. */
const PASSING_PATIENCE = 10 * MINUTE;

/** The same thing is reported at most this often. */
const REPORT_EVERY = HOUR;

/** How long a refused login stands while somebody watches: n8n tries a start five times within 15 seconds. */
const REFUSAL_STANDS = 30_000;

/** What is remembered of a trigger between its polls, for as long as the process lives. */
export interface Health {
	/** When the passing problems began that have not ended yet. */
	failingSince?: number;
	/** When something that concerns all was last reported, by what it was. */
	reported: Readonly<Record<string, number>>;
	/** Problems with single folders that go on: since when, and when they were last reported. */
	folders: Readonly<Record<string, { since: number; reportedAt?: number }>>;
	/** The last refused login, until a login succeeds. */
	refusal?: { credentialKey: string; count: number; at: number; retryAt: number; error: SyncError };
	/** The mail server asked to be left alone; by the credential with which it was asked, where that is known. */
	wait?: ServerWait & { credentialKey?: string };
}

export const healthy: Health = { reported: {}, folders: {} };

/** What is known about a poll. */
export interface PollFacts {
	now: number;
	/** Somebody sees the outcome: the workflow is being published, or the node has never run. */
	interactive: boolean;
	/** Whether the node ran before. */
	hasState: boolean;
	/** Tells whether the credential was changed. */
	credentialKey: string;
	/** Tells accounts apart, also after a restart. */
	accountKey: string;
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

/** A failure as far as the policy decides by it. */
export interface PollFailure {
	/** The SyncError, when it is one; anything else is a defect of this package. */
	error: SyncError | undefined;
	message: string;
	/** n8n starts the trigger after a restart or a takeover. */
	resumed: boolean;
}

/** What becomes of a failure. */
export interface FailureOutcome {
	health: Health;
	/** `throw`: n8n shows it; `quiet`: a line in the log. */
	action: 'throw' | 'quiet';
}

export function onFailure(health: Health, failure: PollFailure, facts: PollFacts): FailureOutcome {
	const noted = noteFailure(health, failure, facts);
	// n8n leaves a trigger off for good that throws while it is started. One that worked before is better kept on: it reports
	// at its next poll, a minute later, and goes on by itself when all is well again.
	if (failure.resumed && (facts.hasState || failure.error?.passing)) return { health: noted, action: 'quiet' };
	if (facts.interactive || failure.resumed || failure.error?.code === 'loginRefused') return { health: noted, action: 'throw' };

	const { now } = facts;
	if (failure.error?.passing) {
		const lasts = now - (noted.failingSince ?? now) >= PASSING_PATIENCE;
		return lasts ? report(noted, 'passing', now) : { health: noted, action: 'quiet' };
	}
	return report(
		noted,
		failure.error === undefined ? `defect ${failure.message}` : reportKey(failure.error.code, failure.message),
		now,
	);
}

/** What a failure leaves behind, whether or not it is reported. */
function noteFailure(health: Health, { error }: PollFailure, facts: PollFacts): Health {
	if (error?.code === 'loginRefused') return withRefusal(health, error, facts);
	if (!error?.passing) return health;
	const next: Health = { ...health, failingSince: health.failingSince ?? facts.now };
	return error.code === 'serverBusy' ? onBusy(next, error, facts) : next;
}

/** Also to be told when a run got something done before the server asked to be left alone. */
export function onBusy(health: Health, error: SyncError, { now, accountKey, credentialKey }: PollFacts): Health {
	return { ...health, wait: { ...waitAfter(health.wait, error, accountKey, now), credentialKey } };
}

/** After a poll that reached the server: what was wrong is over, but for single folders. */
export function onSuccess(health: Health): Health {
	return { ...healthy, folders: health.folders };
}

/**
 * Which of the problems with single folders to throw, if any. They are forgotten once they are over, so that a folder that
 * goes wrong again is reported again.
 */
export function onFolderProblems(
	health: Health,
	problems: SyncError[],
	{ now, mayReport }: { now: number; mayReport: boolean },
): { health: Health; report?: SyncError } {
	const folders: Record<string, { since: number; reportedAt?: number }> = {};
	let report: SyncError | undefined;
	for (const problem of problems) {
		const key = reportKey(problem.code, problem.place.folder ?? problem.message);
		const entry = { ...(health.folders[key] ?? { since: now }) };
		const lasts = !problem.passing || now - entry.since >= PASSING_PATIENCE;
		if (mayReport && report === undefined && lasts && now - (entry.reportedAt ?? -Infinity) >= REPORT_EVERY) {
			entry.reportedAt = now;
			report = problem;
		}
		folders[key] = entry;
	}
	return { health: { ...health, folders }, ...(report === undefined ? {} : { report }) };
}

/** 1, 2, 4 ... 60 minutes. */
export function refusalDelay(count: number): number {
	return Math.min(MINUTE * 2 ** Math.min(count - 1, 10), HOUR);
}

function withRefusal(health: Health, error: SyncError, { now, credentialKey }: PollFacts): Health {
	const before = health.refusal?.credentialKey === credentialKey ? health.refusal.count : 0;
	const count = before + 1;
	return { ...health, refusal: { credentialKey, count, at: now, retryAt: now + refusalDelay(count), error } };
}

function report(health: Health, key: string, now: number): FailureOutcome {
	if (now - (health.reported[key] ?? -Infinity) < REPORT_EVERY) return { health, action: 'quiet' };
	return { health: { ...health, reported: { ...health.reported, [key]: now } }, action: 'throw' };
}

const reportKey = (code: SyncErrorCode, subject: string): string => `${code} ${subject}`;
