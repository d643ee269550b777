import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkMachine } from '../n8n/install.mjs';
import { MissingProgram } from '../n8n/MissingProgram.mjs';
import { missingCompilers } from '../n8n/nativeParts.mjs';
import { withProgress } from '../n8n/progress.mjs';
import { canUseApt, installQuietly } from './apt.mjs';

/**
 * Programs of which the tests start instances of their own, on loopback, or which they ask for a second opinion.
 *
 * @typedef {{ name: string, package: string, isThere: () => boolean }} Program package: Debian's name
 */

/** @type {Record<string, Program>} */
const programs = {
	dovecot: { name: 'Dovecot 2.3', package: 'dovecot-imapd', isThere: hasDovecot },
	openssl: { name: 'OpenSSL', package: 'openssl', isThere: () => runs('openssl', 'version') },
	python: { name: 'Python 3', package: 'python3', isThere: () => runs('python3') },
	redis: { name: 'Redis', package: 'redis-server', isThere: () => runs('redis-server') },
	postgres: { name: 'PostgreSQL', package: 'postgresql', isThere: hasPostgres },
};

/** @type {Record<string, Program[]>} */
const needs = {
	unit: [],
	simulation: [],
	servers: [programs.dovecot, programs.openssl, programs.python],
	e2e: [programs.dovecot, programs.openssl, programs.redis, programs.postgres],
};

/**
 * Makes sure that the programs are there which tests of these projects need, and that n8n can run here where it is needed. Installs what
 * is missing if it may. Throws MissingProgram otherwise: within a minute, and with all that is missing in one sentence.
 *
 * @param {string[]} projects
 */
export async function requirePrograms(projects) {
	const missing = [...new Set(projects.flatMap((project) => needs[project]))].filter(({ isThere }) => !isThere());
	const runsN8n = projects.includes('e2e');
	// Where a compiler is there, preparing n8n may take minutes, which are lost if something else is missing.
	const compilers = runsN8n && (missing.length === 0 || missingCompilers().length > 0) ? await compilersForN8n() : [];
	const names = [...new Set([...missing.map((program) => program.package), ...compilers])];
	if (names.length > 0) {
		if (!canUseApt()) throw new MissingProgram(howToInstall(missing, compilers, names));
		await withProgress(`Installing ${names.join(', ')}`, { why: 'apt-get, once; no service is started' }, () =>
			installQuietly(...names),
		);
	}
	const lost = missing.filter(({ isThere }) => !isThere());
	if (lost.length > 0) throw new Error(`apt-get installed ${listed(lost)}, which cannot be found all the same.`);
	if (runsN8n && names.length > 0) await checkMachine();
}

/** The packages without which n8n cannot be made to run here. */
async function compilersForN8n() {
	try {
		await checkMachine();
		return [];
	} catch (error) {
		if (!(error instanceof MissingProgram)) throw error;
		return missingCompilers();
	}
}

function howToInstall(missing, compilers, names) {
	const compiler = compilers.length > 0 ? [{ name: 'a C++ compiler' }] : [];
	const what = `The tests need ${listed([...missing, ...compiler])}`;
	if (process.platform === 'darwin') return `${what}: install what is named and start again.`;
	const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
	return `${what}: run "${sudo}apt-get install ${names.join(' ')}" and start again.`;
}

const listed = (some) => some.map(({ name }) => name).join(', ');

/** The server can be there without its IMAP part, which is a package of its own. */
function hasDovecot() {
	if (!runs('dovecot')) return false;
	const { stdout } = spawnSync('doveconf', ['-h', '-d', 'libexec_dir'], { encoding: 'utf8' });
	return existsSync(join(stdout.trim(), 'imap'));
}

/** Debian keeps the programs of each version of PostgreSQL in a folder of their own, which is in nobody's path. */
function hasPostgres() {
	const debian = '/usr/lib/postgresql';
	const versions = existsSync(debian) ? readdirSync(debian) : [];
	if (versions.some((version) => existsSync(join(debian, version, 'bin/initdb')))) return true;
	return ['initdb', 'postgres', 'psql'].every((program) => runs(program));
}

function runs(program, question = '--version') {
	return spawnSync(program, [question], { stdio: 'ignore' }).status === 0;
}
