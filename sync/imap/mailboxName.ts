/**
 * A folder's name as a quoted string on the wire: in modified UTF-7 (RFC 3501 section 5.1.3), or as it is where UTF8=ACCEPT is
 * on (RFC 6855 section 3). Undefined for one that cannot be quoted.
 */
export function quotedMailbox(path: string, utf8: boolean): string | undefined {
	if (/[\r\n\0]/.test(path)) return undefined;
	const name = utf8 ? path : toModifiedUtf7(path);
	return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** The name as IMAP without UTF-8 writes it: "Entwürfe" is "Entw&APw-rfe", "&" is "&-". */
export function toModifiedUtf7(path: string): string {
	return path.replace(/&|[^\x20-\x7e]+/g, (run) => {
		if (run === '&') return '&-';
		const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
		return `&${base64.replace(/=+$/, '').replace(/\//g, ',')}-`;
	});
}
