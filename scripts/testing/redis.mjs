import { spawnSync } from 'node:child_process';
import { withProgress } from '../n8n/progress.mjs';
import { canUseApt, installQuietly } from './apt.mjs';
import { MissingProgram } from '../n8n/MissingProgram.mjs';

/** Makes sure that there is a Redis, which n8n's queue mode needs: the tests start their own, on loopback. */
export async function requireRedis() {
	if (hasRedis()) return;
	if (!canUseApt()) {
		throw new MissingProgram("The tests of n8n's queue mode need Redis: install it as root with `apt-get install redis-server`.");
	}
	await withProgress('Installing redis-server', { why: 'apt-get, once; no service is started' }, () =>
		installQuietly('redis-server'),
	);
	if (!hasRedis()) throw new Error('apt-get installed redis-server, but it cannot be found.');
}

const hasRedis = () => spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
