import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

/** Starts Chromium (Debian package `chromium`, or what CHROMIUM names) without anything that talks to the internet by itself. */
export async function launchChromium() {
	return await chromium.launch({
		executablePath: process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-sync',
		],
	});
}
