import { createHash } from 'node:crypto';
import type { MailHost } from './mailHost';
import { encodeFolderName } from './wire/modifiedUtf7';
import { quote } from './wire/rawImap';

/** A message as the second client sees it. */
export interface Content {
	uid: number;
	/** Sorted, without `\Recent`. */
	flags: string[];
	/** In seconds since 1970. */
	internalDate: number;
	size: number;
	/** Of the bytes of the message. */
	sha256: string;
}

/** All messages of a folder with a digest of their bytes, read by the raw client, which shares nothing with the one under test. */
export async function contentsOf(host: Pick<MailHost, 'login'>, user: string, folder: string): Promise<Content[]> {
	const client = await host.login(user);
	try {
		const opened = await client.ok(`EXAMINE ${quote(encodeFolderName(folder))}`);
		if (opened.untagged.includes('* 0 EXISTS')) return [];
		const { untagged } = await client.ok('UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])');
		return untagged.flatMap(readRow).sort((a, b) => a.uid - b.uid);
	} finally {
		await client.logout();
	}
}

function readRow(row: string): Content[] {
	if (!/^\* \d+ FETCH \(/.test(row)) return [];
	const literal = /BODY\[\] \{(\d+)\}\r\n/.exec(row);
	const start = literal ? literal.index + literal[0].length : 0;
	const body = literal
		? row.slice(start, start + Number(literal[1]))
		: (/BODY\[\] "((?:[^"\\]|\\.)*)"/s.exec(row)?.[1] ?? '').replace(/\\(.)/g, '$1');
	const rest = literal ? row.slice(0, literal.index) + row.slice(start + body.length) : row;
	const value = (pattern: RegExp): string => {
		const found = pattern.exec(rest)?.[1];
		if (found === undefined) throw new Error(`${String(pattern)} is not in ${rest.slice(0, 200)}`);
		return found;
	};
	return [
		{
			uid: Number(value(/\bUID (\d+)/)),
			flags: value(/\bFLAGS \(([^)]*)\)/)
				.split(' ')
				.filter((flag) => flag !== '' && flag !== '\\Recent')
				.sort(),
			internalDate: Date.parse(value(/\bINTERNALDATE "([^"]+)"/).trim()) / 1000,
			size: Number(value(/\bRFC822\.SIZE (\d+)/)),
			sha256: createHash('sha256').update(Buffer.from(body, 'latin1')).digest('hex'),
		},
	];
}
