import { randomUUID } from 'node:crypto';
import type { PushPurpose } from './n8n/PushWorkflow';
import type { TestN8n } from './n8n/startN8n';
import type { Postgres } from './postgres';

/** What came into the table, of one message. */
interface SinkRow {
	subject: string;
	/** How often an execution got as far as the table. */
	times: number;
}

/** Writes an item, takes its time, and commits: an execution that did all of it has succeeded. */
const statement = `WITH written AS (
	INSERT INTO messages (event_id, subject) VALUES ($1, $2)
	ON CONFLICT (event_id) DO UPDATE SET times = messages.times + 1 RETURNING 1
) SELECT pg_sleep(seconds)::text AS slept FROM work, written`;

/** A table of PostgreSQL in which a workflow keeps one row for each `eventId`. */
export class SinkTable {
	private constructor(
		private readonly postgres: Postgres,
		private readonly database: string,
		/** The node that writes. */
		readonly node: NonNullable<PushPurpose['node']>,
	) {}

	static async create(postgres: Postgres, n8n: TestN8n): Promise<SinkTable> {
		const data = await postgres.newCredential();
		const { database } = data;
		await postgres.execute(
			database,
			`CREATE TABLE messages (event_id text PRIMARY KEY, subject text NOT NULL, times int NOT NULL DEFAULT 1);
			CREATE TABLE work (seconds float8 NOT NULL); INSERT INTO work VALUES (0.1)`,
		);
		const name = `sink ${randomUUID()}`;
		const { id } = await n8n.api.createCredential({ name, type: 'postgres', data });
		return new SinkTable(postgres, database, {
			type: 'n8n-nodes-base.postgres',
			typeVersion: 2.6,
			parameters: {
				operation: 'executeQuery',
				query: statement,
				options: { queryReplacement: '={{ [$json.eventId, $json.subject] }}' },
			},
			credentials: { postgres: { id, name } },
		});
	}

	/** How long an execution takes in the table. */
	async setWork(seconds: number): Promise<void> {
		await this.postgres.execute(this.database, `UPDATE work SET seconds = ${seconds}`);
	}

	async rows(): Promise<SinkRow[]> {
		return (await this.postgres.rows(this.database, 'SELECT subject, times FROM messages')) as unknown as SinkRow[];
	}

	/** How many messages are in it, how often they came, and how many executions are at it now. */
	async counts(): Promise<{ messages: number; times: number; running: number }> {
		const [found] = await this.postgres.rows(
			this.database,
			`SELECT count(*)::int AS messages, coalesce(sum(times), 0)::int AS times,
			(SELECT count(*)::int FROM pg_stat_activity
				WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()) AS running
			FROM messages`,
		);
		return found as { messages: number; times: number; running: number };
	}
}
