import type { ImapFlow } from 'imapflow';
import { readVanished, type Vanished } from './vanished';

/**
 * Every use of what imapflow 2.10.2 does not promise. Each piece is looked for at run time; where one is gone, things are
 * slower or fall back to imapflow's events, and nothing is wrong. test/contract/imapflowBehaviour.test.ts guards them.
 */
interface Internals {
	folders?: unknown;
	skipLsub?: unknown;
	skipListStatusArgs?: unknown;
	sectionHandlers?: unknown;
	throttleWait?: unknown;
	streamer?: unknown;
	untaggedVanished?: unknown;
	exec?: unknown;
	preCheck?: unknown;
	untaggedHandlers?: unknown;
	socket?: unknown;
	run?: unknown;
}

interface Folder {
	path: string;
	flags: Set<string>;
	listed: boolean;
}

const internalsOf = (client: ImapFlow): Internals => client as unknown as Internals;

/**
 * Makes list() ask for nothing that is not used: neither subscriptions, for which it sends an LSUB after the LIST when no folder
 * came back as subscribed, nor which folders have children, which costs some 15 bytes a folder each time. Taking capabilities
 * away is all it needs for the second: nothing else here looks at these two. Without it: one round trip and some bytes more.
 */
export function askListForLittle(client: ImapFlow): void {
	internalsOf(client).skipLsub = true;
	client.capabilities.delete('LIST-EXTENDED');
	client.capabilities.delete('CHILDREN');
}

/** Whether the server refused the RETURN (STATUS ...) it advertises, so that asking again would cost a STATUS for each folder. */
export function hasRefusedListStatus(client: ImapFlow): boolean {
	return internalsOf(client).skipListStatusArgs === true;
}

/** The socket of the connection. Without it: a pinned certificate is never found, so nothing gets in with one. */
export const socketOf = (client: ImapFlow): unknown => internalsOf(client).socket;

/**
 * Leaves the open folder without removing anything (UNSELECT, RFC 3691); false where that cannot be done. imapflow's own way is CLOSE,
 * which removes what is marked as deleted. Without it: a connection that has a folder open is not kept for the next run.
 */
export async function unselect(client: ImapFlow): Promise<boolean> {
	if (!client.mailbox) return true;
	const { run } = internalsOf(client);
	if (!client.capabilities.has('UNSELECT') || typeof run !== 'function') return false;
	return (await (run.call(client, 'CLOSE', { unselect: true }) as Promise<unknown>)) === true;
}

/** The server has left the folder that imapflow takes for the open one, or opened another. */
export function forgetFolder(client: ImapFlow): void {
	const internals = client as unknown as { mailbox: unknown; state?: unknown; states?: { AUTHENTICATED?: unknown } };
	if (internals.mailbox) internals.mailbox = false;
	if (internals.states?.AUTHENTICATED !== undefined) internals.state = internals.states.AUTHENTICATED;
}

/** Enough to know a protocol by. */
const FIRST_BYTES = 100;

/**
 * Keeps what the other side says first: imapflow waits for an IMAP greeting and drops all else, but it shows whether an SMTP, POP3 or
 * web server answers there; `came` hears it at once. Without it: only that no greeting came.
 */
export function keepFirstBytes(client: ImapFlow, came: (first: string) => void): () => string {
	const { streamer } = internalsOf(client);
	let first = '';
	if (typeof streamer !== 'object' || streamer === null) return () => first;
	const stream = streamer as { write?: unknown };
	const { write } = stream;
	if (typeof write !== 'function') return () => first;
	stream.write = (...args: unknown[]): unknown => {
		if (Buffer.isBuffer(args[0])) first = (first + args[0].toString('latin1', 0, FIRST_BYTES)).slice(0, FIRST_BYTES);
		if (first.length >= 5) {
			stream.write = write;
			came(first);
		}
		return write.apply(streamer, args) as unknown;
	};
	return () => first;
}

/**
 * Lets mailboxOpen() skip the LIST that it sends for a path it has not seen. Without it: one round trip more for the first
 * opening of each folder.
 */
export function skipListBeforeOpen(client: ImapFlow, path: string): void {
	const { folders } = internalsOf(client);
	if (!(folders instanceof Map)) return;
	const key = path.toUpperCase() === 'INBOX' ? 'INBOX' : path;
	if (!folders.has(key)) folders.set(key, { path: key, flags: new Set<string>(), listed: true } satisfies Folder);
}

/**
 * Calls `closed` at the response code [CLOSED]: what came before it, in the answer to an EXAMINE, was about the folder that
 * was open until then (RFC 7162 section 3.2.11), and imapflow counts it to the new one. Without it: a late flag change of the
 * one folder might be taken for one of the other.
 */
