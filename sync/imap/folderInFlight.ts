import type { Capabilities } from '../server/capabilities';
import type { FolderRead, FolderReading, FoldersRead } from '../server/folderReading';
import type { FetchedMessage, MessageFlags } from '../server/message';
import type { FolderSnapshot } from '../server/folderSnapshot';
import { MAX_UID, type Uid } from '../uids/uid';
import { UidSet } from '../uids/uidSet';
import { isDoubted } from './doubtedMessage';
import { fetchRow, itemsOf } from './fetchRow';
import { isAnswer } from './fetchRows';
import { fetchQuery, flagQuery, toFetchedMessage, toFlagRow } from './messageRow';
import { snapshotOf, type Opened } from './openFolder';
import type { Handlers, Pipeline, Untagged } from './pipeline';
import { smallContent } from './smallContent';
import { readVanished } from './vanished';

const nothingOpened = (): Opened => ({
	uidValidity: undefined,
	uidNext: undefined,
	exists: undefined,
	highestModseq: undefined,
	mailboxId: undefined,
	flags: [],
	qresync: false,
});

/** One folder of a flight: what is sent for it, and what comes of it. */
export class FolderInFlight {
	private opened = nothingOpened();
	/** The answer says two things of the folder that cannot both be: then nothing of it counts. */
	private contradicts = false;
	private snapshot: FolderSnapshot | undefined;
	private rows = new Map<Uid, MessageFlags>();
	private vanished = UidSet.empty;
	private readonly messages = new Map<Uid, FetchedMessage>();
	private readonly contents = new Map<Uid, FetchedMessage>();
	private readonly flagRows = new Map<Uid, MessageFlags>();
	private existing: UidSet | undefined;
	private expunged = 0;
	private complete = false;
	/** Whether the server has said to each command how it went. */
	isAnswered = false;
	private utf8 = false;

	constructor(
		private readonly reading: FolderReading,
		private readonly quoted: string,
		private readonly capabilities: Capabilities,
	) {}

	get path(): string {
		return this.reading.path;
	}

	/** What was read; undefined where it is not whole. */
	get read(): FolderRead | undefined {
		const { snapshot, messages, existing, expunged } = this;
		if (!snapshot || !this.complete) return undefined;
		return {
			snapshot,
			messages,
			existing,
			expunged,
			contents: this.contents,
			...(this.reading.flags ? { flags: inOrder(this.flagRows) } : {}),
			...(snapshot.qresyncAnswered ? { sinceLastTime: { rows: inOrder(this.rows), vanished: this.vanished } } : {}),
		};
	}

	/** What was asked for and has not come; undefined where the folder was not even open. */
	get lost(): FoldersRead['lost'] {
		const { snapshot, reading } = this;
		if (!snapshot) return undefined;
		const uids = reading.uids.below(snapshot.uidNext).subtract(UidSet.of([...this.messages.keys()]));
		return { snapshot, parts: reading.contents?.parts ?? reading.parts, uids };
	}

	/** Sends all commands. Resolves when they are answered; rejects with the first refusal, or with what ended the connection. */
	async ask(pipeline: Pipeline, has: { objectId: boolean; utf8: boolean }): Promise<void> {
		const { since, uids, parts, contents, search, flags } = this.reading;
		const known = { gmail: this.capabilities.gmail, objectId: has.objectId };
		this.utf8 = has.utf8;
		const qresync = since ? ` (QRESYNC (${since.uidValidity} ${since.modseq}))` : '';
		const answers: Array<Promise<unknown>> = [
			pipeline.send({ name: 'EXAMINE', rest: `${this.quoted}${qresync}` }, this.whileOpening).then(() => this.isOpen()),
		];
		const query = fetchQuery(parts, known);
		const portions: Array<[UidSet, string]> = [[uids.subtract(contents?.uids ?? UidSet.empty), itemsOf(query, known)]];
		if (contents) portions.push([contents.uids, itemsOf(query, known, contents.parts)]);
		for (const [portion, items] of portions) {
			if (!portion.isEmpty) answers.push(pipeline.send({ name: 'UID FETCH', rest: `${portion} ${items}` }, this.whileReading));
		}
		if (flags && !flags.uids.isEmpty) {
			const ofChanges = flags.changedSince !== undefined;
			const items = itemsOf(flagQuery(known, { ofChanges }), { ...known, modseq: ofChanges });
			const rest = `${flags.uids} ${items}${ofChanges ? ` (CHANGEDSINCE ${flags.changedSince})` : ''}`;
			answers.push(pipeline.send({ name: 'UID FETCH', rest }, this.whileReading));
		}
		if (search) answers.push(pipeline.send({ name: 'UID SEARCH', rest: `UID ${uids}` }, this.whileReading));
		const outcomes = await Promise.allSettled(answers);
		const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
		this.isAnswered = failures.every(isAnswer);
		if (failures.length > 0) throw failures.find((failure) => !isAnswer(failure)) ?? failures[0];
		this.complete = this.snapshot !== undefined;
	}

