import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { ActionRun, type ConnectSession } from './ActionRun';
import { findOperation } from './registry';

/** Runs the chosen operation for all input items, over one connection. `connect` is for tests. */
export async function execute(context: IExecuteFunctions, connect?: ConnectSession): Promise<INodeExecutionData[][]> {
	if (context.getInputData().length === 0) return [[]];
	const run = new ActionRun(
		context,
		findOperation(String(context.getNodeParameter('resource', 0)), String(context.getNodeParameter('operation', 0))),
		connect,
	);
	try {
		await run.operation.run(run);
		return [run.output()];
	} catch (error) {
		// What an item failed with is n8n's error already.
		if (error instanceof NodeOperationError) throw error;
		throw run.toNodeError(error);
	} finally {
		await run.close();
	}
}
