import { rmSync } from 'node:fs';

const MOST_TRIES = 20;

/**
 * Removes a folder of a mail server that is running: something may write there meanwhile. The retries of rmSync() itself do not help, as
 * they do not look for what came in between. Throws what the last try threw.
 */
export function removeFiles(folder: string, { force = false } = {}): void {
	for (let tries = 1; ; tries++) {
		try {
			return rmSync(folder, { recursive: true, force: force || tries > 1 });
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries === MOST_TRIES) throw error;
		}
	}
}
