import { randomUUID } from 'node:crypto';
import { startDovecot, type Dovecot } from '../../support/dovecot';
import { ImportedWorkflow, type WorkflowTests } from '../../support/n8n/ImportedWorkflow';
import { importScript } from '../../support/n8n/scripts';
import { credentialData } from '../../support/n8n/TriggerWorkflow';

/** Twelve seconds: heartbeats that come each second are executions, and may wait for their turn. */
const LIMIT_MINUTES = 0.2;

export const tests: WorkflowTests = (place) => {
	let ending: Dovecot | undefined;
	afterAll(async () => await ending?.stop());

	it('is silent while the mailbox is reached, and raises one alarm when its trigger or its mail server is gone', async () => {
		const { n8n, dovecot } = place();
		const { itemsOf } = await importScript('N8nApi.mjs');
		const limit = { assignments: { assignments: [{ id: 'minutes', name: 'minutes', value: LIMIT_MINUTES, type: 'number' }] } };
		const alarm = await ImportedWorkflow.import(n8n, 'heartbeat-alarm', { credentials: {}, changed: { Limit: limit } });
		const watch = async ({ host, port, password }: Dovecot) => {
			const user = `watched-${randomUUID()}`;
			const workflow = await ImportedWorkflow.import(n8n, 'heartbeat', {
				credentials: { imapSyncApi: credentialData({ user, host, port, password }) },
				options: { 'IMAP Push Trigger': { heartbeatEvery: 0.02 } },
			});
			await workflow.publish();
			await workflow.until(async () => (await workflow.itemsOf('Note Heartbeat')).length > 0, 'a heartbeat');
			return { user, workflow };
		};
		/** The problems that one run of the alarm tells, and whether it failed. */
		const run = async (): Promise<{ failed: boolean; problems: string[] }> => {
			const execution = await n8n.api.runManually(alarm.id, 'Schedule Trigger');
			const problems = itemsOf(execution, 'Problem').map(({ problem }) => String(problem));
			return { failed: execution.status === 'error', problems };
		};
		ending = await startDovecot();
		const [alive, dead, away] = [await watch(dovecot), await watch(dovecot), await watch(ending)];
		await Promise.all([dead.workflow.unpublish(), ending.stop()]);
		const said = new Map<string, string[]>();
		await alarm.until(async () => {
			const { failed, problems } = await run();
			expect(failed).toBe(problems.length > 0);
			for (const { user } of [alive, dead, away])
				said.set(user, [...(said.get(user) ?? []), ...problems.filter((problem) => problem.includes(user))]);
			return said.get(dead.user)!.length > 0 && said.get(away.user)!.length > 0;
		}, 'both alarms');
		await run();
		expect(said.get(alive.user)).toEqual([]);
		expect(said.get(dead.user)).toEqual([
			expect.stringMatching(/was not reached since \d{4}-.*Z\. The last sign of life of its trigger came at \d{4}-.*Z\.$/),
		]);
		expect(said.get(away.user)).toEqual([expect.stringMatching(/ Last error: .+/)]);
		for (const { workflow } of [alive, away]) await workflow.unpublish();
	});
};
