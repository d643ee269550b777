import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGroup } from '../n8n/processes.mjs';
import { withProgress } from '../n8n/progress.mjs';
import { MissingProgram } from '../n8n/MissingProgram.mjs';

/** Debian asks this program whether an installed service may start. */
const policyFile = '/usr/sbin/policy-rc.d';

/** Makes sure that there is a Dovecot: the tests start their own instances of it, on loopback, in a folder of their own. */
export async function requireDovecot() {
	if (hasDovecot()) return;
	const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && runs('apt-get', ['--version']);
	if (!canInstall) {
		throw new MissingProgram(
			'The tests need Dovecot: install it as root with `apt-get install dovecot-imapd` (other systems: the package dovecot, version 2.3).',
		);
	}
	await withProgress('Installing dovecot-imapd', { why: 'apt-get, once; no service is started' }, async () => {
		const isOurs = !existsSync(policyFile);
		if (isOurs) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
		try {
			await aptGet('update');
			await aptGet('install', '--yes', '--no-install-recommends', 'dovecot-imapd');
		} finally {
			if (isOurs) rmSync(policyFile, { force: true });
		}
	});
	if (!hasDovecot()) throw new Error('apt-get installed dovecot-imapd, but it cannot be found.');
}

/** The server can be there without its IMAP part, which is a package of its own. */
function hasDovecot() {
	if (!runs('dovecot', ['--version'])) return false;
	const { stdout } = spawnSync('doveconf', ['-h', '-d', 'libexec_dir'], { encoding: 'utf8' });
	return existsSync(join(stdout.trim(), 'imap'));
}

function runs(program, args) {
	return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

async function aptGet(...args) {
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const apt = startGroup('apt-get', ['-q', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
	let tail = '';
	for (const stream of [apt.stdout, apt.stderr])
		stream.setEncoding('utf8').on('data', (text) => (tail = (tail + text).slice(-4_000)));
	const [code] = await once(apt, 'close');
	if (code !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${tail}`);
}
