import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties } from 'n8n-workflow';
import { ImapSyncApi } from '../../credentials/ImapSyncApi.credentials';
import { ImapSyncGoogleOAuth2Api } from '../../credentials/ImapSyncGoogleOAuth2Api.credentials';
import { ImapSyncMicrosoftOAuth2Api } from '../../credentials/ImapSyncMicrosoftOAuth2Api.credentials';
import { ImapSyncOAuth2Api } from '../../credentials/ImapSyncOAuth2Api.credentials';
import { ImapSyncTargetApi } from '../../credentials/ImapSyncTargetApi.credentials';
import { ImapSyncTargetGoogleOAuth2Api } from '../../credentials/ImapSyncTargetGoogleOAuth2Api.credentials';
import { ImapSyncTargetMicrosoftOAuth2Api } from '../../credentials/ImapSyncTargetMicrosoftOAuth2Api.credentials';
import { ImapSyncTargetOAuth2Api } from '../../credentials/ImapSyncTargetOAuth2Api.credentials';
import { operations } from '../../nodes/ImapSync/actions/registry';
import { ImapPushTrigger } from '../../nodes/ImapPushTrigger/ImapPushTrigger.node';
import { ImapSyncTrigger } from '../../nodes/ImapSyncTrigger/ImapSyncTrigger.node';
import { docsPages, readPage, root, withoutCode, type Page } from './pages';

const { properties: triggerProperties } = new ImapSyncTrigger().description;
const { properties: pushProperties } = new ImapPushTrigger().description;

const pages: Page[] = [readPage('README.md'), ...docsPages];
/** Pages for people who use the nodes: what is in italics there is a field or one of its choices. */
const userPages = pages.filter(({ path }) => !/^docs\/(architecture|contributing|histories)\.md$/.test(path));
/** Where the operations of other nodes are here. */
const comingFrom = readPage('docs/coming-from.md');

const credentials = [
	new ImapSyncApi(),
	new ImapSyncGoogleOAuth2Api(),
	new ImapSyncMicrosoftOAuth2Api(),
	new ImapSyncOAuth2Api(),
	new ImapSyncTargetApi(),
	new ImapSyncTargetGoogleOAuth2Api(),
	new ImapSyncTargetMicrosoftOAuth2Api(),
	new ImapSyncTargetOAuth2Api(),
];

/** Fields that the OAuth2 credentials have from n8n's own. */
const fieldsOfN8n = ['OAuth Redirect URL', 'Client ID', 'Client Secret', 'Access Token URL', 'Microsoft Graph API Base URL'];

const lower = (text: string): string => text.toLowerCase().replace(/ /g, '');

/** Whether a text means an operation of the node: "Message > Get Many". */
function isOperation(resource: string, name: string): boolean {
	return operations.some((operation) => lower(operation.resource) === lower(resource) && operation.name === name);
}

/** The operations that a page names, wherever its lines break. */
const namedOperations = ({ text }: Page): RegExpMatchArray[] => [
	...text
		.replace(/\s+/g, ' ')
		.matchAll(/\b(Message|Folder|Change|Archive) > ([A-Z][A-Za-z]*(?: (?:(?:as|to) )?[A-Z][A-Za-z]*)*)/g),
];

/** The labels of fields and of their choices, at any depth. */
function labelsOf(fields: readonly INodeProperties[]): string[] {
	return fields.flatMap(({ displayName, options = [] }) => [
		displayName,
		...options.flatMap((option) => ('displayName' in option ? labelsOf([option as INodeProperties]) : [option.name])),
	]);
}

/** What a page has in italics. */
const namedFields = ({ text }: Page): string[] =>
	[
		...withoutCode(text)
			.replace(/\*\*[^*]*\*\*/g, '')
			.matchAll(/(?<!\*)\*([^*|]+)\*(?!\*)/g),
	].map(([, label]) => label.replace(/\s+/g, ' '));

/** The source of the core and of the nodes, in which the messages are. */
const source = ['sync', 'nodes']
	.flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(root, folder, path)),
	)
	.filter((path) => path.endsWith('.ts'))
	.map((path) => readFileSync(path, 'utf8'))
	.join('\n');

describe('the documentation', () => {
	it.each(pages.map((page) => [page.path, page] as const))('%s names operations that there are', (_path, page) => {
		const unknown = namedOperations(page).filter(([, resource, name]) => !isOperation(resource, name));
		expect(unknown.map(([all]) => all)).toEqual([]);
	});

	it('names operations in the README and in the table of other nodes', () => {
		expect(namedOperations(readPage('README.md')).length).toBeGreaterThan(1);
		expect(namedOperations(comingFrom).length).toBeGreaterThan(20);
	});

	it.each(userPages.map((page) => [page.path, page] as const))('%s names fields that there are', (_path, page) => {
		const known = new Set(
			labelsOf([
				...triggerProperties,
				...pushProperties,
				...operations.flatMap(({ properties }) => properties),
				...credentials.flatMap(({ properties }) => properties),
			]),
		);
		const others = [
			'IMAP Sync',
			'IMAP Sync Trigger',
			'IMAP Push Trigger',
			'italic',
			'Italic',
			...credentials.map(({ displayName }) => displayName),
		];
		others.push(...fieldsOfN8n);
		expect([...new Set(namedFields(page))].filter((label) => !known.has(label) && !others.includes(label))).toEqual([]);
	});

	it('names the fields that other nodes have counterparts in', () => {
		expect(namedFields(comingFrom).length).toBeGreaterThan(20);
	});

	it('has every operation in one table, under its resource', () => {
		const tables = pages.flatMap(({ text }) =>
			[...`${text}\n`.matchAll(/\| Resource \| Operation \|[^]*?\n\n/g)].map(([table]) => table),
		);
		expect(tables).toHaveLength(1);
		const named = new Map<string, Set<string>>();
		let resource = '';
		for (const [, first, second] of tables[0].matchAll(/^\| (\w*) ?\| ([^|]*)\|/gm)) {
			if (first !== '') resource = lower(first);
			named.set(resource, new Set([...(named.get(resource) ?? []), ...second.split(/[^A-Za-z]+/)]));
		}
		// "Add / Remove / Set Flags" names three, so it goes by words.
		const missing = operations.filter(({ resource: own, name }) => !name.split(' ').every((word) => named.get(own)?.has(word)));
		expect(missing.map(({ resource: own, name }) => `${own}: ${name}`)).toEqual([]);
	});

	it('explains messages that the source has', () => {
		const rows = [...readPage('docs/troubleshooting.md').text.matchAll(/^\|([^|]*)\|/gm)].map(([, message]) => message);
		const quoted = rows.flatMap((message) => [...message.matchAll(/`([^`]+)`/g)].map(([, text]) => text));
		expect(quoted.length).toBeGreaterThan(10);
		// "…" stands for what differs from one time to the next.
		const parts = quoted.flatMap((text) => text.split('…')).map((part) => part.trim());
		expect(parts.filter((part) => !source.includes(part))).toEqual([]);
	});
});
