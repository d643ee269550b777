import { UNTOLD_MS } from './pace';
import type { Found } from './Workload';

/** Whether a server gives notice of new mail as it says it does. */
export class ServerNotices {
	/** The folders of which it would have given notice until the round began. */
	private promised: ReadonlySet<string> = new Set();
	/** Looks in a row that found what it gave no notice of. */
	private silentLooks = 0;

	/** A round begins: from now on the connection is used for other things, and notices say nothing about what it finds. */
	roundBegins(promised: Iterable<string>): void {
		this.promised = new Set(promised);
	}

	/**
	 * Whether the server kept silent about what this look found, although it was waited on. Once may be a message of this moment: it
	 * takes two looks in a row, or a message that had been there for a while and was not there at the last look.
	 */
	keptSilent(found: readonly Found[], { lookedAt, lastLookAt }: { lookedAt: number; lastLookAt: number }): boolean {
		const arrived = found.filter(({ event }) => event.event === 'messageNew' && this.promised.has(event.folder));
		this.silentLooks = arrived.length > 0 ? this.silentLooks + 1 : 0;
		const times = arrived.map(({ item }) => Date.parse(String(item.json.receivedAt)));
		return this.silentLooks > 1 || times.some((time) => time < lookedAt - UNTOLD_MS && time > lastLookAt);
	}
}
