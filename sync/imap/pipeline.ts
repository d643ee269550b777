import type { ImapFlow } from 'imapflow';
import type { Writable } from 'node:stream';

/**
 * Several commands under way at once on one connection (RFC 9051 section 5.5). imapflow sends one, waits for its answer, and sends
 * the next: over a line of 50 ms that is 20 commands a second, whatever the server could do. It has no public means for more, so
 * this is the one place that takes its queue in hand, for the time of an exchange. Only commands whose answers do not depend on
 * each other, and whose untagged answers say what they are about: a STATUS names its folder, an APPEND says everything in its tag.
 * Or, `inOrder`, steps that the server can only take one after the other, since they open a folder, or ask about the one that is
 * open: what comes before the tagged answers of one step, and after those of the step before, is about its folder. The commands of
 * one step have the same handlers; Dovecot works on a FETCH and a SEARCH at the same time.
 *
 * Each tagged answer goes to the command that has its tag, in whatever order the server answers. Whatever else comes in between
 * goes imapflow's own way. What cannot be assigned to a command ends the connection.
 */

/** A command to be sent, without its tag. */
export interface PipelinedCommand {
	name: string;
	/** All that follows the name, as it goes out. No line end, and no literal. */
	rest: string;
	/** Sent behind the line without waiting (LITERAL+, RFC 7888): the server has to offer that. */
	literal?: Buffer;
}

/** An untagged answer as imapflow parses it. */
export interface Untagged {
	command: string;
	attributes?: unknown;
	/** Of a SEARCH. */
	numbers?: unknown;
}

/** The tagged OK to a command. */
export interface TaggedAnswer {
	/** The response code with its arguments, such as ["APPENDUID", "1", "17"]; empty without one. */
	code: string[];
}

/** By the names of untagged answers. */
export type Handlers = Readonly<Record<string, (untagged: Untagged) => Promise<void>>>;

/** What imapflow keeps of a command that it has still to send. */
interface QueuedRequest {
	tag: string;
	command: string;
	attributes: unknown;
	options: { untagged?: Handlers };
}

/** How a command is settled. */
interface Settling {
	resolve(answer: { response: unknown; next(): void }): void;
	reject(error: unknown): void;
}

/** What imapflow keeps of a command that is under way. */
interface Request extends QueuedRequest, Settling {
	sent: true;
}

/** What of imapflow 2.10.2 this rests on, guarded by test/contract/pipeline.test.ts. */
interface Internals {
	currentRequest: unknown;
	requestQueue: QueuedRequest[];
	requestTagMap: Map<string, Settling>;
	tagCounter: number;
	write(chunk: Buffer): void;
	send(request: QueuedRequest): Promise<void>;
	writeSocket: Pick<Writable, 'cork' | 'uncork'>;
	trySend?: () => Promise<void>;
	handleResponse?: (data: { payload: Buffer }) => Promise<boolean>;
}

/**
 * Takes a connection on which nothing is under way into the hand. Undefined where imapflow is not built as it was, or is busy: then
 * the commands have to be sent one by one. `untagged` takes untagged answers by their names, as long as the pipeline is open.
 * `inOrder`: a server that answers a step before it has answered all of the one before loses the connection.
 */
export function openPipeline(client: ImapFlow, untagged: Handlers = {}, { inOrder = false } = {}): Pipeline | undefined {
	const internals = client as unknown as Internals;
	const { currentRequest, requestQueue, requestTagMap, tagCounter, write, writeSocket, trySend, handleResponse } = internals;
	const isAsKnown =
		Array.isArray(requestQueue) &&
		requestTagMap instanceof Map &&
		typeof tagCounter === 'number' &&
		[write, internals.send, writeSocket?.cork, writeSocket?.uncork, trySend, handleResponse].every(
			(part) => typeof part === 'function',
		);
	if (!isAsKnown || currentRequest || requestQueue.length > 0 || client.isClosed) return undefined;
	return new Pipeline(client, internals, untagged, inOrder);
}

/** A connection that is in the hand. To be closed with end(), whatever happens. */
export class Pipeline {
	private readonly underWay = new Map<string, Request>();
	private confused = false;

	constructor(
		private readonly client: ImapFlow,
		private readonly internals: Internals,
		private readonly untagged: Handlers,
		private readonly inOrder: boolean,
	) {
		const handle = internals.handleResponse!;
		internals.trySend = async () => undefined;
		internals.handleResponse = async (data) => await this.route(data, handle);
		client.once('close', this.onClose);
	}

	/** Whether the connection was ended because an answer could not be assigned. */
	get isConfused(): boolean {
		return this.confused;
	}

	/** Commands that have no answer yet. */
	get size(): number {
		return this.underWay.size;
	}

