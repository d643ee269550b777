import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SyncError, type SyncErrorArguments } from '../errors/syncError';
import type { MappedMessage } from './mapMessage';
import { onFirstUse } from './onFirstUse';
import type { ReadingTask, ThreadMessage } from './readingTask';
import type { FetchedMessage } from '../server/message';
import type { MappingOptions } from './readOptions';

/**
 * Threads in which large messages are read. Libraries are given whole texts and come back when they are done: only in another thread
 * can others go on meanwhile, and only there can an end be put to it.
 */

/** Messages that are read at once in this process: a sender takes no more than these from it. */
const MOST_THREADS = 2;

/** A thread takes some 15 MB, and a tenth of a second to start. */
const IDLE_MS = 30_000;

const CHECKED_EVERY_MS = 20;

/** Beside what was built; not there where the sources themselves run, in tests. */
const file = join(__dirname, 'readingThread.js');
const isBuilt = onFirstUse(() => existsSync(file));

/** Threads with nothing to do, the one used last at the end. */
const idle: ReadingThread[] = [];
let running = 0;
const waiting: Array<() => void> = [];
let areThreadsRefused = false;

/**
 * Maps a message in another thread. `outOfTime` where that took more than so many milliseconds of CPU; `noThreads` where this
 * process gets none. Throws what mapMessage() throws.
 */
export async function mapApart(
	message: FetchedMessage,
	options: MappingOptions,
	milliseconds: number,
): Promise<MappedMessage | 'outOfTime' | 'noThreads'> {
	if (!isBuilt() || areThreadsRefused) return 'noThreads';
	await takePlace();
	let thread: ReadingThread | undefined;
	try {
		thread = idle.pop() ?? (await ReadingThread.start());
		return thread === undefined ? 'noThreads' : resultOf(await thread.read(message, options, milliseconds));
	} finally {
		if (thread?.isAlive) thread.rest();
		leavePlace();
	}
}

async function takePlace(): Promise<void> {
	if (running === MOST_THREADS) await new Promise<void>((free) => waiting.push(free));
	else running++;
}

/** To whoever has waited longest. */
function leavePlace(): void {
	const next = waiting.shift();
	if (next) next();
	else running--;
}

function resultOf(said: ThreadMessage | 'outOfTime'): MappedMessage | 'outOfTime' {
	if (said === 'outOfTime') return said;
	if (said.kind === 'refused') throw new SyncError(...([said.code, said.data] as unknown as SyncErrorArguments));
	if (said.kind !== 'mapped') throw Object.assign(new Error(), { name: said.kind === 'broken' ? said.name : said.kind });
	for (const attachment of said.mapped.read.attachments) {
		if (attachment.content) attachment.content = Buffer.from(attachment.content.buffer);
	}
	return said.mapped;
}

/** One thread, which reads one message at a time. */
class ReadingThread {
	isAlive = true;
	private hear: (said: ThreadMessage | 'outOfTime') => void = () => undefined;
	private resting: NodeJS.Timeout | undefined;

	private constructor(private readonly worker: Worker) {
		worker.on('message', (said: ThreadMessage) => this.hear(said));
		// A defect of the engine: this message is at fault.
		worker.on('error', () => this.end());
		worker.on('exit', () => this.end());
	}

	/** Undefined where it does not start. */
	static async start(): Promise<ReadingThread | undefined> {
		try {
			// Nothing of the process is for it: neither its environment, with passwords in it, nor what it was started with.
			// No limit of memory either: an engine that reaches one ends the whole process where it cannot end the thread at once.
			const thread = new ReadingThread(new Worker(file, { env: {}, execArgv: [] }));
			const said = await new Promise((hear) => (thread.hear = hear));
			areThreadsRefused = said === 'outOfTime';
			return areThreadsRefused ? undefined : thread;
		} catch {
			areThreadsRefused = true;
			return undefined;
		}
	}

	async read(message: FetchedMessage, options: MappingOptions, milliseconds: number): Promise<ThreadMessage | 'outOfTime'> {
		clearTimeout(this.resting);
		this.worker.ref();
		const { task, bytes } = taskOf(message, options);
		const spent = this.meter();
		const watch = setInterval(() => spent() > milliseconds && this.end(), CHECKED_EVERY_MS);
		try {
			return await new Promise((hear) => {
				this.hear = hear;
				this.worker.postMessage(task, bytes);
			});
		} finally {
			clearInterval(watch);
			this.worker.unref();
		}
	}

	/** Ends after a while of doing nothing, and does not keep the process alive until then. */
	rest(): void {
		idle.push(this);
		this.resting = setTimeout(() => this.end(), IDLE_MS).unref();
	}

	private end(): void {
		this.isAlive = false;
		const at = idle.indexOf(this);
		if (at >= 0) idle.splice(at, 1);
		void this.worker.terminate();
		this.hear('outOfTime');
	}

	/**
	 * Milliseconds of CPU that it used from now on, no less than that: how long it had work, of which it may have waited for a
	 * processor, or what the whole process used, whichever is less.
	 */
	private meter(): () => number {
		const { performance } = this.worker;
		const loop = performance.eventLoopUtilization();
		const before = process.cpuUsage();
		return () => {
			const { user, system } = process.cpuUsage(before);
			return Math.min(performance.eventLoopUtilization(loop).active, (user + system) / 1000);
		};
	}
}

/** What is sent, and the bytes in it, copied: whoever asked needs his own. */
function taskOf(message: FetchedMessage, options: MappingOptions): { task: ReadingTask; bytes: ArrayBuffer[] } {
	const bytes: ArrayBuffer[] = [];
	const copy = (buffer: Buffer): Uint8Array => {
		const copied = new Uint8Array(buffer);
		bytes.push(copied.buffer);
		return copied;
	};
	const { source, header, parts, ...known } = message;
	const task: ReadingTask = {
		message: {
			...known,
			// A function stays where it is.
			readPart: undefined,
			...(source && { source: copy(source) }),
			...(header && { header: copy(header) }),
			...(parts && { parts: new Map([...parts].map(([part, content]) => [part, copy(content)])) }),
		},
		options,
	};
	return { task, bytes };
}
