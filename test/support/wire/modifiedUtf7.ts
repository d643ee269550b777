/**
 * Folder names on the wire: modified UTF-7 (RFC 3501, section 5.1.3). Written here once more on purpose, so that a mistake in the
 * client under test does not hide behind the same mistake in the tests.
 */

const printable = /[\x20-\x7e]/;

/** The name as IMAP sends it: `Entwürfe` becomes `Entw&APw-rfe`, `&` becomes `&-`. */
export function encodeFolderName(name: string): string {
	let encoded = '';
	let run = '';
	const endRun = (): void => {
		if (run === '') return;
		const utf16 = Buffer.from(run, 'utf16le').swap16();
		encoded += `&${utf16.toString('base64').replace(/=+$/, '').replace(/\//g, ',')}-`;
		run = '';
	};
	for (const unit of name.split('')) {
		if (!printable.test(unit)) {
			run += unit;
			continue;
		}
		endRun();
		encoded += unit === '&' ? '&-' : unit;
	}
	endRun();
	return encoded;
}

/** The inverse of {@link encodeFolderName}. */
export function decodeFolderName(encoded: string): string {
	return encoded.replace(/&([^-]*)-/g, (_whole, run: string) => {
		if (run === '') return '&';
		const bytes = Buffer.from(run.replace(/,/g, '/'), 'base64');
		return bytes
			.subarray(0, bytes.length - (bytes.length % 2))
			.swap16()
			.toString('utf16le');
	});
}