	/**
	 * Sends a command at once. Rejects with imapflow's error where the server refused it, and where the connection is lost. `untagged`
	 * takes what comes while no command before it is under way any more; it is what makes commands one step.
	 */
	async send({ name, rest, literal }: PipelinedCommand, untagged = this.untagged): Promise<TaggedAnswer> {
		const { internals } = this;
		if (this.client.isClosed) throw gone();
		const tag = (++internals.tagCounter).toString(16).toUpperCase();
		const line = `${tag} ${name}${rest && ` ${rest}`}${literal ? `{${literal.length}+}` : ''}`;
		if (/[\r\n\0]/.test(line)) throw Object.assign(new Error('Line end in a command'), { code: 'InvalidTokenValue' });
		const answer = new Promise<unknown>((resolve, reject) => {
			this.enter(
				{ tag, command: name, attributes: [], options: { untagged } },
				{
					resolve: ({ response, next }) => {
						resolve(response);
						// imapflow reads on only then.
						next();
					},
					reject,
				},
			);
		});
		// Whoever awaits it may do so later than it fails.
		answer.catch(() => undefined);
		this.holdForThisTurn();
		internals.write(Buffer.from(line));
		if (literal) internals.write(literal);
		return { code: codeOf(await answer) };
	}

	/**
	 * From now on imapflow's own commands are sent as it is asked for them, rather than one after the other. None may have an argument
	 * that goes out as a literal.
	 */
	sendOwn(): void {
		const { internals } = this;
		internals.trySend = async () => {
			for (const queued of internals.requestQueue.splice(0)) {
				const settling = internals.requestTagMap.get(queued.tag);
				if (!settling) continue;
				const request = this.enter(queued, settling);
				this.holdForThisTurn();
				await internals.send(request).catch((error: unknown) => request.reject(error));
			}
		};
	}

	/** A command is under way until it is settled. */
	private enter(command: QueuedRequest, { resolve, reject }: Settling): Request {
		const { tag } = command;
		const request: Request = {
			...command,
			sent: true,
			resolve: (answer) => {
				this.underWay.delete(tag);
				resolve(answer);
			},
			reject: (error) => {
				this.underWay.delete(tag);
				reject(error);
			},
		};
		this.underWay.set(tag, request);
		this.internals.requestTagMap.set(tag, request);
		this.internals.currentRequest ||= request;
		return request;
	}

	/** All that is sent in one turn leaves in one piece. */
	private holdForThisTurn(): void {
		const { writeSocket } = this.internals;
		writeSocket.cork();
		process.nextTick(() => writeSocket.uncork());
	}

	/** Gives the connection back to imapflow. With commands still under way it is torn down: their answers would be taken for others. */
	end(): void {
		if (this.underWay.size > 0) this.client.close();
		this.client.off('close', this.onClose);
		// Its own again, from its class.
		delete this.internals.trySend;
		delete this.internals.handleResponse;
		if (!this.client.isClosed) this.internals.currentRequest = false;
	}

	/** imapflow settles the command that it takes for the current one, so that is made the one that has this tag. */
	private async route(data: { payload: Buffer }, handle: (data: { payload: Buffer }) => Promise<boolean>): Promise<boolean> {
		const start = data.payload.toString('latin1', 0, 64).replace(/^\0+/, '');
		const request = this.underWay.get(/^[^\s]*/.exec(start)![0]);
		const [first] = this.underWay.values();
		const isTagless = !request && this.underWay.size > 1 && /^(NO|BAD)(\s|$)/i.test(start);
		if (isTagless || (request && this.inOrder && !isSameStep(request, first))) {
			// Namecheap leaves out the tag: of several commands nobody knows which one it refuses.
			this.confused = true;
			this.client.close();
			return false;
		}
		if (request) this.internals.currentRequest = request;
		try {
			return await handle.call(this.client, data);
		} finally {
			// Untagged answers need one, so that they find their handlers: that which the server works on.
			const [next] = this.underWay.values();
			if (!this.client.isClosed) this.internals.currentRequest = next ?? false;
		}
	}

	/** imapflow fails only the current command on the news that the connection is gone. */
	private readonly onClose = (): void => {
		for (const request of [...this.underWay.values()]) request.reject(gone());
	};
}

const isSameStep = (one: Request, other: Request): boolean => one.options.untagged === other.options.untagged;

const gone = (): Error => Object.assign(new Error('Connection not available'), { code: 'NoConnection' });

function codeOf(response: unknown): string[] {
	const { attributes } = response as { attributes?: Array<{ section?: Array<{ value?: unknown } | null> } | null> };
	const section = attributes?.[0]?.section ?? [];
	return section.map((token) => (typeof token?.value === 'string' ? token.value : ''));
}
