import type { Ask, Run } from '../account';

/** What a damaged letter does when it is read: with its header, or only with its body. */
export interface Damage {
	how: 'ends' | 'stalls' | 'isMissing';
	from: 'header' | 'body';
}

/** A folder that fails each time it is opened: by a refusal, or by the end of the connection. */
export interface ShutFolder {
	path: string;
	how: 'forbidden' | 'refused' | 'ends';
}

/** What happens in the middle of one run. */
export interface Interference {
	/** A second connection does something before this command of the run (from 1), or before every one. */
	meanwhile?: { at: number | 'every'; act: () => Promise<void> };
	/** The connection ends at this command, and each later one too. */
	cutAt?: number;
}

/** The connection of the follower to the mail server, with what can go wrong on it. */
export interface Link {
	/** What damaged letters do; undefined: they are sound. */
	damage: Damage | undefined;
	shut: ShutFolder | undefined;
	/** A run whose state is kept, or lost, as when the process dies between hand-over and saving. */
	run(ask: Ask, kept: boolean, interference: Interference): Promise<Run>;
}
