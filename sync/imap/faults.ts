import type { Lie } from '../server/serverFaults';

/** What a server has proved not to do as it says: asked once, then never again, on all connections of one run. */
export class ServerFaults {
	/** SEARCH RETURN is not to be used. */
	esearch = false;
	/** EXAMINE with QRESYNC is not to be used. */
	qresyncOpen = false;
	/** What the answers gave away by themselves. */
	readonly lies: Lie[] = [];

	/** The answer to a search cannot be. */
	searchLied(lie: 'searchWithoutSet' | 'searchMiscounted'): void {
		this.esearch = true;
		this.lies.push(lie);
	}

	/** The QRESYNC question was refused. */
	qresyncRefused(): void {
		if (!this.qresyncOpen) this.lies.push('qresyncRefused');
		this.qresyncOpen = true;
	}
}
