/**
 * Takes pictures of a running demo for the README: `node examples/demo/screenshot.mjs <folder for the pictures>`.
 *
 * For developers. It needs Chromium (Debian package `chromium`) and the npm package `playwright-core`, installed somewhere
 * outside this tree: PLAYWRIGHT_FROM names the folder that has it in its node_modules.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { cacheRoot } from '../../scripts/n8n/cache.mjs';

const target = resolve(process.argv[2] ?? '.');
const require = createRequire(join(resolve(process.env.PLAYWRIGHT_FROM ?? '.'), 'package.json'));
const { chromium } = require('playwright-core');

const folder = process.env.DEMO_FOLDER ?? join(cacheRoot(), 'demo');
const { editor, board } = JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8'));
const { email, password } = JSON.parse(readFileSync(join(folder, 'account.json'), 'utf8'));
if (!editor) throw new Error('The demo has to run: npm start');

mkdirSync(target, { recursive: true });
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
	args: [
		'--headless',
		'--no-sandbox',
		'--disable-gpu',
		'--disable-quic',
		'--no-first-run',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
	],
});
try {
	const page = await browser.newPage({ viewport: { width: 1500, height: 840 }, deviceScaleFactor: 1.5, colorScheme: 'light' });
	const origin = new URL(editor).origin;
	await page.goto(`${origin}/signin`);
	await page.locator('input[name="emailOrLdapLoginId"]').fill(email);
	await page.locator('input[name="password"]').fill(password);
	await page.locator('input[name="password"]').press('Enter');
	await page.waitForURL(/\/(home|workflow|projects)/);

	await page.goto(editor);
	await settle(page);
	await page.keyboard.press('1');
	await page.waitForTimeout(1_000);
	await page.screenshot({ path: join(target, 'editor.png') });

	await page.goto(`${editor}/executions`);
	await page.getByText('Succeeded in').first().waitFor({ timeout: 60_000 });
	await settle(page);
	await page.screenshot({ path: join(target, 'execution.png') });

	await page.goto(board);
	await page.locator('#tickets tr').first().waitFor();
	await page.screenshot({ path: join(target, 'board.png') });
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.screenshot({ path: join(target, 'board-dark.png') });
	console.log(`editor.png, execution.png, board.png and board-dark.png are in ${target}`);
} finally {
	await browser.close();
}

/** Waits for the canvas, closes what n8n lays over it, and lets it glide to its place. */
async function settle(page) {
	await page.locator('.vue-flow__node').first().waitFor({ timeout: 60_000 });
	await page.waitForTimeout(2_500);
	if (await page.getByText('Production Checklist').isVisible()) await page.keyboard.press('Escape');
	await page.waitForTimeout(500);
}
