import sanitize from 'sanitize-html';

export interface SafeHtmlOptions {
	/** Whether images, backgrounds and the like may be loaded from elsewhere when the html is shown. */
	remoteImages: boolean;
}

/** Html larger than this is not worth the time: it is left out. In characters. */
const LONGEST = 5 * 1024 * 1024;

/** Attributes that mail needs for its looks; nothing that runs, submits or loads. */
const layout = ['align', 'valign', 'width', 'height', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'dir', 'lang', 'title'];

/**
 * Html that is safe to put into a page: without scripts, forms, frames, style sheets and event handlers, links only to the web
 * and to mail addresses. With `remoteImages` false nothing in it loads from elsewhere either, so the sender does not learn that
 * it was read: images inside of the message (`cid:`, `data:`) stay. Undefined when it is too large to be worth it. Never throws.
 */
export function safeHtml(html: string, { remoteImages }: SafeHtmlOptions): string | undefined {
	if (html.length > LONGEST) return undefined;
	return sanitize(html, {
		allowedTags: [...sanitize.defaults.allowedTags, 'img', 'center', 'font', 'del', 'ins'],
		allowedAttributes: {
			'*': [...layout, ...(remoteImages ? ['style'] : [])],
			a: ['href', 'name', 'rel', 'target'],
			font: ['color', 'face', 'size'],
			img: ['src', 'alt'],
			td: ['colspan', 'rowspan', 'nowrap'],
			th: ['colspan', 'rowspan', 'nowrap'],
		},
		allowedSchemes: ['http', 'https', 'mailto', 'tel'],
		allowedSchemesByTag: { img: remoteImages ? ['http', 'https', 'cid', 'data'] : ['cid', 'data'] },
		// "//tracker.example" would be loaded like "https://tracker.example".
		allowProtocolRelative: false,
		disallowedTagsMode: 'discard',
		nestingLimit: 100,
		parseStyleAttributes: false,
		transformTags: {
			a: sanitize.simpleTransform('a', { rel: 'noopener noreferrer nofollow' }),
		},
		exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !attribs.src,
	});
}
