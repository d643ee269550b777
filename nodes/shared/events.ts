import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { EventName } from '../../sync/events/syncEvent';
import { invalidField, readChoice, readList } from './fieldValues';
import { labels } from './labels';

/**
 * Every event of the core as the editor shows it: what people need most comes first, as n8n's list of nodes makes a trigger of the first.
 * The field and its check are made from this list.
 */
const eventTexts: Record<EventName, { label: string; description: string }> = {
	messageNew: {
		label: 'New Message',
		description: 'A message arrived in a watched folder: delivered, copied, or moved there',
	},
	messageUpdated: {
		label: 'Message Updated',
		description: 'A message was read, flagged, answered or tagged, or one of these was undone',
	},
	messageMoved: {
		label: 'Message Moved',
		description:
			"A message moved from one watched folder to another. Replaces 'Message Deleted' and 'New Message'. Watch at least two folders.",
	},
	messageDeleted: {
		label: 'Message Deleted',
		description: 'A message left a watched folder: it was deleted, or moved to a folder that is not watched',
	},
	messageMatched: {
		label: 'Message Matched',
		description: "An existing message started to match 'Filter', for example because it was flagged",
	},
	messageUnmatched: {
		label: 'Message Unmatched',
		description: "A message that is still there no longer matches 'Filter'",
	},
	messageFailed: {
		label: 'Message Failed',
		description: 'A message could not be read, or was not acknowledged, after several attempts. Other messages are not affected.',
	},
	folderCreated: {
		label: 'Folder Created',
		description: "A folder that fits 'Watch' was created",
	},
	folderRenamed: {
		label: 'Folder Renamed',
		description: 'A watched folder was renamed or moved. Its messages are not reported again.',
	},
	folderDeleted: {
		label: 'Folder Deleted',
		description: 'A watched folder was deleted. Its messages are not reported one by one.',
	},
	folderReset: {
		label: 'Folder Reset',
		description:
			'The mail server renumbered a folder, for example after a restore. Messages that are recognized are not reported again.',
	},
};

const eventNames = Object.keys(eventTexts) as EventName[];

/** What the editor calls an event. */
export const eventLabel = (event: EventName): string => eventTexts[event].label;

const eventOptions: INodePropertyOptions[] = eventNames.map((value) => ({
	name: eventTexts[value].label,
	value,
	description: eventTexts[value].description,
}));

/** Which events start the workflow. Read with readEvents(). */
export const triggerOnField: INodeProperties = {
	displayName: labels.triggerOn,
	name: 'triggerOn',
	type: 'multiOptions',
	options: eventOptions,
	default: ['messageNew'],
	required: true,
	description: 'Which events start the workflow',
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
