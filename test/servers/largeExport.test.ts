import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildIfStale, root } from '../support/build';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { credentialFor } from '../support/executeContext';

const MEGABYTE = 1024 * 1024;
/** So many burst the bounds if anything kept them; LARGE_MESSAGES=20 asks for twenty. */
const MESSAGES = Number(process.env.LARGE_MESSAGES ?? 12);

/** Messages of 50 MB through a process whose heap is capped at 256 MB. */
describe('large messages', () => {
	let dovecot: Dovecot;
	let user: string;
	let message: Buffer;

	beforeAll(buildIfStale, 120_000);
	beforeAll(async () => {
		dovecot = await startDovecot();
		user = dovecot.newUser();
		const encoded = randomBytes(37 * MEGABYTE)
			.toString('base64')
			.replace(/.{76}/g, '$&\r\n');
		message = Buffer.from(`From: a@example.com\r\nSubject: large\r\n\r\n${encoded}\r\n`);
		await dovecot.fill(user, 'INBOX', MESSAGES, message);
	});
	afterAll(() => dovecot?.stop());

	const run = async (
		parameters: Record<string, unknown>,
		target = user,
	): Promise<{ files: Array<Record<string, unknown>>; items: Array<Record<string, unknown>>; maxMemory: number }> => {
		const settings = {
			dist: join(root, 'dist'),
			credential: credentialFor(dovecot, user),
			targetCredential: credentialFor(dovecot, target),
			parameters,
		};
		const { stdout } = await promisify(execFile)(
			process.execPath,
			['--max-old-space-size=256', join(root, 'test/support/actionProcess.mjs'), JSON.stringify(settings)],
			{ maxBuffer: MEGABYTE },
		);
		const lines = stdout
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line) as Record<string, unknown>);
		const { items, maxMemory } = lines.pop() as { items: Array<Record<string, unknown>>; maxMemory: number };
		return { files: lines, items, maxMemory };
	};

	test.each([
		['mbox', MESSAGES],
		['eml', 5],
		['zip', 5],
	])('are exported as %s, %i of them, and never held', async (format, count) => {
		const { files, items, maxMemory } = await run({
			resource: 'archive',
			operation: 'export',
			format,
			limit: count,
			outputField: 'data',
			folders: ['INBOX'],
		});
		const large = files.filter(({ bytes }) => Number(bytes) > MEGABYTE);
		expect(large.every(({ streamed }) => streamed)).toBe(true);
		if (format === 'eml') {
			const sha256 = createHash('sha256').update(message).digest('hex');
			expect(large).toHaveLength(count);
			for (const file of large) expect(file).toMatchObject({ bytes: message.length, sha256 });
		} else {
			expect(large).toHaveLength(1);
			expect(items[0]).toMatchObject({ messages: count, bytes: count * message.length, failed: 0 });
		}
		// Buffers are outside of the heap: the whole process is what counts.
		expect(maxMemory).toBeLessThan(400 * MEGABYTE);
	});

	test('are copied to another account one at a time', async () => {
		const { items, maxMemory } = await run(
			{ resource: 'message', operation: 'copyToAccount', copyWhat: 'folders', folders: ['INBOX'] },
			dovecot.newUser('other'),
		);
		expect(items[0]).toMatchObject({ copied: MESSAGES, failed: 0 });
		// Each is held whole, and once more while it is sent.
		expect(maxMemory).toBeLessThan(500 * MEGABYTE);
	});
});
