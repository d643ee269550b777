import fc from 'fast-check';
import { everyEvent, type Ask } from '../account';
import type { EventName } from '../../../sync/events/syncEvent';
import { ACKNOWLEDGED } from './mailbox';
import type { Letter } from './letters';
import type { Store } from './store';

/** Settings of the follower that a history may change between two runs. */
export interface Settings {
	events: keyof typeof eventSets;
	output: 'reference' | 'metadata' | 'content' | 'raw';
	/** Most messages in a run. */
	messages: number;
	selection: 'all' | 'chosen' | 'pattern';
	/** Whether only letters of the kind "made" are of interest. */
	filter: boolean;
	acknowledge: boolean;
}

const eventSets = {
	new: ['messageNew'],
	newAndFailed: ['messageNew', 'messageFailed'],
	newAndDeleted: ['messageNew', 'messageDeleted'],
	changes: ['messageNew', 'messageUpdated', 'messageDeleted'],
	all: everyEvent,
	allButMoves: everyEvent.filter((name) => name !== 'messageMoved'),
	noNews: ['messageUpdated', 'messageDeleted'],
} as const satisfies Record<string, readonly EventName[]>;

const ofAny = {
	output: fc.constantFrom<Settings['output']>('reference', 'metadata', 'content', 'raw'),
	messages: fc.constantFrom(1, 2, 3, 5, 20, 200),
	selection: fc.constantFrom<Settings['selection']>('all', 'chosen', 'pattern'),
};

/** Settings to begin with: they ask for new messages. */
export const firstSettings: fc.Arbitrary<Settings> = fc.record({
	events: fc.constantFrom<Settings['events']>('new', 'newAndFailed', 'newAndDeleted', 'changes', 'all', 'allButMoves'),
	...ofAny,
	filter: fc.constant(false),
	acknowledge: fc.boolean(),
});

/** What somebody changes of them. */
export const changedSettings: fc.Arbitrary<Partial<Settings>> = fc.record(
	{
		events: fc.constantFrom(...(Object.keys(eventSets) as Array<Settings['events']>)),
		...ofAny,
		filter: fc.boolean(),
		acknowledge: fc.boolean(),
	},
	{ requiredKeys: [] },
);

/** The names of the folders of a history. `Late` is not there at first, and `Other` is not in the pattern. */
export const folderNames = ['INBOX', 'Work', 'Third', 'Late', 'Other'];
const chosen = ['INBOX', 'Work', 'Late'];
const inPattern = ['INBOX', 'Work', 'Third', 'Late'];

/** How long a delivered letter may stay without acknowledgement, and how often it is delivered. */
const REDELIVERY_MINUTES = 30;
export const MAX_ATTEMPTS = 3;

/** What a run asks for with these settings. */
export function askOf({ events, output, messages, selection, filter, acknowledge }: Settings, store: Store): Ask {
	const selections = {
		all: { kind: 'all' },
		chosen: { kind: 'chosen', folders: chosen.map((name) => store.path(name)) },
		pattern: { kind: 'pattern', include: inPattern.map((name) => store.path(name)), exclude: [] },
	} as const;
	return {
		events: [...eventSets[events]],
		output,
		limits: { messages },
		selection: selections[selection],
		filter: filter ? { subject: 'made' } : undefined,
		acknowledge: acknowledge
			? {
					by: 'keyword',
					keyword: ACKNOWLEDGED,
					redeliverAfter: REDELIVERY_MINUTES * 60_000,
					maxAttempts: MAX_ATTEMPTS,
				}
			: undefined,
	};
}

/** Whether a folder of this name is watched. */
export function watches({ selection }: Settings, path: string, store: Store): boolean {
	if (selection === 'all') return true;
	return (selection === 'chosen' ? chosen : inPattern).some((name) => store.path(name) === path);
}

/** Whether an event is asked for. */
export const asksFor = ({ events }: Settings, name: EventName): boolean =>
	(eventSets[events] as readonly EventName[]).includes(name);

/** Whether a letter is of interest. */
export const passes = ({ filter }: Settings, { subject }: Letter): boolean => !filter || subject.startsWith('made');
