/** Writes winmail.dat as [MS-OXTNEF] describes it, for tests. */

const long = (value: number) => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value >>> 0);
	return bytes;
};
const short = (value: number) => {
	const bytes = Buffer.alloc(2);
	bytes.writeUInt16LE(value);
	return bytes;
};

/** One attribute: level, id, length, value, checksum. */
function attribute(level: 1 | 2, id: number, value: Buffer): Buffer {
	const checksum = value.reduce((sum, byte) => (sum + byte) & 0xffff, 0);
	return Buffer.concat([Buffer.from([level]), long(id), long(value.length), value, short(checksum)]);
}

/** A variable-length property: type, id, count of values, size, value, padding to 4 bytes. */
function property(type: number, id: number, value: Buffer): Buffer {
	return Buffer.concat([short(type), short(id), long(1), long(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

const unicode = (text: string) => Buffer.from(`${text}\0`, 'utf16le');

export interface TnefEntry {
	/** The name of 8.3 form, in the code page of the container. */
	shortName: Buffer;
	longName?: string;
	mimeType?: string;
	contentId?: string;
	content: Buffer;
}

export function buildTnef(files: TnefEntry[], codePage = 1252): Buffer {
	const pieces = [
		long(0x223e9f78),
		short(1),
		attribute(1, 0x00089006, long(0x00010000)),
		attribute(1, 0x00069007, Buffer.concat([long(codePage), long(0)])),
		attribute(1, 0x00078008, Buffer.from('IPM.Microsoft Mail.Note\0')),
	];
	for (const file of files) {
		const properties = [
			// A fixed one, a named one and a multiple one come first: what a reader has to step over.
			Buffer.concat([short(0x0003), short(0x3705), long(1)]),
			Buffer.concat([short(0x0003), short(0x8001), Buffer.alloc(16, 7), long(0), long(0x8501), long(42)]),
			Buffer.concat([short(0x1003), short(0x6001), long(2), long(1), long(2)]),
			...(file.longName === undefined ? [] : [property(0x001f, 0x3707, unicode(file.longName))]),
			...(file.mimeType === undefined ? [] : [property(0x001e, 0x370e, Buffer.from(`${file.mimeType}\0`))]),
			...(file.contentId === undefined ? [] : [property(0x001f, 0x3712, unicode(file.contentId))]),
		];
		pieces.push(
			attribute(2, 0x00069002, Buffer.alloc(14)),
			attribute(2, 0x00018010, Buffer.concat([file.shortName, Buffer.from([0])])),
			attribute(2, 0x0006800f, file.content),
			attribute(2, 0x00069005, Buffer.concat([long(properties.length), ...properties])),
		);
	}
	return Buffer.concat(pieces);
}
