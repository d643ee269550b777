import { existsSync, readFileSync } from 'node:fs';

import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';
import { decodeFolderName, encodeFolderName } from '../support/wire/modifiedUtf7';
import { RawImap } from '../support/wire/rawImap';

describe('the private Dovecot', () => {
	let dovecot: Dovecot;
	beforeAll(async () => {
		dovecot = await startDovecot();
	});
	afterAll(() => dovecot.stop());

	it('offers what the richest servers offer', async () => {
		const client = await dovecot.login(dovecot.newUser());
		const { untagged } = await client.ok('CAPABILITY');
		await client.logout();
		for (const capability of [
			'QRESYNC',
			'CONDSTORE',
			'LIST-STATUS',
			'ESEARCH',
			'MULTIAPPEND',
			'LITERAL+',
			'MOVE',
			'UIDPLUS',
			'IDLE',
		]) {
			expect(untagged.join()).toContain(` ${capability}`);
		}
	});

	it('refuses a wrong password without a growing delay', async () => {
		for (let attempt = 0; attempt < 4; attempt++) {
			const started = Date.now();
			const client = await RawImap.connect(dovecot);
			const answer = await client.command('LOGIN somebody wrong');
			expect(answer).toMatchObject({ status: 'NO', text: expect.stringContaining('AUTHENTICATIONFAILED') });
			expect(Date.now() - started).toBeLessThan(2_000);
			client.destroy();
		}
	});

	it('stores a message with its flags and its date', async () => {
		const user = dovecot.newUser();
		const internalDate = new Date('2020-02-29T10:11:12.000Z');
		const uid = await dovecot.append(user, 'INBOX', mail('one'), { flags: ['\\Seen', '$Label'], internalDate });
		expect(await dovecot.fetchAll(user, 'INBOX')).toEqual([
			{
				uid,
				flags: ['$Label', '\\Seen'],
				size: Buffer.byteLength(mail('one')),
				internalDate: internalDate.toISOString(),
				modseq: expect.any(BigInt),
				guid: expect.stringMatching(/^[0-9a-f]{32}$/),
				messageId: '<one@example.com>',
			},
		]);
	});

	it('changes flags, moves and expunges', async () => {
		const user = dovecot.newUser();
		await dovecot.createFolder(user, 'Archive');
		await dovecot.appendMany(user, 'INBOX', ['a', 'b', 'c', 'd'].map(mail));
		await dovecot.flags(user, 'INBOX', [1, 2], { add: ['\\Flagged', 'todo'] });
		await dovecot.flags(user, 'INBOX', [2], { remove: ['\\Flagged'] });
		await dovecot.expunge(user, 'INBOX', [3]);
		await dovecot.move(user, 'INBOX', [4], 'Archive');
		const inbox = await dovecot.fetchAll(user, 'INBOX');
		expect(inbox.map(({ uid, flags }) => [uid, flags])).toEqual([
			[1, ['\\Flagged', 'todo']],
			[2, ['todo']],
		]);
		expect((await dovecot.fetchAll(user, 'Archive')).map(({ messageId }) => messageId)).toEqual(['<d@example.com>']);
		expect(await dovecot.status(user, 'INBOX')).toMatchObject({ messages: 2, uidNext: 5 });
	});

	it('has folders with names beyond ASCII', async () => {
		const user = dovecot.newUser();
		const name = 'Entwürfe & Übersicht/日本語 😀';
		expect(decodeFolderName(encodeFolderName(name))).toBe(name);
		await dovecot.createFolder(user, name);
		await dovecot.append(user, name, mail('inside'));
		expect(await dovecot.fetchAll(user, name)).toHaveLength(1);
		await dovecot.renameFolder(user, name, 'Später');
		expect(await dovecot.fetchAll(user, 'Später')).toHaveLength(1);
		await dovecot.deleteFolder(user, 'Später');
		await expect(dovecot.fetchAll(user, 'Später')).rejects.toThrow(/Später/);
	});

	it('gives a folder another UIDVALIDITY', async () => {
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', mail('stays'));
		await dovecot.setUidValidity(user, 'INBOX', 4_000_000_000);
		expect((await dovecot.status(user, 'INBOX')).uidValidity).toBe(4_000_000_000);
		expect(await dovecot.fetchAll(user, 'INBOX')).toHaveLength(1);
	});

	it('takes a message of no bytes and one of 8-bit bytes as they are', async () => {
		const user = dovecot.newUser();
		const odd = Buffer.from([0x53, 0x3a, 0x20, 0xff, 0xfe, 0x0d, 0x0a, 0x0d, 0x0a, 0x80, 0x0d, 0x0a]);
		await dovecot.append(user, 'INBOX', odd);
		const client = await dovecot.login(user);
		await client.ok('EXAMINE INBOX');
		const { untagged } = await client.ok('UID FETCH 1 (BODY.PEEK[])');
		await client.logout();
		expect(untagged.join('')).toContain(odd.toString('latin1'));
	});

	it('tells IDLE of a new message without waiting', async () => {
		const user = dovecot.newUser();
		const client = await dovecot.login(user);
		await client.ok('SELECT INBOX');
		const idle = client.command('IDLE');
		await client.sees(/^\+ idling/);
		await dovecot.append(user, 'INBOX', mail('push'));
		await client.sees(/^\* 1 EXISTS/);
		client.send('DONE\r\n');
		expect((await idle).status).toBe('OK');
		await client.logout();
	});

	it('fills very large folders in seconds', async () => {
		const user = dovecot.newUser();
		await dovecot.fill(user, 'INBOX', 5_000);
		expect(await dovecot.status(user, 'INBOX')).toMatchObject({ messages: 5_000, uidNext: 5_001 });
	});
});

describe('a Dovecot with TLS', () => {
	it('speaks implicit TLS and STARTTLS with a certificate of its own, and leaves nothing behind', async () => {
		const dovecot = await startDovecot({ tls: true, compress: true });
		const user = dovecot.newUser();
		await dovecot.append(user, 'INBOX', mail('safe'));
		expect(await dovecot.fetchAll(user, 'INBOX')).toHaveLength(1);
		const safe = await RawImap.connect({
			host: 'localhost',
			port: dovecot.tlsPort!,
			tls: true,
			ca: readFileSync(dovecot.caFile!),
		});
		await safe.ok(`LOGIN ${user} ${dovecot.password}`);
		await safe.logout();
		await expect(RawImap.connect({ host: 'localhost', port: dovecot.tlsPort!, tls: true })).rejects.toThrow(/self-signed/);
		const plain = await RawImap.connect(dovecot);
		expect(await plain.greeting).toContain(' STARTTLS');
		const { untagged } = await plain.ok(`LOGIN ${user} ${dovecot.password}`).then(() => plain.ok('CAPABILITY'));
		expect(untagged.join()).toContain('COMPRESS=DEFLATE');
		await plain.logout();
		await dovecot.stop();
		expect(existsSync(dovecot.folder)).toBe(false);
		await expect(RawImap.connect(dovecot)).rejects.toThrow(/ECONNREFUSED/);
	});

	it('says why it did not start', async () => {
		await expect(startDovecot({ extraConfig: 'no_such_setting = yes' })).rejects.toThrow(/no_such_setting/);
	});
});
