import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, cacheRoot } from '../n8n/cache.mjs';
import { isAlive } from '../n8n/processes.mjs';
import { withProgress } from '../n8n/progress.mjs';
import { aptGet, canUseApt, mirrorOf, runQuietly } from './apt.mjs';

/**
 * Cyrus and Courier, each in a small Debian of its own, as Debian's packages of mail servers exclude each other. The packages
 * are unpacked and never configured: nothing is started, and the tests bring their own configuration.
 *
 * Whoever changes what is in a root gives it another version: the folder's name is all that tells an old one from a new one.
 */
const release = 'bookworm';
const roots = {
	cyrus: { name: 'Cyrus', version: 1, packages: ['cyrus-imapd'], program: '/usr/lib/cyrus/bin/imapd' },
	courier: { name: 'Courier', version: 1, packages: ['courier-imap', 'courier-authlib-pipe'], program: '/usr/bin/imapd' },
};

/** Keeps a test server from waiting for a disk; its data is thrown away. */
const forAll = ['libeatmydata1'];

/** What no mail server reads: half of the files. */
const unneeded = ['doc', 'info', 'locale', 'man', 'perl', 'perl5'].map((folder) => `usr/share/${folder}`);

/** Where the roots are, and below `instances` what running servers use. test/support/roots/serverRoot.ts says the same. */
const folder = () => join(cacheRoot(), 'mail-roots');

/**
 * Makes sure that the roots of Cyrus and Courier are there: about 45 s each, once. Where that is not possible (it takes root
 * and apt) a line says so, and the tests of these servers do not run.
 *
 * @returns {Promise<boolean>} whether they are there
 */
export async function prepareMailRoots({ log = console.log } = {}) {
	removeAbandonedInstances();
	if (!canUseApt()) {
		log('Not run: the tests with Cyrus and Courier, which need root and apt-get (they run in chroots made by debootstrap).');
		return false;
	}
	for (const [kind, { name, version, packages, program }] of Object.entries(roots)) {
		await cachedFolder(join(folder(), `${kind}-${release}-${version}`), {
			check: async (path) => canStart(path, program),
			build: (path) =>
				withProgress(
					`Unpacking ${name} into a root of its own`,
					{ why: 'debootstrap, once; nothing of it is started', log },
					() => build(path, packages),
				),
		});
	}
	return true;
}

async function build(path, packages) {
	await requireDebootstrap();
	const mirror = mirrorOf(release);
	// The first stage fetches all packages; unpacking them is enough, configuring them would start services.
	const options = ['--foreign', '--variant=minbase', `--include=${[...packages, ...forAll].join(',')}`];
	await runQuietly('debootstrap', [...options, release, path, ...(mirror ? [mirror] : [])]);
	const archives = join(path, 'var/cache/apt/archives');
	for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
		// Not dpkg-deb -x, which puts folders where this Debian has links (/lib is a link to /usr/lib).
		const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --directory "$2"';
		await runQuietly('sh', ['-c', unpack, 'sh', join(archives, archive), path]);
	}
	for (const name of ['var', 'debootstrap', 'proc', 'run', 'sys', 'tmp', ...unneeded])
		rmSync(join(path, name), { recursive: true, force: true });
	// Where the packages' own scripts would have made users.
	const users = [
		['root', 0, 0],
		['cyrus', 901, 8],
		['mail', 902, 8],
	];
	writeFileSync(join(path, 'etc/passwd'), users.map(([name, uid, gid]) => `${name}:x:${uid}:${gid}::/:/bin/sh\n`).join(''));
	writeFileSync(join(path, 'etc/group'), 'root:x:0:\nmail:x:8:\n');
	writeFileSync(join(path, 'etc/hosts'), '127.0.0.1 localhost\n');
	mkdirSync(join(path, 'tmp'), { mode: 0o1777 });
}

async function requireDebootstrap() {
	if (existsSync('/usr/sbin/debootstrap')) return;
	await aptGet('update');
	await aptGet('install', '--yes', '--no-install-recommends', 'debootstrap', 'debian-archive-keyring');
}

function canStart(path, program) {
	const { status, stdout } = spawnSync('chroot', [path, '/usr/bin/ldd', program], { encoding: 'utf8' });
	return status === 0 && !stdout.includes('not found');
}

/** What is left of servers whose test process and guard both died, as when the machine went down. */
function removeAbandonedInstances() {
	const instances = join(folder(), 'instances');
	if (!existsSync(instances)) return;
	for (const name of readdirSync(instances)) {
		if (!isAlive(Number(name.split('-')[1]))) rmSync(join(instances, name), { recursive: true, force: true });
	}
}
