import type { Postgres } from './postgres';

/** Commits of n8n that PostgreSQL takes its time for, now and then. */
export interface SlowCommits {
	/** How many there were. */
	count(): Promise<number>;
	end(): Promise<void>;
}

/**
 * From now on each commit that begins an execution, or writes how far it is, takes 0.2 to 1.5 seconds longer with this probability. It is
 * the commit that waits: a deferred trigger runs at the very end of the transaction.
 */
export async function slowCommits(postgres: Postgres, database: string, probability: number): Promise<SlowCommits> {
	await postgres.execute(
		database,
		`CREATE SEQUENCE slow_commits;
		CREATE FUNCTION commit_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF random() < ${probability} THEN
				PERFORM nextval('slow_commits');
				PERFORM pg_sleep(0.2 + 1.3 * random());
			END IF;
			RETURN NULL;
		END $$;
		CREATE CONSTRAINT TRIGGER commit_slowly AFTER INSERT OR UPDATE ON execution_entity
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commit_slowly()`,
	);
	return {
		async count() {
			const [{ n }] = await postgres.rows(
				database,
				'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS n FROM slow_commits',
			);
			return Number(n);
		},
		async end() {
			await postgres.execute(database, 'ALTER TABLE execution_entity DISABLE TRIGGER commit_slowly');
		},
	};
}
