import { once } from 'node:events';
import { delimiter } from 'node:path';
import { startGroup, stopGroup } from './processes.mjs';

/**
 * Runs npm in a folder, quietly: what it prints is shown only when it fails.
 *
 * @param {string[]} args
 * @param {{ cwd: string, pathFirst?: string, env?: Record<string, string>, signal?: AbortSignal }} options pathFirst: a folder to look
 *   for `node` in first
 */
export async function runNpm(args, { cwd, pathFirst, env: added = {}, signal }) {
	signal?.throwIfAborted();
	const env = { ...cleanEnvironment(), ...added };
	if (pathFirst) env.PATH = `${pathFirst}${delimiter}${env.PATH}`;
	const npm = startGroup('npm', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	let tail = '';
	for (const stream of [npm.stdout, npm.stderr]) {
		stream.setEncoding('utf8');
		stream.on('data', (text) => {
			tail = (tail + text).slice(-6_000);
		});
	}
	const stop = () => void stopGroup(npm, 2_000);
	signal?.addEventListener('abort', stop);
	try {
		const [code] = await once(npm, 'close');
		signal?.throwIfAborted();
		if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${lastLines(tail, 40)}`);
	} finally {
		signal?.removeEventListener('abort', stop);
	}
}

/**
 * What `npm start` and jest put into the environment must not steer a npm or a n8n that works in another folder: settings
 * of this project's .npmrc, the project's folder, hooks of a test runner.
 */
export function cleanEnvironment() {
	const env = { ...process.env };
	for (const name of Object.keys(env)) {
		if (
			/^(npm_(package|lifecycle|command|node_execpath|execpath|config_(local_prefix|prefix|ignore_scripts|omit|include)))/i.test(
				name,
			)
		) {
			delete env[name];
		}
		if (/^(N8N_|NODE_OPTIONS$|NODE_ENV$|JEST_|INIT_CWD$)/.test(name)) delete env[name];
	}
	return env;
}

function lastLines(text, count) {
	return text.trimEnd().split('\n').slice(-count).join('\n');
}
