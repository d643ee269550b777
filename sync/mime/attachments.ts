import type { MessageAttachment } from './fields';
import { nameByType, safeFileName } from './fileName';
import { decodeWords, readParameterField } from './headerBlock';
import type { IsShown } from './embeddedPictures';
import { libmime } from './libraries';
import { readTnef } from './tnef';
import { decodedSize } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** What is known of an attachment from the structure of its message; `isShown` by its html. */
export function describeAttachment(
	part: BodyPart,
	isShown: (attachment: MessageAttachment) => boolean = () => false,
): MessageAttachment {
	const number = part.part === '' ? '1' : part.part;
	const name = safeFileName(nameOf(part));
	const attachment: MessageAttachment = {
		part: number,
		fileName: name || nameByType(part.type, number),
		mimeType: part.type,
		size: decodedSize(part.size ?? 0, part.encoding),
		isInline: false,
	};
	if (part.disposition) attachment.disposition = part.disposition;
	const contentId = part.contentId?.trim().replace(/^<|>$/g, '').trim();
	if (contentId) attachment.contentId = contentId;
	attachment.isInline = isShown(attachment);
	if (attachment.isInline && name === '') attachment.fileName = nameByType(part.type, number, true);
	return attachment;
}

/** The files of an Outlook container, with their content, in place of the container; none when it cannot be read. */
export function unpackTnef(container: MessageAttachment, content: Buffer, isShown: IsShown): MessageAttachment[] {
	return (readTnef(content)?.files ?? []).map((file, index) => {
		const part = `${container.part}:${index + 1}`;
		const mimeType = file.mimeType ?? libmime().detectMimeType(file.fileName);
		const attachment: MessageAttachment = {
			part,
			fileName: safeFileName(file.fileName) || nameByType(mimeType, `${container.part}-${index + 1}`),
			mimeType,
			size: file.content.length,
			disposition: file.contentId ? 'inline' : 'attachment',
			isInline: false,
			content: file.content,
		};
		if (file.contentId) attachment.contentId = file.contentId.replace(/^<|>$/g, '');
		attachment.isInline = isShown(attachment, false);
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
