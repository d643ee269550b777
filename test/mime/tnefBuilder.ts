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
	/** The content is a container of its own: a message that was attached in Outlook. */
	isMessage?: boolean;
}

export interface TnefBody {
	subject?: string;
	text?: string;
	html?: Buffer;
	/** Code page of the html. */
	htmlCodePage?: number;
	/** As it is, without compression. */
	rtf?: Buffer;
}

/** IMessage as an object ([MS-OXTNEF] 2.1.3.4). */
const messageInterface = Buffer.from('0703020000000000c000000000000046', 'hex');

function bodyAttributes({ subject, text, html, htmlCodePage, rtf }: TnefBody): Buffer[] {
	const uncompressed = rtf && Buffer.concat([long(rtf.length + 12), long(rtf.length), long(0x414c454d), long(0), rtf]);
	const properties = [
		...(subject === undefined ? [] : [property(0x001f, 0x0037, unicode(subject))]),
		...(text === undefined ? [] : [property(0x001f, 0x1000, unicode(text))]),
		...(uncompressed ? [property(0x0102, 0x1009, uncompressed)] : []),
		...(html ? [property(0x0102, 0x1013, html)] : []),
		...(htmlCodePage === undefined ? [] : [Buffer.concat([short(0x0003), short(0x3fde), long(htmlCodePage)])]),
	];
	return properties.length === 0 ? [] : [attribute(1, 0x00069003, Buffer.concat([long(properties.length), ...properties]))];
}

export function buildTnef(files: TnefEntry[], codePage = 1252, body: TnefBody = {}): Buffer {
	const pieces = [
		long(0x223e9f78),
		short(1),
		attribute(1, 0x00089006, long(0x00010000)),
		attribute(1, 0x00069007, Buffer.concat([long(codePage), long(0)])),
		attribute(1, 0x00078008, Buffer.from('IPM.Microsoft Mail.Note\0')),
		...bodyAttributes(body),
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
			...(file.isMessage ? [property(0x000d, 0x3701, Buffer.concat([messageInterface, file.content]))] : []),
		];
		pieces.push(
			attribute(2, 0x00069002, Buffer.alloc(14)),
			attribute(2, 0x00018010, Buffer.concat([file.shortName, Buffer.from([0])])),
			...(file.isMessage ? [] : [attribute(2, 0x0006800f, file.content)]),
			attribute(2, 0x00069005, Buffer.concat([long(properties.length), ...properties])),
		);
	}
	return Buffer.concat(pieces);
}
