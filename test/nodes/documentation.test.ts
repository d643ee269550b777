import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties } from 'n8n-workflow';
import { ImapSyncApi } from '../../credentials/ImapSyncApi.credentials';
import { operations } from '../../nodes/ImapSync/actions/registry';
import { triggerProperties } from '../../nodes/ImapSync/properties';

const root = join(__dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** Where the operations of other nodes are here. */
const comingFrom = /\n## Coming from another IMAP node\n[^]*?(?=\n## )/.exec(readme)?.[0] ?? '';

const lower = (text: string): string => text.toLowerCase().replace(/ /g, '');

/** Whether a text means an operation of the node: "Message > Get Many". */
function isOperation(resource: string, name: string): boolean {
	return operations.some((operation) => lower(operation.resource) === lower(resource) && operation.name === name);
}

/** The labels of fields and of their choices, at any depth. */
function labelsOf(fields: readonly INodeProperties[]): string[] {
	return fields.flatMap(({ displayName, options = [] }) => [
		displayName,
		...options.flatMap((option) => ('displayName' in option ? labelsOf([option as INodeProperties]) : [option.name])),
	]);
}

describe('the documentation', () => {
	it.each([
		['README', readme],
		['table of other nodes', comingFrom],
	])('of the %s names operations that there are', (_name, text) => {
		const named = [...text.matchAll(/\b(Message|Folder|Change|Archive) > ([A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)*)/g)];
		expect(named.length).toBeGreaterThan(1);
		expect(named.filter(([, resource, name]) => !isOperation(resource, name)).map(([all]) => all)).toEqual([]);
	});

	it('of other nodes names fields that there are', () => {
		const known = new Set(
			labelsOf([...triggerProperties, ...operations.flatMap(({ properties }) => properties), ...new ImapSyncApi().properties]),
		);
		const nodes = ['IMAP Sync', 'IMAP Sync Trigger', 'IMAP Sync API', 'italic'];
		const named = [...comingFrom.replace(/\*\*[^*]*\*\*/g, '').matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g)].map(([, label]) => label);
		expect(named.length).toBeGreaterThan(20);
		expect([...new Set(named)].filter((label) => !known.has(label) && !nodes.includes(label))).toEqual([]);
	});

	it("the README's table has every operation, under its resource", () => {
		const table = /\| Resource \| Operation \|[^]*?\n\n/.exec(readme)?.[0] ?? '';
		const named = new Map<string, Set<string>>();
		let resource = '';
		for (const [, first, second] of table.matchAll(/^\| (\w*) ?\| ([^|]*)\|/gm)) {
			if (first !== '') resource = lower(first);
			named.set(resource, new Set([...(named.get(resource) ?? []), ...second.split(/[^A-Za-z]+/)]));
		}
		// "Add / Remove / Set Flags" names three, so it goes by words.
		const missing = operations.filter(({ resource: own, name }) => !name.split(' ').every((word) => named.get(own)?.has(word)));
		expect(missing.map(({ resource: own, name }) => `${own}: ${name}`)).toEqual([]);
	});
});
