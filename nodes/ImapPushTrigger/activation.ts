import type { ITriggerFunctions } from 'n8n-workflow';

/** Whether somebody publishes the workflow, and waits for the outcome; else n8n starts, or takes over, and nobody watches. */
export function isPublished(context: Pick<ITriggerFunctions, 'getActivationMode'>): boolean {
	const mode = context.getActivationMode();
	return mode === 'activate' || mode === 'create' || mode === 'update';
}
