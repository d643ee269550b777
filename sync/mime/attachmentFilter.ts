import type { MessageAttachment } from './fields';
import { typeOfContent, typeOfFile } from './fileType';
import { isTnef } from './tnef';

/** Which attachments are delivered with their content. All conditions must hold; an empty list is no condition. */
export interface AttachmentFilter {
	/** Globs with * and ?, upper and lower case alike; one must match the file name. */
	names: string[];
	/** "application/pdf", "image/*", "*"; one must match the type, see typeOfFile(). */
	types: string[];
	/** Largest size in bytes; absent for any. */
	maxSize?: number;
	/** Part numbers as items have them, e.g. "2" or, for a file out of a container, "2:1"; absent for any. */
	parts?: string[];
	/** false: no pictures that the html shows; absent: these too. */
	embedded?: false;
}

/** Whether the filter lets an attachment through; undefined when only its content can decide, see passesByContent(). */
export function passesFilter(attachment: MessageAttachment, filter: AttachmentFilter): boolean | undefined {
	const passes =
		(filter.maxSize === undefined || attachment.size <= filter.maxSize) &&
		(filter.parts === undefined || filter.parts.includes(attachment.part)) &&
		(filter.embedded === undefined || !attachment.isInline) &&
		(filter.names.length === 0 || filter.names.some((glob) => matchesGlob(glob, attachment.fileName)));
	if (!passes || filter.types.length === 0) return passes;
	const type = typeOfFile(attachment.mimeType, attachment.fileName);
	// What is declared counts too: who asks for octet-stream gets it.
	if (isOfType(attachment.mimeType, filter) || (type !== undefined && isOfType(type, filter))) return true;
	return type === undefined ? undefined : false;
}

/** Whether an attachment of which passesFilter() does not know goes through; `content` may be its beginning only. */
export function passesByContent(content: Buffer, filter: AttachmentFilter): boolean {
	const type = typeOfContent(content);
	return type !== undefined && isOfType(type, filter);
}

/** Whether an attachment has to be read to know: Outlook's container says nothing about the files in it. */
export function mayHoldWanted(attachment: MessageAttachment, filter: AttachmentFilter): boolean {
	if (!isTnef(attachment.mimeType, attachment.fileName)) return passesFilter(attachment, filter) !== false;
	return filter.parts === undefined || filter.parts.some((part) => part.split(':')[0] === attachment.part);
}

const isOfType = (type: string, filter: AttachmentFilter): boolean => filter.types.some((glob) => matchesGlob(glob, type));

/** Linear in the length of the name for each star, so that "*a*a*a*b" cannot hang. */
function matchesGlob(glob: string, name: string): boolean {
	const pattern = glob.trim().toLowerCase();
	const text = name.toLowerCase();
	let at = 0;
	let inPattern = 0;
	let star = -1;
	let starAt = 0;
	while (at < text.length) {
		if (
			inPattern < pattern.length &&
			(pattern[inPattern] === '?' || (pattern[inPattern] === text[at] && pattern[inPattern] !== '*'))
		) {
			at++;
			inPattern++;
		} else if (pattern[inPattern] === '*') {
			star = inPattern++;
			starAt = at;
		} else if (star >= 0) {
			inPattern = star + 1;
			at = ++starAt;
		} else return false;
	}
	while (pattern[inPattern] === '*') inPattern++;
	return inPattern === pattern.length;
}
