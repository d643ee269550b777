import fc from 'fast-check';
import { everyEvent, type Ask, type Run } from './account';
import { Replica } from './replica';
import type { SearchCriteria } from '../../sync/server/searchCriteria';
import type { EventName } from '../../sync/events/syncEvent';
import type { Acknowledge } from '../../sync/settings/acknowledge';
import type { IgnoreRules } from '../../sync/settings/watchSettings';

/** Settings that change what is told of a mailbox. */
export interface Mode {
	/** Whether what is there before the first run is told. */
	all: boolean;
	filter: SearchCriteria | undefined;
	/** How messages are acknowledged; undefined where they are not. */
	by: Acknowledge['by'] | undefined;
	moves: boolean;
	/** Whether messages with the subject "twin" are ignored. */
	ignores?: boolean;
}

const filters: Array<SearchCriteria | undefined> = [
	undefined,
	{ flags: { todo: true } },
	{ flags: { '\\Seen': false } },
	{ subject: 'made', flags: { '\\Flagged': true } },
	{ subject: 'made' },
];

/** Any settings. */
export const modes: fc.Arbitrary<Mode> = fc.record({
	all: fc.boolean(),
	filter: fc.constantFrom(...filters),
	by: fc.constantFrom<Array<Acknowledge['by'] | undefined>>(undefined, 'keyword', 'seen', 'leavesFolder'),
	moves: fc.boolean(),
	ignores: fc.boolean(),
});

/** A message of the mailbox, with what it says. */
export interface ToldMessage {
	uid: number;
	flags: Iterable<string>;
	/** The message as it was stored. */
	source: string;
}

const MINUTE = 60_000;

/**
 * What somebody who takes the events of an account that is followed with such settings knows of it: a copy of what the filter
 * finds in it, without the mark by which messages are acknowledged.
 */
export class ModeOracle {
	readonly acknowledge: Acknowledge | undefined;
	/** The flag by which a message is acknowledged. */
	readonly mark: string | undefined;
	/** The events that are asked for. */
	readonly events: EventName[];
	/**
	 * No copy can be built where an acknowledgement makes a message leave the filter, or go silently from one watched folder to
	 * another: nothing tells of that.
	 */
	readonly buildsCopy: boolean;
	private readonly ignore: IgnoreRules | undefined;
	private readonly filter: SearchCriteria | undefined;
	private replica: Replica;
	/** UIDs of messages that were handed over, whose leaving may have been their acknowledgement. */
	private readonly mayLeave = new Set<number>();
	private readonly told = new Set<string>();

	constructor({ filter, by, moves, ignores }: Mode) {
		this.ignore = ignores ? { senders: [], subjects: ['twin'], threads: [] } : undefined;
		this.filter = filter;
		this.acknowledge = by && { by, keyword: 'done', redeliverAfter: 30 * MINUTE, maxAttempts: 3 };
		this.mark = by === 'keyword' ? 'done' : by === 'seen' ? '\\Seen' : undefined;
		this.events = everyEvent.filter((name) => moves || name !== 'messageMoved');
		this.buildsCopy = !(by === 'leavesFolder' && moves) && !(this.mark !== undefined && filter?.flags?.[this.mark] !== undefined);
		this.replica = new Replica(this.mark);
	}

	/** What every run asks for. */
	get ask(): Ask {
		const { filter, acknowledge, events, ignore } = this;
		return { filter, acknowledge, events, ...(ignore ? { ignore } : {}) };
	}

	/** Whether the filter finds a message, and no rule ignores it. */
	passes({ flags, source }: Omit<ToldMessage, 'uid'>): boolean {
		const carried = new Set(flags);
		if (this.ignore && /^subject:.*twin/im.test(source)) return false;
		const { subject, flags: wanted = {} } = this.filter ?? {};
		return (
			(subject === undefined || source.includes(`Subject: ${subject}`)) &&
			Object.entries(wanted).every(([flag, set]) => carried.has(flag) === set)
		);
	}

	/** Begins the copy anew with what no event tells. */
	know(folders: Record<string, ToldMessage[]>): void {
		this.replica = new Replica(this.mark);
		for (const [path, messages] of Object.entries(folders)) this.replica.know(path, this.rows(messages));
	}

	/** Takes the events of a run whose state was kept; `nameOf` names the message of an event. Throws on an illegal one. */
	take(run: Run, nameOf: (event: Run['events'][number]) => string | undefined, builds = true): void {
		for (const event of run.events) {
			if (event.event === 'messageNew' || event.event === 'messageMoved' || event.event === 'messageMatched')
				this.told.add(nameOf(event) ?? '');
			if (event.attempt !== undefined && event.uid !== undefined && this.acknowledge?.by === 'leavesFolder')
				this.mayLeave.add(event.uid);
		}
		if (!builds || !this.buildsCopy) return;
		this.replica.takeRun({ events: run.events.filter(({ attempt }) => (attempt ?? 1) === 1), state: run.state });
	}

	/** Whether everything was told that a later run would tell, if nothing more happens. */
	isThrough({ unfinished, state }: Run): boolean {
		const waits = Object.values(state.folders).some(
			({ missing, mayBeMissing, tombstones, failed, unacknowledged }) =>
				mayBeMissing || tombstones.length > 0 || (!missing && (failed.length > 0 || (unacknowledged?.groups.length ?? 0) > 0)),
		);
		return !unfinished && !waits;
	}

	/** Expects the copy of a folder to be what the filter finds in it. */
	expectCopy(path: string, messages: ToldMessage[]): void {
		if (!this.buildsCopy) return;
		const expected = Object.fromEntries(this.rows(messages).map(({ uid, flags }) => [uid, flags.sort().join(' ')]));
		const copy = Object.entries(this.replica.messages(path)).filter(
			([uid]) => uid in expected || !this.mayLeave.has(Number(uid)),
		);
		expect({ path, messages: Object.fromEntries(copy) }).toEqual({ path, messages: expected });
	}

	/** Expects that a message was told of: as new, as moved, or as one that began to match. */
	expectTold(name: string): void {
		expect(this.told).toContain(name);
	}

	private rows(messages: ToldMessage[]): Array<{ uid: number; flags: string[] }> {
		const found = messages.filter((message) => this.passes(message));
		return found.map(({ uid, flags }) => ({ uid, flags: [...flags].filter((flag) => flag !== this.mark) }));
	}
}
