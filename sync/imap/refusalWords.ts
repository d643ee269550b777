/**
 * What a refusal without a response code of RFC 5530 says in words, as that code; empty where it says none of these. The servers are
 * Cyrus 3.6 ("Over quota", "Permission denied", "Mailbox does not exist") and Courier 5.0 ("You exceeded your mail quota.", "Access denied for
 * COPY on ...", "Mailbox does not exist, or must be subscribed to."), in November 2026.
 */
export function codeInWords(text: string): 'OVERQUOTA' | 'NOPERM' | 'NONEXISTENT' | '' {
	if (/^(\[ALERT\] )?(over quota|you exceeded your mail quota)\b/i.test(text)) return 'OVERQUOTA';
	if (/^(permission|access) denied\b/i.test(text)) return 'NOPERM';
	return /^(subscribe: )?mailbox does not exist\b/i.test(text) ? 'NONEXISTENT' : '';
}
