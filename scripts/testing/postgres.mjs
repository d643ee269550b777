import { existsSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { withProgress } from '../n8n/progress.mjs';
import { canUseApt, installQuietly } from './apt.mjs';
import { MissingProgram } from '../n8n/MissingProgram.mjs';

/** Debian keeps the programs of each version in a folder of their own, which is in nobody's path. */
const DEBIAN = '/usr/lib/postgresql';

/** Makes sure that there is a PostgreSQL, into which ready-made workflows write: the tests start their own, on loopback. */
export async function requirePostgres() {
	if (hasPostgres()) return;
	if (!canUseApt()) {
		throw new MissingProgram(
			'The tests of the ready-made workflows need PostgreSQL: install it as root with `apt-get install postgresql`.',
		);
	}
	await withProgress('Installing postgresql', { why: 'apt-get, once; no service is started' }, () =>
		installQuietly('postgresql'),
	);
	if (!hasPostgres()) throw new Error('apt-get installed postgresql, but it cannot be found.');
}

function hasPostgres() {
	const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
	if (versions.some((version) => existsSync(join(DEBIAN, version, 'bin/initdb')))) return true;
	return ['initdb', 'postgres', 'psql'].every((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0);
}
