import { installDependencies, projectRoot } from '../n8n/package.mjs';
import { setUp as setUpN8n } from '../n8n/setUp.mjs';
import { prepareChromium } from './browser.mjs';
import { runCheck } from './checks.mjs';
import { runJest } from './jest.mjs';
import { prepareMailRoots } from './mailRoots.mjs';
import { MissingProgram } from '../n8n/MissingProgram.mjs';
import { requirePrograms } from './programs.mjs';
import { prepareProxies } from './proxies.mjs';
import { prepareS3 } from './s3.mjs';

/** In the order in which they answer. */
const projects = ['unit', 'simulation', 'servers', 'e2e'];

/** What is wrong with the code before a test runs; not part of a run that names what it wants. */
const checks = ['format:check', 'typecheck', 'lint', 'build'];

/**
 * @param {string[]} args names of projects first (none: all of them), the rest is for Jest
 * @returns {Promise<number>} the exit code: 0 when something ran and nothing failed, 2 when a program is missing
 */
export async function runTests(args) {
	const forJest = args.findIndex((arg) => !projects.includes(arg));
	const named = forJest < 0 ? args : args.slice(0, forJest);
	const jestArgs = args.slice(named.length);
	const wanted = named.length > 0 ? projects.filter((project) => named.includes(project)) : projects;
	const isWhole = args.length === 0;

	const items = [];
	try {
		await requirePrograms(wanted);
		await installDependencies();
		if (wanted.includes('servers')) {
			await prepareMailRoots();
			await prepareProxies();
		}
		if (wanted.includes('e2e')) {
			await prepareS3();
			await prepareChromium();
		}
	} catch (error) {
		console.error(error.message);
		if (error instanceof MissingProgram) return 2;
		return report([{ name: 'set-up', passed: 0, failed: 1 }]);
	}
	if (isWhole) {
		// Nothing is left out where all is run: while somebody works on the code, random tests play fewer of their values.
		process.env.ALL_RUNS ??= '1';
		items.push(...(await Promise.all(checks.map((check) => runCheck(check, projectRoot)))));
	}
	const run = async (project) => {
		if (!wanted.includes(project)) return [];
		try {
			if (project === 'e2e') await setUpN8n();
		} catch (error) {
			console.error(error.message);
			return [{ name: 'set-up of n8n', passed: 0, failed: 1 }];
		}
		return [await runJest(project, jestArgs, projectRoot)];
	};
	// What is quick answers first. The other two run beside each other: n8n waits for its poll times most of the time.
	items.push(...(await run('unit')), ...(await run('simulation')));
	items.push(...(await Promise.all([run('servers'), run('e2e')])).flat());
	return report(items);
}

function report(items) {
	const sum = (key) => items.reduce((total, item) => total + item[key], 0);
	const failed = sum('failed');
	const ran = sum('passed') + failed;
	console.log('');
	for (const { name, passed, failed: failures, skipped, atSecondTry } of items) {
		const asides = [skipped && `${skipped} skipped`, atSecondTry && `${atSecondTry} of them at the second try`].filter(Boolean);
		console.log([`${name}: ${passed} passed`, `${failures} failed`, ...asides].join(', '));
	}
	if (ran === 0) console.log('No test ran.');
	console.log(`${sum('passed')} passed, ${failed} failed`);
	return failed === 0 && ran > 0 ? 0 : 1;
}