export function onFolderClosed(client: ImapFlow, closed: () => void): void {
	const { sectionHandlers } = internalsOf(client);
	if (typeof sectionHandlers !== 'object' || sectionHandlers === null) return;
	(sectionHandlers as Record<string, () => Promise<void>>).CLOSED = async () => {
		closed();
	};
}

/**
 * Calls `said` with each of these response codes, in whatever status response: imapflow keeps of a BYE only the words. Without
 * it: a busy server that hangs up is distinguished from a broken one by its words only.
 */
export function onResponseCode(client: ImapFlow, codes: Iterable<string>, said: (code: string) => void): void {
	const { sectionHandlers } = internalsOf(client);
	if (typeof sectionHandlers !== 'object' || sectionHandlers === null) return;
	for (const code of codes) {
		(sectionHandlers as Record<string, () => Promise<void>>)[code] = async () => {
			said(code);
		};
	}
}

/** The account's own rights in a folder, as Courier reports them when it opens one. */
export interface RightsTap {
	/** Those reported last; undefined when none were since the previous call. */
	take(): string | undefined;
}

/** Keeps the response code MYRIGHTS. Without it: on Courier a flag that may not be set is reported only after it was not. */
export function keepRights(client: ImapFlow): RightsTap {
	const { sectionHandlers } = internalsOf(client);
	let rights: string | undefined;
	if (typeof sectionHandlers === 'object' && sectionHandlers !== null) {
		(sectionHandlers as Record<string, (section: unknown[]) => Promise<void>>).MYRIGHTS = async ([response]) => {
			rights = valueOf(response);
		};
	}
	return {
		take: () => {
			const taken = rights;
			rights = undefined;
			return taken;
		},
	};
}

/**
 * Hands out VANISHED (EARLIER) responses as sets. imapflow walks them one UID at a time and skips what it cannot read: a
 * server without a history names every UID that does not exist (RFC 7162 section 5.1), which may be millions, and a malformed
 * set would pass for an empty one. When `take` returns false the response goes imapflow's own way, as one event for each UID.
 */
export function onVanished(client: ImapFlow, take: (vanished: Vanished) => boolean): void {
	const internals = internalsOf(client);
	const original = internals.untaggedVanished;
	if (typeof original !== 'function') return;
	internals.untaggedVanished = async (untagged: unknown, folder: unknown): Promise<void> => {
		const vanished = readVanished(untagged);
		if (vanished && take(vanished)) return;
		await (original as (untagged: unknown, folder: unknown) => Promise<void>).call(client, untagged, folder);
	};
}

function valueOf(token: unknown): string | undefined {
	const value = (token as { value?: unknown } | null | undefined)?.value;
	return typeof value === 'string' ? value : undefined;
}

/** Why commands were refused. */
export interface Refusals {
	/** The name of the last refused command and its error; undefined when none was since the previous call. */
	take(): { name: string; error: unknown } | undefined;
}

/**
 * Keeps why the last command was refused. imapflow's STORE, COPY, MOVE, EXPUNGE, STATUS and SUBSCRIBE give `false` for every
 * refusal and lose its words. Without it: a refusal without its reason.
 */
export function keepRefusals(client: ImapFlow): Refusals {
	const internals = internalsOf(client);
	const original = internals.exec;
	let refusal: ReturnType<Refusals['take']>;
	if (typeof original === 'function') {
		internals.exec = (...args: unknown[]): unknown => {
			const answer: unknown = original.apply(client, args);
			if (answer instanceof Promise) {
				answer.catch((error: unknown) => {
					refusal = { name: String(args[0]), error };
				});
			}
			return answer;
		};
	}
	return {
		take: () => {
			const taken = refusal;
			refusal = undefined;
			return taken;
		},
	};
}

/** Commands that name folders, and which of their arguments do: all that are atoms, but the flags and items beside them are lists. */
const namesFolders = /^(?:SELECT|EXAMINE|STATUS|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|GETQUOTAROOT|APPEND|(?:UID )?(?:COPY|MOVE))$/;

/**
 * Writes the names of folders as `onWire` says, where it says so: imapflow encodes each name anew. Without it: folders whose names are
 * not their own encoding are not found.
 */
export function writeNames(client: ImapFlow, onWire: (name: string) => string | undefined): void {
	const internals = internalsOf(client);
	const original = internals.exec;
	if (typeof original !== 'function') return;
	const written = (argument: unknown): unknown => {
		const { type, value } = (argument ?? {}) as { type?: unknown; value?: unknown };
		const name = (type === 'ATOM' || type === 'STRING') && typeof value === 'string' ? onWire(value) : undefined;
		return name === undefined ? argument : { type: 'STRING', value: name };
	};
	internals.exec = (command: unknown, attributes: unknown, ...more: unknown[]): unknown => {
		const isNamed = namesFolders.test(String(command).toUpperCase()) && Array.isArray(attributes);
		return original.call(client, command, isNamed ? attributes.map(written) : attributes, ...more) as unknown;
	};
}

