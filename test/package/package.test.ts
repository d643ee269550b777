import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { ICredentialType, INodeType } from 'n8n-workflow';
import { buildIfStale, filesIn, root } from '../support/build';

const dist = join(root, 'dist');
const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	dependencies: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
};

/** The tests are about what gets published, so it has to be there and of today. */
beforeAll(buildIfStale, 120_000);

/** As n8n does: the class is named like its file, and gets no arguments. */
function load<T>(path: string): T {
	const className = path.split('/').at(-1)!.split('.')[0];
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- n8n loads the compiled files this way
	const module = require(join(root, path)) as Record<string, new () => T>;
	return new module[className]();
}

describe('the nodes', () => {
	it.each(pkg.n8n.nodes)('%s loads, with its icons and its codex', (path) => {
		const { description } = load<INodeType>(path);
		expect(['imapSyncTrigger', 'imapPushTrigger', 'imapSync']).toContain(description.name);
		const { light, dark } = description.icon as { light: string; dark: string };
		for (const icon of [light, dark]) expect(filesIn(dist)).toContain(resolve(root, dirname(path), icon.replace(/^file:/, '')));
		const codex = JSON.parse(readFileSync(join(root, path.replace(/\.js$/, '.json')), 'utf8')) as { node: string };
		expect(codex.node).toBe(`n8n-nodes-imap-sync.${description.name}`);
	});

	it.each(pkg.n8n.nodes)('%s names only credentials of this package, and methods that it has', (path) => {
		const { description, methods } = load<INodeType>(path);
		const names = pkg.n8n.credentials.map((credential) => load<ICredentialType>(credential).name);
		for (const { name, testedBy } of description.credentials ?? []) {
			expect(names).toContain(name);
			expect(methods?.credentialTest).toHaveProperty(testedBy as string);
		}
		for (const { typeOptions } of description.properties) {
			if (typeOptions?.loadOptionsMethod) expect(methods?.loadOptions).toHaveProperty(typeOptions.loadOptionsMethod);
		}
		for (const { modes } of description.properties) {
			for (const { typeOptions } of modes ?? []) {
				if (typeOptions?.searchListMethod) expect(methods?.listSearch).toHaveProperty(typeOptions.searchListMethod);
			}
		}
	});

	it('have the parameters, values and defaults that workflows are built on', () => {
		const { description } = load<INodeType>(pkg.n8n.nodes.find((path) => path.includes('ImapSyncTrigger'))!);
		const defaults = Object.fromEntries(description.properties.map((property) => [property.name, property.default]));
		expect(description.polling).toBe(true);
		expect(defaults).toEqual({
			authentication: 'password',
			triggerOn: ['messageNew'],
			folderSelection: 'chosen',
			folders: ['INBOX'],
			includeFolders: '*',
			excludeFolders: '',
			startFrom: 'now',
			startDate: '',
			output: 'content',
			readStatus: 'both',
			downloadAttachments: false,
			options: {},
		});
	});
});

describe('loading', () => {
	/** CPU seconds and megabytes that loading all nodes takes in a fresh process, once n8n's own library is there. */
	function cost(): { cpu: number; memory: number } {
		const script = `
			require('n8n-workflow');
			gc();
			const memory = process.memoryUsage().rss;
			const start = process.cpuUsage();
			for (const path of ${JSON.stringify(pkg.n8n.nodes)}) require(path);
			const { user, system } = process.cpuUsage(start);
			gc();
			console.log(JSON.stringify({ cpu: (user + system) / 1e6, memory: (process.memoryUsage().rss - memory) / 2 ** 20 }));`;
		const paths = script.replaceAll('"dist/', `"${root}/dist/`);
		return JSON.parse(execFileSync(process.execPath, ['--expose-gc', '-e', paths], { cwd: root }).toString()) as ReturnType<
			typeof cost
		>;
	}

	it('takes at most 0.3 s and 15 MB: libraries come with the first message', () => {
		// The least of several is what loading takes by itself: other work makes caches cold, and the heap grows in steps of megabytes.
		const costs = Array.from({ length: 8 }, cost);
		expect(Math.min(...costs.map(({ cpu }) => cpu))).toBeLessThan(0.3);
		expect(Math.min(...costs.map(({ memory }) => memory))).toBeLessThan(15);
	});
});

