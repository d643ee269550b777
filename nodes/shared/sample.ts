import { NodeOperationError, type INodeExecutionData } from 'n8n-workflow';
import { sampleMessage } from '../../sync/run/sample';
import type { ConnectionSettings } from '../../sync/imap/settings';
import { withServer, type Connect } from './connect';
import { credentialTypeOf, openMailbox, type CredentialContext, type Mailbox } from './credentials';
import { collectItems, type BinaryHelper } from './items';
import { toNodeError } from './nodeErrors';
import { settingsFor } from './ownChanges';
import type { ParameterSource } from './parameterSource';
import { readRequest, type RunTime } from './request';

/** What a sample needs of a trigger's context. */
export type SampleContext = CredentialContext & Omit<ParameterSource, 'getNode'> & { helpers: BinaryHelper };

/** With what a sample is looked for. */
interface SampleLimits {
	connect: Connect;
	time: RunTime;
	/** The settings with the time limits of this trigger. */
	withTimeouts(settings: ConnectionSettings): ConnectionSettings;
}

/** The newest message as an example, for a trigger that is tried out in the editor. Touches no state. */
export async function showSample(
	context: SampleContext,
	{ connect, time, withTimeouts }: SampleLimits,
): Promise<INodeExecutionData[][]> {
	let mailbox: Mailbox | undefined;
	try {
		mailbox = await openMailbox(context, credentialTypeOf(context.getNodeParameter('authentication', 'password')));
		const request = readRequest(context, mailbox.account, time);
		const { items, sink } = collectItems(request, context.helpers);
		const settings = settingsFor(request, mailbox.settings);
		await withServer(connect, withTimeouts(mailbox.settings), (server) =>
			sampleMessage(settings, { server, sink, now: () => time.now }),
		);
		if (items.length > 0) return [items];
	} catch (error) {
		throw toNodeError(context.getNode(), error, { mailbox });
	}
	throw new NodeOperationError(context.getNode(), 'There is no message to show as a sample', {
		description:
			'The watched folders hold no message that fits. Send one to the mailbox, or choose other folders or another filter.',
	});
}
