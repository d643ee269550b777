import type { MessageAttachment } from './fields';
import { nameByType, safeFileName } from './fileName';
import { decodeWords, readParameterField } from './headerBlock';
import { libmime } from './libraries';
import { isTnef, readTnef } from './tnef';
import { decodedSize } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** Which attachments are delivered with their content. All conditions must hold; an empty list is no condition. */
export interface AttachmentFilter {
	/** Globs with * and ?, upper and lower case alike; one must match the file name. */
	names: string[];
	/** "application/pdf", "image/*", "*"; one must match the type. */
	types: string[];
	/** Largest size in bytes; absent for any. */
	maxSize?: number;
	/** Part numbers as items have them, e.g. "2" or, for a file out of a container, "2:1"; absent for any. */
	parts?: string[];
	/** false: no pictures that the html shows; absent: these too. */
	embedded?: false;
}

/** What is known of an attachment from the structure of its message. */
export function describeAttachment(part: BodyPart): MessageAttachment {
	const number = part.part === '' ? '1' : part.part;
	const attachment: MessageAttachment = {
		part: number,
		fileName: safeFileName(nameOf(part)) || nameByType(part.type, number),
		mimeType: part.type,
		size: decodedSize(part.size ?? 0, part.encoding),
	};
	if (part.disposition) attachment.disposition = part.disposition;
	const contentId = part.contentId?.trim().replace(/^<|>$/g, '').trim();
	if (contentId) attachment.contentId = contentId;
	return attachment;
}

/** Whether the filter lets an attachment through; decided before it is read. */
export function passesFilter(attachment: MessageAttachment, filter: AttachmentFilter): boolean {
	return (
		(filter.maxSize === undefined || attachment.size <= filter.maxSize) &&
		(filter.parts === undefined || filter.parts.includes(attachment.part)) &&
		(filter.embedded === undefined || !isEmbedded(attachment)) &&
		(filter.names.length === 0 || filter.names.some((glob) => matchesGlob(glob, attachment.fileName))) &&
		(filter.types.length === 0 || filter.types.some((glob) => matchesGlob(glob, attachment.mimeType)))
	);
}

/** Whether an attachment has to be read to know: Outlook's container says nothing about the files in it. */
export function mayHoldWanted(attachment: MessageAttachment, filter: AttachmentFilter): boolean {
	if (!isTnef(attachment.mimeType, attachment.fileName)) return passesFilter(attachment, filter);
	return filter.parts === undefined || filter.parts.some((part) => part.split(':')[0] === attachment.part);
}

/** Whether it is a picture that the html of the message shows, such as a logo, rather than a file that somebody attached. */
export function isEmbedded({ mimeType, contentId, disposition }: MessageAttachment): boolean {
	return contentId !== undefined && disposition !== 'attachment' && mimeType.startsWith('image/');
}

/** The files of an Outlook container, with their content, in place of the container; none when it cannot be read. */
export function unpackTnef(container: MessageAttachment, content: Buffer): MessageAttachment[] {
	return (readTnef(content) ?? []).map((file, index) => {
		const part = `${container.part}:${index + 1}`;
		const mimeType = file.mimeType ?? libmime().detectMimeType(file.fileName);
		const attachment: MessageAttachment = {
			part,
			fileName: safeFileName(file.fileName) || nameByType(mimeType, `${container.part}-${index + 1}`),
			mimeType,
			size: file.content.length,
			disposition: file.contentId ? 'inline' : 'attachment',
			content: file.content,
		};
		if (file.contentId) attachment.contentId = file.contentId.replace(/^<|>$/g, '');
		return attachment;
	});
}

/** The disposition's name, else the type's, which is what Outlook and old mailers write; "" for none. */
function nameOf(part: BodyPart): string {
	return decodedParameter(part.dispositionParameters, 'filename') || decodedParameter(part.parameters, 'name');
}

/** A server's BODYSTRUCTURE may hold parameters as they stand in the message: encoded words, or RFC 2231 pieces. */
function decodedParameter(parameters: Record<string, string>, name: string): string {
	const pieces = Object.entries(parameters).filter(([key]) => key.startsWith(`${name}*`));
	if (pieces.length > 0) {
		const field = pieces.map(([key, value]) => `; ${key}="${value.replace(/["\\]/g, '\\$&')}"`).join('');
		return readParameterField(`x${field}`).parameters[name] ?? '';
	}
	return Object.hasOwn(parameters, name) ? decodeWords(parameters[name]) : '';
}

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
