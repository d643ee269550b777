import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Servers that live in a root of their own; scripts/testing/mailRoots.mjs makes these roots. */
export type RootedServer = 'cyrus' | 'courier';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'n8n-nodes-imap-sync', 'mail-roots');
const folders: Record<RootedServer, string> = {
	cyrus: join(cache, 'cyrus-bookworm-1'),
	courier: join(cache, 'courier-bookworm-1'),
};

/** The users that the roots know, by number. */
export const owners = { cyrus: { uid: 901, gid: 8 }, mail: { uid: 902, gid: 8 } };

/** Why the tests of this server cannot run here; undefined when they can. */
function whyNotHere(server: RootedServer): string | undefined {
	if (process.getuid?.() !== 0) return 'it runs in a chroot, which needs root';
	if (!existsSync(join(folders[server], '.complete'))) return 'its root is not there; `npm test -- servers` makes it';
	return undefined;
}

/** `describe` where the server can run; elsewhere the tests are skipped, and a line says why. */
export function describeServer(server: RootedServer): jest.Describe {
	const reason = whyNotHere(server);
	if (reason === undefined) return describe;
	process.stderr.write(`Not run: tests with ${server === 'cyrus' ? 'Cyrus' : 'Courier'}: ${reason}.\n`);
	return describe.skip;
}

/**
 * A root for one running server: the programs are hard links to those in the cache, everything the server writes is its own. So
 * several servers run side by side without any mount.
 */
export function makeInstance(server: RootedServer): string {
	const instances = join(cache, 'instances');
	mkdirSync(instances, { recursive: true });
	const instance = mkdtempSync(join(instances, `${server}-${process.pid}-`));
	try {
		const from = folders[server];
		execFileSync('sh', [
			'-c',
			// Hard links also for devices, which not every container may make; what a server could write into is copied.
			'cp -al "$1/usr" "$1/dev" "$2/" && cp -a "$1/bin" "$1/sbin" "$1"/lib* "$1/etc" "$2/"',
			'sh',
			from,
			instance,
		]);
		for (const name of ['tmp', 'run', 'var', 'srv']) mkdirSync(join(instance, name));
		execFileSync('chmod', ['755', instance]);
		execFileSync('chmod', ['1777', join(instance, 'tmp')]);
	} catch (error) {
		rmSync(instance, { recursive: true, force: true });
		throw error;
	}
	return instance;
}

/** Makes a folder, with those above it, that belongs to a user of the root. */
export function makeOwnedFolder(path: string, owner: { uid: number; gid: number }): void {
	if (existsSync(path)) return;
	makeOwnedFolder(dirname(path), owner);
	mkdirSync(path, { mode: 0o755 });
	chownSync(path, owner.uid, owner.gid);
}
