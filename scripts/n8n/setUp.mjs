/**
 * Everything that the end-to-end tests and the demo need before they start: `node scripts/n8n/setUp.mjs`.
 * It says what it does, and does only what is missing.
 */
import { pathToFileURL } from 'node:url';
import { checkMachine, installN8n } from './install.mjs';
import { packPackage } from './package.mjs';

/** @param {{ log?: (line: string) => void, signal?: AbortSignal }} [options] */
export async function setUp(options) {
	await checkMachine(options);
	const packed = await packPackage(options);
	const program = await installN8n(options);
	return { packed, program };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await setUp();
