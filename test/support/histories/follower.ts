import { SyncError } from '../../../sync/errors/syncError';
import { LostRuns } from '../lostRuns';
import { patiently, type Run } from '../account';
import type { Interference, Link } from './link';
import type { Mailbox } from './mailbox';
import type { Oracle } from './oracle';
import { askOf, asksFor, type Settings } from './settings';

/** How far the clock goes on between two of the last runs: far enough for each retry, and for what was not acknowledged. */
const LAST_STEP_MINUTES = 300;
const MOST_LAST_RUNS = 120;

/** Who follows the mailbox of a history, with settings that change and a clock that jumps. */
export class Follower {
	private readonly lostRuns = new LostRuns();

	constructor(
		readonly mailbox: Mailbox,
		readonly link: Link,
		private readonly oracle: Oracle,
		public settings: Settings,
		private readonly startFrom: 'now' | 'all',
		private readonly clock: { now: number },
	) {}

	/** Lets the clock jump, ahead or back. */
	jump(minutes: number): void {
		this.clock.now += minutes * 60_000;
	}

	/** A run in the middle of a history: what goes wrong in it is for the next ones. */
	async run({ kept = true, ...interference }: Interference & { kept?: boolean } = {}): Promise<void> {
		try {
			await this.sync(kept, interference);
		} catch (error) {
			// A server may hang up where a second connection renumbers the folder that is open.
			const isDisturbed = interference.cutAt !== undefined || interference.meanwhile !== undefined;
			const mayFail = isDisturbed || this.link.damage !== undefined || this.link.shut !== undefined;
			if (!(error instanceof SyncError) || error.code === 'internalError' || !mayFail) throw error;
		}
	}

	/** Runs until nothing more is told, then expects that nothing is owed. */
	async settle(): Promise<void> {
		this.settings = { ...this.settings, messages: 200 };
		for (let left = MOST_LAST_RUNS; ; left--) {
			const run = await this.sync(true, {}).catch((error: unknown) => {
				// The folder that stays shut was the only one with something to do.
				if (this.link.shut && error instanceof SyncError && error.scope !== 'account') return undefined;
				throw error;
			});
			this.jump(LAST_STEP_MINUTES);
			if (run === undefined || this.isQuiet(run)) break;
			if (left === 0) throw new Error('it never comes to rest');
		}
		this.oracle.expectNothingOwed(this.settings, (path) => path === this.link.shut?.path);
	}

	private isQuiet(run: Run): boolean {
		const shut = this.link.shut?.path;
		const redelivers = asksFor(this.settings, 'messageNew');
		// One that is nowhere to be found may be the one that stays shut.
		const folders = Object.entries(run.state.folders).filter(
			([path, { mayBeMissing }]) => path !== shut && !(shut !== undefined && mayBeMissing),
		);
		const waits = folders.some(
			([, { missing, mayBeMissing, tombstones, failed, unacknowledged, newUids, backfill, unfinished }]) =>
				mayBeMissing ||
				tombstones.length > 0 ||
				(!missing && (failed.length > 0 || unfinished || !newUids.isEmpty || !backfill.isEmpty)) ||
				(!missing && redelivers && (unacknowledged?.groups.length ?? 0) > 0),
		);
		return run.events.length === 0 && !waits;
	}

	private async sync(kept: boolean, interference: Interference): Promise<Run> {
		const { mailbox, settings, startFrom, clock } = this;
		const began = mailbox.now;
		const ask = { ...askOf(settings, mailbox.store), startFrom: { kind: startFrom }, now: () => clock.now };
		const run = await patiently(() => this.link.run(ask, kept, interference));
		if (!kept) {
			this.lostRuns.lose(run.events);
			this.oracle.takeLost(run);
			return run;
		}
		this.lostRuns.take(run.events);
		this.oracle.take(run, { settings, began, ended: ++mailbox.now });
		return run;
	}
}
