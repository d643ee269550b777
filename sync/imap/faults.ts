import { ListedNames } from './mailboxName';
import type { ServerFault } from '../server/serverFaults';

/** Capabilities that proved faulty: asked once, then never again, on all connections of one run. */
export class ServerFaults {
	/** SEARCH RETURN is not to be used. */
	esearch = false;
	/** EXAMINE with QRESYNC is not to be used. */
	qresyncOpen = false;
	/** Names of folders that the server writes in its own way. */
	readonly listedNames = new ListedNames();
	/** What the answers gave away by themselves. */
	readonly faults: ServerFault[] = [];

	/** The answer to a search contradicts itself. */
	searchLied(fault: 'searchWithoutSet' | 'searchMiscounted'): void {
		this.esearch = true;
		this.faults.push(fault);
	}

	/** The QRESYNC question was refused. */
	qresyncRefused(): void {
		if (!this.qresyncOpen) this.faults.push('qresyncRefused');
		this.qresyncOpen = true;
	}
}
