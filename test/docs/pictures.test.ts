import type { INodeProperties, INodePropertyCollection } from 'n8n-workflow';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ImapSyncApi } from '../../credentials/ImapSyncApi.credentials';
import { ImapPushTrigger } from '../../nodes/ImapPushTrigger/ImapPushTrigger.node';
import { ImapSync } from '../../nodes/ImapSync/ImapSync.node';
import { ImapSyncTrigger } from '../../nodes/ImapSyncTrigger/ImapSyncTrigger.node';
import { readWorkflow, readWorkflowPage, workflowNames } from '../support/workflowFiles';
import { root } from './pages';

/** What `npm run pictures` noted: what is to be read on each picture, by its path. */
const labels = JSON.parse(readFileSync(join(root, 'docs/pictures/labels.json'), 'utf8')) as Record<string, string[]>;

/** A page with many pictures should still load fast. */
const MOST_BYTES = 300_000;

/** What n8n itself writes on the panels. */
const labelsOfN8n = ['Credential', 'Poll Times', 'Mode', 'Hour', 'Minute'];

function* displayNames(properties: readonly INodeProperties[]): Generator<string> {
	for (const { displayName, options = [] } of properties) {
		yield displayName;
		for (const option of options) {
			if ('values' in option) {
				yield option.displayName;
				yield* displayNames((option as INodePropertyCollection).values);
			} else if ('displayName' in option) yield* displayNames([option as INodeProperties]);
		}
	}
}

const known = new Set([
	...labelsOfN8n,
	...[new ImapPushTrigger(), new ImapSync(), new ImapSyncTrigger()].flatMap(({ description: { properties } }) => [
		...displayNames(properties),
	]),
	...displayNames(new ImapSyncApi().properties),
]);

const panels = Object.entries(labels).filter(([path]) => path.startsWith('docs/'));

describe('pictures (npm run pictures makes them anew)', () => {
	it.each(Object.keys(labels))('%s is there, and small', (path) => {
		expect(statSync(join(root, path)).size).toBeLessThan(MOST_BYTES);
	});

	it.each(panels)('%s shows labels that there are', (_path, shown) => {
		expect(shown.length).toBeGreaterThan(0);
		expect(shown.filter((label) => !known.has(label))).toEqual([]);
	});

	it.each(workflowNames)('the workflow %s has one, of the nodes that it has, on its page', (folder) => {
		const path = `workflows/${folder}/picture.png`;
		expect(existsSync(join(root, path))).toBe(true);
		const nodes = readWorkflow(folder).nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');
		expect(labels[path]).toEqual(nodes.map(({ name }) => name));
		expect(readWorkflowPage(folder)).toContain('](picture.png)');
	});
});
