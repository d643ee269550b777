import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { SyncError } from '../../../sync/errors/syncError';
import { toNodeError } from '../../shared/nodeErrors';
import { ActionRun, type ConnectSession } from './ActionRun';
import type { Operation } from './operation';
import { findOperation } from './registry';
import { refuseUnlessFixed } from './tool/danger';

/** Runs the chosen operation for all input items, over one connection. `connect` is for tests. */
export async function execute(context: IExecuteFunctions, connect?: ConnectSession): Promise<INodeExecutionData[][]> {
	if (context.getInputData().length === 0) return [[]];
	let operation: Operation;
	try {
		operation = findOperation(String(context.getNodeParameter('resource', 0)), String(context.getNodeParameter('operation', 0)));
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
	const run = new ActionRun(context, operation.properties, connect);
	try {
		refuseUnlessFixed(run, operation);
		await operation.run(run);
	} catch (error) {
		// What an item failed with is n8n's error already.
		if (error instanceof NodeOperationError) throw error;
		if (!(error instanceof SyncError)) throw run.toNodeError(error);
		run.failRest(error);
	} finally {
		await run.close();
	}
	return [run.output()];
}
