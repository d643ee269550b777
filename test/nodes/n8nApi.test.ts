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
	{ id: '11', stoppedAt: null },
	{ id: '10', stoppedAt: '2026-11-27T23:23:16Z' },
	{ id: '9', stoppedAt: '2026-11-27T23:22:16Z' },
];

const answers: Array<[RegExp, (id: string) => object]> = [
	[/^\/rest\/api-keys\/scopes/, () => ({ data: [] })],
	[/^\/rest\/api-keys/, () => ({ data: { rawApiKey: 'key' } })],
	[/^\/api\/v1\/executions\/(\d+)/, (id) => ({ ...inDatabase.find((one) => one.id === id), read: 'alone' })],
	[/^\/api\/v1\/executions\?.*cursor=second/, () => ({ data: [], nextCursor: null })],
	[/^\/api\/v1\/executions\?/, () => ({ data: [{ ...inDatabase[2], read: 'listed' }], nextCursor: 'second' })],
	[/^\/rest\/executions\?.*cursor=second/, () => ({ data: { results: inDatabase.slice(1), nextCursor: null } })],
	[/^\/rest\/executions\?/, () => ({ data: { results: inDatabase.slice(0, 1), nextCursor: 'second' } })],
];

let n8n: Server;

beforeAll(async () => {
	n8n = createServer((request, response) => {
		for (const [pattern, answer] of answers) {
			const match = pattern.exec(request.url ?? '');
			if (!match) continue;
			response.setHeader('content-type', 'application/json');
			return response.end(JSON.stringify(answer(match[1])));
		}
		response.statusCode = 404;
		response.end('{}');
	});
	await new Promise<void>((resolve) => n8n.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
	await new Promise((resolve) => n8n.close(resolve));
});

it('reads an execution that ended although n8n takes it for running', async () => {
	const { N8nApi } = await importScript('N8nApi.mjs');
	const api = new N8nApi(`http://127.0.0.1:${(n8n.address() as AddressInfo).port}`);
	expect((await api.executions('w')).map(({ id, read }: { id: string; read?: string }) => [id, read])).toEqual([
		['9', 'listed'],
		['10', 'alone'],
	]);
});
