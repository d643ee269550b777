import type { EventName } from '../../sync/events/syncEvent';
import type { Account } from '../../sync/server/account';
import type { SearchCriteria } from '../../sync/server/searchCriteria';
import type { SyncSettings } from '../../sync/settings/syncSettings';
import { readAcknowledge } from './acknowledge';
import { correspondenceOf } from './correspondence';
import { eventLabel, readEvents } from './events';
import { invalidField, readObject, readWholeNumber, readYesOrNo } from './fieldValues';
import { movingDates, readFilter } from './filter';
import { readSelection } from './folderSelection';
import { readIgnore } from './ignoreRules';
import { readItemRequest, type ItemRequest } from './itemRequest';
import { labels } from './labels';
import type { ParameterSource } from './parameterSource';
import { readStart } from './startFrom';

/** What the node's fields ask for: what the core is to do, and how messages become items. */
export interface NodeRequest extends ItemRequest {
	/** What the core is asked for. */
	sync: SyncSettings;
	/** Whether what this package itself changed is no event. */
	ignoreOwnChanges: boolean;
}

/** Older messages of one run where nobody chose a limit: bytes and time end most runs before. */
const OLDER_MESSAGES = 5_000;

/** When the run begins and how long it may take. */
export interface RunTime {
	now: number;
	/** milliseconds since 1970 */
	deadline: number;
}

const MEGABYTE = 1024 * 1024;

/** Bytes read in one run. n8n holds all items of a run in memory at once, several times over while it stores them. */
const RUN_BYTES = 64 * MEGABYTE;

/** Reads and checks all fields of the node. Throws SyncError settingsInvalid that names the field. */
export function readRequest(source: ParameterSource, account: Account, time: RunTime): NodeRequest {
	const zone = source.getTimezone();
	const options = readObject('Options', source.getNodeParameter('options', {}));
	const downloads = readYesOrNo(labels.downloadAttachments, source.getNodeParameter('downloadAttachments', false)) ?? false;
	const items = readItemRequest(source.getNodeParameter('output', 'content'), {
		...options,
		// The field stands for the option of the same name, which older workflows have.
		...(downloads ? { downloadAttachments: true } : {}),
	});
	const filter = readFilter(options, source.getNodeParameter('readStatus', 'both'), { zone, now: time.now });
	const ignore = readIgnore(options.ignore);
	const machineKeywords = readYesOrNo(labels.machineKeywords, options.machineKeywords);
	const messages = readWholeNumber(labels.maxMessages, options.maxMessages, 1, 200);
	const filterDates = filter && movingDates(source.getNode().parameters, filter);

	const events = readEvents(source.getNodeParameter('triggerOn', ['messageNew']));
	checkMatchEvents(events, filter);
	const acknowledge = readAcknowledge(options, events);
	return {
		...items,
		memory: correspondenceOf(source, account),
		sync: {
			account,
			watch: {
				events,
				selection: readSelection(source),
				startFrom: readStart(source, zone, time.now),
				...(filter === undefined ? {} : { filter }),
				...(filterDates === undefined ? {} : { filterDates }),
				...(ignore === undefined ? {} : { ignore }),
				...(machineKeywords === undefined ? {} : { machineKeywords }),
			},
			reading: { ...items.reading, updatedContent: readYesOrNo(labels.updatedContent, options.updatedContent) ?? false },
			delivery: {
				limits: {
					messages,
					...(options.maxMessages === undefined ? { olderMessages: OLDER_MESSAGES } : {}),
					// A message that may be read must also fit into the run.
					bytes: Math.max(RUN_BYTES, items.reading.messageSize),
					deadline: time.deadline,
				},
				...(acknowledge === undefined ? {} : { acknowledge }),
			},
		},
		ignoreOwnChanges: readYesOrNo(labels.ignoreOwnChanges, options.ignoreOwnChanges) ?? true,
	};
}

function checkMatchEvents(events: ReadonlySet<EventName>, filter: SearchCriteria | undefined): void {
	if (filter || !(events.has('messageMatched') || events.has('messageUnmatched'))) return;
	throw invalidField(
		labels.triggerOn,
		`holds ${eventLabel(events.has('messageMatched') ? 'messageMatched' : 'messageUnmatched')}, but there is no filter that a message could pass`,
		`Add '${labels.filter}' in the options, with at least one condition, or choose other events in '${labels.triggerOn}'.`,
	);
}
