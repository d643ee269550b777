import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPage, root } from './pages';

/** The table of SECURITY.md: each threat, what holds it, the tests that show it. */
const rows = readPage('SECURITY.md')
	.text.split('\n')
	.filter((line) => line.startsWith('| '))
	.slice(1)
	.map((line) => line.split('|').slice(1, -1))
	.map((cells) => cells.map((cell) => cell.trim()));

const filesIn = (cell: string): string[] => [...cell.matchAll(/`([\w./-]+\/[\w./-]+)`/g)].map(([, path]) => path);

describe('every threat in SECURITY.md', () => {
	test('stands in a row of three', () => {
		expect(rows.length).toBeGreaterThan(20);
		expect(rows.filter((cells) => cells.length !== 3)).toEqual([]);
	});

	test.each(rows)('%s', (_threat, held, shown) => {
		const tests = filesIn(shown);
		expect(tests).not.toEqual([]);
		for (const path of tests) expect(path).toMatch(/^test\/.*\.test\.ts$/);
		expect([...tests, ...filesIn(held)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
	});
});

test('what is published is built from this repository, by a workflow that has no token', () => {
	const workflow = readFileSync(join(root, '.github/workflows/publish.yml'), 'utf8');
	expect(workflow).toMatch(/npm publish .*--provenance/);
	expect(workflow).toMatch(/id-token: write/);
	expect(workflow).toMatch(/npm ci --ignore-scripts/);
	expect(workflow).not.toMatch(/secrets\.|_TOKEN|_authToken/i);
});
