import type { PartTree } from './bodyChoice';
import { openCms } from './cms';
import { mimeLimits } from './limits';
import { scanMessage, type ScannedPart } from './structure';
import { decodeTransferEncoding } from './transferEncoding';
import type { BodyPart } from '../server/bodyPart';

/** What mail is encrypted with. */
type Encryption = 'smime' | 'pgp';

/** signatures around each other that are opened: RFC 2634 has three layers */
const mostLayers = 3;

/** A tree of parts, and where the bytes of each are. */
export interface OpenedMail<Part> {
	root: Part;
	bytesOf: (part: Part) => Buffer | undefined;
	encrypted?: Encryption;
}

/** The part in S/MIME's own form (RFC 8551 section 3.5), signed or encrypted, that stands where the text of a message is expected. */
export function smimePart<Part extends PartTree<Part>>(root: Part): Part | undefined {
	const first = root.type.startsWith('multipart/') && root.type !== 'multipart/encrypted' ? root.children[0] : root;
	return first && isSmime(first) ? first : undefined;
}

function isSmime(part: Omit<BodyPart, 'children'>): boolean {
	if (/^application\/(?:x-)?pkcs7-mime$/.test(part.type)) return part.parameters['smime-type']?.toLowerCase() !== 'certs-only';
	const name = part.dispositionParameters.filename ?? part.parameters.name ?? '';
	return part.type === 'application/octet-stream' && /^smime\.p7m$/i.test(name);
}

/**
 * Puts the signed content in place of the part that holds it, so that it is read as any other; its parts are numbered behind a
 * colon. What is encrypted stays as it is and is named. A signature is not verified.
 */
export function openSecureMail<Part extends PartTree<Part>>(
	root: Part,
	bytesOf: (part: Part) => Buffer | undefined,
	mayRead: boolean,
): OpenedMail<Part> {
	let opened: OpenedMail<Part> = { root, bytesOf };
	for (let layer = 0; layer < mostLayers; layer++) {
		const part = smimePart(opened.root);
		if (!part) break;
		if (/envelope/i.test(part.parameters['smime-type'] ?? '')) return { ...opened, encrypted: 'smime' };
		const bytes = mayRead ? opened.bytesOf(part) : undefined;
		const cms = bytes && openCms(decodeTransferEncoding(bytes, part.encoding), mimeLimits.textLength);
		if (!cms) break;
		if (cms.kind === 'encrypted') return { ...opened, encrypted: 'smime' };
		opened = withContent(opened, part, cms.content);
	}
	return isPgpMime(opened.root) ? { ...opened, encrypted: 'pgp' } : opened;
}

/** RFC 3156 section 4. Exchange makes another multipart of it, and puts an empty text before its parts. */
function isPgpMime<Part extends PartTree<Part>>(root: Part): boolean {
	if (root.type === 'multipart/encrypted') return /pgp/i.test(root.parameters.protocol ?? 'pgp');
	return root.type === 'multipart/mixed' && root.children.slice(0, 2).some(({ type }) => type === 'application/pgp-encrypted');
}

/** PGP of before MIME: the text itself is the encrypted message (RFC 9580 section 6.2). */
export const isPgpText = (text: string): boolean => /^\s{0,200}-----BEGIN PGP MESSAGE-----/.test(text);

function withContent<Part extends PartTree<Part>>(opened: OpenedMail<Part>, part: Part, content: Buffer): OpenedMail<Part> {
	const inner = scanMessage(content).root;
	const bytes = new Map<unknown, Buffer>();
	const number = part.part === '' ? '1' : part.part;
	const renumber = (scanned: ScannedPart): void => {
		bytes.set(scanned, content.subarray(scanned.bodyStart, scanned.bodyEnd));
		scanned.part = `${number}:${scanned.part === '' ? '1' : scanned.part}`;
		scanned.children.forEach(renumber);
	};
	renumber(inner);
	// A scanned part has all that a part of a server's structure has.
	const replacement = inner as unknown as Part;
	const root =
		opened.root === part
			? replacement
			: { ...opened.root, children: opened.root.children.map((child) => (child === part ? replacement : child)) };
	return { root, bytesOf: (asked) => bytes.get(asked) ?? (asked === root ? undefined : opened.bytesOf(asked)) };
}
