/**
 * Bytes of a part without its Content-Transfer-Encoding. Never throws: unterminated base64 gives what is there, and an
 * encoding nobody knows gives the bytes as they are (RFC 2045 section 6.4 says to treat them as opaque).
 */
export function decodeTransferEncoding(bytes: Buffer, encoding: string | undefined): Buffer {
	switch (normalizeEncoding(encoding)) {
		case 'base64':
			return decodeBase64(bytes);
		case 'quoted-printable':
			return decodeQuotedPrintable(bytes);
		case 'x-uuencode':
			return decodeUuencode(bytes);
		default:
			return bytes;
	}
}

/** Lower case, without comments and quotes; "" for none. */
export function normalizeEncoding(encoding: string | undefined): string {
	const name = (encoding ?? '')
		.replace(/\([^()]*\)/g, '')
		.replace(/["'\s;]/g, '')
		.toLowerCase();
	return name === 'x-uue' || name === 'uuencode' ? 'x-uuencode' : name;
}

/**
 * Bytes of the decoded part, worked out from its encoded size: see MessageAttachment.size.
 * `encodedSize` in bytes.
 */
export function decodedSize(encodedSize: number, encoding: string | undefined): number {
	if (normalizeEncoding(encoding) !== 'base64') return encodedSize;
	// RFC 2045 section 6.8: lines of 76 characters, each ended by CRLF; the end of the last one is not always there.
	const fullLines = Math.floor(encodedSize / 78);
	const rest = encodedSize - fullLines * 78;
	return fullLines * 57 + Math.floor(Math.min(rest, 76) / 4) * 3;
}

const pad = 0x3d;
const mostPieces = 10_000;

/**
 * Node's decoder stops at the first "=". Some senders concatenate separately encoded pieces, each with its own padding, so
 * what follows padding is decoded as a piece of its own.
 */
function decodeBase64(bytes: Buffer): Buffer {
	const text = bytes.toString('latin1');
	const firstPad = bytes.indexOf(pad);
	if (firstPad < 0 || !/[A-Za-z0-9+/]/.test(text.slice(firstPad))) return Buffer.from(text, 'base64');
	const pieces = text.split(/=+/, mostPieces + 1);
	// Mail has no such number of pieces: only the first piece of base64 is decoded.
	return pieces.length > mostPieces
		? Buffer.from(text, 'base64')
		: Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}

const hexValues = new Int8Array(256).fill(-1);
for (const [digit, value] of [...'0123456789abcdef'].map((digit, value) => [digit, value] as const)) {
	hexValues[digit.charCodeAt(0)] = value;
	hexValues[digit.toUpperCase().charCodeAt(0)] = value;
}

/** RFC 2045 section 6.7: white space before a line end is not part of the text; a broken "=XY" stays as it stands. */
function decodeQuotedPrintable(bytes: Buffer): Buffer {
	const out = Buffer.allocUnsafe(bytes.length);
	let written = 0;
	/** end of what a line end may not take away: white space that came from "=20" stays */
	let kept = 0;
	const length = bytes.length;
	let at = 0;
	while (at < length) {
		const byte = bytes[at];
		if (byte === 0x3d) {
			const high = at + 2 < length ? hexValues[bytes[at + 1]] : -1;
			const low = at + 2 < length ? hexValues[bytes[at + 2]] : -1;
			if (high >= 0 && low >= 0) {
				out[written++] = (high << 4) | low;
				at += 3;
			} else {
				const next = afterSoftBreak(bytes, at + 1);
				if (next < 0) out[written++] = byte;
				at = next < 0 ? at + 1 : next;
			}
			kept = written;
		} else if (byte === 0x0a) {
			const hasReturn = written > kept && out[written - 1] === 0x0d;
			let end = hasReturn ? written - 1 : written;
			while (end > kept && (out[end - 1] === 0x20 || out[end - 1] === 0x09)) end--;
			written = end;
			if (hasReturn) out[written++] = 0x0d;
			out[written++] = byte;
			kept = written;
			at++;
		} else {
			out[written++] = byte;
			at++;
		}
	}
	return out.subarray(0, written);
}

/**
 * Where the text goes on after the soft line break whose "=" stands before `at`; -1 when it is none. The end of the text is one
 * too.
 */
function afterSoftBreak(bytes: Buffer, at: number): number {
	let end = at;
	while (end < bytes.length && (bytes[end] === 0x20 || bytes[end] === 0x09)) end++;
	if (end < bytes.length && bytes[end] === 0x0d) end++;
	if (end >= bytes.length) return end;
	return bytes[end] === 0x0a ? end + 1 : -1;
}

/**
 * Pre-MIME mailers (and Usenet gateways) still name it as a transfer encoding. Line by line into one piece of memory: a line may claim
 * far more bytes than it has.
 */
function decodeUuencode(bytes: Buffer): Buffer {
	const out = Buffer.allocUnsafe(2 * bytes.length);
	let written = 0;
	let end = 0;
	for (let start = afterBegin(bytes); start < bytes.length; start = end + 1) {
		end = bytes.indexOf(0x0a, start);
		if (end < 0) end = bytes.length;
		const last = bytes[end - 1] === 0x0d ? end - 1 : end;
		if (last - start === 3 && bytes.toString('latin1', start, last) === 'end') break;
		const size = last > start ? sixBits(bytes[start]) : 0;
		for (let at = 0; at < size && written < out.length; at++) {
			// Four characters make three bytes; what a line lacks at its end are zeros.
			const left = start + 1 + Math.floor(at / 3) * 4 + (at % 3);
			const shift = 2 * ((at % 3) + 1);
			const high = left < last ? sixBits(bytes[left]) : 0;
			const low = left + 1 < last ? sixBits(bytes[left + 1]) : 0;
			out[written++] = (high << shift) | (low >> (6 - shift));
		}
	}
	return out.subarray(0, written);
}

/** Where the line after `begin 644 name` starts; at the beginning where there is none. */
function afterBegin(bytes: Buffer): number {
	const begin = /^begin [0-7]{3,4} .*$/m.exec(bytes.toString('latin1'));
	return begin ? begin.index + begin[0].length + (bytes[begin.index + begin[0].length] === 0x0d ? 2 : 1) : 0;
}

const sixBits = (character: number): number => (character - 0x20) & 0x3f;
