import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '../..');

/** A file of the documentation. */
export interface Page {
	/** From the root of the project, with slashes. */
	path: string;
	text: string;
}

/** The page at this path. Throws where there is none. */
export const readPage = (path: string): Page => ({ path, text: readFileSync(join(root, path), 'utf8') });

/** All pages below docs/, at any depth. */
export const docsPages: Page[] = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
	.map((path) => `docs/${path.replace(/\\/g, '/')}`)
	.filter((path) => path.endsWith('.md'))
	.sort()
	.map(readPage);

/** The pages of the ready-made workflows. */
const workflowPages: Page[] = readdirSync(join(root, 'workflows'), { recursive: true, encoding: 'utf8' })
	.map((path) => `workflows/${path.replace(/\\/g, '/')}`)
	.filter((path) => path.endsWith('.md'))
	.sort()
	.map(readPage);

/** All pages that people read, those of the tests too. */
export const allPages: Page[] = [
	...['README.md', 'CHANGELOG.md', 'SECURITY.md', 'test/README.md'].filter((path) => existsSync(join(root, path))).map(readPage),
	...docsPages,
	...workflowPages,
];

/** A page without blocks of code. */
export const withoutBlocks = (text: string): string => text.replace(/^ *(```+|~~~+)[^]*?\n *\1[^\n]*$/gm, '');

/** A page without any code. */
export const withoutCode = (text: string): string => withoutBlocks(text).replace(/(`+)[^`][^]*?\1/g, '');
