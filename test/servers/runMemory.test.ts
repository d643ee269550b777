import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildIfStale, root } from '../support/build';
import { startDovecot, type Dovecot } from '../support/dovecot';

const MEGABYTE = 1024 * 1024;
const MESSAGES = 5_000;
const body = 'The quick brown fox jumps over the lazy dog, again and again.\r\n'.repeat(160);

describe('the memory of one run whose items leave as they come', () => {
	let dovecot: Dovecot;
	let user: string;
	beforeAll(async () => {
		await buildIfStale();
		dovecot = await startDovecot();
		user = dovecot.newUser();
		const mails = function* (count: number): Generator<string> {
			for (let i = 1; i <= count; i++)
				yield `Message-ID: <${i}@example.com>\r\nFrom: a@example.com\r\nSubject: message ${i}\r\n\r\n${body}`;
		};
		await dovecot.createFolder(user, 'Few');
		await dovecot.appendMany(user, 'Few', mails(100));
		await dovecot.appendMany(user, 'INBOX', mails(MESSAGES));
	});
	afterAll(() => dovecot?.stop());

	test.each(['content', 'metadata'])(`${MESSAGES} messages of 10 kB, output %s: at most 64 MB above idle`, async (output) => {
		const settings = {
			dist: join(root, 'dist'),
			account: { user, password: dovecot.password, host: dovecot.host, port: dovecot.port },
			folders: ['Few', 'INBOX'],
			output,
			messages: MESSAGES,
		};
		// How large V8 lets its young generation grow is its own matter, and takes up to 48 MB of any process that does much.
		const program = ['--expose-gc', '--max-semi-space-size=4', join(root, 'test/support/runProcess.mjs')];
		const { stdout } = await promisify(execFile)(process.execPath, [...program, JSON.stringify(settings)]);
		const { items, memory } = JSON.parse(stdout) as { items: number; memory: number };
		expect(items).toBe(MESSAGES);
		expect(memory).toBeLessThan(64 * MEGABYTE);
	});
});
