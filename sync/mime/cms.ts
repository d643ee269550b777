import { inflateSync } from 'node:zlib';

/** What a CMS structure (RFC 5652) holds, as far as mail needs it. */
export type CmsContent =
	/** Signed, not verified, or compressed: the content is readable. */
	{ kind: 'readable'; content: Buffer } | { kind: 'encrypted' };

/** Object identifiers, as they are encoded. */
const contentTypes = {
	signed: '2a864886f70d010702',
	enveloped: '2a864886f70d010703',
	encrypted: '2a864886f70d010706',
	envelopedWithMac: '2a864886f70d0109100117',
	compressed: '2a864886f70d0109100109',
};

const sequence = 0x30;
const explicit0 = 0xa0;
const octetString = 0x04;
const constructedOctetString = 0x24;
const objectIdentifier = 0x06;

/** constructed values within each other; signatures in use have 6 */
const deepest = 20;

/**
 * Opens the outermost layer of a CMS structure in BER or DER. Undefined for what is none, and for a signature without its content.
 * No signature is verified. Never throws; linear in its size; `longest` bytes at most are inflated.
 */
export function openCms(bytes: Buffer, longest: number): CmsContent | undefined {
	const info = childrenOf(elementAt(bytes, 0, bytes.length), 2);
	const [type, wrapped] = info;
	if (type?.tag !== objectIdentifier || wrapped?.tag !== explicit0) return undefined;
	const kind = type.bytes.toString('hex');
	const { signed, compressed, enveloped, encrypted, envelopedWithMac } = contentTypes;
	if ([enveloped, encrypted, envelopedWithMac].includes(kind)) return { kind: 'encrypted' };
	if (kind !== signed && kind !== compressed) return undefined;
	// version, algorithms, then the content with its type (RFC 5652 section 5.1, RFC 3274 section 1.1)
	const [inner] = childrenOf(wrapped, 1);
	const encapsulated = childrenOf(inner, 3)[2];
	const [, content] = encapsulated?.tag === sequence ? childrenOf(encapsulated, 2) : [];
	const [octets] = content?.tag === explicit0 ? childrenOf(content, 1) : [];
	const whole = octets && octetsOf(octets, 0);
	if (!whole) return undefined;
	if (kind === signed) return { kind: 'readable', content: whole };
	try {
		return { kind: 'readable', content: inflateSync(whole, { maxOutputLength: longest }) };
	} catch {
		return undefined;
	}
}

interface Element {
	tag: number;
	/** What it holds; of one without a length all up to the end of what it is in. */
	bytes: Buffer;
	/** Whether it goes to an end mark and not by a length. */
	isIndefinite: boolean;
	/** Where the value begins, in the bytes that it was read from. */
	start: number;
}

function elementAt(bytes: Buffer, at: number, end: number): Element | undefined {
	if (at + 2 > end) return undefined;
	const tag = bytes[at];
	// Tags of several bytes do not occur in what is read here.
	if ((tag & 0x1f) === 0x1f) return undefined;
	const first = bytes[at + 1];
	const count = first & 0x7f;
	if (first === 0x80) return { tag, bytes: bytes.subarray(at + 2, end), isIndefinite: true, start: at + 2 };
	if (first < 0x80)
		return { tag, bytes: bytes.subarray(at + 2, Math.min(at + 2 + first, end)), isIndefinite: false, start: at + 2 };
	if (count > 6 || at + 2 + count > end) return undefined;
	const start = at + 2 + count;
	const length = bytes.readUIntBE(at + 2, count);
	return { tag, bytes: bytes.subarray(start, Math.min(start + length, end)), isIndefinite: false, start };
}

/** The first `most` elements of a constructed one. */
function childrenOf(element: Element | undefined, most: number): Element[] {
	const children: Element[] = [];
	if (!element || (element.tag & 0x20) === 0) return children;
	const { bytes } = element;
	for (let at = 0; at < bytes.length && children.length < most;) {
		if (isEnd(bytes, at)) break;
		const child = elementAt(bytes, at, bytes.length);
		if (!child) break;
		children.push(child);
		if (children.length === most) break;
		const next = child.isIndefinite ? endOf(bytes, child.start, 0) : child.start + child.bytes.length;
		if (next === undefined) break;
		at = next;
	}
	return children;
}

const isEnd = (bytes: Buffer, at: number): boolean => bytes[at] === 0 && bytes[at + 1] === 0;

/** Where the element behind one that began at `at` without a length begins. */
function endOf(bytes: Buffer, at: number, depth: number): number | undefined {
	if (depth > deepest) return undefined;
	while (at < bytes.length) {
		if (isEnd(bytes, at)) return at + 2;
		const child = elementAt(bytes, at, bytes.length);
		if (!child) return undefined;
		const next = child.isIndefinite ? endOf(bytes, child.start, depth + 1) : child.start + child.bytes.length;
		if (next === undefined) return undefined;
		at = next;
	}
	return at;
}

/** The octets of a string that may be cut into several, as programs write it that do not know its length beforehand. */
function octetsOf(element: Element, depth: number): Buffer | undefined {
	if (element.tag === octetString) return element.bytes;
	if (element.tag !== constructedOctetString || depth > deepest) return undefined;
	const pieces: Buffer[] = [];
	const { bytes } = element;
	for (let at = 0; at < bytes.length && !isEnd(bytes, at);) {
		const child = elementAt(bytes, at, bytes.length);
		if (!child) break;
		const octets = octetsOf(child, depth + 1);
		const next = child.isIndefinite ? endOf(bytes, child.start, 0) : child.start + child.bytes.length;
		if (!octets || next === undefined) break;
		pieces.push(octets);
		at = next;
	}
	return Buffer.concat(pieces);
}
