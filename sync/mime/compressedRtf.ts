/**
 * RTF as MAPI keeps it ([MS-OXRTFCP]): a header of 16 bytes, then runs that are looked up in a dictionary of 4 KiB, which begins
 * with what most RTF has in common. Undefined for anything else; what is broken off is left out. `longest` in bytes.
 */
export function decompressRtf(bytes: Buffer, longest: number): Buffer | undefined {
	if (bytes.length < 16) return undefined;
	const kind = bytes.readUInt32LE(8);
	const rawSize = Math.min(bytes.readUInt32LE(4), longest);
	if (kind === uncompressed) return bytes.subarray(16, 16 + rawSize);
	return kind === compressed ? decompress(bytes, rawSize) : undefined;
}

const compressed = 0x75465a4c;
const uncompressed = 0x414c454d;
const dictionarySize = 4096;

/** [MS-OXRTFCP] 2.1.2.1 */
const beginning = Buffer.from(
	'{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx',
	'latin1',
);

function decompress(bytes: Buffer, rawSize: number): Buffer {
	const dictionary = Buffer.alloc(dictionarySize, 0x20);
	beginning.copy(dictionary);
	let write = beginning.length;
	const out = Buffer.alloc(Math.min(rawSize, (bytes.length - 16) * longestRun));
	let length = 0;
	const put = (byte: number): void => {
		if (length < out.length) out[length++] = byte;
		dictionary[write] = byte;
		write = (write + 1) % dictionarySize;
	};
	for (let at = 16; at < bytes.length && length < out.length;) {
		// A control byte describes the next eight tokens, lowest bit first: a byte as it is, or a place and a length.
		const control = bytes[at++];
		for (let bit = 0; bit < 8 && at < bytes.length && length < out.length; bit++) {
			if (((control >> bit) & 1) === 0) {
				put(bytes[at++]);
				continue;
			}
			if (at + 2 > bytes.length) return out.subarray(0, length);
			const token = bytes.readUInt16BE(at);
			at += 2;
			let read = token >> 4;
			if (read === write) return out.subarray(0, length);
			for (let left = (token & 0x0f) + 2; left > 0; left--) {
				put(dictionary[read]);
				read = (read + 1) % dictionarySize;
			}
		}
	}
	return out.subarray(0, length);
}

/** bytes that a token of two bytes stands for, at most */
const longestRun = 17;
