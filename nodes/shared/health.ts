import type { SyncError, SyncErrorCode } from '../../sync/errors/syncError';
import { waitAfter, type ServerWait } from './serverWait';

/**
 * What a trigger remembers of its failures, and what follows from them for the next report. Pure functions over a small record
 * that the caller keeps in memory. Whether a failure is thrown at all is for each trigger to say.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A passing problem is reported when it has lasted this long. */
const PASSING_PATIENCE = 10 * MINUTE;

/** The same thing is reported at most this often. */
const REPORT_EVERY = HOUR;

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

/** By what failures of one account differ from those of another. */
export interface FailureFacts {
	now: number;
	/** Another one when the credential was changed. */
	credentialKey: string;
	/** Another one for another account, also after a restart. */
	accountKey: string;
}

/** A failure as far as the policy decides by it. */
export interface TriggerFailure {
	/** The SyncError, when it is one; anything else is a defect of this package. */
	error: SyncError | undefined;
	message: string;
}

/** What becomes of a failure. */
export interface FailureOutcome {
	health: Health;
	/** `throw`: n8n shows it; `quiet`: a line in the log. */
	action: 'throw' | 'quiet';
}

/** What a failure leaves behind, whether or not it is reported. */
export function noteFailure(health: Health, { error }: TriggerFailure, facts: FailureFacts): Health {
	if (error?.code === 'loginRefused') return withRefusal(health, error, facts);
	if (!error?.passing) return health;
	const next: Health = { ...health, failingSince: health.failingSince ?? facts.now };
	return error.code === 'serverBusy' ? onBusy(next, error, facts) : next;
}

/** Whether a failure that nobody watched is thrown now, so that n8n shows it: at most once an hour, and a passing one only when it lasts. */
export function reportFailure(health: Health, failure: TriggerFailure, now: number): FailureOutcome {
	if (failure.error?.passing) {
		const lasts = now - (health.failingSince ?? now) >= PASSING_PATIENCE;
		return lasts ? report(health, 'passing', now) : { health, action: 'quiet' };
	}
	return report(
		health,
		failure.error === undefined ? `defect ${failure.message}` : reportKey(failure.error.code, failure.message),
		now,
	);
}

/** Also for a run that got something done before the server asked to be left alone. */
export function onBusy(health: Health, error: SyncError, { now, accountKey, credentialKey }: FailureFacts): Health {
	return { ...health, wait: { ...waitAfter(health.wait, error, accountKey, now), credentialKey } };
}

/** After a run that reached the server: what was wrong is over, but for single folders. */
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
		const key = reportKey(problem.code, problem.data.folder ?? problem.message);
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

function withRefusal(health: Health, error: SyncError, { now, credentialKey }: FailureFacts): Health {
	const before = health.refusal?.credentialKey === credentialKey ? health.refusal.count : 0;
	const count = before + 1;
	return { ...health, refusal: { credentialKey, count, at: now, retryAt: now + refusalDelay(count), error } };
}

function report(health: Health, key: string, now: number): FailureOutcome {
	if (now - (health.reported[key] ?? -Infinity) < REPORT_EVERY) return { health, action: 'quiet' };
	return { health: { ...health, reported: { ...health.reported, [key]: now } }, action: 'throw' };
}

const reportKey = (code: SyncErrorCode, subject: string): string => `${code} ${subject}`;