/** Lets list() ask for subscriptions too, for one call; undoes askListForLittle() as far as that goes. */
export async function withSubscriptions<T>(client: ImapFlow, list: () => Promise<T>): Promise<T> {
	const internals = internalsOf(client);
	const before = internals.skipLsub;
	internals.skipLsub = false;
	try {
		return await list();
	} finally {
		internals.skipLsub = before;
	}
}

/** The bounds of what is being received. */
export interface ReceivingBounds {
	/** Bytes that one response may have, its literals included, from now on. */
	limit(bytes: number): void;
}

/** The stream that makes responses of bytes. */
interface ResponseStream {
	push(item: unknown): unknown;
	maxLiteralSize: number;
	maxResponseSize: number;
}

/** milliseconds of work after which the event loop gets its turn */
const longestStretch = 15;

/**
 * Calls `took` with the bytes of each response before it is read, and lets others have their turn between responses: imapflow
 * goes on for as long as there is something to read, ten blocks of the network at a time. Without it: an answer is bounded by the
 * limits that imapflow was made with, and by its deadline.
 */
export function onReceived(client: ImapFlow, took: (bytes: number) => void): ReceivingBounds {
	const streamer = internalsOf(client).streamer as Partial<ResponseStream> | undefined;
	const push = streamer?.push;
	if (!streamer || typeof push !== 'function') return { limit: () => undefined };
	let since = performance.now();
	streamer.push = (item: unknown): unknown => {
		const response = item as { payload?: Buffer; literals?: Buffer[]; next?: () => void } | null;
		if (response?.payload) {
			took(response.payload.length + (response.literals ?? []).reduce((sum, { length }) => sum + length, 0));
			const { next } = response;
			if (next && performance.now() - since > longestStretch) {
				response.next = () =>
					setImmediate(() => {
						since = performance.now();
						next();
					});
			}
		}
		return push.call(streamer, item);
	};
	return {
		limit(bytes): void {
			streamer.maxLiteralSize = bytes;
			// The line around a literal counts too.
			streamer.maxResponseSize = bytes + 64 * 1024;
		},
	};
}

/** What the server asked to wait for, since the command that runs now was sent. */
export interface Throttle {
	/** milliseconds; undefined when it did not throttle */
	hintMs(): number | undefined;
	/** To be called before each command. */
	reset(): void;
}

/**
 * Ends a throttled command at once. imapflow sits out Exchange's "Backoff Time" inside of the command, up to minutes, and
 * repeats a FETCH three times: a run has no minutes, and n8n's next poll is the better repetition. Without it: the command ends
 * by its deadline.
 */
export function neverWaitWhenThrottled(client: ImapFlow): Throttle {
	const internals = internalsOf(client);
	let waits: number[] = [];
	if (typeof internals.throttleWait === 'function') {
		internals.throttleWait = async (delay: unknown): Promise<boolean> => {
			waits.push(Number(delay) || 0);
			// The first wait belongs to any command and ends with the error that carries the hint; only FETCH waits a second time,
			// to try again, and `true` makes it give up.
			return waits.length > 1;
		};
	}
	return {
		// imapflow bounds the first wait, and the second is the rest of what the server asked for.
		hintMs: () => (waits.length > 0 ? waits.reduce((sum, wait) => sum + wait, 0) : undefined),
		reset: () => {
			waits = [];
		},
	};
}

/**
 * Calls `said` with the name of a folder, as it stands on the wire, whose status the server reports without being asked (RFC 5465
 * section 5.1). False where imapflow has no place for it: then nothing must be asked for.
 */
export function onUnaskedStatus(client: ImapFlow, said: (name: string) => void): boolean {
	const { untaggedHandlers, exec } = internalsOf(client);
	if (typeof untaggedHandlers !== 'object' || untaggedHandlers === null || typeof exec !== 'function') return false;
	(untaggedHandlers as Record<string, (untagged: unknown) => Promise<void>>).STATUS = async (untagged) => {
		const attributes = (untagged as { attributes?: unknown[] } | undefined)?.attributes;
		said(valueOf(attributes?.[0]) ?? '');
	};
	return true;
}

/** Sends a command that imapflow does not know. Throws what imapflow throws for a refusal. */
export async function sendRaw(client: ImapFlow, command: string, attributes: unknown[]): Promise<void> {
	const exec = internalsOf(client).exec as (...args: unknown[]) => Promise<{ next(): void }>;
	const response = await exec.call(client, command, attributes);
	response.next();
}

/**
 * Ends an IDLE, so that the connection takes commands again. Without it: by a NOOP, which ends it in imapflow and costs a round
 * trip more.
 */
export async function endIdle(client: ImapFlow): Promise<void> {
	const { preCheck } = internalsOf(client);
	if (typeof preCheck === 'function') await (preCheck as () => Promise<void>)();
	else await client.noop();
}
