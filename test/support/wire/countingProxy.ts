import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { CapabilityMask } from './capabilityMask';
import { LineSplitter, type WirePiece } from './lineSplitter';

/** What belongs to setting a connection up, what to ending it, and all the rest, which is what budgets are about. */
type Phase = 'login' | 'work' | 'logout';

/** toServer is what the client says, toClient what it hears. */
type Direction = 'toServer' | 'toClient';

export interface WireCount {
	/** Commands the client sent; literals and continuation lines count with their command. */
	commands: number;
	/** Commands sent while no other one was under way, and waits for the server's `+` before a literal. */
	roundTrips: number;
	/** Bytes the client sent. */
	toServer: number;
	/** Bytes the client received, after mask and lies. */
	toClient: number;
}

type PhaseCounts = Record<Phase, WireCount>;

/** What a hook learns beside the line. */
export interface LineContext {
	connection: ProxiedConnection;
	/** The rest of a line after a literal. */
	continued: boolean;
	/** The oldest command that has no answer yet, with its tag; for a client line the command to which the line belongs. */
	command: { tag: string; name: string; line: string } | undefined;
	/** Says a line to the client in the server's place. */
	toClient(line: string): void;
}

/**
 * Sees each line without its line end and says what goes on: nothing returned = as it is, null = swallowed (with its literal),
 * a string or several = these instead. A line that ends with a literal's `{n}` keeps the literal only if the last line still does.
 */
export type LineHook = (line: string, context: LineContext) => string | string[] | null | undefined | void;

export interface ProxyOptions {
	/** Capabilities that the client is not to see. */
	mask?: string[];
	onServerLine?: LineHook;
	onClientLine?: LineHook;
}

export interface CutRule {
	direction: Direction;
	/** Cut when so many bytes went in that direction, in the middle of a line if need be. */
	bytes?: number;
	/** toServer: the n-th command reaches the server, which carries it out, but no answer comes. toClient: cut after its answer. */
	commands?: number;
	/** Count only what belongs to this phase. */
	phase?: Phase;
}

/** A cut that waits for its moment. */
interface ArmedCut {
	readonly happened: boolean;
	disarm(): void;
}

export interface ProxiedConnection {
	readonly id: number;
	readonly counts: PhaseCounts;
	/** The lines of both sides, the last few hundred; `C~` and `S~` are lines that the proxy made up or changed. */
	readonly transcript: string[];
	readonly closed: boolean;
	/** Drops this connection on both sides. */
	cut(): void;
	/** The network of this connection is gone: nothing passes any more, and neither side is told. */
	lose(): void;
}

export interface CountingProxy {
	readonly host: string;
	readonly port: number;
	/** Every connection since the start or the last reset. */
	readonly connections: readonly ProxiedConnection[];
	mask: string[];
	onServerLine: LineHook | undefined;
	onClientLine: LineHook | undefined;
	/** The sum over all connections. */
	totals(): PhaseCounts & { connections: number };
	/** All transcripts, for the message of a failed assertion. */
	transcript(): string;
	/** Starts counting anew: open connections stay open, closed ones are forgotten. */
	reset(): void;
	/** Cuts once, on whichever connection gets there; later connections live. */
	cutAfter(rule: CutRule): ArmedCut;
	/** Drops all open connections now. */
	cut(): void;
	/** Holds back everything in the given direction (both, if none is given); connections stay open. */
	stall(direction?: Direction): void;
	/** Lets go of what was held back. */
	resume(): void;
	stop(): Promise<void>;
}

const setUpCommands = new Set(['CAPABILITY', 'STARTTLS', 'ID', 'LOGIN', 'AUTHENTICATE', 'NAMESPACE', 'COMPRESS', 'ENABLE']);
const transcriptLines = 400;
const transcriptWidth = 300;

/** Starts a proxy on loopback that understands IMAP lines: it counts, hides capabilities, cuts, stalls and lies. */
export async function startProxy(
	target: { host: string; port: number },
	options: ProxyOptions = {},
	port = 0,
): Promise<CountingProxy> {
	const proxy = new ProxyServer(target, options);
	await proxy.listen(port);
	return proxy;
}

class ProxyServer implements CountingProxy {
	readonly host = '127.0.0.1';
	port = 0;
	connections: Relay[] = [];
	mask: string[];
	onServerLine: LineHook | undefined;
	onClientLine: LineHook | undefined;
	readonly stalled = new Set<Direction>();
	private readonly cuts = new Set<Cut>();
	private connectionCount = 0;
	private readonly server = createServer((client) => this.accept(client));

