/**
 * A folder's name as a quoted string on the wire: in modified UTF-7 (RFC 3501 section 5.1.3), or as it is where UTF8=ACCEPT is
 * on (RFC 6855 section 3), or as the server listed it. Undefined for one that cannot be quoted.
 */
export function quotedMailbox(path: string, utf8: boolean, names?: ListedNames): string | undefined {
	if (/[\r\n\0]/.test(path)) return undefined;
	const written = utf8 ? path : toModifiedUtf7(path);
	const name = names?.onWire(written) ?? written;
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

/** What modified UTF-7 says; a name that is none stays as it is. */
export const fromModifiedUtf7 = (name: string): string =>
	wellFormed.test(name)
		? name.replace(/&([A-Za-z0-9+,]*)-/g, (_run, base64: string) =>
				base64 === ''
					? '&'
					: Buffer.from(base64.replace(/,/g, '/'), 'base64')
							.subarray(0, Math.floor((base64.length * 3) / 8) * 2)
							.swap16()
							.toString('utf16le'),
			)
		: name;

/** Modified UTF-7 as it has to be: every "&" begins base64 that ends with "-". */
const wellFormed = /^(?:[^&]|&[A-Za-z0-9+,]*-)*$/;

/**
 * The names of folders that a server lists and that are not what we would write for them: "R&D", letters beyond ASCII as they are,
 * base64 written in another way (Yandex and others). A name goes back to the server as it listed it.
 */
export class ListedNames {
	/** As we would write it -> as listed. */
	private readonly asListed = new Map<string, string>();

	/**
	 * Notes how a folder was listed. Returns the path by which it is known: the name as it is read, or as it was listed where it cannot
	 * be read, or where another folder is read the same.
	 */
	note(path: string, listed: string): string {
		if (path.toUpperCase() === 'INBOX' || (path !== '' && listed.endsWith(toModifiedUtf7(path)))) return path;
		const isFree = [undefined, listed].includes(this.asListed.get(toModifiedUtf7(path)));
		const known = wellFormed.test(listed) && isFree ? path : listed;
		this.asListed.set(toModifiedUtf7(known), listed);
		return known;
	}

	/** How the server listed the folder of which we would write this name; undefined where it is the same. */
	onWire(name: string): string | undefined {
		return this.asListed.get(name);
	}

	/** Whether the server may list this folder in another way than we would write it. */
	static mayDiffer(path: string): boolean {
		return /[&\u0080-\uffff]/.test(path);
	}
}
