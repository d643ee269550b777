/**
 * Three projects, by what they need to run:
 * - unit: nothing but Node; answers in seconds
 * - servers: a real Dovecot on a loopback port, started by the tests
 * - e2e: a real n8n with the packed package
 */
const project = (displayName, folders) => ({
	displayName,
	testEnvironment: 'node',
	testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
	transform: {
		// Types are checked by `npm run typecheck`, so that one wrong type does not cost every test file a type check.
		'^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/test/tsconfig.json', diagnostics: false }],
	},
});

module.exports = {
	projects: [
		project('unit', ['sync', 'mime', 'nodes', 'package']),
		project('servers', ['contract', 'servers']),
		project('e2e', ['e2e']),
	],
};
