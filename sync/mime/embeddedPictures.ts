import type { MessageAttachment } from './fields';

/** Whether the html of the message shows an attachment, such as a logo: then nobody attached it as a file. */
export type IsShown = (attachment: Described, isRelated: boolean) => boolean;

type Described = Pick<MessageAttachment, 'mimeType' | 'contentId' | 'disposition'>;

/** pictures of one html that are looked for */
const mostPictures = 10_000;

/**
 * Recognizes embedded pictures by the `cid:` links of the html (RFC 2392), whatever their disposition: mail programs write "inline",
 * "attachment" or nothing, and give photos that were attached a Content-ID as well. Beside the root of a related set a picture is
 * meant to be shown, also where no link is found.
 */
export function shownByHtml(html: string): IsShown {
	const ids = new Set<string>();
	for (const [, id] of html.matchAll(/\bcid:([^"'\s<>()\\]{1,500})/gi)) {
		ids.add(decoded(id));
		if (ids.size >= mostPictures) break;
	}
	return (attachment, isRelated) =>
		attachment.contentId !== undefined && (ids.has(attachment.contentId) || (isRelated && isPicture(attachment)));
}

/** Recognizes them where the html was not read. Without html there are none. */
export const shownByStructure =
	(hasHtml: boolean): IsShown =>
	(attachment) =>
		hasHtml && attachment.contentId !== undefined && isPicture(attachment);

const isPicture = ({ mimeType, disposition }: Described): boolean =>
	disposition !== 'attachment' && mimeType.startsWith('image/');

function decoded(id: string): string {
	const plain = id.replace(/&amp;/gi, '&');
	try {
		return decodeURIComponent(plain);
	} catch {
		return plain;
	}
}
