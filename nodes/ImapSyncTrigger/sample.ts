import { NodeOperationError, type INodeExecutionData, type IPollFunctions } from 'n8n-workflow';
import { sampleMessage } from '../../sync/run/sample';
import { withServer } from '../shared/connect';
import { credentialTypeOf, openMailbox, type Mailbox } from '../shared/credentials';
import { collectItems } from '../shared/items';
import { toNodeError } from '../shared/nodeErrors';
import { settingsFor } from '../shared/ownChanges';
import { readRequest } from '../shared/request';
import type { PollDependencies } from './pollDependencies';
import { pollTime, withTimeouts } from './pollTime';

/** The newest message as an example, for a trigger that is tried out in the editor. Touches no state. */
export async function showSample(context: IPollFunctions, { connect, now }: PollDependencies): Promise<INodeExecutionData[][]> {
	let mailbox: Mailbox | undefined;
	try {
		mailbox = await openMailbox(context, credentialTypeOf(context.getNodeParameter('authentication', 'password')));
		const time = pollTime(context, now());
		const request = readRequest(context, mailbox.account, time);
		const { items, sink } = collectItems(request, context.helpers);
		const settings = settingsFor(request, mailbox.settings);
		await withServer(connect, withTimeouts(mailbox.settings, time), (server) => sampleMessage(settings, { server, sink, now }));
		if (items.length > 0) return [items];
	} catch (error) {
		throw toNodeError(context.getNode(), error, { mailbox });
	}
	throw new NodeOperationError(context.getNode(), 'There is no message to show as a sample', {
		description:
			'The watched folders hold no message that fits. Send one to the mailbox, or choose other folders or another filter.',
	});
}
