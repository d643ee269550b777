import type { ImapFlow } from 'imapflow';
import type { Appended, Appending, NewMessage } from '../changing/writing';
import { asUid } from '../uids/uid';
import type { ImapConnection } from './connection';
import { MAYBE_TWICE } from './ifLost';
import { quotedMailbox } from './mailboxName';
import { openPipeline, type Pipeline, type TaggedAnswer } from './pipeline';
import { asError, type WriteCommand } from './writeErrors';

/**
 * Messages under way at once: few at first, so that a server which refuses them is not sent many, and three more for each that
 * was stored. And their bytes: what is not answered is held in memory, here and on the way.
 */
const FIRST_MESSAGES = 4;
const MORE_FOR_EACH = 3;
const MOST_MESSAGES = 250;
const MOST_BYTES = 4 * 1024 * 1024;

/** The time that a megabyte under way may take on top, in milliseconds. */
const MS_PER_MEGABYTE = 10_000;

/** What a keyword or system flag may look like (RFC 3501 section 9, flag); the server has the last word. */
const flagSyntax = /^\\?[!#$&'+-[^-z|}~]+$/;

/** The writer, as far as storing messages needs it. */
interface Storing {
	append(path: string, message: NewMessage): Promise<Appended>;
	command<T>(command: WriteCommand, send: () => Promise<T>, on: ImapConnection): Promise<T>;
}

/**
 * Stores messages with many under way at once, where the server takes them without being asked first (LITERAL+) and says which UID
 * each got (UIDPLUS). Elsewhere, and for messages that need another command, one after the other.
 */
export class ImapAppending implements Appending {
	private pipeline: Pipeline | undefined;
	private on: ImapConnection | undefined;
	private readonly underWay = new Set<Promise<void>>();
	private bytes = 0;
	private room = FIRST_MESSAGES;
	/** Not a race of all that is under way: each would keep all the races that it did not win. */
	private answeredOne: () => void = () => undefined;

	constructor(
		private readonly writer: Storing,
		private readonly connection: () => Promise<ImapConnection>,
		private readonly path: string,
	) {}

	async add(message: NewMessage, answered: (outcome: Appended | Error) => void): Promise<void> {
		const { length } = message.source;
		while (this.underWay.size >= this.room || (this.underWay.size > 0 && this.bytes + length > MOST_BYTES))
			await new Promise<void>((resolve) => (this.answeredOne = resolve));
		const line = await this.lineFor(message);
		if (line === undefined || !this.pipeline || !this.on) {
			await this.end();
			answered(await asError(this.writer.append(this.path, message)));
			return;
		}
		this.bytes += length;
		const { pipeline } = this;
		const command: WriteCommand = {
			folder: this.path,
			ifLost: MAYBE_TWICE,
			// In whole megabytes: Node keeps a list of timers for each length that there is.
			extraMs: Math.ceil(this.bytes / 1_000_000) * MS_PER_MEGABYTE,
		};
		const send = async (): Promise<TaggedAnswer> => await pipeline.send({ name: 'APPEND', rest: line, literal: message.source });
		const done = asError(this.writer.command(command, send, this.on)).then((outcome) => {
			this.bytes -= length;
			this.underWay.delete(done);
			if (!(outcome instanceof Error)) this.room = Math.min(MOST_MESSAGES, this.room + MORE_FOR_EACH);
			// First: who waits for room must not wait for ever if whoever hears the answer throws.
			this.answeredOne();
			answered(outcome instanceof Error ? outcome : appendedBy(outcome));
		});
		this.underWay.add(done);
	}

	async end(): Promise<void> {
		while (this.underWay.size > 0) await Promise.all(this.underWay);
		this.pipeline?.end();
		this.pipeline = undefined;
	}

	/** The command without its literal; undefined where the message cannot be sent so. */
	private async lineFor({ source, flags, date }: NewMessage): Promise<string | undefined> {
		if (!this.pipeline) {
			this.on = await this.connection();
			const { capabilities } = this.on.client;
			if (!capabilities.has('LITERAL+') || !capabilities.has('UIDPLUS')) return undefined;
			this.pipeline = openPipeline(this.on.client);
		}
		const client: ImapFlow | undefined = this.on?.client;
		const limit: unknown = client?.capabilities.get('APPENDLIMIT');
		const mailbox = quotedMailbox(this.path, client?.enabled.has('UTF8=ACCEPT') ?? false, this.on?.listedNames);
		// With a NUL it takes a literal8 (RFC 3516 section 4.4); imapflow knows when, and says what a limit means.
		if (mailbox === undefined || source.includes(0) || (typeof limit === 'number' && source.length > limit)) return undefined;
		const storable = flags.filter((flag) => flagSyntax.test(flag) && flag.toLowerCase() !== '\\recent');
		return `${mailbox} (${storable.join(' ')}) ${date ? `"${toDateTime(date)}" ` : ''}`;
	}
}

function appendedBy({ code: [name, uidValidity, uid] }: TaggedAnswer): Appended {
	if (name?.toUpperCase() !== 'APPENDUID' || !/^\d{1,10}$/.test(uidValidity) || !/^[1-9]\d{0,9}$/.test(uid)) return {};
	return { uid: asUid(Number(uid)), uidValidity: BigInt(uidValidity).toString() };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 3501 section 9, date-time, in UTC. */
function toDateTime(date: Date): string {
	const time = date.toISOString().slice(11, 19);
	const day = String(date.getUTCDate()).padStart(2, '0');
	return `${day}-${months[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')} ${time} +0000`;
}
