import type { LineContext, LineHook, ProxiedConnection } from '../wire/countingProxy';

/** A server by what it offers. */
export type ServerKind = 'QRESYNC' | 'CONDSTORE' | 'neither';

/** What the proxy takes away to make such a server. */
export const masks: Record<ServerKind, string[]> = {
	QRESYNC: [],
	CONDSTORE: ['QRESYNC'],
	neither: ['QRESYNC', 'CONDSTORE', 'ESEARCH', 'LIST-STATUS'],
};

/** What becomes of the truth while the lie is told. No lie may make a false event; afterwards all that it hid is told. */
type Outcome =
	/** The copy is right, though the server goes on lying. */
	| 'seen through'
	/** The folder is left as it was and a problem says so. */
	| 'refused'
	/** Nothing in the answers contradicts the lie; the next audit puts right what it did, though the server goes on lying. */
	| 'healed'
	/** Nothing in the answers contradicts the lie: what it hides comes when it ends. */
	| 'unnoticed';

export interface Lie {
	name: string;
	/** Who was seen to do it, or the rule that it breaks. */
	seen: string;
	kinds: ServerKind[];
	outcome: Outcome;
	/** What the server offers no longer. */
	mask?: string[];
	/** Two facts agree on a deletion that is none; until the audit the copy lacks the message. */
	tellsFalseDeletions?: boolean;
	/** The lie as hooks for the proxy, with nothing told yet. */
	tell(): { onServerLine?: LineHook; onClientLine?: LineHook };
}

const everywhere: ServerKind[] = ['QRESYNC', 'CONDSTORE', 'neither'];
const withModseq: ServerKind[] = ['QRESYNC', 'CONDSTORE'];

const serverSays =
	(change: LineHook): Lie['tell'] =>
	() => ({ onServerLine: (line, context) => (context.continued ? undefined : change(line, context)) });
const clientAsks =
	(change: (line: string) => string): Lie['tell'] =>
	() => ({ onClientLine: (line, { continued }) => (continued ? undefined : change(line)) });

