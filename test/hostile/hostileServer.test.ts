import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { buildIfStale, root } from '../support/build';

const folder = join(root, 'test/support/hostile');

/** Of the scripted servers; Jest does not load modules of that kind. */
const names = [...readFileSync(join(folder, 'hostileServer.mjs'), 'utf8').matchAll(/^\t'([^']+)': \{/gm)].map(([, name]) => name);

const budget = 6_000;

interface Poll {
	ms: number;
	megabytes: number;
	/** CPU milliseconds in one go. */
	longest: number;
	items: number;
	error?: string;
}

async function poll(name: string): Promise<Poll> {
	const settings = JSON.stringify({ name, budget, dist: join(root, 'dist') });
	const light = join(root, 'scripts/testing/lightN8nWorkflow.cjs');
	const program = ['--expose-gc', '--require', light, join(folder, 'pollHostile.mjs')];
	const { stdout } = await promisify(execFile)(process.execPath, [...program, settings]);
	return JSON.parse(stdout) as Poll;
}

/** Several at a time: most of them wait. */
function pollAll(): Map<string, Promise<Poll>> {
	const polls = new Map<string, Promise<Poll>>();
	const lanes = [0, 1, 2].map(() => Promise.resolve());
	names.forEach((name, index) => {
		const lane = index % lanes.length;
		const result = lanes[lane].then(() => poll(name));
		lanes[lane] = result.then(
			() => undefined,
			() => undefined,
		);
		polls.set(name, result);
	});
	return polls;
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
		expect(megabytes).toBeLessThan(150);
		// Time of a virtual processor has what others took of it: what is this package's doing is so each time.
		expect(longest < 100 ? longest : (await poll(name)).longest).toBeLessThan(100);
	});
});
