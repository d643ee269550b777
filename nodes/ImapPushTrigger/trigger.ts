import { randomUUID } from 'node:crypto';
import type { INodeExecutionData, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { SyncError } from '../../sync/errors/syncError';
import { connectToServer } from '../shared/connect';
import { toNodeError } from '../shared/nodeErrors';
import { showSample } from '../shared/sample';
import { isPublished } from './activation';
import { PushWatch } from './PushWatch';
import { readPushRequest } from './pushFields';

/** How long the start of a workflow waits for the mail server: n8n gives all triggers of a workflow 84 seconds. */
const START_MS = 20_000;

/** A person waits for a sample. */
const SAMPLE_MS = 30_000;

/** Starts watching, or shows an example while the workflow is built. */
export async function startTrigger(context: ITriggerFunctions): Promise<ITriggerResponse> {
	if (context.getMode() === 'manual') return manualTest(context);
	const watch = await startWatch(context);
	return {
		closeFunction: async () => {
			await watch?.close();
		},
	};
}

/** undefined where the fields cannot be read and nobody is there to mend them. */
async function startWatch(context: ITriggerFunctions): Promise<PushWatch | undefined> {
	let watch: PushWatch | undefined;
	try {
		watch = new PushWatch(context, { workflowId: context.getWorkflow().id ?? '', nodeId: context.getNode().id });
		await watch.start(START_MS);
		return watch;
	} catch (error) {
		// n8n leaves a trigger off for good that throws when n8n itself starts: one that worked before mends itself.
		if (watch && !(isPublished(context) && !watch.hasPosition)) return watch;
		await watch?.close();
		throw error instanceof SyncError ? toNodeError(context.getNode(), error) : error;
	}
}

/** In the editor: the newest message at once, or the next event. */
function manualTest(context: ITriggerFunctions): ITriggerResponse {
	let watch: PushWatch | undefined;
	return {
		manualTriggerFunction: async () => {
			try {
				if (readPushRequest(context, {}).testWith === 'newest') {
					context.emit(await sampleOf(context));
					return;
				}
				watch = new PushWatch(context, { workflowId: 'test', nodeId: randomUUID() }, { isTest: true });
				await watch.start(START_MS);
			} catch (error) {
				throw error instanceof SyncError ? toNodeError(context.getNode(), error) : error;
			}
		},
		closeFunction: async () => {
			await watch?.close();
		},
	};
}

async function sampleOf(context: ITriggerFunctions): Promise<INodeExecutionData[][]> {
	const now = Date.now();
	return await showSample(context, {
		connect: connectToServer,
		time: { now, deadline: now + SAMPLE_MS },
		withTimeouts: (settings) => ({ ...settings, connectTimeoutMs: SAMPLE_MS, commandTimeoutMs: SAMPLE_MS }),
	});
}
