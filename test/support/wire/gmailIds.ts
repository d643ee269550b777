import type { LineHook, ProxiedConnection } from './countingProxy';

/** What Gmail knows of a message besides IMAP. */
export interface GmailMessage {
	/** X-GM-MSGID, the same in every folder */
	messageId: string;
	/** X-GM-THRID */
	threadId: string;
}

/** The capability by which Gmail's own extensions are known. */
const CAPABILITY = 'X-GM-EXT-1';

/**
 * Makes the server behind a proxy answer as Gmail does where ids are concerned (developers.google.com/gmail/imap/imap-extensions): in FETCH it
 * is asked for X-GM-MSGID, X-GM-THRID and X-GM-LABELS, in SEARCH for X-GM-THRID. `messages`: folder -> UID -> ids.
 */
export function gmailIds(messages: Record<string, Record<number, GmailMessage>>): {
	onServerLine: LineHook;
	onClientLine: LineHook;
} {
	const folders = new WeakMap<ProxiedConnection, string>();
	const asked = new Map<string, string[]>();
	const idsIn = (connection: ProxiedConnection): Record<number, GmailMessage> => messages[folders.get(connection) ?? ''] ?? {};
	return {
		onClientLine: (line, { connection, continued, command }) => {
			if (continued || !command) return undefined;
			const opened = /^\S+ (?:EXAMINE|SELECT) (?:"([^"]*)"|(\S+))/.exec(line);
			if (opened) folders.set(connection, opened[1] ?? opened[2]);
			if (command.name === 'UID FETCH') {
				asked.set(command.tag, line.match(/X-GM-(MSGID|THRID|LABELS)/g) ?? []);
				return line.replace(/ X-GM-(MSGID|THRID|LABELS)/g, '');
			}
			if (command.name !== 'UID SEARCH') return undefined;
			return line.replace(/X-GM-THRID (\S+?)(?=[ )]|$)/g, (key, threadId: string) => {
				// Gmail takes a number, and nothing else.
				if (!/^\d+$/.test(threadId)) return key;
				const uids = Object.entries(idsIn(connection)).flatMap(([uid, ids]) => (ids.threadId === threadId ? [uid] : []));
				return `UID ${uids.length > 0 ? uids.join(',') : '4294967295'}`;
			});
		},
		onServerLine: (line, { connection, continued, command }) => {
			if (continued) return undefined;
			const offered = line.replace(/^(\* CAPABILITY|.*\[CAPABILITY)\b/, `$1 ${CAPABILITY}`);
			const row = /^(\* \d+ FETCH \(UID (\d+))(.*)$/.exec(offered);
			const ids = row && idsIn(connection)[Number(row[2])];
			if (!row || !ids) return offered;
			const values: Record<string, string> = { 'X-GM-MSGID': ids.messageId, 'X-GM-THRID': ids.threadId, 'X-GM-LABELS': '()' };
			return row[1] + (asked.get(command?.tag ?? '') ?? []).map((name) => ` ${name} ${values[name]}`).join('') + row[3];
		},
	};
}