	private isOpen(): void {
		const { opened, contradicts, reading } = this;
		const { uidValidity, uidNext, exists } = opened;
		// Where something is missing, opening the folder by itself shows what to do about it.
		if (contradicts || !uidValidity || !uidNext || exists === undefined) return;
		const qresync = reading.since?.uidValidity === uidValidity.toString() && opened.highestModseq !== undefined;
		this.snapshot = snapshotOf(this.capabilities, this.path, { ...opened, uidValidity, uidNext, exists, qresync });
	}

	private readonly whileOpening: Handlers = {
		OK: async (untagged) => this.takeCode(untagged),
		FLAGS: async ({ attributes }) => {
			const [flags] = listOf(attributes);
			this.opened.flags = listOf(flags).flatMap((flag) => textOf(flag) ?? []);
		},
		EXISTS: async ({ command }) => {
			const count = Number(command);
			if (this.opened.exists !== undefined && this.opened.exists !== count) this.contradicts = true;
			this.opened.exists = count;
		},
		EXPUNGE: async () => {
			this.contradicts = true;
		},
		FETCH: async (untagged) => {
			const row = toFlagRow(fetchRow(untagged, this.utf8));
			if (row) this.rows.set(row.uid, row);
			else this.contradicts = true;
		},
		VANISHED: async (untagged) => {
			const vanished = readVanished(untagged);
			try {
				if (!vanished?.earlier) throw new Error('of this moment');
				this.vanished = this.vanished.union(UidSet.parse(vanished.set));
			} catch {
				this.contradicts = true;
			}
		},
	};

	private readonly whileReading: Handlers = {
		OK: async () => undefined,
		FLAGS: async () => undefined,
		EXISTS: async () => undefined,
		EXPUNGE: async () => {
			this.expunged++;
		},
		VANISHED: async (untagged) => {
			if (!readVanished(untagged)?.earlier) this.expunged++;
		},
		FETCH: async (untagged) => {
			const { parts, uids } = this.reading;
			const row = fetchRow(untagged, this.utf8);
			const flagRow = toFlagRow(row);
			// A message may come twice, when it changes meanwhile: the later row is right.
			if (flagRow && row.size === undefined && this.reading.flags?.uids.has(flagRow.uid)) this.flagRows.set(flagRow.uid, flagRow);
			const message = toFetchedMessage(row, parts);
			// Rows that nobody asked for may come in between: flag changes, and those of other messages.
			if (!message || !uids.has(message.uid) || this.messages.has(message.uid)) return;
			// Cut, announced too large, or perhaps a note in its place: read again, more closely, when its turn comes.
			if (isDoubted(message, parts)) return;
			this.messages.set(message.uid, message);
			const content = this.reading.contents && smallContent(row, this.reading.contents.parts);
			if (content) this.contents.set(content.uid, content);
		},
		SEARCH: async ({ numbers, attributes }) => {
			if (!this.reading.search) return;
			const found = Array.isArray(numbers) ? numbers : listOf(attributes).map((token) => Number(textOf(token)));
			const uids = UidSet.of(found.filter((uid) => Number.isInteger(uid) && uid > 0 && uid <= MAX_UID) as Uid[]);
			this.existing = (this.existing ?? UidSet.empty).union(uids.intersect(this.reading.uids));
		},
	};

	private takeCode({ attributes }: Untagged): void {
		const [first] = listOf(attributes);
		const [code, argument] = listOf((first as { section?: unknown } | null)?.section);
		const value = textOf(argument) ?? textOf(listOf(argument)[0]) ?? '';
		const isNumber = /^\d{1,20}$/.test(value);
		switch (textOf(code)?.toUpperCase()) {
			case 'CLOSED':
				// What came until now is about the folder that was open before (RFC 7162 section 3.2.11).
				this.opened = nothingOpened();
				this.rows = new Map();
				this.vanished = UidSet.empty;
				this.contradicts = false;
				break;
			case 'UIDVALIDITY':
				if (isNumber && BigInt(value) > 0n) this.opened.uidValidity = BigInt(value);
				break;
			case 'UIDNEXT':
				if (isNumber && Number(value) <= 2 ** 32) this.opened.uidNext = Number(value);
				break;
			case 'HIGHESTMODSEQ':
				if (isNumber && BigInt(value) > 0n) this.opened.highestModseq = BigInt(value);
				break;
			case 'MAILBOXID':
				if (value !== '') this.opened.mailboxId = value;
		}
	}
}

const inOrder = (rows: ReadonlyMap<Uid, MessageFlags>): MessageFlags[] => [...rows.values()].sort((a, b) => a.uid - b.uid);

const listOf = (token: unknown): unknown[] => (Array.isArray(token) ? (token as unknown[]) : []);

function textOf(token: unknown): string | undefined {
	const { value } = (token ?? {}) as { value?: unknown };
	return typeof value === 'string' ? value : undefined;
}
