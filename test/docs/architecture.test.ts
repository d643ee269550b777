import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readPage, root, withoutBlocks } from './pages';

const architecture = readPage('docs/architecture.md');
const contributing = readPage('docs/contributing.md');

/** The rooms as lint has them, from the bottom up. An ES module, which Jest does not load: Node does. */
const rooms = JSON.parse(
	execFileSync(
		process.execPath,
		[
			'--input-type=module',
			'--eval',
			`import { rooms } from ${JSON.stringify(pathToFileURL(join(root, 'rooms.mjs')).href)}; console.log(JSON.stringify(rooms));`,
		],
		{ encoding: 'utf8' },
	),
) as Record<string, string[]>;

/** The part of a page below a heading. */
function sectionOf(text: string, heading: string): string {
	const [, section] = text.split(new RegExp(`^## ${heading}$`, 'm'));
	if (section === undefined) throw new Error(`there is no heading "${heading}"`);
	return section.split(/^## /m)[0];
}

/** The rows of the tables in a text, as their cells. */
const rowsOf = (text: string): string[][] =>
	[...text.matchAll(/^\|(.*)\|$/gm)].map(([, row]) => row.split('|').map((cell) => cell.trim()));

const codeIn = (text: string): string[] => [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);

describe('the rooms in docs/architecture.md', () => {
	const section = sectionOf(architecture.text, 'The rooms');

	it('are those of rooms.mjs, in the same order, and may enter the same rooms', () => {
		const table = rowsOf(section).filter((cells) => cells.length === 3 && cells[0].startsWith('`'));
		expect(table.map(([name, , entered]) => [codeIn(name)[0], codeIn(entered)])).toEqual(
			Object.entries(rooms).map(([room, entered]) => [room, entered]),
		);
	});

	it('are drawn with arrows that there are, and every arrow can be followed in the drawing', () => {
		const drawn = new Map(
			[...section.matchAll(/^\t(\w+) --> (.+)$/gm)].map(([, room, entered]): [string, string[]] => [room, entered.split(' & ')]),
		);
		const reached = (room: string): string[] => (drawn.get(room) ?? []).flatMap((next) => [next, ...reached(next)]);
		const known = Object.keys(rooms);
		expect([...drawn.keys(), ...[...drawn.values()].flat()].filter((room) => !known.includes(room))).toEqual([]);
		for (const [room, entered] of Object.entries(rooms)) {
			expect([room, (drawn.get(room) ?? []).filter((next) => !entered.includes(next))]).toEqual([room, []]);
			expect([room, entered.filter((next) => !reached(room).includes(next))]).toEqual([room, []]);
		}
	});
});

describe.each([architecture, contributing])('$path', ({ text }) => {
	const paths = codeIn(text).filter((code) => /^(sync|nodes|credentials|test)\//.test(code));

	it('names files that there are', () => {
		expect(paths.length).toBeGreaterThan(10);
		expect([...new Set(paths)].filter((path) => !existsSync(join(root, path)))).toEqual([]);
	});
});

/** Whether a file defines a function or a method of this name. */
const defines = (source: string, name: string): boolean =>
	[
		`^(?:export )?(?:async )?function\\*? ${name}\\b`,
		`^(?:export )?const ${name}\\b`,
		`^\\t(?:private |static |async |get |\\*)*${name}[(<]`,
	].some((form) => new RegExp(form, 'm').test(source));

describe('functions that docs/architecture.md names with their file', () => {
	it.each([
		['export async function a(', true],
		['const a = (', true],
		['\tprivate async *a(', true],
		['\tget a()', true],
		['\t\ta(', false],
		['function ab(', false],
	])('are looked for: %j', (source, isThere) => {
		expect(defines(source, 'a')).toBe(isThere);
	});

	it('are there', () => {
		const named = [...architecture.text.matchAll(/`([^`]+\.ts)` `(\w+)\(\)`/g), ...backwards()].map(([, path, name]) => ({
			path,
			name,
		}));
		expect(named.length).toBeGreaterThan(50);
		const missing = named.filter(({ path, name }) => !defines(readFileSync(join(root, path), 'utf8'), name));
		expect(missing).toEqual([]);
	});

	/** "`name()`, `file.ts`", as the glossary has it. */
	function backwards(): string[][] {
		return [...architecture.text.matchAll(/`(\w+)\(\)`, `([^`]+\.ts)`/g)].map(([all, name, path]) => [all, path, name]);
	}
});

describe('types that the glossary names with their file', () => {
	it('are exported or declared there', () => {
		const named = [...sectionOf(architecture.text, 'Glossary').matchAll(/`([A-Z]\w+)`, `([^`]+\.ts)`/g)];
		expect(named.length).toBeGreaterThan(30);
		const missing = named.filter(
			([, name, path]) =>
				!new RegExp(`^(?:export )?(?:interface|type|class) ${name}\\b`, 'm').test(readFileSync(join(root, path), 'utf8')),
		);
		expect(missing.map(([all]) => all)).toEqual([]);
	});

	it('are in alphabetical order, each word once', () => {
		const words = rowsOf(sectionOf(architecture.text, 'Glossary'))
			.slice(2)
			.map(([word]) => word);
		expect(words).toEqual([...new Set(words)].sort((a, b) => a.localeCompare(b)));
	});
});

describe('the walks', () => {
	it.each(['Walk: a new message', 'Walk: a flag change', 'Walk: a deletion'])('%s enters each room once', (heading) => {
		const steps = rowsOf(sectionOf(architecture.text, heading)).filter(([room]) => room.startsWith('`'));
		const entered = steps.map(([room]) => codeIn(room)[0]).filter((room, index, all) => room !== all[index - 1]);
		expect(entered.length).toBeGreaterThan(5);
		expect(entered).toEqual([...new Set(entered)]);
		// A step lies in the room that it is said to be in.
		expect(steps.filter(([room, where]) => !new RegExp(`^(sync/)?${codeIn(room)[0]}/`).test(codeIn(where)[0]))).toEqual([]);
	});
});
