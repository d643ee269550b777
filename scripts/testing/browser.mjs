import { spawnSync } from 'node:child_process';
import { withProgress } from '../n8n/progress.mjs';
import { canUseApt, installQuietly } from './apt.mjs';

/** Installs Chromium where that is possible; elsewhere a line says so, and the tests in it do not run. */
export async function prepareChromium({ log = console.log } = {}) {
	if (process.env.CHROMIUM || spawnSync('chromium', ['--version'], { stdio: 'ignore' }).status === 0) return;
	if (!canUseApt()) {
		log('Not run: the tests in Chromium, which take root and apt-get, or `chromium` installed.');
		return;
	}
	try {
		await withProgress('Installing chromium', { why: 'apt-get, once' }, () => installQuietly('chromium'));
	} catch (error) {
		log(`Not run: the tests in Chromium. ${error.message.split('\n')[0]}`);
	}
}
