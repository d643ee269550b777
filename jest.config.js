/**
 * Three projects, by what they need to run:
 * - unit: nothing but Node; answers in seconds
 * - servers: real mail servers on loopback ports, started by the tests, and the package as it is built
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
		project('unit', ['sync', 'mime', 'nodes']),
		project('servers', ['contract', 'servers', 'package']),
		project('e2e', ['e2e']),
	],
};