	constructor(
		private readonly target: { host: string; port: number },
		options: ProxyOptions,
	) {
		this.mask = options.mask ?? [];
		this.onServerLine = options.onServerLine;
		this.onClientLine = options.onClientLine;
	}

	async listen(port: number): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(port, this.host, resolve);
		});
		this.port = (this.server.address() as AddressInfo).port;
		// A proxy that a failed test forgot must not keep Jest from ending.
		this.server.unref();
	}

	totals(): PhaseCounts & { connections: number } {
		const sum = noCounts();
		for (const { counts } of this.connections) {
			for (const phase of phases) {
				for (const key of countKeys) sum[phase][key] += counts[phase][key];
			}
		}
		return { ...sum, connections: this.connections.length };
	}

	transcript(): string {
		return this.connections.map(({ id, transcript }) => [`connection ${id}`, ...transcript].join('\n')).join('\n\n');
	}

	reset(): void {
		this.connections = this.connections.filter(({ closed }) => !closed);
		for (const connection of this.connections) connection.reset();
	}

	cutAfter(rule: CutRule): ArmedCut {
		const cut = new Cut(rule, () => this.cuts.delete(cut));
		this.cuts.add(cut);
		return cut;
	}

	armedCuts(): Iterable<Cut> {
		return [...this.cuts];
	}

	cut(): void {
		for (const connection of this.connections) connection.cut();
	}

	stall(direction?: Direction): void {
		for (const each of direction ? [direction] : directions) this.stalled.add(each);
	}

	resume(): void {
		this.stalled.clear();
		for (const connection of this.connections) connection.flush();
	}

	async stop(): Promise<void> {
		for (const connection of this.connections) connection.cut();
		if (this.server.listening) await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}

	private accept(client: Socket): void {
		const server = connect(this.target);
		this.connections.push(new Relay(++this.connectionCount, this, client, server));
	}
}

const phases: Phase[] = ['login', 'work', 'logout'];
const directions: Direction[] = ['toServer', 'toClient'];
const countKeys: Array<keyof WireCount> = ['commands', 'roundTrips', 'toServer', 'toClient'];

function noCounts(): PhaseCounts {
	const none = (): WireCount => ({ commands: 0, roundTrips: 0, toServer: 0, toClient: 0 });
	return { login: none(), work: none(), logout: none() };
}

class Cut implements ArmedCut {
	happened = false;
	private bytesLeft: number;
	private commandsLeft: number;

	constructor(
		private readonly rule: CutRule,
		readonly disarm: () => void,
	) {
		this.bytesLeft = rule.bytes ?? Infinity;
		this.commandsLeft = rule.commands ?? Infinity;
	}

	/** How many of these bytes still pass; fewer than all means: cut now. */
	passBytes(direction: Direction, phase: Phase, count: number): number {
		if (!this.matches(direction, phase)) return count;
		const passed = Math.min(count, this.bytesLeft);
		this.bytesLeft -= passed;
		if (this.bytesLeft === 0) this.strike();
		return passed;
	}

	/** Whether to cut after this command or answer. */
	passCommand(direction: Direction, phase: Phase): boolean {
		if (!this.matches(direction, phase) || --this.commandsLeft > 0) return false;
		this.strike();
		return true;
	}

	private matches(direction: Direction, phase: Phase): boolean {
		return direction === this.rule.direction && (this.rule.phase === undefined || this.rule.phase === phase);
	}

	private strike(): void {
		this.happened = true;
		this.disarm();
	}
}

interface Command {
	tag: string;
	name: string;
	line: string;
	phase: Phase;
}

interface Parcel {
	bytes: Buffer;
	phase: Phase;
	/** The command that is complete, or answered, with this parcel. */
	completes?: Command;
}

class Relay implements ProxiedConnection {
	counts = noCounts();
	transcript: string[] = [];
	closed = false;
	private readonly splitters = { toServer: new LineSplitter('client'), toClient: new LineSplitter('server') };
	private readonly held: Record<Direction, Parcel[]> = { toServer: [], toClient: [] };
	/** While set, literals and line rests belong to a line that was swallowed. */
	private readonly swallowing: Record<Direction, boolean> = { toServer: false, toClient: false };
	private readonly unanswered: Command[] = [];
	private current: Command | undefined;
	private phase: Phase = 'login';
	/** After COMPRESS or STARTTLS there are no lines any more. */
	private opaque = false;
	private lost = false;
	/** The command whose answer the server may still finish, though the client is gone. */
	private lastBreath: Command | undefined;

