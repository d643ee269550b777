import { domainToASCII } from 'node:url';
import type { MailAddress } from './mailAddress';

/** Which addresses are of the account itself, and which domains are of its owner. */
export interface OwnAddresses {
	addresses: ReadonlySet<string>;
	domains: ReadonlySet<string>;
}

/** Providers that give addresses to everybody: who has one there is no colleague of the others. */
const publicDomains = new Set(
	`gmail.com googlemail.com outlook.com outlook.de hotmail.com hotmail.de hotmail.fr hotmail.co.uk hotmail.it live.com live.de live.nl
	msn.com yahoo.com yahoo.de yahoo.fr yahoo.co.uk yahoo.co.jp yahoo.es yahoo.it yahoo.com.br ymail.com rocketmail.com aol.com aim.com
	icloud.com me.com mac.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de mail.de posteo.de posteo.net mailbox.org
	arcor.de email.de proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io zoho.com fastmail.com fastmail.fm hey.com
	orange.fr wanadoo.fr free.fr laposte.net sfr.fr bbox.fr libero.it virgilio.it tiscali.it alice.it tin.it bluewin.ch hispeed.ch sunrise.ch
	telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl wp.pl o2.pl onet.pl interia.pl op.pl seznam.cz email.cz centrum.cz
	azet.sk mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua abv.bg freemail.hu citromail.hu btinternet.com
	virginmedia.com sky.com talktalk.net comcast.net verizon.net att.net sbcglobal.net cox.net charter.net bellsouth.net earthlink.net
	shaw.ca rogers.com bigpond.com optusnet.com.au qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net hanmail.net uol.com.br
	bol.com.br terra.com.br rediffmail.com telia.com hotmail.se live.se online.no hotmail.no live.dk hotmail.dk mail.com usa.com duck.com`
		.split(/\s+/)
		.filter((domain) => domain !== ''),
);

export const isPublicDomain = (domain: string): boolean => publicDomains.has(domain);

/**
 * The account's login, where it is an address, with its domain unless everybody can have an address there; and what somebody entered:
 * addresses, and domains with or without "@".
 */
export function ownAddresses(login: string, entered: readonly string[]): OwnAddresses {
	const addresses = new Set<string>();
	const domains = new Set<string>();
	const own = normalAddress(login);
	if (/^[^\s@]+@[^\s@:]+\.[^\s@:.]{2,}$/.test(own)) {
		addresses.add(own);
		if (!isPublicDomain(domainOf(own))) domains.add(domainOf(own));
	}
	for (const entry of entered) {
		const text = entry.trim();
		if (/^[^\s@]+@[^\s@]+$/.test(text)) addresses.add(normalAddress(text));
		else if (/^@?[^\s@]+$/.test(text)) domains.add(normalDomain(text.replace(/^@/, '')));
	}
	return { addresses, domains };
}

/** Lower case, the domain in ASCII, without what stands behind a plus: what is equal reaches the same mailbox. */
export function normalAddress(address: string): string {
	const at = address.lastIndexOf('@');
	if (at < 0) return address.trim().toLowerCase();
	const local = address
		.slice(0, at)
		.trim()
		.toLowerCase()
		.replace(/(?<=.)\+.*$/, '');
	return `${local}@${normalDomain(address.slice(at + 1))}`;
}

export const domainOf = (normal: string): string => normal.slice(normal.lastIndexOf('@') + 1);

/** Whether a domain is in its ASCII form already, as most are: asking for it takes longer than all the rest. */
const isWritten = (domain: string): boolean =>
	/^[a-z\d][a-z\d.-]{0,100}\.[a-z]{2,20}$/.test(domain) && !/xn--|\.\.|-\.|\.-/.test(domain);

function normalDomain(domain: string): string {
	const plain = domain.trim().toLowerCase().replace(/\.$/, '');
	return isWritten(plain) ? plain : domainToASCII(plain) || plain;
}

/** Whether it is an address of the account itself. */
export const isOwnAddress = ({ address }: MailAddress, own: OwnAddresses): boolean => own.addresses.has(normalAddress(address));

/** Whether it is an address of the account or of its owner's domains. */
export const isOurs = (mailbox: MailAddress, own: OwnAddresses): boolean =>
	isOwnAddress(mailbox, own) || own.domains.has(domainOf(normalAddress(mailbox.address)));
