import { createHash } from 'node:crypto';
import type { INode, WorkflowActivateMode } from 'n8n-workflow';
import { healthy, type Health } from '../shared/health';

/** What caused a poll. */
type PollCause =
	/** Somebody publishes the workflow and waits for the outcome. */
	| 'published'
	/** n8n starts or takes over: it would leave a trigger off that fails now. */
	| 'resumed'
	/** The clock. */
	| 'scheduled';

/**
 * What the process remembers of a trigger. Lives in memory on purpose: how often a server was bothered, and what was reported
 * when, are matters of this process, and a restart is a good moment to begin again.
 */
export interface Registration {
	health: Health;
	/** The poll that runs right now. */
	running?: { since: number };
	/** n8n's context of the last poll, and when it was first seen. Weak: a deactivated workflow must not stay in memory. */
	context?: WeakRef<object>;
	contextSince: number;
	/** Whether n8n was seen to use one context for several polls, as its in-memory polling does. */
	contextsAreKept: boolean;
	/** When the last heartbeat was sent, when the server last answered, and what went wrong last. */
	beatAt?: number;
	reachedAt?: number;
	failure?: { at: number; message: string; advice: string };
	/** The node's settings as of the last poll. */
	fingerprint?: string;
	/** What caused the last poll. */
	cause: PollCause;
	/** What started the trigger itself, as far as it is known. */
	origin?: 'published' | 'resumed';
}

const registrations = new Map<string, Registration>();

/** By workflow and node id, which a rename keeps. */
export function registrationOf(workflowId: string | undefined, nodeId: string): Registration {
	const key = JSON.stringify([workflowId ?? '', nodeId]);
	let registration = registrations.get(key);
	if (registration === undefined) {
		registration = { health: healthy, contextSince: 0, contextsAreKept: false, cause: 'scheduled' };
		registrations.set(key, registration);
	}
	return registration;
}

/** A poll that runs longer than this has been given up by n8n, and hangs: the next one may go ahead. */
const LOST_AFTER = 15 * 60_000;

/**
 * Takes the lock, unless a poll of this trigger is running; undefined then. n8n does not keep polls from overlapping. The poll of a
 * trigger that is being started takes it over: n8n drops what an earlier registration finds, and this one has to know where the new
 * one begins.
 */
export function takeLock(registration: Registration, now: number, isStart: boolean): { since: number } | undefined {
	const { running } = registration;
	if (running !== undefined && !isStart && now - running.since < LOST_AFTER) return undefined;
	const lock = { since: now };
	registration.running = lock;
	return lock;
}

/** Whether the lock is still this poll's own. Otherwise what it finds counts for nothing: another one takes it up where this one began. */
export const holdsLock = (registration: Registration, lock: { since: number }): boolean => registration.running === lock;

export function releaseLock(registration: Registration, lock: { since: number }): void {
	if (registration.running === lock) registration.running = undefined;
}

/** What n8n says of a poll, beside the node. */
export interface PollOccasion {
	context: object;
	mode: WorkflowActivateMode;
	/** How long n8n lets the poll run, where it says so. */
	budgetMs?: number;
	now: number;
}

/** What n8n lets a poll run that is no tick of the database's scheduler; those have less than a minute. */
const UNHURRIED_MS = 5 * 60_000;

/** What caused the poll that begins now. */
export function causeOfPoll(registration: Registration, node: INode, occasion: PollOccasion): PollCause {
	const isSameContext = registration.context?.deref() === occasion.context;
	return isSameContext ? 'scheduled' : causeOf(registration, fingerprintOf(node), occasion);
}

/** Notes the poll that begins now. */
export function notePoll(registration: Registration, node: INode, { context, now }: PollOccasion, cause: PollCause): void {
	if (registration.context?.deref() === context) registration.contextsAreKept = true;
	else registration.contextSince = now;
	registration.cause = cause;
	if (cause !== 'scheduled') registration.origin = cause;
	registration.context = new WeakRef(context);
	registration.fingerprint = fingerprintOf(node);
}

const fingerprintOf = ({ name, typeVersion, parameters, credentials }: INode): string =>
	createHash('sha256')
		.update(JSON.stringify([name, typeVersion, parameters, credentials]))
		.digest('hex');

/**
 * Why n8n polls with a new context. It reveals only the mode in which the workflow was activated, and with every tick of its
 * database scheduler "update". Since 2.38 the budget distinguishes those ticks. Otherwise, a publication shows in changed settings;
 * or, in n8n's in-memory polling, which keeps a context for all polls of a trigger, in any new context.
 */
function causeOf(registration: Registration, fingerprint: string, { mode, budgetMs }: PollOccasion): PollCause {
	if (mode === 'init' || mode === 'leadershipChange') return 'resumed';
	if (mode === 'activate' || mode === 'create') return 'published';
	if (budgetMs === UNHURRIED_MS) return 'published';
	if (registration.fingerprint === undefined) return 'scheduled';
	return registration.contextsAreKept || registration.fingerprint !== fingerprint ? 'published' : 'scheduled';
}
