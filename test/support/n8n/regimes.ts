const scheduler = {
	N8N_SCHEDULER_ENABLED: 'true',
	N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
	N8N_USE_WORKFLOW_PUBLICATION_SERVICE: 'true',
};

/** n8n's three ways to poll, by the environment that chooses them. */
export const regimes = {
	'in memory': {},
	'by the scheduler of the database': scheduler,
	'with durable cursors': { ...scheduler, N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true' },
} satisfies Record<string, Record<string, string>>;

export type Regime = keyof typeof regimes;
