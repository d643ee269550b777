import type { Direction } from './correspondenceFields';
import type { MessageFields } from './fields';
import { isOurs, type OwnAddresses } from './ownAddresses';

/** A sender of our own whose message the receiving server found forged is none of ours. */
export function directionOf(fields: MessageFields, own: OwnAddresses): Direction {
	const { from, to = [], cc = [], bcc = [], authentication } = fields;
	if (!from || authentication?.dmarc === 'fail' || !isOurs(from, own)) return 'in';
	const recipients = [...to, ...cc, ...bcc];
	return recipients.length > 0 && recipients.every((mailbox) => isOurs(mailbox, own)) ? 'internal' : 'out';
}
