import { printable } from '../../../sync/errors/printable';
import type { ActionRun } from './ActionRun';

/** How often somebody who waits hears how far it is. */
const SAY_EVERY_MS = 15_000;

/**
 * Says how far long work with the messages of folders is: in n8n's log, and in a test run from the editor in the console of the browser,
 * which is all that n8n shows of a node that is still running. Work that is done soon says nothing.
 */
export class Progress {
	private saidAt: number;
	private folder: string | undefined;
	private done = 0;

	/** `doing` with a capital: "Copied". */
	constructor(
		private readonly n8n: Pick<ActionRun['n8n'], 'getNode' | 'logger' | 'sendMessageToUI'>,
		private readonly doing: string,
		private readonly now: () => number = Date.now,
	) {
		this.saidAt = now();
	}

	/** One message more of this folder is done, and so many are still to be done. */
	step(folder: string, left: number): void {
		this.done = folder === this.folder ? this.done + 1 : 1;
		this.folder = folder;
		if (this.now() - this.saidAt < SAY_EVERY_MS) return;
		this.saidAt = this.now();
		const text = printable(`${this.doing} ${this.done} of ${this.done + left} messages of "${folder}"`);
		this.n8n.logger.info(`${this.n8n.getNode().name}: ${text}`);
		this.n8n.sendMessageToUI(text);
	}
}
