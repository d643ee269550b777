import { shorten } from '../../sync/mime/bodyText';
import { withoutInvisibleButJoiners } from '../../sync/mime/invisibleCharacters';
import type { MailAddress } from '../../sync/mime/mailAddress';

/** Texts for people, made of what the item says elsewhere for machines: they can be pasted into a field of a CRM as they are. */

/** Mailboxes that one text names; of a mailing to thousands the rest is a number. */
const MOST_MAILBOXES = 100;

/** Characters of a snippet. */
const SNIPPET_LENGTH = 200;

/**
 * Characters of a text that are looked at for the snippet: mailings begin with hundreds of characters that nobody sees. Of most the
 * beginning is enough, and costs a tenth.
 */
const LOOKED_AT = [1_024, 8_192];

/** What of the beginning of a text another end of it may change. */
const UNSURE = 8;

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

/** The first words of a text, in one line. */
export function snippetOf(text: string): string {
	let words = '';
	for (const length of LOOKED_AT) {
		words = withoutInvisibleButJoiners(shorten(text, length)).replace(/\s+/g, ' ').trim();
		if (text.length <= length || words.length > SNIPPET_LENGTH + UNSURE) break;
	}
	return words.length <= SNIPPET_LENGTH ? words : `${shorten(words, SNIPPET_LENGTH - 1).trimEnd()}…`;
}