describe('what is needed at run time', () => {
	const { dependencies } = pkg;

	it('has exact versions', () => {
		for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
	});

	it('holds one nodemailer', () => {
		const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
			packages: Record<string, { dev?: boolean }>;
		};
		const found = Object.keys(packages).filter((path) => path.endsWith('node_modules/nodemailer') && !packages[path].dev);
		expect(found).toEqual(['node_modules/nodemailer']);
	});

	it('loads by require, without Jest in between', () => {
		const script = Object.keys(dependencies).map((name) => `require(${JSON.stringify(name)});`);
		execFileSync(process.execPath, ['-e', script.join('')], { cwd: root });
	});
});

describe('the credentials', () => {
	it.each(pkg.n8n.credentials)('%s loads, with its icons', (path) => {
		const { icon, properties: own, extends: parents = [] } = load<ICredentialType>(path);
		const all = pkg.n8n.credentials.map((other) => load<ICredentialType>(other));
		// As n8n does: the fields of what it extends come first. Those of its own OAuth2 credentials are not looked at here.
		const parent = all.find(({ name }) => parents.includes(name));
		const properties = [...(parent?.properties ?? []), ...own];
		const { light, dark } = icon as { light: string; dark: string };
		for (const file of [light, dark]) expect(filesIn(dist)).toContain(resolve(root, dirname(path), file.replace(/^file:/, '')));
		const fields = Object.fromEntries(
			properties.filter(({ type }) => type !== 'notice').map((field) => [field.name, field.default]),
		);
		const { name, extends: of = [] } = parent ?? load<ICredentialType>(path);
		const provider = { imapSyncGoogleOAuth2Api: 'imap.gmail.com', imapSyncMicrosoftOAuth2Api: 'outlook.office365.com' }[name];
		expect(fields).toMatchObject({
			user: '',
			...(of.length === 0 ? { password: '' } : {}),
			host: provider ?? '',
			port: 993,
			security: 'tls',
			allowUnauthorizedCerts: false,
			ca: '',
			cert: '',
			key: '',
			servername: '',
			proxyUrl: '',
			notesFolder: '',
		});
		expect('password' in fields).toBe(of.length === 0);
	});

	it('sign in with the scope for mail of each cloud, as n8n makes it of the hidden field', () => {
		const scopeOf = (name: string): unknown =>
			pkg.n8n.credentials
				.map((path) => load<ICredentialType>(path))
				.find((type) => type.name === name)
				?.properties.find((field) => field.name === 'scope')?.default;
		expect(scopeOf('imapSyncGoogleOAuth2Api')).toBe('https://mail.google.com/');
		const expression = String(scopeOf('imapSyncMicrosoftOAuth2Api')).replace(/^=\{\{|\}\}$/g, '');
		const scope = (graphApiBaseUrl: string, grantType = 'authorizationCode'): unknown =>
			runInNewContext(expression, { $self: { graphApiBaseUrl, grantType } });
		expect(scope('https://graph.microsoft.com')).toBe('https://outlook.office.com/IMAP.AccessAsUser.All offline_access');
		expect(scope('https://graph.microsoft.com', 'clientCredentials')).toBe('https://outlook.office365.com/.default');
		expect(scope('https://graph.microsoft.us')).toBe('https://outlook.office365.us/IMAP.AccessAsUser.All offline_access');
		expect(scope('https://microsoftgraph.chinacloudapi.cn', 'clientCredentials')).toBe('https://partner.outlook.cn/.default');
	});
});

describe('the tarball', () => {
	let packed: string[] = [];

	beforeAll(() => {
		const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
			cwd: root,
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		const [{ files }] = JSON.parse(answer.toString()) as Array<{ files: Array<{ path: string }> }>;
		packed = files.map(({ path }) => path);
	});

	it('holds the build, and otherwise only what a reader needs', () => {
		const others = packed.filter((path) => !path.startsWith('dist/'));
		expect(others.filter((path) => !['README.md', 'LICENSE', 'package.json'].includes(path))).toEqual([]);
		expect(others).toContain('package.json');
	});

	it('holds no tests', () => {
		const files = filesIn(dist).map((file) => relative(dist, file));
		expect(files.filter((file) => /\btest|fake/i.test(file))).toEqual([]);
		expect(new Set(files.map((file) => file.split('/')[0]))).toEqual(new Set(['credentials', 'icons', 'nodes', 'sync']));
	});

	it('has everything that a file of it requires', () => {
		for (const path of [...pkg.n8n.nodes, ...pkg.n8n.credentials]) expect(packed).toContain(path);
	});
});
