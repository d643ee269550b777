import { once } from 'node:events';
import { startGroup } from '../n8n/processes.mjs';

/**
 * Runs one of the package's scripts as a check that passes or fails.
 *
 * @param {string} script
 * @param {string} root the package
 */
export async function runCheck(script, root) {
	console.log(`\n${script}`);
	const started = Date.now();
	const npm = startGroup('npm', ['run', '--silent', script], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
	const [code] = await once(npm, 'close');
	console.log(`  ${code === 0 ? 'passed' : 'failed'} in ${Math.round((Date.now() - started) / 1000)} s`);
	return { name: script, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}
