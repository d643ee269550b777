import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, endLeftOver, isAlive } from '../../scripts/n8n/processes.mjs';

/**
 * Notes in the demo's folder which processes use it, so that two demos never share it and a demo that was killed leaves
 * nothing running.
 */
export class RunRecord {
	#file;
	#record = { start: process.pid };

	/** @param {string} folder */
	constructor(folder) {
		this.#file = join(folder, 'running.json');
	}

	/** Takes the folder, or throws if another demo has it. Ends what a killed one left running. */
	async take({ log = console.log } = {}) {
		const earlier = this.#read();
		if (earlier && earlier.start !== process.pid && isAlive(earlier.start) && /start\.mjs/.test(commandLine(earlier.start))) {
			throw new Error(`The demo is already running (process ${earlier.start}). Stop that one first, with Ctrl-C in its window.`);
		}
		// A process id may have been given to something else since, so it has to look like n8n as well.
		if (earlier?.n8n && isAlive(earlier.n8n) && /n8n/.test(commandLine(earlier.n8n))) {
			log('Ending the n8n that a killed demo left behind');
			await endLeftOver(earlier.n8n);
		}
		this.#write();
	}

	/** @param {{ n8n?: number, editor?: string, board?: string }} facts n8n: its process id; the others are addresses */
	note(facts) {
		Object.assign(this.#record, facts);
		this.#write();
	}

	release() {
		rmSync(this.#file, { force: true });
	}

	#read() {
		try {
			return JSON.parse(readFileSync(this.#file, 'utf8'));
		} catch {
			return undefined;
		}
	}

	#write() {
		writeFileSync(this.#file, JSON.stringify(this.#record));
	}
}
