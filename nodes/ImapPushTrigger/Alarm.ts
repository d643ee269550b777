import type { ITriggerFunctions } from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import { reconnectDelay } from '../../sync/push/policy';
import { accountKeys } from '../../sync/state/accountState';
import type { Mailbox } from '../shared/credentials';
import {
	healthy,
	noteFailure,
	onFolderProblems,
	onSuccess,
	reportFailure,
	type FailureFacts,
	type Health,
} from '../shared/health';
import { describeError, toNodeError } from '../shared/nodeErrors';
import { sentences } from '../shared/sentences';
import { LONGEST_AFTER_LOSS_MS, STEADY_MS } from './pace';

/** How long a refused login stands while the trigger is started. */
const REFUSAL_STANDS = 30_000;

/** What this process remembers of a trigger's failures: a workflow that is published anew is not alarmed anew. */
const healthOf = new Map<string, Health>();

/** What Get State shows of a push trigger's connection. */
interface AlarmSummary {
	status: 'watching' | 'connecting' | 'failing';
	/** While it fails. */
	whatToDo?: string;
	connected: boolean;
	connectedSince?: string;
	lastError?: string;
	lastErrorAt?: string;
}

/**
 * What a push trigger says of its troubles, and when it tries again. Passing trouble is a line in the log; lasting trouble is a failed
 * execution, which a person and the error workflow see, at most once an hour. n8n's emitError() is never used: it ends the trigger for
 * good when the trouble is still there after some seconds.
 */
export class Alarm {
	private failures = 0;
	/** Connections in a row that were lost soon after they had been made, and when the last one was. */
	private losses = 0;
	private lostAt = 0;
	/** Since when the server has answered without a break. */
	private wellSince: number | undefined;
	/** What went wrong last, when, and what to do about it. */
	private last: { at: number; message: string; advice: string } | undefined;
	/** When the server may be asked again, in milliseconds since 1970. */
	retryAt = 0;

	constructor(
		private readonly context: ITriggerFunctions,
		private readonly key: string,
	) {}

	/** What is wrong now. */
	get refusedCredential(): string | undefined {
		return this.health.refusal?.credentialKey;
	}

	/** What went wrong last, and when. */
	get lastFailure(): { at: number; message: string } | undefined {
		return this.last;
	}

	/** How it is, for people. */
	get summary(): AlarmSummary {
		const { last, wellSince } = this;
		const error = last && { lastError: last.message, lastErrorAt: new Date(last.at).toISOString() };
		if (wellSince !== undefined)
			return { status: 'watching', connected: true, connectedSince: new Date(wellSince).toISOString(), ...error };
		const isFailing = last !== undefined && this.failures > 0;
		return {
			status: isFailing ? 'failing' : 'connecting',
			...(isFailing && { whatToDo: last.advice }),
			connected: false,
			...error,
		};
	}

	/** The server answered. */
	succeeded(): void {
		if (this.failures > 0) this.context.logger.info(`${this.name}: the mail server answers again`);
		this.failures = 0;
		this.wellSince ??= Date.now();
		this.retryAt = 0;
		this.health = onSuccess(this.health);
	}

	/** The server could not be reached, or let nobody in. `isSeen`: somebody waits for the outcome, and gets it. */
	failed(error: unknown, mailbox: Mailbox | undefined, { isSeen }: { isSeen: boolean }): void {
		const now = Date.now();
		this.failures++;
		this.wellSince = undefined;
		const facts = factsOf(mailbox, now);
		const { message, advice } = describeError(error, { mailbox });
		this.last = { at: now, message, advice };
		const failure = { error: error instanceof SyncError ? error : undefined, message };
		const noted = noteFailure(this.health, failure, facts);
		const { health, action } = isSeen ? { health: noted, action: 'quiet' } : reportFailure(noted, failure, now);
		this.health = health;
		this.retryAt = Math.max(now + reconnectDelay(this.failures, Math.random()), this.health.wait?.until ?? 0);
		if (failure.error?.code === 'loginRefused') this.retryAt = this.health.refusal?.retryAt ?? this.retryAt;
		if (action === 'throw') this.report(error, mailbox);
		else this.context.logger.warn(`${this.name}: ${sentences(message, advice)}`);
	}

	/** Throws a refusal of just now once more: n8n tries a start five times within 15 seconds, and servers lock who tries too often. */
	refuseAgain({ credentialKey }: Mailbox): void {
		const { refusal } = this.health;
		if (refusal?.credentialKey === credentialKey && Date.now() < refusal.at + REFUSAL_STANDS) throw refusal.error;
	}

	/** The connection broke: another one is worth a quick try, unless the server breaks one after the other. */
	lost(): void {
		const now = Date.now();
		this.losses = now - this.lostAt < STEADY_MS ? this.losses + 1 : 1;
		this.lostAt = now;
		this.wellSince = undefined;
		const afterLosses = Math.min(reconnectDelay(this.losses, Math.random()), LONGEST_AFTER_LOSS_MS);
		const delay = this.failures === 0 ? afterLosses : reconnectDelay(this.failures + 1, Math.random());
		this.retryAt = Math.max(this.retryAt, now + delay);
	}

	/** Problems with single folders, of one look; an empty list says that those before are over. */
	folders(problems: SyncError[], mailbox: Mailbox): void {
		const { health, report } = onFolderProblems(this.health, problems, { now: Date.now(), mayReport: true });
		this.health = health;
		for (const problem of problems) {
			const { message, advice } = describeError(problem, { mailbox });
			this.last = { at: Date.now(), message, advice };
			this.context.logger.warn(`${this.name}: ${message}`);
		}
		if (report) this.report(report, mailbox);
	}

	private report(error: unknown, mailbox: Mailbox | undefined): void {
		const nodeError = toNodeError(this.context.getNode(), error, { mailbox });
		this.context.logger.error(`${this.name}: ${nodeError.message}`);
		// n8n has had it since n8n-workflow 2.10.
		if (typeof this.context.saveFailedExecution === 'function') this.context.saveFailedExecution(nodeError);
	}

	private get name(): string {
		return this.context.getNode().name;
	}

	private get health(): Health {
		return healthOf.get(this.key) ?? healthy;
	}

	private set health(health: Health) {
		healthOf.set(this.key, health);
	}
}

function factsOf(mailbox: Mailbox | undefined, now: number): FailureFacts {
	return {
		now,
		credentialKey: mailbox?.credentialKey ?? '',
		accountKey: mailbox === undefined ? '' : Object.values(accountKeys(mailbox.account)).join(' '),
	};
}
