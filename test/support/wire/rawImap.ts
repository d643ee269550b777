import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { LineSplitter } from './lineSplitter';

/** The answer to one command. */
export interface RawAnswer {
	status: 'OK' | 'NO' | 'BAD';
	/** What follows the status: a code in brackets, then text. */
	text: string;
	/** The untagged responses before it, in latin1, literals included where they stood. */
	untagged: string[];
}

/** One part of a command: text goes out as it is, a buffer as a literal. */
export type RawPart = string | Buffer;

export interface RawImapOptions {
	host: string;
	port: number;
	/** TLS from the first byte. */
	tls?: boolean;
	ca?: string | Buffer;
	/** How long one answer may take. */
	timeoutMs?: number;
}

interface Waiting {
	tag: string;
	untagged: string[];
	resolve: (answer: RawAnswer) => void;
	reject: (error: Error) => void;
}

/**
 * The second client of the tests: says literally what it is told to, several commands in flight at once if the caller does not wait.
 * It shares nothing with the client under test.
 */
export class RawImap {
	readonly greeting: Promise<string>;
	/** Untagged responses that came while no command was running. */
	readonly unsolicited: string[] = [];
	private readonly splitter = new LineSplitter('server');
	private readonly waiting: Waiting[] = [];
	private response: string[] = [];
	private counter = 0;
	private failure: Error | undefined;
	private greet!: { resolve: (line: string) => void; reject: (error: Error) => void };
	private greeted = false;
	private watchers: Array<() => void> = [];
	/** Why the server closed the connection, when it said so, as the end of a sentence. */
	private farewell = '';

	private constructor(
		private readonly socket: Socket,
		private readonly timeoutMs: number,
	) {
		this.greeting = new Promise((resolve, reject) => (this.greet = { resolve, reject }));
		this.greeting.catch(() => undefined);
		socket.on('data', (chunk) => this.read(chunk));
		socket.on('error', (error) => this.fail(error));
		socket.on('close', () => this.fail(new Error(`the server closed the connection${this.farewell}`)));
	}

	/** Connects and waits for the greeting. */
	static async connect({ host, port, tls, ca, timeoutMs = 60_000 }: RawImapOptions): Promise<RawImap> {
		const socket = tls ? connectTls({ host, port, ca }) : connectTcp({ host, port });
		socket.setNoDelay(true);
		// Whoever waits for an answer has a timer running; a connection that a failed test forgot must not keep Jest from ending.
		socket.unref();
		const client = new RawImap(socket, timeoutMs);
		await client.bounded(client.greeting, 'the greeting');
		return client;
	}

	/** Connects and logs in. */
	static async login(options: RawImapOptions & { user: string; password: string }): Promise<RawImap> {
		const client = await RawImap.connect(options);
		await client.ok(`LOGIN ${quote(options.user)} ${quote(options.password)}`);
		return client;
	}

	/** Sends one command without its tag; buffers go out as literals that do not wait (LITERAL+). */
	command(...parts: RawPart[]): Promise<RawAnswer> {
		const tag = `r${++this.counter}`;
		const answer = new Promise<RawAnswer>((resolve, reject) => {
			if (this.failure) reject(this.failure);
			else this.waiting.push({ tag, untagged: [], resolve, reject });
		});
		this.send(Buffer.concat([Buffer.from(`${tag} `), encodeParts(parts), Buffer.from('\r\n')]));
		return this.bounded(answer, `the answer to ${String(parts[0]).slice(0, 80)}`);
	}

	/** Like {@link command}, and throws on NO and BAD. */
	async ok(...parts: RawPart[]): Promise<RawAnswer> {
		const answer = await this.command(...parts);
		if (answer.status !== 'OK') throw new Error(`${String(parts[0]).slice(0, 80)}: ${answer.status} ${answer.text}`);
		return answer;
	}

	/** Writes bytes as they are, with no tag and no waiting: for IDLE's DONE and for dialogues that no client would have. */
	send(bytes: Buffer | string): void {
		this.socket.write(bytes);
	}

	/** Resolves once an untagged response matches, also one that is there already; the bound is the client's timeout. */
	async sees(pattern: RegExp): Promise<string> {
		const find = (): string | undefined =>
			[...this.unsolicited, ...this.waiting.flatMap(({ untagged }) => untagged)].find((line) => pattern.test(line));
		const seen = new Promise<string>((resolve, reject) => {
			const look = (): void => {
				const line = find();
				if (line !== undefined) resolve(line);
				else if (this.failure) reject(this.failure);
				else this.watchers.push(look);
			};
			look();
		});
		return this.bounded(seen, `a line like ${pattern}`);
	}

	/** Resolves when the connection is gone. */
	async closed(): Promise<void> {
		if (this.socket.destroyed) return;
		await this.bounded(new Promise<void>((resolve) => this.socket.once('close', () => resolve())), 'the end of the connection');
	}

	/** Logs out, or just closes when the server no longer answers. */
	async logout(): Promise<void> {
		if (!this.failure) await this.command('LOGOUT').catch(() => undefined);
		this.socket.destroy();
	}

	/** Drops the connection without a word. */
	destroy(): void {
		this.socket.destroy();
	}

	private read(chunk: Buffer): void {
		for (const piece of this.splitter.push(chunk)) {
			if (piece.kind === 'literal') {
				this.response.push(piece.bytes.toString('latin1'));
				continue;
			}
			if (piece.literal !== undefined) {
				this.response.push(piece.text, '\r\n');
				continue;
			}
			const response = this.response.join('') + piece.text;
			this.response = [];
			this.take(response);
		}
		const watchers = this.watchers;
		this.watchers = [];
		for (const look of watchers) look();
	}

	private take(response: string): void {
		if (!this.greeted) {
			this.greeted = true;
			this.greet.resolve(response);
			return;
		}
		if (/^\* BYE\b/i.test(response)) this.farewell = `: ${response}`;
		const [first] = this.waiting;
		const tagged = /^(r\d+) (OK|NO|BAD)(?: (.*))?$/s.exec(response);
		const index = tagged ? this.waiting.findIndex(({ tag }) => tag === tagged[1]) : -1;
		if (!tagged || index < 0) {
			(first ? first.untagged : this.unsolicited).push(response);
			return;
		}
		const [done] = this.waiting.splice(index, 1);
		done.resolve({ status: tagged[2] as RawAnswer['status'], text: tagged[3] ?? '', untagged: done.untagged });
	}

	private fail(error: Error): void {
		this.failure ??= error;
		this.greet.reject(this.failure);
		for (const { reject } of this.waiting.splice(0)) reject(this.failure);
		for (const look of this.watchers.splice(0)) look();
	}

	private async bounded<T>(promise: Promise<T>, what: string): Promise<T> {
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<never>((_resolve, reject) => {
			timer = setTimeout(() => {
				reject(new Error(`${what} did not come within ${this.timeoutMs} ms`));
				this.socket.destroy();
			}, this.timeoutMs);
		});
		try {
			return await Promise.race([promise, late]);
		} finally {
			clearTimeout(timer);
		}
	}
}

/** A quoted string; only for text without line ends. */
export function quote(text: string): string {
	return `"${text.replace(/(["\\])/g, '\\$1')}"`;
}

function encodeParts(parts: RawPart[]): Buffer {
	return Buffer.concat(
		parts.flatMap((part) =>
			typeof part === 'string' ? [Buffer.from(part, 'latin1')] : [Buffer.from(`{${part.length}+}\r\n`), part],
		),
	);
}
