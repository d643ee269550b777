import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { DescribedError } from '../../shared/describedError';
import { authenticationField } from '../../shared/credentials';
import * as archive from './archive/operations';
import * as change from './change/operations';
import * as folder from './folder/operations';
import * as message from './message/operations';
import type { Effect, Operation, Resource } from './operation';
import { asShown } from './tool/toolFields';

/*
 * How to add an operation
 *
 * 1. One file in the folder of its resource, named like its value: message/getRaw.ts. It exports one Operation and nothing
 *    else. One line in operations.ts of that folder. The node's description, the list of operations and where it runs follow
 *    from that line.
 * 2. Properties are written without regard to other operations: the registry shows them for this one only. Own
 *    displayOptions.show conditions stay and refer to fields of the same operation. Fields of the same meaning have the same
 *    name everywhere, so that n8n keeps what was entered when the operation is switched; take them from the shared blocks:
 *    - messageFields (messageFields.ts): which message: of the input item, by UID, or by Message-ID
 *    - folderField() (shared/folderField.ts): one folder, from a list or by path
 * 3. run() gets an ActionRun and answers every input item:
 *    - parameters: run.text('subject', index), run.folder('folder', index), run.yesOrNo('options.counts', index) ...; they
 *      throw a SyncError that names the field, which belongs to that item: use run.each() or run.readEach()
 *    - one item after the other: await run.each(async (index) => { ... run.succeed(index, json, binary) })
 *    - many items with few commands: resolveMessages(run) gives { index, address } of all items, with Message-IDs looked up
 *      together; group them with groupByFolder() of sync/reading/messageAddress.ts and answer by run.succeed() or run.fail().
 *      What changes messages in their folders needs changeResolved() only.
 *    - the mail server: const { reader, writer } = await run.session(). The reader is sync/server/mailServer.ts (read-only), the
 *      writer is sync/changing/writing.ts; both use one connection, so finish with a folder of the one before you open one with the
 *      other.
 *    - between two commands: run.throwIfStopped(), or run.signal?.aborted where something is to be reported first
 *    - files: run.file(field, index) in, run.files.prepareBinaryData(...) out
 * 4. A result has the names of the trigger's items: folder, uid, uidValidity, flags ... so that it can be dropped into the next
 *    operation. Nothing to return: { deleted: true } and the like, as n8n does.
 * 5. What needs nothing of n8n belongs into sync/, with its own tests.
 * 6. Errors: SyncError with what happened and what to do; never half done without saying so. A lost connection while something
 *    changes is outcomeUnknown. A failed item is { error, details } and nothing else: n8n knows failed items by these names.
 *    What could destroy more than was asked for is refused (refusedForSafety).
 * 7. Tests: test/nodes/actions.test.ts checks every operation's description by itself. test/servers/actions.test.ts runs the
 *    node itself on real servers: runNode() of test/support/executeContext.ts, with 1 and with 500 items and the commands counted.
 */

/** Every operation of the node. */
export const operations: readonly Operation[] = [message, folder, change, archive].flatMap((ofResource) =>
	Object.values<Operation>(ofResource).sort((a, b) => a.name.localeCompare(b.name)),
);

/** By how often they are needed: the order in which n8n lists the actions too. */
const resources: Array<{ name: string; value: Resource }> = [
	{ name: 'Message', value: 'message' },
	{ name: 'Folder', value: 'folder' },
	{ name: 'Change', value: 'change' },
	{ name: 'Archive', value: 'archive' },
];

/** The operation that a workflow names. Throws settingsInvalid for one that this version does not have. */
export function findOperation(resource: string, value: string): Operation {
	const operation = operations.find((candidate) => candidate.resource === resource && candidate.value === value);
	if (operation) return operation;
	throw new DescribedError(
		'settingsInvalid',
		`This version of the node has no operation "${value}" for "${resource}"`,
		'Select the operation again, or update n8n-nodes-imap-sync.',
	);
}

/** The fields of the node: resource, operation, then those of each operation. */
export function actionProperties(): INodeProperties[] {
	const present = resources.filter(({ value }) => operations.some(({ resource }) => resource === value));
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: present,
			default: 'message',
			description: 'What to work with',
		},
		...present.flatMap(({ value }) => operationFields(value)),
		authenticationField,
		...operations.flatMap((operation) => operation.properties.flatMap(asShown).map((property) => shownFor(operation, property))),
	];
}

/**
 * The list of operations of a resource, twice: n8n describes a tool to a model by the action in the first list, whatever version the list
 * is for. Its list of actions for people takes only lists for the node's version: so one that is for no version reaches models alone.
 */
function operationFields(resource: Resource): INodeProperties[] {
	const own = operations.filter((operation) => operation.resource === resource);
	const preferred = own.find(({ value }) => value === 'getMany') ?? own[0];
	const optionsWith = (actionOf: (operation: Operation) => string): INodePropertyOptions[] =>
		own.map((operation) => {
			const { name, value, description } = operation;
			return { name, value, description, action: actionOf(operation) };
		});
	// eslint-disable-next-line n8n-nodes-base/node-param-default-missing -- it has one, which the rule cannot compute
	const field: INodeProperties = {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		options: optionsWith(({ action }) => action),
		default: preferred.value,
		description: 'What to do',
	};
	const forModels: INodeProperties = {
		...field,
		displayOptions: { show: { resource: [resource], '@version': [0] } },
		options: optionsWith(actionForModel),
	};
	return [forModels, field];
}

/** What a model is told that an operation does, and what it means to have done it. */
const actionForModel = ({ description, effect }: Operation): string => `${description} (${effects[effect]})`;

const effects: Record<Effect, string> = {
	reads: 'read-only, changes nothing',
	changes: 'changes the mailbox',
	destroys: 'destructive, cannot be undone: refused unless a person allowed it in the node',
};

function shownFor({ resource, value }: Operation, property: INodeProperties): INodeProperties {
	const { show, ...others } = property.displayOptions ?? {};
	return { ...property, displayOptions: { ...others, show: { resource: [resource], operation: [value], ...show } } };
}
