import { decodeCharset } from './charset';
import { decompressRtf } from './compressedRtf';
import { embeddedMessage } from './embeddedMessage';
import { mimeLimits } from './limits';
import { readRtf } from './rtf';
import type { TnefContents, TnefFile } from './tnefContents';

const signature = 0x223e9f78;

/** Attributes of TNEF ([MS-OXTNEF] 2.1.3.1), as far as files need them. */
const attribute = {
	codePage: 0x00069007,
	subject: 0x00018004,
	body: 0x0002800c,
	messageProperties: 0x00069003,
	attachRenderData: 0x00069002,
	attachTitle: 0x00018010,
	attachData: 0x0006800f,
	attachment: 0x00069005,
} as const;

/** MAPI properties of a message and of an attachment ([MS-OXPROPS]). */
const property = {
	subject: 0x0037,
	body: 0x1000,
	rtf: 0x1009,
	html: 0x1013,
	internetCodePage: 0x3fde,
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

/** containers within each other that are unpacked: a message attached to a message in Outlook is one */
const deepestContainer = 5;

/**
 * The body and the files in an Outlook container; undefined when it is none. What is broken off is left out. Linear in its size; the
 * contents of files are views of `bytes`.
 */
export function readTnef(bytes: Buffer, depth = 1): TnefContents | undefined {
	if (bytes.length < 6 || bytes.readUInt32LE(0) !== signature) return undefined;
	const contents: TnefContents = { files: [] };
	let codePage = 1252;
	const body: HtmlBody = {};
	let current: Partial<TnefFile> | undefined;
	const finish = () => {
		if (current?.content && contents.files.length < mostFiles)
			contents.files.push({ ...current, fileName: current.fileName ?? '', content: current.content });
		current = undefined;
	};
	for (const { id, value } of attributesOf(bytes)) {
		if (id === attribute.codePage && value.length >= 4) codePage = value.readUInt32LE(0);
		else if (id === attribute.subject) contents.subject ??= decodeText(value, codePage);
		else if (id === attribute.body) contents.text ??= decodeText(value, codePage);
		else if (id === attribute.messageProperties) readProperties(value, (found) => takeOfMessage(found, codePage, contents, body));
		else if (id === attribute.attachRenderData) {
			finish();
			current = {};
		} else if (current && id === attribute.attachTitle) current.fileName ??= decodeText(value, codePage);
		else if (current && id === attribute.attachData) current.content ??= value;
		else if (current && id === attribute.attachment) {
			const file = current;
			readProperties(value, (found) => takeOfFile(found, codePage, file, depth));
		}
	}
	finish();
	// Its code page comes behind it.
	if (body.html) contents.html = textOf(body.html, body.codePage ?? codePage);
	return contents;
}

interface HtmlBody {
	html?: Property;
	codePage?: number;
}

/** level (1 byte), attribute (4), length (4), value, checksum (2) */
function* attributesOf(bytes: Buffer): Generator<{ id: number; value: Buffer }> {
	for (let at = 6; at + 9 <= bytes.length;) {
		const start = at + 9;
		const end = start + bytes.readUInt32LE(at + 5);
		if (end > bytes.length) return;
		yield { id: bytes.readUInt32LE(at + 1), value: bytes.subarray(start, end) };
		at = end + 2;
	}
}

const mostFiles = 1000;

/** A property; of several values the first. */
interface Property {
	id: number;
	type: number;
	value: Buffer;
}

/** The encapsulated properties of a message or an attachment ([MS-OXTNEF] 2.1.3.4). Stops at the first one it cannot make sense of. */
function readProperties(bytes: Buffer, take: (found: Property) => void): void {
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
			take({ id, type, value: bytes.subarray(at, at + fixed) });
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
			if (nth === 0) take({ id, type: type & 0x0fff, value: bytes.subarray(at, at + size) });
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

const textOf = ({ type, value }: Property, codePage: number): string =>
	type === unicodeText ? decodeUtf16(value) : decodeText(value, codePage);

/** Outlook keeps one form of the body, and which one depends on the format that the sender wrote in. */
function takeOfMessage(found: Property, codePage: number, contents: TnefContents, body: HtmlBody): void {
	switch (found.id) {
		case property.subject:
			contents.subject = textOf(found, codePage);
			break;
		case property.body:
			contents.text = textOf(found, codePage);
			break;
		case property.html:
			body.html = found;
			break;
		case property.internetCodePage:
			if (found.value.length === 4) body.codePage = found.value.readUInt32LE(0);
			break;
		case property.rtf: {
			const rtf = decompressRtf(found.value, mimeLimits.textLength);
			const { html, text } = rtf ? readRtf(rtf) : {};
			contents.html ??= html;
			contents.text ??= text;
		}
	}
}

/** An object in it begins with the 16 bytes of its interface: IMessage is a message, as a container of its own. */
const messageInterface = Buffer.from('0703020000000000c000000000000046', 'hex');

function takeOfFile(found: Property, codePage: number, file: Partial<TnefFile>, depth: number): void {
	const { type, value } = found;
	const text = () => textOf(found, codePage);
	switch (found.id) {
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
			if (type === object && value.subarray(0, 16).equals(messageInterface)) takeMessage(value.subarray(16), file, depth);
			else file.content ??= type === object ? value.subarray(16) : value;
	}
}

/** Becomes an .eml, as a message attached by any other program; one that is nested too deeply stays a container. */
function takeMessage(bytes: Buffer, file: Partial<TnefFile>, depth: number): void {
	const contents = depth < deepestContainer ? readTnef(bytes, depth + 1) : undefined;
	if (!contents) {
		file.content ??= bytes;
		return;
	}
	file.content = embeddedMessage(contents);
	file.mimeType = 'message/rfc822';
	file.fileName = `${(contents.subject ?? file.fileName ?? '').trim() || 'message'}.eml`;
}

function decodeUtf16(value: Buffer): string {
	return value.toString('utf16le', 0, value.length - (value.length % 2)).replace(/\0.*$/s, '');
}

function decodeText(value: Buffer, codePage: number): string {
	const end = value.indexOf(0);
	return decodeCharset(end < 0 ? value : value.subarray(0, end), codePage === 65001 ? 'utf-8' : `cp${codePage}`);
}
