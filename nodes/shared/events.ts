import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { EventName } from '../../sync/events/syncEvent';
import { invalidField, readChoice, readList } from './fieldValues';
import { labels } from './labels';

/** Every event of the core as the editor shows it. The field and its check are made from this list. */
const eventTexts: Record<EventName, { label: string; description: string }> = {
	folderCreated: {
		label: 'Folder Created',
		description: 'A folder that fits the selection is there that was not there before',
	},
	folderDeleted: {
		label: 'Folder Deleted',
		description: 'A watched folder is gone, with its messages. They are not told of one by one.',
	},
	folderRenamed: {
		label: 'Folder Renamed',
		description: 'A watched folder has another name. What is known of its messages stays.',
	},
	folderReset: {
		label: 'Folder Reset',
		description:
			'The server renumbered a folder (new UIDVALIDITY). Its messages are known again, not handed out again; only what truly differs is.',
	},
	messageDeleted: {
		label: 'Message Deleted',
		description: 'A message left a watched folder: it was deleted, or moved to a folder that is not watched',
	},
	messageFailed: {
		label: 'Message Failed',
		description: 'A message could not be read, or was not acknowledged, after several tries. All others still come.',
	},
	messageMatched: {
		label: 'Message Matched',
		description: "A message that was there already passes 'Filter' now: it was flagged or given a keyword, for instance",
	},
	messageMoved: {
		label: 'Message Moved',
		description:
			'A message went from one watched folder to another. Comes instead of Message Deleted there and New Message here. Watch at least two folders.',
	},
	messageUnmatched: {
		label: 'Message Unmatched',
		description: "A message that is still there does not pass 'Filter' any more",
	},
	messageUpdated: {
		label: 'Message Updated',
		description: 'A message was read, flagged, answered or given a keyword, or one of these was taken back',
	},
	messageNew: {
		label: 'New Message',
		description: 'A message entered a watched folder, whether delivered, copied, or moved in from elsewhere',
	},
};

const eventNames = Object.keys(eventTexts) as EventName[];

/** What the editor calls an event. */
export const eventLabel = (event: EventName): string => eventTexts[event].label;

/** The events to choose from, in alphabetical order of their labels. */
const eventOptions: INodePropertyOptions[] = eventNames
	.map((value) => ({ name: eventTexts[value].label, value, description: eventTexts[value].description }))
	.sort((a, b) => a.name.localeCompare(b.name));

/** Which events start the workflow. Read with readEvents(). */
export const triggerOnField: INodeProperties = {
	displayName: labels.triggerOn,
	name: 'triggerOn',
	type: 'multiOptions',
	options: eventOptions,
	default: ['messageNew'],
	required: true,
	description: 'Which events are told',
};

/** The chosen events. Throws settingsInvalid for none, and for one that there is not. */
export function readEvents(value: unknown): Set<EventName> {
	const events = readList(labels.triggerOn, value, 'comma').map((name) =>
		readChoice(labels.triggerOn, name, eventNames, 'messageNew'),
	);
	if (events.length === 0)
		throw invalidField(labels.triggerOn, 'is empty', `Choose at least one event in '${labels.triggerOn}'.`);
	return new Set(events);
}
