import { isUndeclared } from './charset';
import { firstValue, readParameterField, type HeaderBlock } from './headerBlock';
import { normalizeEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** A part of a message that was read whole: what BODYSTRUCTURE would say of it, and where its bytes are. */
export interface ScannedPart extends BodyPart {
	children: ScannedPart[];
	/** Offsets of the encoded body in the source. */
	bodyStart: number;
	bodyEnd: number;
}

/** A part as BODYSTRUCTURE would describe it, still without number and size. */
export function describePart(header: HeaderBlock, parent: ScannedPart | undefined): BodyPart & { children: ScannedPart[] } {
	const contentType = readParameterField(firstValue(header, 'content-type'));
	const disposition = readParameterField(firstValue(header, 'content-disposition'));
	const contentId = firstValue(header, 'content-id');
	const part: BodyPart & { children: ScannedPart[] } = {
		part: '',
		type: readType(contentType.value, parent),
		parameters: contentType.parameters,
		dispositionParameters: disposition.parameters,
		children: [],
	};
	if (disposition.value !== '') part.disposition = disposition.value;
	const encoding = normalizeEncoding(firstValue(header, 'content-transfer-encoding'));
	if (encoding !== '') part.encoding = encoding;
	if (contentId) part.contentId = contentId;
	return part;
}

/** The charset of the message: that of its first text that names one. */
export function declaredCharset(part: Omit<BodyPart, 'children'> & { children: BodyPart[] }): string | undefined {
	if (part.type.startsWith('text/') && !isUndeclared(part.parameters.charset)) return part.parameters.charset;
	for (const child of part.type.startsWith('multipart/') ? part.children : []) {
		const found = declaredCharset(child);
		if (found !== undefined) return found;
	}
	return undefined;
}

/** RFC 2046 section 5.1.5: in a digest a part without a type is a message. */
function readType(value: string, parent: ScannedPart | undefined): string {
	return value === '' && parent?.type === 'multipart/digest' ? 'message/rfc822' : normalizeType(value);
}

/** Lower case, without what follows it by mistake; RFC 2045 section 5.2: no type, or none that can be read, is text/plain. */
export function normalizeType(type: string): string {
	const slash = type.indexOf('/');
	const [kind, subtype] = [type.slice(0, Math.max(slash, 0)).trim(), type.slice(slash + 1).trimStart()];
	const found = /^"?([^\s"/;,]+\/[^\s"/;,]+)(?:["\s;,]|$)/.exec(`${kind}/${subtype}`);
	return found ? found[1].toLowerCase() : 'text/plain';
}

/**
 * RFC 3501 section 6.4.5: the root of a multipart has no number, its children count from 1; a single part is "1". To be called
 * when the part is the last of its parent's children.
 */
export function numberPart(part: ScannedPart, parent: ScannedPart | undefined): void {
	if (!parent) part.part = part.type.startsWith('multipart/') ? '' : '1';
	else part.part = parent.part === '' ? String(parent.children.length) : `${parent.part}.${parent.children.length}`;
}
