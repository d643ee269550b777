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
		for (const [pattern, answer] of answers) {
			const match = pattern.exec(request.url ?? '');
			if (!match) continue;
			response.setHeader('content-type', 'application/json');
			return void response.end(JSON.stringify(answer(match[1])));
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

/** Executions of a clock of its own, on which a list takes `takes` ms; gives how long each one waited before it asked. */
const pausesOf = async (lists: Array<{ takes?: number; status?: string }>): Promise<number[]> => {
	const { Executions } = await importScript('Executions.mjs');
	const pauses: number[] = [];
	let now = 1_000_000;
	let list = lists[0];
	const clock = { now: () => now, delay: async (ms: number) => void (pauses.push(ms), (now += ms)) };
	const publicApi = async () => {
		now += list.takes ?? 0;
		return { data: [{ id: '1', workflowId: 'w', status: list.status ?? 'running', stoppedAt: null }] };
	};
	const executions = new Executions({ publicApi, rest: async () => ({ results: [] }) }, clock);
	for (list of lists) await executions.of('nobody');
	return pauses;
};

it('leaves an n8n that answers slowly alone for longer', async () => {
	expect(await pausesOf([{ takes: 20 }, { takes: 300, status: 'waiting' }, {}])).toEqual([0, 480, 2_700]);
});

it('asks less often while nothing happens', async () => {
	expect(await pausesOf([{}, {}, {}, {}, {}, { status: 'success' }, {}])).toEqual([0, 500, 1_000, 2_000, 2_000, 2_000, 500]);
});
