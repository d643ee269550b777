import type { MessageFields } from './fields';
import { isOurs, type OwnAddresses } from './ownAddresses';

/** Where a message goes, as seen from the account: from others to us, from us to others, or among ourselves. */
export type Direction = 'in' | 'out' | 'internal';

/** A sender of our own whose message the receiving server found forged is none of ours. */
export function directionOf(fields: MessageFields, own: OwnAddresses): Direction {
	const { from, to = [], cc = [], bcc = [], authentication } = fields;
	if (!from || authentication?.dmarc === 'fail' || !isOurs(from, own)) return 'in';
	const recipients = [...to, ...cc, ...bcc];
	return recipients.length > 0 && recipients.every((mailbox) => isOurs(mailbox, own)) ? 'internal' : 'out';
}
