import type { ServerAbilities } from './capabilities';

/**
 * What a server that was caught lying is no longer asked. Each lie disproves one ability; after some of them the ability is left
 * unused, which costs round trips and loses nothing. Forgotten after a week without a lie, so that a repaired server gets its
 * speed back. Pure: the caller keeps the suspicions in the state.
 */

/** What may be left unused. Without CONDSTORE there is no QRESYNC either, which is built on it (RFC 7162 section 3.2.3). */
export type Doubtful = 'qresync' | 'condstore' | 'esearch';

interface LieFacts {
	disproves: Doubtful;
	/** How much it counts: what cannot be an accident, as much as three that can. */
	weight: number;
	/** For people: what the server did. */
	what: string;
}

const lieFacts = {
	vanishedLiving: { disproves: 'qresync', weight: 3, what: 'it named messages as vanished that are there' },
	vanishedMissing: { disproves: 'qresync', weight: 1, what: 'its answer left out messages that came or went' },
	qresyncRefused: { disproves: 'qresync', weight: 3, what: 'it refused the question that it offers to answer' },
	unchangedTold: { disproves: 'condstore', weight: 1, what: 'asked for changes, it told of messages that had not changed' },
	changeUntold: { disproves: 'condstore', weight: 1, what: 'asked for changes, it left some out' },
	modseqWentBack: { disproves: 'condstore', weight: 1, what: 'its mod-sequence went back' },
	searchWithoutSet: { disproves: 'esearch', weight: 3, what: 'its answer to a search held no messages' },
	searchMiscounted: { disproves: 'esearch', weight: 1, what: 'its answer to a search did not fit the number of messages' },
} as const satisfies Record<string, LieFacts>;

/** The closed list of what a server can be caught at. */
export type Lie = keyof typeof lieFacts;

export const allLies = Object.keys(lieFacts) as Lie[];

/** What is held against one ability of a server. */
export interface Suspicion {
	ability: Doubtful;
	/** At ENOUGH and above the ability is left unused. */
	weight: number;
	/** The last lie, and when it was told, in milliseconds since 1970. */
	lie: Lie;
	at: number;
}

/** An ability that is left unused from now on. */
export interface Demotion {
	ability: Doubtful;
	/** For people: what the server did. */
	reason: string;
	/** milliseconds since 1970 */
	until: number;
}

const ENOUGH = 3;
const FORGET_AFTER = 7 * 24 * 60 * 60_000;

/** Those that are not forgotten yet. */
export const stillHeld = (suspicions: readonly Suspicion[], now: number): Suspicion[] =>
	// A time that lies ahead was written by a clock that was wrong: it must not hold for ever.
	suspicions.filter(({ at }) => now < at + FORGET_AFTER && at <= now + FORGET_AFTER);

/** What is to be left unused. */
export const distrusted = (suspicions: readonly Suspicion[]): Doubtful[] =>
	suspicions.filter(({ weight }) => weight >= ENOUGH).map(({ ability }) => ability);

/** The suspicions after one more run in which these lies were told, and what it made to be left unused. */
export function afterLies(
	before: readonly Suspicion[],
	lies: readonly Lie[],
	now: number,
): { suspicions: Suspicion[]; demotions: Demotion[] } {
	const known = new Map(before.map((suspicion) => [suspicion.ability, suspicion]));
	const demotions: Demotion[] = [];
	for (const lie of lies) {
		const { disproves: ability, weight, what } = lieFacts[lie];
		const held = known.get(ability)?.weight ?? 0;
		// What is said by an ability already left unused is said by a connection that was open before.
		if (held >= ENOUGH) continue;
		known.set(ability, { ability, weight: held + weight, lie, at: now });
		if (held + weight >= ENOUGH) demotions.push({ ability, reason: what, until: now + FORGET_AFTER });
	}
	const suspicions = [...known.values()].sort((a, b) => (a.ability < b.ability ? -1 : 1));
	return { suspicions, demotions };
}

/** The abilities that are left when these are not to be trusted. */
export function withoutAbilities(abilities: ServerAbilities, doubtful: readonly Doubtful[]): ServerAbilities {
	const condstore = abilities.condstore && !doubtful.includes('condstore');
	return {
		...abilities,
		condstore,
		qresync: abilities.qresync && condstore && !doubtful.includes('qresync'),
		esearch: abilities.esearch && !doubtful.includes('esearch'),
	};
}
