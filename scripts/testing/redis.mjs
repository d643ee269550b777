import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { withProgress } from '../n8n/progress.mjs';
import { aptGet, canUseApt } from './apt.mjs';
import { MissingProgram } from './MissingProgram.mjs';

/** Debian asks this program whether an installed service may start. */
const policyFile = '/usr/sbin/policy-rc.d';

/** Makes sure that there is a Redis, which n8n's queue mode needs: the tests start their own, on loopback. */
export async function requireRedis() {
	if (hasRedis()) return;
	if (!canUseApt()) {
		throw new MissingProgram("The tests of n8n's queue mode need Redis: install it as root with `apt-get install redis-server`.");
	}
	await withProgress('Installing redis-server', { why: 'apt-get, once; no service is started' }, async () => {
		const isOurs = !existsSync(policyFile);
		if (isOurs) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
		try {
			await aptGet('update');
			await aptGet('install', '--yes', '--no-install-recommends', 'redis-server');
		} finally {
			if (isOurs) rmSync(policyFile, { force: true });
		}
	});
	if (!hasRedis()) throw new Error('apt-get installed redis-server, but it cannot be found.');
}

const hasRedis = () => spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
