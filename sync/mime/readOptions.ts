import type { AttachmentFilter } from './attachmentFilter';
import type { CorrespondenceMemory } from './correspondence';
import type { OwnAddresses } from './ownAddresses';
import type { SafeHtmlOptions } from './safeHtml';
import type { OutputLevel } from '../settings/readingSettings';

/** What of a message is read. */
export interface MappingOptions {
	level: OutputLevel;
	/** Names of the header fields wanted in `headers`, in any case; "*" for all. */
	headers: string[];
	/** Which attachments are given with their content; needs the source. */
	attachmentContent: false | AttachmentFilter;
	/** Names the receiving server signs Authentication-Results with; found out from the message where absent. */
	trustedServers?: string[];
	/** How html is made safe; as it was sent where absent. */
	html?: SafeHtmlOptions;
	/** Whether a snippet is made where the texts are not read and the whole message is there all the same. */
	snippet?: boolean;
}

export interface ReadOptions extends MappingOptions {
	/** Who the account is: gives `direction`, `loopRisk` and `conversation`, from `memory` too where there is one. */
	own?: OwnAddresses;
	memory?: CorrespondenceMemory;
}
