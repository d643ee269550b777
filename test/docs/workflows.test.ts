import { NodeHelpers, type INode, type INodeProperties, type INodeTypeDescription } from 'n8n-workflow';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ImapPushTrigger } from '../../nodes/ImapPushTrigger/ImapPushTrigger.node';
import { ImapSync } from '../../nodes/ImapSync/ImapSync.node';
import { ImapSyncTrigger } from '../../nodes/ImapSyncTrigger/ImapSyncTrigger.node';
import {
	readWorkflow,
	readWorkflowPage,
	workflowNames,
	type ExportedNode,
	type ExportedWorkflow,
} from '../support/workflowFiles';
import { readPage, root } from './pages';

/** What n8n adds to a node that is a tool. */
const toolFields: INodeProperties[] = [
	{
		displayName: 'Tool Description',
		name: 'descriptionType',
		type: 'options',
		default: 'auto',
		options: [
			{ name: 'Set Automatically', value: 'auto' },
			{ name: 'Set Manually', value: 'manual' },
		],
	},
	{ displayName: 'Description', name: 'toolDescription', type: 'string', default: '' },
];

const descriptions = new Map<string, INodeTypeDescription>(
	[new ImapSync(), new ImapSyncTrigger(), new ImapPushTrigger()].map(({ description }) => [
		`n8n-nodes-imap-sync.${description.name}`,
		description,
	]),
);

/** The description of a node of this package; of a tool too. */
function descriptionOf({ type }: ExportedNode): INodeTypeDescription | undefined {
	const own = descriptions.get(type);
	if (own || !type.endsWith('Tool')) return own;
	const action = descriptions.get(type.replace(/Tool$/, ''));
	return action && { ...action, name: `${action.name}Tool`, properties: [...toolFields, ...action.properties] };
}

/** The parameters that n8n keeps when the node is saved: without fields that it does not have or show, and without defaults. */
function keptParameters(node: ExportedNode, description: INodeTypeDescription): object {
	const { properties } = description;
	const all = [...properties, ...(description.polling ? [pollTimes] : [])];
	return (
		NodeHelpers.getNodeParameters(all, node.parameters as INode['parameters'], false, false, node as INode, description) ?? {}
	);
}

/** n8n gives every polling node this field. */
const pollTimes: INodeProperties = {
	displayName: 'Poll Times',
	name: 'pollTimes',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	options: [{ displayName: 'Item', name: 'item', values: NodeHelpers.cronNodeOptions[0].values as INodeProperties[] }],
};

/** The values in a node's parameters for which n8n would show a red field. */
const issuesOf = (node: ExportedNode, description: INodeTypeDescription): string[] =>
	Object.values(NodeHelpers.getNodeParametersIssues(description.properties, node as INode, description)?.parameters ?? {}).flat();

/** The names of nodes that expressions refer to. */
const namedNodes = (parameters: object): string[] =>
	[...JSON.stringify(parameters).matchAll(/\$(?:\(|items\(|node\[)\s*(?:'([^']+)'|\\"([^"\\]+)\\")/g)].map(([, a, b]) => a ?? b);

const notesOf = ({ nodes }: ExportedWorkflow): string =>
	nodes
		.filter(({ type }) => type === 'n8n-nodes-base.stickyNote')
		.map(({ parameters }) => String(parameters.content))
		.join('\n');

const headings = ['What it does', 'What it needs', 'In five steps', 'What to change', 'What you can rely on'];

describe('the ready-made workflows', () => {
	it('are in the table of workflows/README.md, each with its page', () => {
		const rows = [...readPage('workflows/README.md').text.matchAll(/^\| \[[^\]]+\]\(([^)/]+)\/README\.md\)/gm)].map(
			([, name]) => name,
		);
		expect(rows.sort()).toEqual(workflowNames);
	});

	describe.each(workflowNames)('%s', (name) => {
		const workflow = readWorkflow(name);
		const own = workflow.nodes.flatMap((node) => {
			const description = descriptionOf(node);
			return description ? [{ node, description }] : [];
		});

		it('has fields and values that the nodes have', () => {
			expect(own.length).toBeGreaterThan(0);
			for (const { node, description } of own) {
				expect([node.name, keptParameters(node, description)]).toEqual([node.name, node.parameters]);
				expect([node.name, issuesOf(node, description)]).toEqual([node.name, []]);
				expect([node.name, node.typeVersion]).toEqual([node.name, description.version]);
			}
			const strangers = workflow.nodes.filter(({ type }) => type.startsWith('n8n-nodes-imap-sync') || type.startsWith('CUSTOM'));
			expect(strangers).toEqual(own.map(({ node }) => node));
		});

		it('has nodes with names and places of their own, and wires and expressions that lead to them', () => {
			const names = workflow.nodes.map((node) => node.name);
			expect(new Set(names).size).toBe(names.length);
			expect(new Set(workflow.nodes.map(({ id }) => id)).size).toBe(names.length);
			expect(new Set(workflow.nodes.map(({ position }) => position.join())).size).toBe(names.length);
			const targets = Object.values(workflow.connections).flatMap((kinds) =>
				Object.values(kinds).flatMap((outputs) => outputs.flatMap((wires) => (wires ?? []).map(({ node }) => node))),
			);
			const named = workflow.nodes.flatMap(({ parameters }) => namedNodes(parameters));
			const all = [...Object.keys(workflow.connections), ...targets, ...named];
			expect(all.filter((one) => !names.includes(one))).toEqual([]);
			const wired = new Set([...Object.keys(workflow.connections), ...targets]);
			const loose = workflow.nodes.filter((node) => node.type !== 'n8n-nodes-base.stickyNote' && !wired.has(node.name));
			expect(loose.map((node) => node.name)).toEqual([]);
		});

		it('holds nothing of the account or the n8n that it was made in', () => {
			expect(Object.keys(workflow).sort()).toEqual(['connections', 'name', 'nodes', 'settings']);
			expect(workflow.nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
			expect(JSON.stringify(workflow)).not.toMatch(/"(?:password|apiKey|accessToken|secret)":|https?:\/\/(?!\S*example\.)/i);
		});

		it('says on a note what it does, and which credentials it takes', () => {
			const notes = notesOf(workflow);
			expect(notes.length).toBeGreaterThan(200);
			expect(notes).toContain('IMAP Sync API');
		});

		it('has a page that a person can go by, and a test', () => {
			const page = readWorkflowPage(name);
			const found = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
			expect(found).toEqual(headings);
			const steps = /^## In five steps\n([^]*?)\n## /m.exec(page)?.[1] ?? '';
			expect([...steps.matchAll(/^\d\. /gm)]).toHaveLength(5);
			expect(existsSync(join(root, `test/e2e/workflows/${name}.ts`))).toBe(true);
		});
	});
});
