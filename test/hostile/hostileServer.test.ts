import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { buildIfStale, root } from '../support/build';

const folder = join(root, 'test/support/hostile');

/** Of the scripted servers; Jest does not load modules of that kind. */
const names = [...readFileSync(join(folder, 'hostileServer.mjs'), 'utf8').matchAll(/^\t'([^']+)': \{/gm)].map(([, name]) => name);

const budget = 6_000;

interface Poll {
	ms: number;
	/** Above what the process had before the first of them. */
	megabytes: number;
	/** CPU milliseconds in one go. */
	longest: number;
	items: number;
	error?: string;
}

/** Polls these servers, one after the other in one process, which is begun anew after a poll that ended it. */
function poll(servers: string[]): Map<string, Promise<Poll>> {
	const waiting = new Map<string, { resolve(poll: Poll): void; reject(error: Error): void }>();
	const polls = new Map(
		servers.map((name) => [name, new Promise<Poll>((resolve, reject) => waiting.set(name, { resolve, reject }))]),
	);
	const begin = (left: string[]): void => {
		if (left.length === 0) return;
		const settings = JSON.stringify({ names: left, budget, dist: join(root, 'dist') });
		const light = join(root, 'scripts/testing/lightN8nWorkflow.cjs');
		const program = ['--expose-gc', '--require', light, join(folder, 'pollHostile.mjs')];
		const child = spawn(process.execPath, [...program, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
		let next = 0;
		createInterface({ input: child.stdout }).on('line', (line) => {
			waiting.get(left[next++])!.resolve(JSON.parse(line) as Poll);
		});
		child.on('close', (code) => {
			if (next === left.length) return;
			waiting.get(left[next])!.reject(new Error(`the process ended with code ${code}`));
			begin(left.slice(next + 1));
		});
	};
	begin(servers);
	for (const result of polls.values()) result.catch(() => undefined);
	return polls;
}

/** Several at a time: most of them wait. */
function pollAll(): Map<string, Promise<Poll>> {
	const lanes = [0, 1, 2].map((lane) => poll(names.filter((_name, index) => index % 3 === lane)));
	return new Map(lanes.flatMap((lane) => [...lane]));
}

describe('a server that means ill costs one run, and nobody else anything', () => {
	let polls: Map<string, Promise<Poll>>;

	beforeAll(async () => {
		await buildIfStale();
		polls = pollAll();
	});

	it.each(names)('%s', async (name) => {
		const { ms, megabytes, longest } = await polls.get(name)!;
		expect(ms).toBeLessThan(budget + 2_000);
		expect(megabytes).toBeLessThan(200);
		// Time of a virtual processor has what others took of it: what is this package's doing is so each time.
		expect(longest < 100 ? longest : (await poll([name]).get(name)!).longest).toBeLessThan(100);
	});
});
