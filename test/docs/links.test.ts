import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { ImapSyncApi } from '../../credentials/ImapSyncApi.credentials';
import { ImapSyncTargetApi } from '../../credentials/ImapSyncTargetApi.credentials';
import { allPages, docsPages, readPage, root, withoutBlocks, withoutCode } from './pages';

/** The README in one page: more than this is for docs/. */
const MOST_WORDS = 1_500;

/** The anchor that GitHub gives a heading. */
const slugOf = (heading: string): string =>
	heading
		.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
		.replace(/[*`]/g, '')
		.trim()
		.toLowerCase()
		.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
		.replace(/ /g, '-');

/** The anchors of a page. A heading that stands there twice gets a number. */
function anchorsOf(text: string): Set<string> {
	const anchors = new Set<string>();
	for (const [, heading] of withoutBlocks(text).matchAll(/^#{1,6} +(.+?)(?: +#+)? *$/gm)) {
		const slug = slugOf(heading);
		let anchor = slug;
		for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
		anchors.add(anchor);
	}
	for (const [, anchor] of withoutCode(text).matchAll(/<\w+ [^>]*\b(?:id|name)="([^"]+)"/g)) anchors.add(anchor);
	return anchors;
}

/** Where the links and pictures of a page lead to, in Markdown, as a definition or as HTML. */
const targetsOf = (text: string): string[] =>
	[/\]\(<?([^)\s>]*)>?(?:\s+"[^"]*")?\)/g, /^ *\[[^\]]+\]: +(\S+)/gm, /<[^>]+\b(?:href|src)="([^"]*)"/g].flatMap((form) =>
		[...withoutCode(text).matchAll(form)].map(([, target]) => target),
	);

/** What is wrong with a link on a page; undefined where it leads somewhere, or out of the project. */
function faultOf(page: string, target: string): string | undefined {
	if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
	const [file, anchor] = target.split('#', 2);
	const path = file === '' ? page : normalize(join(dirname(page), decodeURIComponent(file)));
	if (target === '' || path.startsWith('..') || path.startsWith('/')) return `${target}: leads nowhere`;
	if (!existsSync(join(root, path))) return `${target}: no such file`;
	if (anchor === undefined) return undefined;
	const hasIt = path.endsWith('.md') && anchorsOf(readPage(path).text).has(decodeURIComponent(anchor));
	return hasIt ? undefined : `${target}: no such heading`;
}

describe('links', () => {
	it.each(allPages.map(({ path, text }) => [path, text]))('of %s lead somewhere', (path, text) => {
		const faults = targetsOf(text).map((target) => faultOf(path, target));
		expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
	});

	it('are found', () => {
		expect(targetsOf(readPage('README.md').text).length).toBeGreaterThan(20);
	});

	it('from the editor lead to headings of the README or to pages', () => {
		const nodes = join(root, 'nodes');
		const texts = readdirSync(nodes, { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.node.json'))
			.map((name) => readFileSync(join(nodes, name), 'utf8'));
		const addresses = [
			...texts.flatMap((text) => [...text.matchAll(/"url": *"([^"]+)"/g)].map(([, url]) => url)),
			...[new ImapSyncApi(), new ImapSyncTargetApi()].map(({ documentationUrl }) => documentationUrl),
		];
		const { homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { homepage: string };
		const project = homepage.replace(/#.*/, '');
		const own = addresses.filter((address) => address.startsWith(project)).map((address) => address.slice(project.length));
		expect(own.length).toBeGreaterThan(3);
		const targets = own.map((rest) => rest.replace(/^\/(?:blob|tree)\/[^/]+\//, '').replace(/^\//, ''));
		expect(targets.map((target) => faultOf('README.md', target)).filter((fault) => fault !== undefined)).toEqual([]);
	});

	it('of docs/README.md name every page', () => {
		const named = targetsOf(readPage('docs/README.md').text).map((target) => `docs/${target}`);
		expect(docsPages.map(({ path }) => path).filter((path) => path !== 'docs/README.md' && !named.includes(path))).toEqual([]);
	});
});

describe('anchors', () => {
	it.each([
		['## What it costs', 'what-it-costs'],
		['## `npm start`, and *why*', 'npm-start-and-why'],
		['## UIDs & flags', 'uids--flags'],
		['## A_b – c', 'a_b--c'],
		['### See [the page](x.md) ###', 'see-the-page'],
		['## Grüße', 'grüße'],
	])('of "%s" are as on GitHub', (heading, anchor) => {
		expect([...anchorsOf(`${heading}\n`)]).toEqual([anchor]);
	});

	it('of equal headings get a number, and blocks of code have none', () => {
		expect([...anchorsOf('# A\n```\n# B\n```\n## A\n## A\n')]).toEqual(['a', 'a-1', 'a-2']);
	});
});

describe('the README', () => {
	it(`has at most ${MOST_WORDS} words`, () => {
		expect(readPage('README.md').text.trim().split(/\s+/).length).toBeLessThanOrEqual(MOST_WORDS);
	});
});