	constructor(
		readonly id: number,
		private readonly proxy: ProxyServer,
		private readonly client: Socket,
		private readonly server: Socket,
	) {
		client.setNoDelay(true);
		server.setNoDelay(true);
		client.on('data', (chunk) => this.take('toServer', chunk));
		server.on('data', (chunk) => this.take('toClient', chunk));
		client.on('end', () => this.ends('toServer'));
		server.on('end', () => this.ends('toClient'));
		client.on('error', () => this.cut());
		server.on('error', () => this.cut());
		client.on('close', () => this.closes());
		server.on('close', () => this.closes());
	}

	reset(): void {
		this.counts = noCounts();
		this.transcript = [];
	}

	cut(): void {
		this.closed = true;
		for (const socket of [this.client, this.server]) {
			// What was said before the cut still arrives.
			socket.uncork();
			socket.destroy();
		}
	}

	lose(): void {
		this.lost = true;
	}

	/** Sends what a stall held back. */
	flush(): void {
		for (const direction of directions) {
			const parcels = this.held[direction].splice(0);
			for (const parcel of parcels) this.forward(direction, parcel);
		}
	}

	private ends(direction: Direction): void {
		const rest = this.splitters[direction].rest();
		if (rest.length > 0) this.forward(direction, { bytes: rest, phase: this.phase });
		this.target(direction).end();
	}

	private closes(): void {
		if (!this.lastBreath) this.cut();
		else if (this.server.destroyed) this.closed = true;
	}

	private target(direction: Direction): Socket {
		return direction === 'toServer' ? this.server : this.client;
	}

	private take(direction: Direction, chunk: Buffer): void {
		if (this.opaque) {
			if (direction === 'toServer') this.counts.work.toServer += chunk.length;
			this.forward(direction, { bytes: chunk, phase: 'work' });
			return;
		}
		// The lines that came together go on together: a write for each would cost more than all the rest of a relay.
		const target = this.target(direction);
		target.cork();
		this.takeLines(direction, chunk);
		target.uncork();
	}

	private takeLines(direction: Direction, chunk: Buffer): void {
		for (const piece of this.splitters[direction].push(chunk)) {
			if (piece.kind === 'line') {
				if (direction === 'toServer') this.clientLine(piece);
				else this.serverLine(piece);
			} else {
				const phase = this.phaseOf(direction);
				if (direction === 'toServer') this.counts[phase].toServer += piece.bytes.length;
				if (!this.swallowing[direction]) this.forward(direction, { bytes: piece.bytes, phase });
			}
		}
	}

	private phaseOf(direction: Direction): Phase {
		const command = direction === 'toServer' ? this.current : this.unanswered[0];
		return command?.phase ?? this.phase;
	}

	private clientLine(piece: WirePiece & { kind: 'line' }): void {
		const command = this.commandOf(piece);
		const count = this.counts[command?.phase ?? this.phase];
		if (piece.waits) count.roundTrips++;
		count.toServer += piece.text.length + piece.lineEnd.length;
		this.note('C:', piece);
		const masked = piece.continued ? piece.text : new CapabilityMask(this.proxy.mask).clientLine(piece.text);
		const lines = this.ask(this.proxy.onClientLine, 'toServer', piece, masked, command);
		this.say('toServer', piece, lines, command?.phase ?? this.phase, piece.literal === undefined ? command : undefined);
	}

	/** The command to which a client line belongs; a new one unless the line goes on with an old one. */
	private commandOf(piece: WirePiece & { kind: 'line' }): Command | undefined {
		if (piece.continued) return this.current;
		const waiting = this.unanswered.find(
			({ name }) => name === 'AUTHENTICATE' || (name === 'IDLE' && /^DONE$/i.test(piece.text)),
		);
		if (waiting) return (this.current = waiting);
		const [tag, ...words] = piece.text.split(' ');
		const first = (words[0] ?? '').toUpperCase();
		const name = first === 'UID' ? `UID ${(words[1] ?? '').toUpperCase()}` : first;
		const phase = name === 'LOGOUT' ? 'logout' : setUpCommands.has(name) ? 'login' : 'work';
		const command = { tag, name, line: piece.text, phase } satisfies Command;
		const count = this.counts[phase];
		count.commands++;
		if (this.unanswered.length === 0) count.roundTrips++;
		this.unanswered.push(command);
		this.phase = phase;
		return (this.current = command);
	}

