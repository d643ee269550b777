/**
 * What the tests that start n8n read from it.
 *
 * @jest-environment ./test/support/n8n/nativeImportEnvironment.js
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importScript } from '../support/n8n/scripts';

/** An n8n in queue mode that did not hear how the second execution ended, while the third is running. */
const inDatabase = [
	{ id: '12', workflowId: 'another', stoppedAt: '2026-11-27T23:24:16Z', status: 'success' },
	{ id: '11', workflowId: 'w', stoppedAt: null, status: 'running' },
	{ id: '10', workflowId: 'w', stoppedAt: '2026-11-27T23:23:16Z', status: 'success' },
	{ id: '9', workflowId: 'w', stoppedAt: '2026-11-27T23:22:16Z', status: 'error' },
];
const asked: string[] = [];
/** When each list was asked for, and how long an answer takes; milliseconds. */
const listedAt: number[] = [];
let answersAfter = 0;

const answers: Array<[RegExp, (id: string) => object]> = [
	[/^\/rest\/api-keys\/scopes/, () => ({ data: [] })],
	[/^\/rest\/api-keys/, () => ({ data: { rawApiKey: 'key' } })],
	[/^\/api\/v1\/executions\/(\d+)/, (id) => ({ ...inDatabase.find((one) => one.id === id), data: `that of ${id}` })],
	[/^\/api\/v1\/executions\?.*cursor=second/, () => ({ data: [], nextCursor: null })],
	[/^\/api\/v1\/executions\?/, () => ({ data: [inDatabase[3]], nextCursor: 'second' })],
	[/^\/rest\/executions\?.*cursor=second/, () => ({ data: { results: inDatabase.slice(2), nextCursor: null } })],
	[/^\/rest\/executions\?/, () => ({ data: { results: inDatabase.slice(0, 2), nextCursor: 'second' } })],
];

let n8n: Server;

beforeAll(async () => {
	n8n = createServer((request, response) => {
		asked.push(request.url ?? '');
		if (/^\/api\/v1\/executions\?(?!.*cursor)/.test(request.url ?? '')) listedAt.push(performance.now());
		for (const [pattern, answer] of answers) {
			const match = pattern.exec(request.url ?? '');
			if (!match) continue;
			response.setHeader('content-type', 'application/json');
			return void setTimeout(() => response.end(JSON.stringify(answer(match[1]))), answersAfter);
		}
		response.statusCode = 404;
		response.end('{}');
	});
	await new Promise<void>((resolve) => n8n.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
	await new Promise((resolve) => n8n.close(resolve));
});

const newApi = async () => {
	const { N8nApi } = await importScript('N8nApi.mjs');
	asked.length = 0;
	return new N8nApi(`http://127.0.0.1:${(n8n.address() as AddressInfo).port}`);
};

it('reads an execution that ended although n8n takes it for running', async () => {
	const api = await newApi();
	expect((await api.executions('w')).map(({ id, data }) => [id, data])).toEqual([
		['9', 'that of 9'],
		['10', 'that of 10'],
	]);
});

it('asks once for all that want to know at a time, and reads once what has ended', async () => {
	const api = await newApi();
	const first = await Promise.all([api.executions('w'), api.executions('another'), api.executions('w')]);
	expect(first.map((executions) => executions.map(({ id }) => id))).toEqual([['9', '10'], ['12'], ['9', '10']]);
	await api.executions('w');
	const lists = asked.filter((url) => /^\/api\/v1\/executions\?/.test(url) && !url.includes('cursor'));
	expect(lists).toHaveLength(2);
	await api.executions('another');
	expect(asked.filter((url) => url.startsWith('/api/v1/executions/12'))).toHaveLength(1);
});

it('leaves an n8n that answers slowly alone for longer', async () => {
	const api = await newApi();
	await api.executions('nobody');
	answersAfter = 20;
	try {
		listedAt.length = 0;
		for (let i = 0; i < 2; i++) await api.executions('nobody');
		// A list is four pages.
		expect(listedAt[1] - listedAt[0]).toBeGreaterThan(9 * 4 * answersAfter);
	} finally {
		answersAfter = 0;
	}
});
