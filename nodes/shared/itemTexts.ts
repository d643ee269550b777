import type { MailAddress } from '../../sync/mime/mailAddress';

/** Texts for people, made of what the item says elsewhere for machines: they can be pasted into a field of a CRM as they are. */

/** Mailboxes that one text names; of a mailing to thousands the rest is a number. */
const MOST_MAILBOXES = 100;

/** Mailboxes as a mail program shows them: `Ann Lee <ann@example.com>, bob@example.com`. An address field takes it as it is. */
export function mailboxText(mailboxes: readonly MailAddress[]): string {
	const texts = mailboxes.slice(0, MOST_MAILBOXES).map(({ name, address }) => {
		if (name === '' || name === address) return address;
		// RFC 5322 section 3.2.3: anything else would make the name something that it is not.
		const word = /[()<>[\]:;@\\,."]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name;
		return address === '' ? word : `${word} <${address}>`;
	});
	const more = mailboxes.length - texts.length;
	return texts.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
