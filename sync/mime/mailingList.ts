import { decodeWords, firstValue, type HeaderBlock } from './headerBlock';

/** The mailing list or the newsletter that a message came through (RFC 2369, RFC 2919, RFC 8058). */
export interface MailingList {
	/** e.g. "announce.example.org"; absent where a sender of bulk mail gives none */
	id?: string;
	name?: string;
	/** Where posts go; absent for a newsletter, which takes none. */
	post?: string;
	/** Where to leave: a link of the web where there is one, else a mail address as a `mailto:` link. */
	unsubscribe?: string;
	/** RFC 8058: a POST to `unsubscribe` is enough, without a page to look at. */
	oneClick: boolean;
}

/** characters of a field that are looked at */
const longestField = 4000;

/** Reads the list fields; undefined for mail that came through no list. */
export function readMailingList(header: HeaderBlock): MailingList | undefined {
	const value = (name: string): string | undefined => {
		const found = firstValue(header, name)?.slice(0, longestField).trim();
		return found === '' ? undefined : found;
	};
	const [name, id] = readListId(value('list-id') ?? '');
	const oldId = addressIn(value('x-beenthere') ?? value('mailing-list') ?? value('x-mailing-list') ?? '');
	const post = linksIn(value('list-post') ?? '').find((link) => link.startsWith('mailto:'));
	const ways = linksIn(value('list-unsubscribe') ?? '');
	const unsubscribe = ways.find((link) => /^https?:/i.test(link)) ?? ways[0];
	const isList = id !== undefined || post !== undefined || unsubscribe !== undefined || value('x-beenthere') !== undefined;
	if (!isList && oldId === undefined) return undefined;
	return {
		...((id ?? oldId) !== undefined && { id: id ?? oldId }),
		...(name !== undefined && { name }),
		...(post !== undefined && { post: post.slice('mailto:'.length).split('?')[0] }),
		...(unsubscribe !== undefined && { unsubscribe }),
		oneClick: /one-click/i.test(value('list-unsubscribe-post') ?? '') && /^https?:/i.test(unsubscribe ?? ''),
	};
}

/** "Announcements <announce.example.org>", or the id alone. */
function readListId(value: string): [name: string | undefined, id: string | undefined] {
	const found = /^([^<>]*)<\s*([^<>\s]+)\s*>/.exec(value);
	if (!found) return [undefined, /^[\w.+-]+$/.test(value) ? value : undefined];
	const name = decodeWords(found[1].trim().replace(/^"(.*)"$/, '$1'));
	return [name === '' ? undefined : name, found[2]];
}

/** Links in angle brackets; what else stands there is comment. */
function linksIn(value: string): string[] {
	const links = value.match(/<[^<>]+>/g) ?? [];
	return links.map((link) => link.slice(1, -1).replace(/\s+/g, '')).filter((link) => /^(?:https?|mailto):/i.test(link));
}

function addressIn(value: string): string | undefined {
	return /[^\s<>()",;:]{1,100}@[^\s<>()",;:@]{1,255}/.exec(value)?.[0];
}
