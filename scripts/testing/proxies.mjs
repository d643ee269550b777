import { spawnSync } from 'node:child_process';
import { withProgress } from '../n8n/progress.mjs';
import { canUseApt, installQuietly } from './apt.mjs';

/** Debian's packages of the proxies that the tests go through, beside those they play themselves, and the program in each. */
const proxies = new Map([
	['tinyproxy-bin', 'tinyproxy'],
	['microsocks', 'microsocks'],
]);

/** Installs the proxies where that is possible; elsewhere a line says so, and the tests with them do not run. */
export async function prepareProxies({ log = console.log } = {}) {
	for (const [name, program] of proxies) {
		if (isThere(program)) continue;
		if (!canUseApt()) {
			log(`Not run: the tests with ${program}, which takes root and apt-get, or \`${name}\` installed.`);
			continue;
		}
		await withProgress(`Installing ${name}`, { why: 'apt-get, once; no service is started' }, () => installQuietly(name));
	}
}

const isThere = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