	private serverLine(piece: WirePiece & { kind: 'line' }): void {
		const phase = this.phaseOf('toClient');
		const answered = piece.continued ? undefined : this.answered(piece.text);
		const command = answered ?? this.unanswered[0];
		const masked = piece.continued ? piece.text : new CapabilityMask(this.proxy.mask).serverLine(piece.text);
		const lines = this.ask(this.proxy.onServerLine, 'toClient', piece, masked, command);
		if (answered) this.unanswered.splice(this.unanswered.indexOf(answered), 1);
		this.say('toClient', piece, lines, answered?.phase ?? phase, answered);
		if (answered && (answered.name === 'COMPRESS' || answered.name === 'STARTTLS') && / OK/i.test(piece.text)) this.opaque = true;
		if (answered && answered === this.lastBreath) this.server.destroy();
	}

	private answered(line: string): Command | undefined {
		const [tag, status] = line.split(' ', 2);
		return /^(OK|NO|BAD)$/i.test(status ?? '') ? this.unanswered.find((command) => command.tag === tag) : undefined;
	}

	/** The lines to send on in place of this one, none if it is swallowed. */
	private ask(
		hook: LineHook | undefined,
		direction: Direction,
		{ continued }: WirePiece & { kind: 'line' },
		line: string | null,
		command: Command | undefined,
	): string[] {
		if (line === null || (continued && this.swallowing[direction])) return [];
		const toClient = (invented: string): void => this.invent(invented);
		const context: LineContext = { connection: this, continued, command, toClient };
		const result = hook?.(line, context);
		if (result === undefined) return [line];
		if (result === null) return [];
		return Array.isArray(result) ? result : [result];
	}

	private say(
		direction: Direction,
		piece: WirePiece & { kind: 'line' },
		lines: string[],
		phase: Phase,
		completes?: Command,
	): void {
		const lost = piece.literal !== undefined && !lines.at(-1)?.endsWith('}');
		this.swallowing[direction] = lost;
		const changed = lines.length !== 1 || lines[0] !== piece.text;
		if (direction === 'toClient' && !changed) this.note('S:', piece);
		else if (changed) for (const line of lines) this.note(direction === 'toClient' ? 'S~' : 'C~', { text: line });
		lines.forEach((line, index) => {
			const bytes = Buffer.from(line + piece.lineEnd, 'latin1');
			this.forward(direction, { bytes, phase, completes: index === lines.length - 1 ? completes : undefined });
		});
	}

	private invent(line: string): void {
		this.note('S~', { text: line });
		const answered = this.answered(line);
		if (answered) this.unanswered.splice(this.unanswered.indexOf(answered), 1);
		const phase = answered?.phase ?? this.phaseOf('toClient');
		this.forward('toClient', { bytes: Buffer.from(`${line}\r\n`, 'latin1'), phase, completes: answered });
	}

	private forward(direction: Direction, parcel: Parcel): void {
		if (this.lost) return;
		if (this.proxy.stalled.has(direction)) {
			this.held[direction].push(parcel);
			return;
		}
		const { phase, completes } = parcel;
		let { bytes } = parcel;
		const target = this.target(direction);
		if (target.destroyed || target.writableEnded || (direction === 'toServer' && this.lastBreath)) return;
		let cutNow = false;
		for (const cut of this.proxy.armedCuts()) {
			const passed = cut.passBytes(direction, phase, bytes.length);
			cutNow ||= cut.happened;
			bytes = bytes.subarray(0, passed);
		}
		if (direction === 'toClient') this.counts[phase].toClient += bytes.length;
		const accepted = target.write(bytes);
		if (cutNow) {
			this.cutCleanly(direction);
			return;
		}
		if (completes) {
			for (const cut of this.proxy.armedCuts()) {
				if (!cut.passCommand(direction, phase)) continue;
				if (direction === 'toServer') this.lastBreath = completes;
				this.cutCleanly(direction);
				return;
			}
		}
		const source = direction === 'toServer' ? this.client : this.server;
		// The rest of what has come already is still said.
		if (!accepted && !source.isPaused()) {
			source.pause();
			target.once('drain', () => source.resume());
		}
	}

	/** Lets the bytes written so far arrive, then drops the connection. */
	private cutCleanly(direction: Direction): void {
		if (direction === 'toServer') {
			this.client.destroy();
			if (!this.lastBreath) this.server.end();
			return;
		}
		this.client.end(() => this.cut());
		this.server.destroy();
	}

	private note(mark: string, line: { text: string; literal?: number }): void {
		const text =
			line.text.length > transcriptWidth ? `${line.text.slice(0, transcriptWidth)} … ${line.text.length} bytes` : line.text;
		this.transcript.push(`${mark} ${text}`);
		if (this.transcript.length > transcriptLines) this.transcript.shift();
	}
}
