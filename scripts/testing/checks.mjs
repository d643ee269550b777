import { once } from 'node:events';
import { startGroup } from '../n8n/processes.mjs';

/**
 * Runs one of the package's scripts as a check that passes or fails. What it says comes in one piece, as others run beside it.
 *
 * @param {string} script
 * @param {string} root the package
 */
export async function runCheck(script, root) {
	const started = Date.now();
	const npm = startGroup('npm', ['run', '--silent', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
	const [code] = await once(npm, 'close');
	const seconds = Math.round((Date.now() - started) / 1000);
	console.log(`\n${script}\n${said}  ${code === 0 ? 'passed' : 'failed'} in ${seconds} s`);
	return { name: script, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}
