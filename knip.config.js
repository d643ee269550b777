/** Exports that nothing imports are dead, or were meant to be private. What others load by its path is an entry. */
module.exports = {
	entry: [
		'nodes/**/*.node.ts',
		'credentials/*.credentials.ts',
		'sync/mime/readingThread.ts',
		'test/**/*.test.ts',
		'test/e2e/workflows/*.ts',
		'test/support/*.mjs',
		'test/support/**/*Environment.js',
		'scripts/*.mjs',
		'scripts/bench/*.mjs',
		'scripts/n8n/migratedDatabase.mjs',
		'scripts/n8n/setUp.mjs',
		'scripts/testing/lightN8nWorkflow.cjs',
		'examples/**/*.mjs',
		'rooms.mjs',
	],
	project: ['sync/**/*.ts', 'nodes/**/*.ts', 'credentials/**/*.ts', 'test/**/*.ts', 'scripts/**/*.mjs', 'examples/**/*.mjs'],
	include: ['exports', 'types', 'files'],
};
