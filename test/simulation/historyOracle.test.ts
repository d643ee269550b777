import type { SyncEvent } from '../../sync/events/syncEvent';
import { asUid } from '../../sync/uids/uid';
import { SyncError } from '../../sync/errors/syncError';
import type { Ask, Run } from '../support/account';
import { allActs } from '../support/histories/acts/followerActs';
import { fakeMailbox } from '../support/histories/fakeMailbox';
import type { Interference, Link } from '../support/histories/link';
import { playHistory, type History } from '../support/histories/playHistory';

/**
 * The oracle of the histories is seen to fail: into what a sound core told, one fault of each kind is planted. `sequence` is counted
 * anew afterwards, so that nothing but the planted fault is wrong.
 */
const folder = (which: number, count: number) => ({ folder: which, kind: 'made', count, isOld: false, add: [] });
const INBOX = 0;
const WORK = 1;

/** Three letters come, one is moved and one is deleted; then more come, and one folder is numbered anew. */
const history: History = {
	beginning: {
		settings: { events: 'all', output: 'reference', messages: 200, selection: 'all', filter: false, acknowledge: false },
		startFrom: 'now',
		there: 2,
		folders: ['Work'],
	},
	happened: [
		{ act: 'deliver', values: folder(INBOX, 3) },
		{ act: 'run', values: { messages: null } },
		{ act: 'move', values: { folder: INBOX, which: 2, count: 1, to: WORK } },
		{ act: 'run', values: { messages: null } },
		{ act: 'run', values: { messages: null } },
		{ act: 'expunge', values: { folder: INBOX, which: 3, count: 1 } },
		{ act: 'run', values: { messages: null } },
		{ act: 'run', values: { messages: null } },
		{ act: 'deliver', values: folder(WORK, 2) },
		{ act: 'run', values: { messages: null } },
		{ act: 'renumber', values: { folder: WORK } },
		{ act: 'run', values: { messages: null } },
	],
};

/** The same without what leaves a doubt. */
const plain: History = { ...history, happened: history.happened.slice(0, -2) };

const acknowledged: History = {
	...plain,
	beginning: { ...plain.beginning, settings: { ...plain.beginning.settings, acknowledge: true } },
};

/** Changes the events of a run, the first of which is number 1. */
type Fault = (run: Run, number: number) => SyncEvent[];

class SpoiltLink implements Link {
	private number = 0;
	private readonly counted = new Map<string, number>();

	constructor(
		private readonly sound: Link,
		private readonly fault: Fault,
		private readonly countsAnew: boolean,
	) {}

	damage: Link['damage'];
	shut: Link['shut'];

	async run(ask: Ask, kept: boolean, interference: Interference): Promise<Run> {
		const run = await this.sound.run(ask, kept, interference);
		const events = this.fault(run, ++this.number).map((event) => (this.countsAnew ? this.recount(event, run) : event));
		return { ...run, events };
	}

	private recount(event: SyncEvent, { messages }: Run): SyncEvent {
		const sequence = (this.counted.get(event.folder) ?? 0) + 1;
		this.counted.set(event.folder, sequence);
		const counted = { ...event, sequence };
		const message = messages.get(event);
		if (message) messages.set(counted, message);
		return counted;
	}
}

const play = (what: History, fault: Fault, countsAnew = true): Promise<void> =>
	playHistory(allActs, what, (clock) => {
		const { store, link } = fakeMailbox({}, (milliseconds) => void (clock.now += milliseconds));
		return { store, link: new SpoiltLink(link, fault, countsAnew) };
	});

/** Changes the first event of a name, once, in whatever run it comes; what gives nothing waits for the next one. */
function first(name: SyncEvent['event'], change: (event: SyncEvent, run: Run) => SyncEvent[] | undefined): Fault {
	let isDone = false;
	return (run) =>
		run.events.flatMap((event) => {
			const changed = isDone || event.event !== name ? undefined : change(event, run);
			isDone ||= changed !== undefined;
			return changed ?? [event];
		});
}

/** Adds something to the last events of a history: what was told before is at hand. */
function later(number: number, add: (told: SyncEvent[]) => SyncEvent[]): Fault {
	const told: SyncEvent[] = [];
	return ({ events }, run) => {
		told.push(...events);
		return run === number ? [...events, ...add(told)] : events;
	};
}

/** The letter of INBOX that stays there. */
const STAYS = 4;
const ofStaying = (told: SyncEvent[]): SyncEvent => told.find(({ event, uid }) => event === 'messageNew' && uid === STAYS)!;

/** The run after the doubt. */
const LAST = 8;

test.each([
	['nothing', history],
	['nothing, and nothing is in doubt', plain],
])('allows what a sound core told: %s is planted', async (_what, what) => {
	await play(what, ({ events }) => events);
});

test('allows a marked repetition with the same key', async () => {
	await play(
		history,
		later(LAST, (told) => [{ ...ofStaying(told), eventId: 'another', possibleDuplicate: true }]),
	);
});

