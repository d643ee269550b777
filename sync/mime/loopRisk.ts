import { hash } from 'node:crypto';
import { isMarkedAsAnswer } from './answers';
import { BoundedMap } from './boundedMap';
import type { LoopRisk } from './correspondenceFields';
import type { MessageFields } from './fields';
import { domainOf, isOwnAddress, isPublicDomain, normalAddress, type OwnAddresses } from './ownAddresses';

const minute = 60_000;
const day = 24 * 60 * minute;

/** Texts shorter than this, in characters, are written twice by people: "Any news?" */
const shortText = 80;
/** Programs that put a name or a quotation into their text begin it alike. */
const beginning = 120;
/** No person reads, writes and sends an answer in this time, several times in a row. */
const machinePace = minute;
/** Messages of one correspondent that are remembered. */
const mostRecent = 20;
const mostCorrespondents = 5_000;

interface Past {
	/** When it was received, and when it was written, in milliseconds since 1970. */
	received: number;
	written: number;
	isAnswer: boolean;
	text?: { whole: string; start?: string; isShort: boolean };
}

/** What is known of a message for its risk. */
export interface LoopClues {
	fields: MessageFields;
	own: OwnAddresses;
	received: number;
}

/**
 * Remembers the last messages of each correspondent, of the last 5,000 correspondents, that it was shown. In memory only: after a
 * restart a loop takes two or three messages more until it is noticed.
 */
export class LoopWatch {
	private readonly past = new BoundedMap<string, readonly Past[]>(mostCorrespondents);

	/** The risk of answering a message, which is remembered. */
	assess(clues: LoopClues): LoopRisk {
		const declared = declaredRisk(clues);
		const correspondent = correspondentOf(clues.fields);
		if (correspondent === undefined) return declared;
		const now = pastOf(clues);
		const before = (this.past.get(correspondent) ?? []).filter(({ received }) => Math.abs(now.received - received) < day);
		this.past.set(correspondent, [...before, now].slice(-mostRecent));
		return highest([declared, riskOfRepetition(now, before), riskOfPace(now, before)]);
	}
}

/** What the message itself says. */
function declaredRisk({ fields, own }: Pick<LoopClues, 'fields' | 'own'>): LoopRisk {
	const { from, replyTo = [], autoSubmitted, bounce, complaint, readReceipt, list } = fields;
	if (!from || autoSubmitted !== undefined || bounce || complaint || readReceipt) return 'high';
	if (isOwnAddress(from, own)) return 'high';
	// Web forms send from such an address, and name the person in Reply-To.
	if (readsNothing(from.address) && !replyTo.some(({ address }) => address !== '' && !readsNothing(address))) return 'high';
	const isOwnList = list?.post !== undefined && own.domains.has(domainOf(normalAddress(list.post)));
	return list && !isOwnList ? 'low' : 'none';
}

const readsNothing = (address: string): boolean =>
	/^(?:[\w.]*[-_.])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|dont[-_.]?reply|noresponse|no[-_.]response|nicht[-_.]?antworten|keine?[-_.]?antwort|ne[-_.]?pas[-_.]?repondre|no[-_.]?responder|nao[-_.]?responda|non[-_.]?rispondere|nepoviem|mailer[-_.]?daemon|postmaster|autoresponder|bounces?)(?:[-_.+][^@]*)?@/i.test(
		address,
	);

/** A ticket system may give each ticket an address of its own. */
function correspondentOf({ from }: MessageFields): string | undefined {
	const address = normalAddress(from?.address ?? '');
	if (address === '') return undefined;
	return isPublicDomain(domainOf(address))
		? address
		: `${address.slice(0, address.lastIndexOf('@')).replace(/\d+/g, '#')}@${domainOf(address)}`;
}

function pastOf({ fields, received }: LoopClues): Past {
	const { date, inReplyTo, subject = '', replyText } = fields;
	const plain = replyText
		?.slice(0, 4000)
		.toLowerCase()
		.replace(/[\d\s]+/g, ' ')
		.trim();
	return {
		received,
		written: date === undefined ? received : Date.parse(date),
		isAnswer: inReplyTo !== undefined || isMarkedAsAnswer(subject),
		...(plain && {
			text: {
				whole: hashOf(plain),
				isShort: plain.length < shortText,
				...(plain.length >= beginning && { start: hashOf(plain.slice(0, beginning)) }),
			},
		}),
	};
}

/** The same text, but for its numbers: once may be a person who was not sure that it came. */
function riskOfRepetition(now: Past, before: readonly Past[]): LoopRisk {
	const { text } = now;
	if (!text) return 'none';
	const limit = text.isShort ? 10 * minute : day;
	const same = before.filter(
		(past) =>
			past.text &&
			gap(now, past) < limit &&
			(past.text.whole === text.whole || (text.start !== undefined && past.text.start === text.start)),
	);
	if (same.length >= 2) return 'high';
	return same.length === 1 ? 'low' : 'none';
}

/** Answer upon answer, each within a minute. */
function riskOfPace(now: Past, before: readonly Past[]): LoopRisk {
	const inOrder = [...before].sort((a, b) => b.received - a.received);
	let run = now.isAnswer ? 1 : 0;
	let later = now;
	for (const past of inOrder) {
		if (!now.isAnswer || gap(later, past) > machinePace) break;
		run++;
		later = past;
	}
	if (run >= 4) return 'high';
	const lastHour = before.filter((past) => past.isAnswer && gap(now, past) < 60 * minute).length;
	return run === 3 || lastHour >= 6 ? 'low' : 'none';
}

/** The longer of both clocks: old mail that is moved here arrives all at once, and was not written at once. */
function gap(a: Past, b: Past): number {
	return Math.max(Math.abs(a.received - b.received), Math.abs(a.written - b.written));
}

const order: readonly LoopRisk[] = ['none', 'low', 'high'];

const highest = (risks: readonly LoopRisk[]): LoopRisk => order[Math.max(...risks.map((risk) => order.indexOf(risk)))];

const hashOf = (text: string): string => hash('sha256', text, 'base64').slice(0, 12);
