import { startPostgres } from '../postgres';
import { startRedis } from '../redis';
import { startN8n, type TestN8n } from './startN8n';

/** As docs/queue-mode.md advises it: otherwise n8n does not hear how some executions ended, and each of them holds its place for an hour. */
const keepsJobs = { N8N_EXECUTIONS_QUEUE_KEEP_LAST_COMPLETED: '1000', N8N_EXECUTIONS_QUEUE_KEEP_LAST_FAILED: '1000' };

/** A dead worker is found after seconds instead of a minute and a half. */
export const soonStalled = {
	QUEUE_WORKER_LOCK_DURATION: '10000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '3000',
};

/** An n8n in queue mode with so many workers, on a Redis and a PostgreSQL of its own, which are removed with it. */
export async function startQueue(workers: number, env: Record<string, string> = {}): Promise<TestN8n> {
	const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
	const stop = async (): Promise<void> => void (await Promise.all([redis.stop(), postgres.stop()]));
	try {
		const queue = { EXECUTIONS_MODE: 'queue', QUEUE_BULL_REDIS_HOST: redis.host, QUEUE_BULL_REDIS_PORT: String(redis.port) };
		const n8n = await startN8n({ ...queue, ...keepsJobs, ...env, ...(await postgres.newDatabase()) }, { workers });
		return {
			...n8n,
			remove: async () => {
				await n8n.remove();
				await stop();
			},
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
