/**
 * The ready-made workflows: the very files that a person imports, in a real n8n against a real Dovecot and a real PostgreSQL. They share
 * one n8n, whose start costs more than all of them; each has a mailbox and a database of its own.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { startDovecot } from '../../support/dovecot';
import type { WorkflowPlace, WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { sharedN8n } from '../../support/n8n/sharedN8n';
import { startPostgres } from '../../support/postgres';
import { workflowNames } from '../../support/workflowFiles';

/** The first run on a machine installs n8n. */
const setUpTimeout = 30 * 60_000;

let place: WorkflowPlace;

beforeAll(async () => {
	const [n8n, dovecot, postgres] = await Promise.all([sharedN8n('regular'), startDovecot(), startPostgres()]);
	place = { n8n, dovecot, postgres, files: n8n.files };
}, setUpTimeout);
afterAll(async () => {
	if (!place) return;
	await place.n8n.leave();
	await Promise.all([place.dovecot.stop(), place.postgres.stop()]);
});

for (const name of workflowNames) {
	// Found by the folders in workflows/, so that none can be left out.
	// eslint-disable-next-line @typescript-eslint/no-require-imports
	const { tests } = require(`./${name}`) as { tests: WorkflowTests };
	describe(name, () => tests(() => place));
}
