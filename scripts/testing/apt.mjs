import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { startGroup } from '../n8n/processes.mjs';

/** Whether this process may and can install Debian packages. */
export function canUseApt() {
	if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
	return spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Runs apt-get without questions; throws with the end of what it said. */
export function aptGet(...args) {
	return runQuietly('apt-get', ['-q', ...args], { DEBIAN_FRONTEND: 'noninteractive' });
}

/** Debian asks this program whether an installed service may start. */
const policyFile = '/usr/sbin/policy-rc.d';

/** Installs Debian packages without starting the services in them. */
export async function installQuietly(...names) {
	const isOurs = !existsSync(policyFile);
	if (isOurs) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
	try {
		await aptGet('update');
		await aptGet('install', '--yes', '--no-install-recommends', ...names);
	} finally {
		if (isOurs) rmSync(policyFile, { force: true });
	}
}

/** Runs a talkative program; what it said last comes with its failure only. */
export async function runQuietly(program, args, env = {}) {
	const child = startGroup(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
	let tail = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text) => (tail = (tail + text).slice(-4_000)));
	}
	const [code] = await once(child, 'close');
	if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${tail}`);
}

/**
 * The address from which this machine takes the packages of a Debian release, as its own apt says it; undefined when it takes
 * them from nowhere, as on another system.
 */
export function mirrorOf(release) {
	const { stdout = '' } = spawnSync('apt-get', ['indextargets', '--format', '$(RELEASE) $(COMPONENT) $(SITE)'], {
		encoding: 'utf8',
	});
	for (const line of (stdout ?? '').split('\n')) {
		const [name, component, site] = line.split(' ');
		if (name === release && component === 'main' && /^https?:/.test(site)) return site;
	}
	return undefined;
}
