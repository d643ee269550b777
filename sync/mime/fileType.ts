import { libmime } from './libraries';

/** Types that say only that something is a file. */
const meaningless = new Set(
	'application/octet-stream application/x-octet-stream application/octetstream application/binary application/x-binary application/unknown application/x-unknown application/x-unknown-content-type application/download application/x-download application/force-download application/x-force-download application/file application/x-file application/save application/data application/x-msdownload unknown/unknown binary/octet-stream'.split(
		' ',
	),
);

/** Other names of types, as old programs write them. */
const aliases = new Map([
	['image/jpg', 'image/jpeg'],
	['image/pjpeg', 'image/jpeg'],
	['image/x-png', 'image/png'],
	['application/x-pdf', 'application/pdf'],
	['application/acrobat', 'application/pdf'],
	['application/x-zip', 'application/zip'],
	['application/x-zip-compressed', 'application/zip'],
]);

/**
 * The type of a file for those who choose by types: what is declared, or what the name says where that says nothing. Undefined where
 * neither says anything: then the content may, see typeOfContent().
 */
export function typeOfFile(declared: string, fileName: string): string | undefined {
	const byName = typeOfName(fileName);
	if (meaningless.has(declared)) return byName;
	// Without a type a part is text (RFC 2045 section 5.2), and a file is sent so by whoever forgot it.
	if (declared === 'text/plain' && byName !== undefined && !/^(?:text|message)\//.test(byName)) return byName;
	return aliases.get(declared) ?? declared;
}

function typeOfName(fileName: string): string | undefined {
	if (!/\.[a-z0-9]{1,10}$/i.test(fileName)) return undefined;
	const type = libmime().detectMimeType(fileName);
	return meaningless.has(type) ? undefined : type;
}

/** How many bytes typeOfContent() looks at. */
const BYTES_THAT_TELL = 4096;

/** What files begin with. */
const beginnings: ReadonlyArray<[type: string, bytes: Buffer, at?: number]> = [
	['application/pdf', Buffer.from('%PDF-')],
	['image/png', Buffer.from('89504e470d0a1a0a', 'hex')],
	['image/jpeg', Buffer.from('ffd8ff', 'hex')],
	['image/gif', Buffer.from('GIF8')],
	['image/bmp', Buffer.from('BM')],
	['image/tiff', Buffer.from('II*\0', 'latin1')],
	['image/tiff', Buffer.from('MM\0*', 'latin1')],
	['image/webp', Buffer.from('WEBP'), 8],
	['image/heic', Buffer.from('ftypheic'), 4],
	['audio/wav', Buffer.from('WAVE'), 8],
	['audio/mpeg', Buffer.from('ID3')],
	['audio/ogg', Buffer.from('OggS')],
	['video/mp4', Buffer.from('ftyp'), 4],
	['application/rtf', Buffer.from('{\\rtf')],
	['application/gzip', Buffer.from('1f8b', 'hex')],
	['application/x-7z-compressed', Buffer.from('377abcaf271c', 'hex')],
	['application/vnd.rar', Buffer.from('Rar!')],
	['application/x-ole-storage', Buffer.from('d0cf11e0a1b11ae1', 'hex')],
	['application/postscript', Buffer.from('%!PS')],
	['application/xml', Buffer.from('<?xml')],
	['text/calendar', Buffer.from('BEGIN:VCALENDAR')],
	['text/vcard', Buffer.from('BEGIN:VCARD')],
];

const zip = Buffer.from('504b0304', 'hex');

/** What the names of the first files in an Office document begin with. */
const inZip: ReadonlyArray<[folder: string, type: string]> = [
	['word/', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
	['xl/', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
	['ppt/', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
];

/** The type by the first bytes of a file; undefined when they are of no kind that is known. */
export function typeOfContent(content: Buffer): string | undefined {
	const start = content.subarray(0, BYTES_THAT_TELL);
	if (start.subarray(0, zip.length).equals(zip)) {
		// OpenDocument begins with a file that holds its type as it is.
		const openDocument = /mimetype(application\/vnd\.oasis\.opendocument\.[a-z]{1,30})/.exec(
			start.toString('latin1', 30, 120),
		)?.[1];
		return openDocument ?? inZip.find(([folder]) => start.includes(folder))?.[1] ?? 'application/zip';
	}
	return beginnings.find(([, bytes, at = 0]) => start.subarray(at, at + bytes.length).equals(bytes))?.[0];
}
