import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The owner account of the demo's n8n: made up at the first start and kept in the demo's folder, readable for this user only.
 *
 * @param {string} folder
 * @returns {{ email: string, password: string }}
 */
export function ownerAccount(folder) {
	const file = join(folder, 'account.json');
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		// n8n wants a capital letter and a digit.
		const account = { email: 'demo@example.com', password: `Demo-${randomBytes(6).toString('hex')}-1` };
		writeFileSync(file, JSON.stringify(account), { mode: 0o600 });
		return account;
	}
}
