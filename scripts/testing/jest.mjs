import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGroup, killGroup } from '../n8n/processes.mjs';

/** How long Jest may take to end after its results are written, before something left open is the reason. */
const endLimitMs = 20_000;

/** What each project needs of Jest. */
const options = {
	// Jest itself would leave one core idle.
	unit: ['--maxWorkers=100%'],
	simulation: ['--maxWorkers=100%'],
	// Each test file has servers of its own, and waits for them now and then: a file more than two cores could compute.
	servers: ['--maxWorkers=3'],
	// Each file has an n8n of its own, and waits for its poll times.
	e2e: ['--maxWorkers=2'],
};

/**
 * Runs one Jest project and counts. A file that could not even start is one failure, and so is a run that does not end.
 *
 * @param {'unit' | 'simulation' | 'servers' | 'e2e'} project
 * @param {string[]} args for Jest
 * @param {string} root the package
 */
export async function runJest(project, args, root) {
	console.log(`\n${project}`);
	const folder = mkdtempSync(join(tmpdir(), 'imap-sync-tests-'));
	const outputFile = join(folder, 'results.json');
	try {
		const jest = startGroup(
			process.execPath,
			[
				join(root, 'node_modules/jest/bin/jest.js'),
				...['--selectProjects', project, '--passWithNoTests', '--json', `--outputFile=${outputFile}`],
				...options[project],
				...args,
			],
			{ cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
		);
		const ended = once(jest, 'close');
		const isStuck = watchForTheEnd(outputFile, jest);
		const [code] = await ended;
		const results = readResults(outputFile);
		const passed = results?.numPassedTests ?? 0;
		const skipped = results ? results.numPendingTests + results.numTodoTests : 0;
		let failed = results ? results.numFailedTests + results.numRuntimeErrorTestSuites : 0;
		if (isStuck()) {
			console.error(`${project}: Jest did not end after its last test: a test left something open (a connection, a timer).`);
			failed += 1;
		} else if (code !== 0 && failed === 0) {
			console.error(`${project}: Jest ended with code ${code}.`);
			failed = 1;
		}
		return { name: project, passed, failed, skipped, atSecondTry: passedAtSecondTry(results) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Ends a Jest that has written its results and still runs. The answer says whether that was needed. */
function watchForTheEnd(outputFile, jest) {
	let writtenAt;
	let stuck = false;
	const ticker = setInterval(() => {
		if (existsSync(outputFile)) writtenAt ??= Date.now();
		if (writtenAt === undefined || Date.now() - writtenAt < endLimitMs) return;
		clearInterval(ticker);
		stuck = true;
		void killGroup(jest);
	}, 500);
	jest.once('close', () => clearInterval(ticker));
	return () => stuck;
}

/** Tests that failed once. */
function passedAtSecondTry(results) {
	const tests = results?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
	return tests.filter(({ status, invocations }) => status === 'passed' && invocations > 1).length;
}

function readResults(outputFile) {
	try {
		return JSON.parse(readFileSync(outputFile, 'utf8'));
	} catch {
		return undefined;
	}
}
