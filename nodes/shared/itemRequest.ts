import type { IDataObject } from 'n8n-workflow';
import { chooseLargeParts } from '../../sync/mime/largeMessage';
import type { CorrespondenceMemory } from '../../sync/mime/correspondence';
import type { AttachmentFilter } from '../../sync/mime/readMessage';
import { invalidField, readChoice, readList, readMegabytes, readYesOrNo } from './fieldValues';
import { labels } from './labels';
import type { OutputLevel, ReadingSettings } from '../../sync/settings/readingSettings';

/** How messages are read and made into items: the part of a trigger's request that the action node has too. */
export interface ItemRequest {
	reading: ReadingSettings;
	/** Further header fields for the item. */
	headers: string[];
	attachmentContent: false | AttachmentFilter;
	/** Names that the receiving server signs its findings about the sender with; guessed where there are none. */
	trustedServers: string[];
	/** Addresses and domains of the account beside its login. */
	ownAddresses: string[];
	/** What was read before, for conversations and loops; each message by itself where it is absent. */
	memory?: CorrespondenceMemory;
	/** What the field html holds. */
	html: 'asSent' | 'safe' | 'safeWithoutRemoteImages';
}

const MEGABYTE = 1024 * 1024;

/** Reads Output and the options that say what becomes of a message. Throws SyncError settingsInvalid that names the field. */
export function readItemRequest(outputValue: unknown, options: IDataObject): ItemRequest {
	const messageSize = readMegabytes(labels.maxMessageSize, options.maxMessageSize) ?? 25 * MEGABYTE;
	const attachmentContent = readAttachments(options);
	const output = readChoice(labels.output, outputValue, ['reference', 'metadata', 'content', 'raw'], 'content');
	if (output === 'reference' && attachmentContent !== false) {
		throw invalidField(
			labels.downloadAttachments,
			`does not go with ${labels.output} Reference, which reads nothing of a message`,
			`Set '${labels.output}' to Metadata, Content or Raw, or turn off '${labels.downloadAttachments}'.`,
		);
	}
	return {
		...itemRequest(output, attachmentContent, messageSize),
		headers: readHeaders(options.headers),
		trustedServers: readList(labels.trustedServers, options.trustedServers, 'comma'),
		ownAddresses: readOwnAddresses(options.ownAddresses),
		html: readChoice(labels.html, options.html, ['asSent', 'safe', 'safeWithoutRemoteImages'], 'asSent'),
	};
}

/** A request without options; `messageSize` in bytes. */
export function itemRequest(
	output: OutputLevel,
	attachmentContent: false | AttachmentFilter = false,
	messageSize = Infinity,
): ItemRequest {
	return {
		reading: {
			output,
			attachments: attachmentContent !== false,
			chooseParts: (size, structure) => chooseLargeParts({ level: output, attachmentContent }, size, structure),
			messageSize,
		},
		headers: [],
		attachmentContent,
		trustedServers: [],
		ownAddresses: [],
		html: 'asSent',
	};
}

/** The fields that choose attachments. */
export function readAttachmentFilter(options: IDataObject): AttachmentFilter {
	const maxSize = readMegabytes(labels.attachmentMaxSize, options.attachmentMaxSize);
	return {
		names: readList(labels.attachmentNames, options.attachmentNames, 'comma'),
		types: readList(labels.attachmentTypes, options.attachmentTypes, 'comma'),
		...(maxSize === undefined ? {} : { maxSize }),
		...(readYesOrNo(labels.embeddedImages, options.embeddedImages) === false ? { embedded: false as const } : {}),
	};
}

function readAttachments(options: IDataObject): false | AttachmentFilter {
	if (readYesOrNo(labels.downloadAttachments, options.downloadAttachments) !== true) return false;
	return readAttachmentFilter(options);
}

/** Addresses, and domains with or without "@". */
function readOwnAddresses(value: unknown): string[] {
	const entered = readList(labels.ownAddresses, value, 'comma');
	const wrong = entered.find((entry) => !/^(?:[^\s@]*@)?[^\s@<>]+$/.test(entry));
	if (wrong !== undefined)
		throw invalidField(
			labels.ownAddresses,
			`holds "${wrong.slice(0, 60)}", which is neither an address nor a domain such as @example.com`,
		);
	return entered;
}

/** Names of header fields. */
function readHeaders(value: unknown): string[] {
	return readList(labels.headers, value, 'comma').map((name) => readHeaderName(labels.headers, name));
}

/** A header field's name (RFC 5322 section 3.6.8), with or without the colon that people copy along. */
export function readHeaderName(label: string, text: string): string {
	const name = text.replace(/\s*:$/, '');
	if (!/^[!-9;-~]+$/.test(name)) {
		throw invalidField(
			label,
			`holds "${text.slice(0, 40)}", which is not the name of a header field`,
			"Enter names such as 'List-Id'.",
		);
	}
	return name;
}
