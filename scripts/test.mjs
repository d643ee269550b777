/**
 * `npm test`: sets up what the tests need, runs all checks and all tests, and ends with one line `N passed, N failed`.
 *
 *   npm test                         types, lint, build, then every test
 *   npm test -- unit                 one project: unit (seconds), simulation, servers (a real Dovecot), e2e (a real n8n)
 *   npm test -- servers -t 'IDLE'    what follows goes to Jest
 */
import { SCRIPTS_NEED_NODE } from './n8n/versions.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < SCRIPTS_NEED_NODE[0] || (major === SCRIPTS_NEED_NODE[0] && minor < SCRIPTS_NEED_NODE[1])) {
	console.error(`The tests need Node ${SCRIPTS_NEED_NODE.join('.')} or newer; this is Node ${process.versions.node}.`);
	process.exit(2);
}

for (const [name, code] of /** @type {Array<[NodeJS.Signals, number]>} */ ([
	['SIGINT', 130],
	['SIGTERM', 143],
	['SIGHUP', 129],
])) {
	// Leaving ends all that was started.
	process.on(name, () => process.exit(code));
}

// `npm test --silent` is meant for this script's own frame, not for the npm that it starts, which has to say why it failed.
delete process.env.npm_config_loglevel;

// Only now: an old Node could not even read the rest.
const { runTests } = await import('./testing/runTests.mjs');
process.exit(await runTests(process.argv.slice(2)));
