import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../workflows');

/** A node as n8n exports it. */
export interface ExportedNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: unknown;
	[more: string]: unknown;
}

/** By the name of a node and the kind of wire: for each output the inputs that it leads to. */
type Wires = Record<string, Record<string, Array<Array<{ node: string; type: string; index: number }> | null>>>;

/** A workflow as n8n exports it, and a person imports it. */
export interface ExportedWorkflow {
	name: string;
	nodes: ExportedNode[];
	connections: Wires;
	settings: Record<string, unknown>;
	[more: string]: unknown;
}

/** The ready-made workflows: their folders. */
export const workflowNames: readonly string[] = readdirSync(folder, { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name)
	.sort();

/** The very file that a person imports. */
export const readWorkflow = (name: string): ExportedWorkflow =>
	JSON.parse(readFileSync(join(folder, name, 'workflow.json'), 'utf8')) as ExportedWorkflow;

/** The page of a workflow. */
export const readWorkflowPage = (name: string): string => readFileSync(join(folder, name, 'README.md'), 'utf8');