test.each<[string, RegExp, History, () => Fault]>([
	['a lost messageNew', /^loss: /, history, () => first('messageNew', ({ uid }) => (uid === STAYS ? [] : undefined))],
	['a lost messageNew of what moves on', /^a farewell to what was never told: /, history, () => first('messageNew', () => [])],
	[
		'a lost messageNew of a folder that was numbered anew',
		/^loss: /,
		history,
		() => first('messageNew', ({ folder: path }) => (path === 'Work' ? [] : undefined)),
	],
	[
		'a messageMoved that says it came from nowhere',
		/^a false move: /,
		history,
		() =>
			first('messageMoved', (event) => [
				{ ...event, previous: { folder: 'INBOX', uid: asUid(99), uidValidity: event.uidValidity } },
			]),
	],
	['a lost messageMoved', /^loss: /, history, () => first('messageMoved', () => [])],
	[
		'an unmarked repetition under another id',
		/^an unmarked repetition: /,
		history,
		() => later(LAST, (told) => [{ ...ofStaying(told), eventId: 'another' }]),
	],
	[
		'an unmarked repetition under the same id',
		/^an unmarked repetition: /,
		history,
		() => later(LAST, (told) => [ofStaying(told)]),
	],
	[
		'a repetition with another key',
		/^another messageKey: /,
		history,
		() => later(LAST, (told) => [{ ...ofStaying(told), messageKey: 'wrong', possibleDuplicate: true }]),
	],
	[
		'the key of another message',
		/^another messageKey: /,
		history,
		() => {
			let key: string | undefined;
			return ({ events }) =>
				events.map((event) => (event.event === 'messageNew' ? { ...event, messageKey: (key ??= event.messageKey) } : event));
		},
	],
	['no key', /^no messageKey: /, history, () => first('messageNew', (event) => [{ ...event, messageKey: undefined }])],
	[
		'the event id of another message',
		/^the event id of another message: /,
		history,
		() => {
			let id: string | undefined;
			return ({ events }) =>
				events.map((event) =>
					event.event === 'messageNew' && (event.attempt ?? 1) === 1 ? { ...event, eventId: (id ??= event.eventId) } : event,
				);
		},
	],
	[
		'a mark where nothing is in doubt',
		/^a mark without any doubt: /,
		plain,
		() => first('messageNew', (event) => [{ ...event, possibleDuplicate: true }]),
	],
	[
		'the deletion of a message that is there',
		/^a false deletion: /,
		history,
		() => first('messageNew', (event) => [event, { ...event, event: 'messageDeleted', eventId: 'deletion', attempt: undefined }]),
	],
	[
		'a deletion that is told twice',
		/^a false deletion: /,
		history,
		() => first('messageDeleted', (event) => [event, { ...event, eventId: 'again' }]),
	],
	[
		'the deletion of a folder that is there',
		/^a false deletion: /,
		history,
		() => first('messageNew', (event) => [{ ...event, event: 'folderDeleted', uid: undefined, eventId: 'deletion' }]),
	],
	[
		'a new message that is told as moved from where it still is',
		/^a false move: /,
		history,
		() =>
			first('messageNew', (event, run) => {
				const other = run.events.find(({ uid }) => uid !== event.uid);
				return (
					other && [
						{
							...event,
							event: 'messageMoved',
							previous: { folder: other.folder, uid: other.uid, uidValidity: other.uidValidity },
						},
					]
				);
			}),
	],
	[
		'a message that never was',
		/^a message that never was: /,
		history,
		() => first('messageNew', (event) => [{ ...event, uid: asUid(99) }]),
	],
	[
		'a lost redelivery',
		/^a loss of what nobody acknowledged: /,
		acknowledged,
		() =>
			({ events }) =>
				events.filter(({ attempt = 1, event }) => attempt === 1 && event !== 'messageFailed'),
	],
	[
		'a defect that a folder reports',
		/^a defect: /,
		plain,
		() => {
			const defect = new SyncError('internalError', { folder: 'INBOX', detail: 'TypeError: x' });
			return (run, number) => {
				if (number === 2) run.problems.push(defect);
				return run.events;
			};
		},
	],
])('fails at %s', async (_what, message, what, fault) => {
	await expect(play(what, fault())).rejects.toThrow(message);
});

test.each<[string, (sequence: number) => number]>([
	['a gap', (sequence) => sequence + 1],
	['a number told twice', (sequence) => sequence - 1],
	['numbers that begin anew', () => 1],
])('fails at %s in the sequence', async (_what, change) => {
	const spoil = later(4, () => []);
	await expect(
		play(
			plain,
			(run, number) => spoil(run, number).map((event) => (number >= 3 ? { ...event, sequence: change(event.sequence) } : event)),
			false,
		),
	).rejects.toThrow(/^a gap in the sequence: /);
});
