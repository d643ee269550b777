/**
 * The workflow of the demo: what happens in a mailbox becomes what happens on a ticket board. It uses nothing but the
 * IMAP Sync Trigger and n8n's own nodes.
 *
 * @param {{ name: string, credential: { id: string, name: string }, folders: string[], startFrom: 'all' | 'now', ticketsUrl: string }} options
 */
// One list of nodes and one of wires: cut in pieces a workflow can be read less well.
// eslint-disable-next-line max-lines-per-function
export function demoWorkflow({ name, credential, folders, startFrom, ticketsUrl }) {
	const nodes = [
		note({
			name: 'Read me',
			position: [-380, -300],
			size: [580, 260],
			content:
				'## Mail becomes tickets\n\n' +
				'Once a minute, the **IMAP Sync Trigger** gives what changed in the mailbox since it last looked: new messages, ' +
				'changed flags, deleted messages. Nothing is given twice, nothing is left out.\n\n' +
				'A message is known by its `id`, and its ticket by `conversation.key`: a reply joins the ticket of its conversation.\n\n' +
				'Turn it off and on again to look at once.',
		}),
		note({
			name: 'About the board',
			position: [800, -220],
			size: [280, 180],
			color: 5,
			content: `### Ticket board\n\nStands in for your CRM or help desk. It runs with the demo and shows the tickets as they come:\n\n[${new URL('/', ticketsUrl)}](${new URL('/', ticketsUrl)})`,
		}),
		{
			...node('IMAP Sync Trigger', 'n8n-nodes-imap-sync.imapSyncTrigger', 1, [-320, 80]),
			parameters: {
				authentication: 'password',
				triggerOn: ['messageNew', 'messageUpdated', 'messageDeleted'],
				folderSelection: 'chosen',
				folders,
				startFrom,
				output: 'content',
				pollTimes: { item: [{ mode: 'everyMinute' }] },
			},
			credentials: { imapSyncApi: { id: credential.id, name: credential.name } },
		},
		{
			...node('What happened?', 'n8n-nodes-base.switch', 3.2, [0, 64]),
			parameters: {
				rules: {
					values: [rule('messageNew', 'New message'), rule('messageUpdated', 'Flags changed'), rule('messageDeleted', 'Deleted')],
				},
				options: {},
			},
		},
		{
			...node('Open ticket', 'n8n-nodes-base.set', 3.4, [400, -120]),
			parameters: fields({
				action: 'open',
				key: TICKET,
				message: MESSAGE,
				folder: '={{ $json.folder }}',
				sender: '={{ $json.from?.name || $json.from?.address || "unknown" }}',
				subject: '={{ $json.subject ?? "" }}',
				excerpt: '={{ ($json.text ?? "").replace(/\\s+/g, " ").trim().slice(0, 160) }}',
				attachments: ['={{ ($json.attachments ?? []).map((attachment) => attachment.fileName) }}'],
				flags: ['={{ $json.flags ?? [] }}'],
			}),
		},
		{
			...node('Update ticket', 'n8n-nodes-base.set', 3.4, [400, 80]),
			parameters: fields({
				action: 'update',
				message: MESSAGE,
				flags: ['={{ $json.flags ?? [] }}'],
				flagsAdded: ['={{ $json.flagsAdded ?? [] }}'],
				flagsRemoved: ['={{ $json.flagsRemoved ?? [] }}'],
			}),
		},
		{
			...node('Close ticket', 'n8n-nodes-base.set', 3.4, [400, 280]),
			parameters: fields({ action: 'close', message: MESSAGE }),
		},
		{
			...node('Ticket board', 'n8n-nodes-base.httpRequest', 4.2, [880, 80]),
			parameters: {
				method: 'POST',
				url: ticketsUrl,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: '={{ JSON.stringify($json) }}',
				options: {},
			},
			retryOnFail: true,
			maxTries: 3,
		},
	];
	const connections = {
		'IMAP Sync Trigger': { main: [to('What happened?')] },
		'What happened?': { main: [to('Open ticket'), to('Update ticket'), to('Close ticket')] },
		'Open ticket': { main: [to('Ticket board')] },
		'Update ticket': { main: [to('Ticket board')] },
		'Close ticket': { main: [to('Ticket board')] },
	};
	return { name, nodes, connections, settings: { executionOrder: 'v1' } };
}

/** The same for all messages of a conversation. */
const TICKET = '={{ $json.conversation?.key || $json.id }}';

/** What changed and what is gone has no conversation any more: which message it was is what it says. */
const MESSAGE = '={{ $json.id }}';

/** Node ids stay the same with every start: n8n keeps a trigger's place in the mailbox by them. */
function node(name, type, typeVersion, position) {
	const hex = Buffer.from(name.padEnd(16, '.')).toString('hex').slice(0, 32);
	const id = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
	return { id, name, type, typeVersion, position };
}

function note({ name, position, size: [width, height], content, color = 7 }) {
	return { ...node(name, 'n8n-nodes-base.stickyNote', 1, position), parameters: { content, width, height, color } };
}

function to(name) {
	return [{ node: name, type: 'main', index: 0 }];
}

function rule(event, outputKey) {
	return {
		conditions: {
			options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
			conditions: [
				{ id: event, leftValue: '={{ $json.event }}', rightValue: event, operator: { type: 'string', operation: 'equals' } },
			],
			combinator: 'and',
		},
		renameOutput: true,
		outputKey,
	};
}

/** The parameters of an Edit Fields node. A value in brackets is an expression that gives a list. */
function fields(values) {
	const assignments = Object.entries(values).map(([name, value]) =>
		Array.isArray(value) ? { id: name, name, value: value[0], type: 'array' } : { id: name, name, value, type: 'string' },
	);
	return { assignments: { assignments }, options: {} };
}
