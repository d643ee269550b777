import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where scripts/testing/s3.mjs put the server. */
const program = join(
	process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
	'n8n-nodes-imap-sync/s3rver-3.7.1/node_modules/.bin/s3rver',
);

/** Whether there is an S3-compatible server to test with. */
export const hasS3 = existsSync(program);

/** S3-compatible storage on loopback. */
interface S3 {
	/** The data of a credential of the type `s3`. */
	credential: Record<string, unknown>;
	stop(): Promise<void>;
}

/** Starts one with an empty bucket. */
export async function startS3(bucket: string, port: number): Promise<S3> {
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-s3-'));
	const args = ['-d', folder, '-a', '127.0.0.1', '-p', String(port), '--no-vhost-buckets', '--configure-bucket', bucket];
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	const ended = once(child, 'exit');
	// Its first line says that it listens.
	await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error('s3rver ended')))]);
	child.stdout.resume();
	return {
		credential: {
			endpoint: `http://127.0.0.1:${port}`,
			region: 'us-east-1',
			accessKeyId: 'S3RVER',
			secretAccessKey: 'S3RVER',
			forcePathStyle: true,
		},
		async stop() {
			child.kill();
			await ended;
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