const isRow = (line: string): boolean => /^\* \d+ FETCH \(/.test(line);
/** Rows of a FETCH, as against those that come with an EXAMINE. */
const isFetched = (line: string, { command }: LineContext): boolean => isRow(line) && command?.name === 'UID FETCH';
const isAnswer = (line: string, { command }: LineContext, name: string): boolean =>
	command?.name === name && line.startsWith(`${command.tag} OK`);
const uidOf = (line: string): number => Number(/\bUID (\d+)/.exec(line)?.[1]);

/** Changes a number that EXAMINE tells (`* OK [NAME n]`) and STATUS tells (`NAME n`). */
const number = (name: string, change: (value: bigint) => bigint): Lie['tell'] =>
	serverSays((line) =>
		/^\* (OK \[|STATUS )/.test(line)
			? line.replace(new RegExp(`\\b${name} (\\d+)`), (_, value: string) => `${name} ${change(BigInt(value))}`)
			: undefined,
	);

/** Leaves it out. */
const withoutNumber = (name: string): Lie['tell'] =>
	serverSays((line) => {
		if (line.startsWith(`* OK [${name} `)) return null;
		return line.startsWith('* STATUS ') ? line.replace(new RegExp(` ?\\b${name} \\d+`), '').replace('( ', '(') : undefined;
	});

/** Holds the rows of a FETCH back and says them at its end, changed; rows with literals pass. */
const rowsAtEnd =
	(change: (rows: string[]) => string[]): Lie['tell'] =>
	() => {
		const held = new Map<ProxiedConnection, string[]>();
		return {
			onServerLine: (line, context) => {
				if (context.continued) return undefined;
				if (isFetched(line, context) && !line.endsWith('}')) {
					held.set(context.connection, [...(held.get(context.connection) ?? []), line]);
					return null;
				}
				const rows = held.get(context.connection);
				if (!rows || !isAnswer(line, context, 'UID FETCH')) return undefined;
				held.delete(context.connection);
				return [...change(rows), line];
			},
		};
	};

/** Of two of the old messages and of every new one; each kind of question misses it once. */
const rowMissingOnce: Lie['tell'] = () => {
	const missed = new Set<string>();
	return {
		onServerLine: (line, context) => {
			if (context.continued || !isFetched(line, context)) return undefined;
			const key = `${uidOf(line)} ${line.includes('RFC822.SIZE')} ${line.endsWith('}')}`;
			if (uidOf(line) % 5 > 1 || missed.has(key)) return undefined;
			missed.add(key);
			return null;
		},
	};
};

const searchResult = (change: (uids: string[]) => string | string[]): Lie['tell'] =>
	serverSays((line) => (line.startsWith('* SEARCH ') ? change(line.split(' ').slice(2).filter(Boolean)) : undefined));

/** Each quirk that real servers were seen with, one at a time, as a switch of the proxy. */
export const faults: Lie[] = [
	{
		name: 'QRESYNC is no longer offered',
		seen: 'a mailbox that moved house',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		mask: ['QRESYNC'],
		tell: () => ({}),
	},
	{
		name: 'neither QRESYNC nor CONDSTORE is offered any longer',
		seen: 'a mailbox that moved house',
		kinds: withModseq,
		outcome: 'seen through',
		mask: ['QRESYNC', 'CONDSTORE'],
		tell: () => ({}),
	},
	{
		name: 'ESEARCH and LIST-STATUS are no longer offered',
		seen: 'a mailbox that moved house',
		kinds: withModseq,
		outcome: 'seen through',
		mask: ['ESEARCH', 'LIST-STATUS'],
		tell: () => ({}),
	},
	{
		name: 'ENABLE is never confirmed',
		seen: 'iCloud (Mailspring PR 91)',
		kinds: withModseq,
		outcome: 'seen through',
		tell: serverSays((line) => (line.startsWith('* ENABLED') ? null : undefined)),
	},

	{
		name: 'VANISHED has a star',
		seen: 'iCloud (Mailspring PR 91)',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		tell: serverSays((line) => line.replace(/^(\* VANISHED \(EARLIER\)) .*/, '$1 2:*')),
	},
	{
		name: 'VANISHED names living messages',
		seen: 'Cyrus (nextcloud/mail issue 11908)',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		tell: serverSays((line) => line.replace(/^(\* VANISHED \(EARLIER\)) .*/, '$1 1:4294967295')),
	},
	{
		name: 'VANISHED is left out',
		seen: 'Cyrus (issue 6071)',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		tell: serverSays((line) => (line.startsWith('* VANISHED (EARLIER)') ? null : undefined)),
	},
	{
		name: 'VANISHED names only the first of them',
		seen: 'Cyrus (issue 6071)',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		tell: serverSays((line) => line.replace(/^(\* VANISHED \(EARLIER\) \d+)[,:].*/, '$1')),
	},
	{
		name: 'VANISHED names a living message for one that is gone',
		seen: 'Cyrus (nextcloud/mail issue 11908), with a count that happens to agree',
		kinds: ['QRESYNC'],
		outcome: 'healed',
		tellsFalseDeletions: true,
		tell: serverSays((line) => line.replace(/^(\* VANISHED \(EARLIER\) )\d+(?=,|$)/, '$12')),
	},
	{
		name: 'the QRESYNC question is ignored',
		seen: 'SmarterMail, of CONDSTORE (closeio/sync-engine PR 504)',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		tell: clientAsks((line) => line.replace(/ \(QRESYNC \(.*\)\)$/, '')),
	},
	{
		name: 'the QRESYNC question is refused with BAD',
		seen: 'a Cyrus murder (issue 4787)',
		kinds: ['QRESYNC'],
		outcome: 'seen through',
		tell: clientAsks((line) => line.replace(/\(QRESYNC \(.*\)\)$/, '(NONSENSE)')),
	},
	{
		name: 'CHANGEDSINCE is ignored',
		seen: 'SmarterMail (closeio/sync-engine PR 504)',
		kinds: withModseq,
		outcome: 'seen through',
		tell: clientAsks((line) => line.replace(/ \((QRESYNC|CHANGEDSINCE) .*\)$/, '')),
	},
	{
		name: 'rows have no MODSEQ',
		seen: 'SmarterMail (closeio/sync-engine PR 504)',
		kinds: withModseq,
		outcome: 'seen through',
		tell: serverSays((line) => (isRow(line) ? line.replace(/ ?\bMODSEQ \(\d+\)/, '') : undefined)),
	},

	{
		name: 'HIGHESTMODSEQ is 0',
		seen: 'Purelymail (issue 446)',
		kinds: withModseq,
		outcome: 'seen through',
		tell: number('HIGHESTMODSEQ', () => 0n),
	},
	{
		name: 'HIGHESTMODSEQ is left out',
		seen: 'nextcloud/mail PR 12788',
		kinds: withModseq,
		outcome: 'seen through',
		tell: withoutNumber('HIGHESTMODSEQ'),
	},
	{
		name: 'NOMODSEQ',
		seen: 'RFC 7162 section 3.1.2.2',
		kinds: withModseq,
		outcome: 'seen through',
		tell: serverSays((line) => (line.startsWith('* OK [HIGHESTMODSEQ') ? '* OK [NOMODSEQ] none' : undefined)),
	},
	{
		name: 'HIGHESTMODSEQ went back',
		seen: 'a restored backup',
		kinds: withModseq,
		outcome: 'seen through',
		tell: number('HIGHESTMODSEQ', (value) => (value > 2n ? value - 2n : 1n)),
	},
	{
		name: 'HIGHESTMODSEQ is 2^63-1',
		seen: 'RFC 7162 section 7: the largest there may be',
		kinds: withModseq,
		outcome: 'unnoticed',
		tell: number('HIGHESTMODSEQ', () => 2n ** 63n - 1n),
	},

	{
		name: 'rows come in reverse order',
		seen: 'allowed',
		kinds: everywhere,
		outcome: 'seen through',
		tell: rowsAtEnd((rows) => [...rows].reverse()),
	},
	{
		name: 'rows come twice',
		seen: 'allowed',
		kinds: everywhere,
		outcome: 'seen through',
		tell: rowsAtEnd((rows) => rows.flatMap((row) => [row, row])),
	},
	{
		name: 'a row is missing the first time that its message is asked for',
		seen: 'Exchange (MailKit issues 908 and 1615)',
		kinds: ['QRESYNC', 'neither'],
		outcome: 'seen through',
		tell: rowMissingOnce,
	},
	{
		name: 'a row is missing the first time that its message is asked for, also of what changed',
		seen: 'Exchange (MailKit issues 908 and 1615)',
		kinds: ['CONDSTORE'],
		outcome: 'healed',
		tell: rowMissingOnce,
	},
	{
		name: 'changes of some messages are never told',
		seen: 'Gmail, whose mod-sequence moves before the change shows (Nylas crispin.py)',
		kinds: withModseq,
		outcome: 'healed',
		tell: serverSays((line, { command }) =>
			isRow(line) && /CHANGEDSINCE|QRESYNC/.test(command?.line ?? '') && uidOf(line) % 5 <= 1 && !line.includes('RFC822.SIZE')
				? null
				: undefined,
		),
	},
	{
		name: 'flags are not told of every third message',
		seen: 'Exchange (offlineimap issue 62): OK, and no row',
		kinds: ['neither'],
		outcome: 'unnoticed',
		tell: serverSays((line, context) =>
			isFetched(line, context) && !line.includes('RFC822.SIZE') && uidOf(line) % 3 === 0 ? null : undefined,
		),
	},
	{
		name: 'rows that nobody asked for come in the middle, without UID',
		seen: 'RFC 3501 section 7.4.2: allowed',
		kinds: everywhere,
		outcome: 'seen through',
		tell: serverSays((line, context) =>
			isFetched(line, context) && !line.endsWith('}') ? [line, '* 1 FETCH (FLAGS (\\Draft $Wrong))'] : undefined,
		),
	},
	{
		name: 'rows of before come again in the middle',
		seen: 'RFC 3501 section 7.4.2: allowed',
		kinds: everywhere,
		outcome: 'seen through',
		tell: () => {
			const before = new Map<ProxiedConnection, string>();
			return {
				onServerLine: (line, context) => {
					if (context.continued) return undefined;
					if (/^\* OK \[(CLOSED|UIDVALIDITY)/.test(line)) before.delete(context.connection);
					if (!isFetched(line, context) || line.endsWith('}')) return undefined;
					const flags = /^(\* \d+ FETCH \()(UID \d+ FLAGS \([^)]*\))/.exec(line);
					const again = before.get(context.connection);
					if (flags) before.set(context.connection, `${flags[1]}${flags[2]})`);
					return again ? [again, line] : undefined;
				},
			};
		},
	},
	{
		name: 'rows have no UID',
		seen: 'RFC 3501 section 6.4.8 broken',
		kinds: everywhere,
		outcome: 'refused',
		tell: serverSays((line, context) => (isFetched(line, context) ? line.replace(/\bUID \d+ ?/, '') : undefined)),
	},

	{
		name: 'EXISTS is one too many',
		seen: 'a count from a cache',
		kinds: everywhere,
		outcome: 'refused',
		tell: serverSays((line, { command }) =>
			command?.name === 'EXAMINE'
				? line.replace(/^\* (\d+) EXISTS/, (_, count: string) => `* ${Number(count) + 1} EXISTS`)
				: undefined,
		),
	},
	{
		name: 'EXISTS is one too few',
		seen: 'a count from a cache',
		kinds: everywhere,
		outcome: 'refused',
		tell: serverSays((line, { command }) =>
			command?.name === 'EXAMINE'
				? line.replace(/^\* (\d+) EXISTS/, (_, count: string) => `* ${Number(count) - 1} EXISTS`)
				: undefined,
		),
	},
	{
		name: 'EXISTS is told several times, the last one right',
		seen: 'Zimbra (offlineimap)',
		kinds: everywhere,
		outcome: 'seen through',
		tell: serverSays((line) => (/^\* \d+ EXISTS/.test(line) ? ['* 0 EXISTS', '* 7 EXISTS', line] : undefined)),
	},
	{
		name: 'EXISTS is told again in the middle of an answer',
		seen: 'RFC 3501 section 7.3.1: allowed',
		kinds: everywhere,
		outcome: 'seen through',
		tell: () => {
			const counts = new Map<ProxiedConnection, string>();
			return {
				onServerLine: (line, context) => {
					if (context.continued) return undefined;
					if (/^\* \d+ EXISTS/.test(line)) counts.set(context.connection, line);
					const again = counts.get(context.connection);
					return again && isFetched(line, context) && !line.endsWith('}') ? [line, again] : undefined;
				},
			};
		},
	},
	{
		name: 'EXISTS in the middle of an answer is far too high',
		seen: 'a count of another folder',
		kinds: everywhere,
		outcome: 'refused',
		tell: serverSays((line, context) => (isFetched(line, context) && !line.endsWith('}') ? [line, '* 400 EXISTS'] : undefined)),
	},

	{
		name: 'UIDNEXT is left out',
		seen: '163.com (deltachat)',
		kinds: everywhere,
		outcome: 'seen through',
		tell: withoutNumber('UIDNEXT'),
	},
	{
		name: 'UIDNEXT is too low',
		seen: 'deltachat: UIDNEXT may go down',
		kinds: everywhere,
		outcome: 'refused',
		tell: number('UIDNEXT', (value) => (value > 4n ? value - 3n : 1n)),
	},

	{
		name: 'LIST tells no status of a folder',
		seen: 'RFC 5819 section 2: allowed',
		kinds: withModseq,
		outcome: 'seen through',
		tell: serverSays((line) => (/^\* STATUS "?Work\b/.test(line) ? null : undefined)),
	},
	{
		name: 'LIST leaves a folder out',
		seen: 'Zoho (aerc)',
		kinds: withModseq,
		outcome: 'refused',
		tell: serverSays((line) => (/^\* (STATUS "?Work\b|LIST .* "?Work"?$)/.test(line) ? null : undefined)),
	},
	{
		name: 'the status of folders stands still',
		seen: 'Exchange Online (aerc checkmail.go)',
		kinds: withModseq,
		outcome: 'unnoticed',
		tell: () => {
			const first = new Map<string, string>();
			return {
				onServerLine: (line) => {
					const folder = /^\* STATUS (\S+) /.exec(line)?.[1];
					if (folder === undefined) return undefined;
					first.set(folder, first.get(folder) ?? line);
					return first.get(folder);
				},
			};
		},
	},

	{
		name: 'SEARCH answers in descending order',
		seen: 'allowed',
		kinds: everywhere,
		outcome: 'seen through',
		mask: ['ESEARCH'],
		tell: searchResult((uids) => `* SEARCH ${uids.reverse().join(' ')}`),
	},
	{
		name: 'SEARCH answers in several lines',
		seen: 'allowed',
		kinds: everywhere,
		outcome: 'seen through',
		mask: ['ESEARCH'],
		tell: searchResult((uids) => uids.map((uid) => `* SEARCH ${uid}`)),
	},
	{
		name: 'SEARCH leaves a message out',
		seen: 'an index that is behind',
		kinds: everywhere,
		outcome: 'refused',
		mask: ['ESEARCH'],
		tell: searchResult((uids) => `* SEARCH ${uids.slice(1).join(' ')}`),
	},
	{
		name: 'SEARCH is refused',
		seen: 'imapflow issues 443 and 444: reads as "nothing found"',
		kinds: everywhere,
		outcome: 'refused',
		tell: serverSays((line, context) =>
			isAnswer(line, context, 'UID SEARCH') ? `${context.command?.tag} NO [SERVERBUG] no search today` : undefined,
		),
	},
	{
		name: 'ESEARCH tells no ALL',
		seen: 'iCloud (nextcloud/mail PR 9454), Strato (email-mcp issue 71)',
		kinds: withModseq,
		outcome: 'seen through',
		tell: serverSays((line) => (line.startsWith('* ESEARCH') ? line.replace(/ ALL \S+/, '') : undefined)),
	},
	{
		name: 'ESEARCH tells nothing',
		seen: 'iCloud, Strato',
		kinds: withModseq,
		outcome: 'seen through',
		tell: serverSays((line) => (line.startsWith('* ESEARCH') ? line.replace(/ (ALL|COUNT) \S+/g, '') : undefined)),
	},
];
