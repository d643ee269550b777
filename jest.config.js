/**
 * Four projects, by what they need to run:
 * - unit: nothing but Node; answers in seconds
 * - simulation: nothing but Node; whole runs, one after the other, over a mail server in memory
 * - servers: real mail servers on loopback ports, started by the tests; the package as it is built; attacks, which take their time
 * - e2e: a real n8n with the packed package
 */
/** Libraries and parts of them that are ES modules: Node 20.19 and newer load them with require(), Jest on Node 20 does not. */
const esModules = 'eventemitter3|p-queue|p-timeout|dom-serializer|domelementtype|domhandler|domutils|entities|htmlparser2';

const typescript = '<rootDir>/scripts/testing/typescript.cjs';

const project = (displayName, folders, more = {}) => ({
	displayName,
	testEnvironment: 'node',
	testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
	transform: { '^.+\\.ts$': typescript, '/node_modules/.+\\.js$': typescript },
	moduleNameMapper: { '^n8n-workflow$': '<rootDir>/scripts/testing/n8nWorkflow.cjs' },
	transformIgnorePatterns: [`/node_modules/(?!(?:sanitize-html/node_modules/)?(?:${esModules})/)`],
	...more,
});

const patience = '<rootDir>/scripts/testing/patience.cjs';
const cheapKeys = '<rootDir>/scripts/testing/cheapKeys.cjs';

module.exports = {
	testSequencer: '<rootDir>/scripts/testing/LongestFirst.cjs',
	projects: [
		project('unit', ['sync', 'mime', 'nodes', 'docs'], { setupFiles: [cheapKeys] }),
		project('simulation', ['simulation'], { setupFiles: [cheapKeys] }),
		project('servers', ['contract', 'servers', 'package', 'hostile'], {
			setupFiles: [cheapKeys],
			setupFilesAfterEnv: [patience],
		}),
		project('e2e', ['e2e'], {
			setupFilesAfterEnv: [patience, '<rootDir>/scripts/testing/secondTry.cjs'],
			globalSetup: '<rootDir>/test/support/n8n/beforeAllFiles.js',
			globalTeardown: '<rootDir>/test/support/n8n/afterAllFiles.js',
		}),
	],
};
