/**
 * Keywords that servers and delivery agents set by themselves (RFC 9979 section 3). Those of that RFC that people set are not
 * among them: $muted, $followed, $memo, $hasmemo, $unsubscribed, $new and the colours of $MailFlagBit0 to 2.
 */
const machineKeywords: ReadonlySet<string> = new Set([
	'$hasattachment',
	'$hasnoattachment',
	'$autosent',
	'$canunsubscribe',
	'$imported',
	'$istrusted',
	'$maskedemail',
	'$notify',
]);

/** Whether a machine sets this keyword. Keywords are case-insensitive (RFC 5788 section 2). */
export const isMachineKeyword = (flag: string): boolean => machineKeywords.has(flag.toLowerCase());

/** The keywords by which a server says that it looked for attachments: Dovecot 2.4 sets one of them by itself. */
export const attachmentKeywords = { yes: '$HasAttachment', no: '$HasNoAttachment' } as const;

/** Whether a message has an attachment, as far as its keywords say; undefined where they do not, or contradict each other. */
export function attachmentSaidBy(flags: readonly string[]): boolean | undefined {
	const carried = new Set(flags.map((flag) => flag.toLowerCase()));
	const yes = carried.has(attachmentKeywords.yes.toLowerCase());
	const no = carried.has(attachmentKeywords.no.toLowerCase());
	return yes === no ? undefined : yes;
}
