import { composed } from './composedText';
import { libmime } from './libraries';

/** Names that Windows keeps for devices, with any extension. */
const reservedName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/** bytes in UTF-8: the limit of the file systems of Linux, macOS and Windows */
const longestName = 255;

/** characters that are looked at: the rest of a longer name would be cut off anyway, but for its extension */
const lookedAt = { front: 2000, back: 100 };

/**
 * A name that is safe as the last part of a path on any system, or "" when nothing is left of it. Path separators, control
 * characters, characters that turn the reading direction (they make "gpj.exe" out of "exe.jpg") and those that Windows forbids
 * are replaced.
 */
export function safeFileName(name: string): string {
	const known = name.length > lookedAt.front + lookedAt.back ? name.slice(0, lookedAt.front) + name.slice(-lookedAt.back) : name;
	const cleaned = composed(known)
		// eslint-disable-next-line no-control-regex -- control characters are what is taken out
		.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
		.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
		.replace(/[/\\:*?"<>|]/g, '_')
		.replace(/\s+/g, ' ')
		// Leading dots hide a file or leave its folder; Windows drops dots and spaces at the end.
		.replace(/^[. ]+/, '')
		.replace(/(?<![. ])[. ]+$/, '');
	return shorten(reservedName.test(cleaned) ? `_${cleaned}` : cleaned);
}

/** Shortens the name before its extension. */
function shorten(name: string): string {
	if (Buffer.byteLength(name) <= longestName) return name;
	const dot = name.lastIndexOf('.');
	const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 20 ? name.slice(dot) : '';
	let base = '';
	let room = longestName - Buffer.byteLength(extension);
	for (const character of extension === '' ? name : name.slice(0, dot)) {
		room -= Buffer.byteLength(character);
		if (room < 0) break;
		base += character;
	}
	return base.trimEnd() + extension;
}

/** The name of a part that has none, by its type: always the same for the same part. `isPicture`: one that the html shows. */
export function nameByType(mimeType: string, part: string, isPicture = false): string {
	switch (mimeType) {
		case 'message/rfc822':
			return `message-${part}.eml`;
		case 'text/calendar':
			return `invite-${part}.ics`;
		case 'message/delivery-status':
			return `delivery-status-${part}.txt`;
		case 'text/rfc822-headers':
			return `headers-${part}.txt`;
		default:
			return `${isPicture ? 'image' : 'attachment'}-${part}.${extensionOf(mimeType)}`;
	}
}

function extensionOf(mimeType: string): string {
	const extension = libmime().detectExtension(mimeType);
	return /^[a-z0-9]{1,10}$/i.test(extension) ? extension : 'bin';
}
