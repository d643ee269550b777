import type { Capabilities } from './capabilities';

/**
 * Disables capabilities of a server after faults. Each fault disproves one capability; after some of them it is left
 * unused, which costs round trips and loses nothing. Forgotten after a week without a fault, so that a repaired server gets its
 * speed back. Pure: the caller keeps the faultScores in the state.
 */

/** What may be left unused. Without CONDSTORE there is no QRESYNC either, which is built on it (RFC 7162 section 3.2.3). */
export const optionalCapabilities = ['qresync', 'condstore', 'esearch'] as const;
export type OptionalCapability = (typeof optionalCapabilities)[number];

interface FaultFacts {
	disproves: OptionalCapability;
	/** How much it counts: what cannot be an accident, as much as three that can. */
	weight: number;
	/** For people: what the server did. */
	what: string;
}

const faultFacts = {
	vanishedLiving: { disproves: 'qresync', weight: 3, what: 'it named messages as vanished that are there' },
	vanishedMissing: { disproves: 'qresync', weight: 1, what: 'its answer left out messages that came or went' },
	qresyncRefused: { disproves: 'qresync', weight: 3, what: 'it refused the question that it offers to answer' },
	unchangedTold: { disproves: 'condstore', weight: 1, what: 'asked for changes, it reported messages that had not changed' },
	changeUntold: { disproves: 'condstore', weight: 1, what: 'asked for changes, it left some out' },
	modseqWentBack: { disproves: 'condstore', weight: 1, what: 'its mod-sequence went back' },
	searchWithoutSet: { disproves: 'esearch', weight: 3, what: 'its answer to a search held no messages' },
	searchMiscounted: { disproves: 'esearch', weight: 1, what: 'its answer to a search did not fit the number of messages' },
} as const satisfies Record<string, FaultFacts>;

/** The closed list of what a server can be caught at. */
export type ServerFault = keyof typeof faultFacts;

export const allFaults = Object.keys(faultFacts) as ServerFault[];

/** What is held against one capability of a server. */
export interface FaultScore {
	capability: OptionalCapability;
	/** At ENOUGH and above the capability is left unused. */
	weight: number;
	/** The last fault, and when it was seen, in milliseconds since 1970. */
	fault: ServerFault;
	at: number;
}

/** A capability that is left unused from now on. */
export interface DisabledCapability {
	capability: OptionalCapability;
	/** For people: what the server did. */
	reason: string;
	/** milliseconds since 1970 */
	until: number;
}

const ENOUGH = 3;
const FORGET_AFTER = 7 * 24 * 60 * 60_000;

/** Those that are not forgotten yet. */
export const currentFaultScores = (faultScores: readonly FaultScore[], now: number): FaultScore[] =>
	// A time in the future was written by a clock that was wrong: it must not hold for ever.
	faultScores.filter(({ at }) => now < at + FORGET_AFTER && at <= now + FORGET_AFTER);

/** The capabilities to disable. */
export const capabilitiesToDisable = (faultScores: readonly FaultScore[]): OptionalCapability[] =>
	faultScores.filter(({ weight }) => weight >= ENOUGH).map(({ capability }) => capability);

/** The fault scores after one more run with these faults, and the capabilities that it disabled. */
export function scoreFaults(
	before: readonly FaultScore[],
	faults: readonly ServerFault[],
	now: number,
): { faultScores: FaultScore[]; disabled: DisabledCapability[] } {
	const known = new Map(before.map((faultScore) => [faultScore.capability, faultScore]));
	const disabled: DisabledCapability[] = [];
	for (const fault of faults) {
		const { disproves: capability, weight, what } = faultFacts[fault];
		const held = known.get(capability)?.weight ?? 0;
		// A fault of a capability already disabled comes from a connection that was open before.
		if (held >= ENOUGH) continue;
		known.set(capability, { capability, weight: held + weight, fault, at: now });
		if (held + weight >= ENOUGH) disabled.push({ capability, reason: what, until: now + FORGET_AFTER });
	}
	const faultScores = [...known.values()].sort((a, b) => (a.capability < b.capability ? -1 : 1));
	return { faultScores, disabled };
}

/** The capabilities that remain without the disabled ones. */
export function withoutCapabilities(capabilities: Capabilities, disabled: readonly OptionalCapability[]): Capabilities {
	const condstore = capabilities.condstore && !disabled.includes('condstore');
	return {
		...capabilities,
		condstore,
		qresync: capabilities.qresync && condstore && !disabled.includes('qresync'),
		esearch: capabilities.esearch && !disabled.includes('esearch'),
	};
}
