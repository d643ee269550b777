import { spawnSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { importScript } from './n8n/scripts';

const program = process.env.CHROMIUM ?? 'chromium';

/** `describe` where Chromium is there; elsewhere these tests are skipped. */
export const describeChromium = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0 ? describe : describe.skip;

/** Starts Chromium. The test file needs the environment nativeImportEnvironment.js. */
export async function launchChromium(): Promise<Browser> {
	return await (await importScript('../chromium.mjs')).launchChromium();
}
