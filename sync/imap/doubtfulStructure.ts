import type { BodyPart } from '../server/bodyPart';

/** Types that say only that something is a file: its name is all that is known of it. */
const unspecific = /^application\/(?:octet-stream|x-|force-download|download|unknown|binary)/;

/**
 * Whether a structure may differ from what the message itself says: servers do not find the parts of a message whose
 * boundary is written in an unusual form, end names without quotes at the first space, and lose letters beyond ASCII. `header` is
 * that of the message.
 */
export function isDoubtful(structure: BodyPart, header: Buffer): boolean {
	const isMultipart = structure.type.startsWith('multipart/') && structure.children.length > 0;
	if (!isMultipart && /^content-type\s*:\s*["']?multipart\//im.test(header.toString('latin1'))) return true;
	return hasDoubtfulPart(structure);
}

function hasDoubtfulPart(part: BodyPart): boolean {
	if (part.type.startsWith('multipart/')) {
		// White space at its end is lost at the ends of lines, and then the server finds nothing.
		const isOdd =
			/\s$/.test(part.parameters.boundary ?? '') || part.children.every(({ type, size }) => size === 0 && isLeaf(type));
		return isOdd || part.children.some(hasDoubtfulPart);
	}
	if (!/^[^\s/]+\/[^\s/]+$/.test(part.type) || part.size === undefined || part.encoding === undefined) return true;
	// Dovecot counts the line end before the next boundary to a message in the message.
	if (part.type.startsWith('message/rfc822')) return true;
	const names = [part.dispositionParameters.filename, part.parameters.name].filter((name) => name !== undefined);
	if (names.some((name) => /\ufffd|\?{2}|[\r\n]/.test(name) && !name.includes('=?'))) return true;
	// "Invoice 2026.pdf" without its quotes.
	return hasShortenedName(part, names[0]);
}

function hasShortenedName({ type, disposition }: BodyPart, name: string | undefined): boolean {
	if (name === undefined || name.includes('=?') || /\.[^.\s]{1,10}$/.test(name)) return false;
	return type.startsWith('application/') && (disposition === 'attachment' || unspecific.test(type));
}

const isLeaf = (type: string): boolean => !type.startsWith('multipart/');
