import type { OptionalCapability } from '../server/serverFaults';

/** A kind of server that is known not to do as it says, and what we do without because of it. */
export interface Quirk {
	server: string;
	/** Host name of the credential. */
	host?: RegExp;
	/** Name and vendor that the server gives of itself (ID, RFC 2971). */
	id?: RegExp;
	without?: readonly OptionalCapability[];
	/** The server shows only so many of the newest messages of a folder. */
	window?: number;
	/** It announces sizes that it did not count. */
	estimatesSizes?: boolean;
	/** What was seen, and where it is written down. */
	reason: string;
	/** When this row was last checked against its source. */
	date: string;
}

/**
 * Only what changes a decision. What costs nothing to do for every server is done for every server and has no row: IMAP4rev2 is
 * never enabled (Strato, Exchange Online: clientOptions), a set of UIDs always has both ends (Cyrus up to 3.8.2: changedSince), a
 * FETCH without a row is asked again (Exchange: retryMissing), folders are listed without a reference (Zoho: listing), UIDNEXT is
 * looked for where it is not reported (163.com: openFolder). UTF8=ACCEPT changes how names travel (RFC 6855 section 3), which
 * imapflow knows; a test holds it. What no row covers is caught at run time: see server/serverFaults.ts.
 */
export const quirks: readonly Quirk[] = [
	{
		server: 'iCloud',
		host: /(^|\.)mail\.me\.com$/,
		without: ['qresync', 'esearch'],
		reason: 'VANISHED with "*" and no ENABLED (Mailspring PR 91); ESEARCH with a count and no set (nextcloud/mail PR 9454)',
		date: '2026-11-22',
	},
	{
		server: 'SmarterMail',
		id: /smartermail/i,
		without: ['condstore'],
		reason: 'offers CONDSTORE and ignores CHANGEDSINCE (closeio/sync-engine PR 504)',
		date: '2026-11-22',
	},
	{
		server: 'Strato',
		host: /(^|\.)strato\.(de|com)$/,
		id: /rzimapd/i,
		without: ['esearch'],
		reason: 'ESEARCH without a set looks like an empty folder (email-mcp issues 71 and 91)',
		date: '2026-11-22',
	},
	{
		server: 'Yahoo and AOL',
		// The export host shows everything.
		host: /^(?!export\.)(.*\.)?(yahoo\.com|aol\.com|att\.net)$/,
		window: 10_000,
		reason:
			'shows the newest 10,000 messages of a folder or so; older ones are there and not seen (Yahoo developer page; bichon issue 271)',
		date: '2026-11-22',
	},
	{
		server: 'Exchange',
		host: /(^|\.)(outlook|office365)\.com$/,
		id: /microsoft\.exchange/i,
		estimatesSizes: true,
		reason: 'RFC822.SIZE is an estimate unless the administrator sets EnableExactRFC822Size (Set-ImapSettings)',
		date: '2026-11-27',
	},
];

/** What is known of a server before or after it said who it is. `id` is the answer to ID. */
export function quirksOf(
	host: string,
	id?: { name?: unknown; vendor?: unknown } | null,
): { without: OptionalCapability[] } & Pick<Quirk, 'window' | 'estimatesSizes'> {
	const name = host.toLowerCase().replace(/\.$/, '');
	const self = [id?.name, id?.vendor].filter((part) => typeof part === 'string').join(' ');
	const rows = quirks.filter((quirk) => quirk.host?.test(name) || (self !== '' && quirk.id?.test(self)));
	const window = rows.find((row) => row.window !== undefined)?.window;
	return {
		without: [...new Set(rows.flatMap((row) => row.without ?? []))],
		...(window === undefined ? {} : { window }),
		...(rows.some((row) => row.estimatesSizes) ? { estimatesSizes: true } : {}),
	};
}
