import { decodeCharset } from './charset';

/** A file inside winmail.dat. */
export interface TnefFile {
	fileName: string;
	mimeType?: string;
	contentId?: string;
	content: Buffer;
}

const signature = 0x223e9f78;

/** Attributes of TNEF ([MS-OXTNEF] 2.1.3.1), as far as files need them. */
const attribute = {
	codePage: 0x00069007,
	attachRenderData: 0x00069002,
	attachTitle: 0x00018010,
	attachData: 0x0006800f,
	attachment: 0x00069005,
} as const;

/** MAPI properties of an attachment ([MS-OXPROPS]). */
const property = {
	data: 0x3701,
	fileName: 0x3704,
	longFileName: 0x3707,
	mimeTag: 0x370e,
	contentId: 0x3712,
	displayName: 0x3001,
} as const;

/** Whether a part is Outlook's container. Its own type is not always given: some servers relabel it. */
export function isTnef(mimeType: string, fileName: string): boolean {
	return mimeType === 'application/ms-tnef' || mimeType === 'application/vnd.ms-tnef' || fileName.toLowerCase() === 'winmail.dat';
}

/**
 * The files in an Outlook container; undefined when it is none. What is broken off is left out. Linear in its size; the
 * contents are views of `bytes`.
 */
export function readTnef(bytes: Buffer): TnefFile[] | undefined {
	if (bytes.length < 6 || bytes.readUInt32LE(0) !== signature) return undefined;
	let codePage = 1252;
	let current: Partial<TnefFile> | undefined;
	const files: TnefFile[] = [];
	const finish = () => {
		if (current?.content && files.length < mostFiles)
			files.push({ ...current, fileName: current.fileName ?? '', content: current.content });
		current = undefined;
	};
	// level (1 byte), attribute (4), length (4), value, checksum (2)
	for (let at = 6; at + 9 <= bytes.length;) {
		const id = bytes.readUInt32LE(at + 1);
		const length = bytes.readUInt32LE(at + 5);
		const start = at + 9;
		const end = start + length;
		if (end > bytes.length) break;
		const value = bytes.subarray(start, end);
		at = end + 2;
		if (id === attribute.codePage && length >= 4) codePage = value.readUInt32LE(0);
		else if (id === attribute.attachRenderData) {
			finish();
			current = {};
		} else if (current && id === attribute.attachTitle) current.fileName ??= decodeText(value, codePage);
		else if (current && id === attribute.attachData) current.content ??= value;
		else if (current && id === attribute.attachment) readProperties(value, codePage, current);
	}
	finish();
	return files;
}

const mostFiles = 1000;

/** The encapsulated properties of one attachment ([MS-OXTNEF] 2.1.3.4). Stops at the first one it cannot make sense of. */
function readProperties(bytes: Buffer, codePage: number, file: Partial<TnefFile>): void {
	if (bytes.length < 4) return;
	const count = Math.min(bytes.readUInt32LE(0), 1000);
	let at = 4;
	for (let index = 0; index < count && at + 4 <= bytes.length; index++) {
		const type = bytes.readUInt16LE(at);
		const id = bytes.readUInt16LE(at + 2);
		at += 4;
		if (id >= 0x8000) {
			const skipped = skipName(bytes, at);
			if (skipped === undefined) return;
			at = skipped;
		}
		const fixed = fixedSizes[type & 0x0fff];
		if (fixed !== undefined && (type & 0x1000) === 0) {
			at += fixed;
			continue;
		}
		// Variable and multiple values: a count, then the values, padded to 4 bytes.
		if (at + 4 > bytes.length) return;
		const values = bytes.readUInt32LE(at);
		at += 4;
		if (values > 1000) return;
		for (let nth = 0; nth < values; nth++) {
			if (fixed !== undefined) {
				at += Math.max(fixed, 4);
				continue;
			}
			if (at + 4 > bytes.length) return;
			const size = bytes.readUInt32LE(at);
			at += 4;
			if (at + size > bytes.length) return;
			if (nth === 0) takeProperty(id, type & 0x0fff, bytes.subarray(at, at + size), codePage, file);
			at += Math.ceil(size / 4) * 4;
		}
	}
}

/** Sizes of the property types with a fixed one, as stored: two-byte values fill four. */
const fixedSizes: Record<number, number | undefined> = {
	0x01: 0,
	0x02: 4,
	0x03: 4,
	0x04: 4,
	0x05: 8,
	0x06: 8,
	0x07: 8,
	0x0a: 4,
	0x0b: 4,
	0x14: 8,
	0x40: 8,
	0x48: 16,
};

/** A named property carries its set (16 bytes) and a number or a name. */
function skipName(bytes: Buffer, at: number): number | undefined {
	if (at + 24 > bytes.length) return undefined;
	const isName = bytes.readUInt32LE(at + 16) === 1;
	if (!isName) return at + 24;
	return at + 24 + Math.ceil(bytes.readUInt32LE(at + 20) / 4) * 4;
}

const unicodeText = 0x1f;
const object = 0x0d;

function takeProperty(id: number, type: number, value: Buffer, codePage: number, file: Partial<TnefFile>): void {
	const text = () => (type === unicodeText ? decodeUtf16(value) : decodeText(value, codePage));
	switch (id) {
		case property.longFileName:
			file.fileName = text();
			break;
		case property.fileName:
		case property.displayName:
			file.fileName ??= text();
			break;
		case property.mimeTag:
			file.mimeType = text().toLowerCase();
			break;
		case property.contentId:
			file.contentId = text();
			break;
		case property.data:
			// An object begins with the 16 bytes of its interface id.
			file.content ??= type === object ? value.subarray(16) : value;
	}
}

function decodeUtf16(value: Buffer): string {
	return value.toString('utf16le', 0, value.length - (value.length % 2)).replace(/\0.*$/s, '');
}

function decodeText(value: Buffer, codePage: number): string {
	const end = value.indexOf(0);
	return decodeCharset(end < 0 ? value : value.subarray(0, end), codePage === 65001 ? 'utf-8' : `cp${codePage}`);
}
