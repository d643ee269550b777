import type { IDataObject } from 'n8n-workflow';
import { startCourier } from '../support/courier';
import { startCyrus } from '../support/cyrus';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import type { MailHost } from '../support/mailHost';
import { describeServer } from '../support/roots/serverRoot';

const mail = (id: string, size = 0): string =>
	`Message-ID: <${id}@example.com>\r\nSubject: ${id}\r\n\r\nHello\r\n${`${'y'.repeat(70)}\r\n`.repeat(size / 72)}`;

/** Says commands as a user who may. */
async function asUser(host: MailHost, user: string, ...commands: string[]): Promise<void> {
	const client = await host.login(user);
	try {
		for (const command of commands) await client.ok(command);
	} finally {
		await client.logout();
	}
}

const servers: Array<[string, jest.Describe, () => Promise<MailHost>, (host: MailHost, user: string, folder: string) => Promise<void>]> = [
	// In Cyrus' default the owner has no right to change the rights here: its administrator has.
	['Cyrus', describeServer('cyrus'), startCyrus, (host, user, folder) => asUser(host, 'cyrus', `SETACL user/${user}/${folder} ${user} lr`)],
	['Courier', describeServer('courier'), startCourier, (host, user, folder) => asUser(host, user, `SETACL ${folder} owner lra`)],
];

/** What an account may not do or has no room for on Cyrus and Courier; Dovecot is in actionFailures.test.ts. */
for (const [name, describeIt, start, freeze] of servers) {
	describeIt(`what the account may not do on ${name}`, () => {
		let host: MailHost;
		let user: string;
		let frozen: string;

		beforeAll(async () => {
			host = await start();
		}, 60_000);
		afterAll(async () => {
			await host?.stop();
		}, 60_000);
		beforeEach(async () => {
			user = host.newUser();
			await host.append(user, 'INBOX', mail('one'));
			frozen = host.folder('Frozen');
		});

		const act = async (
			operation: string,
			parameters: Record<string, unknown> = {},
			options: Partial<ExecuteOptions> = {},
			resource = 'message',
		): Promise<IDataObject[]> => {
			const { items } = await runNode({
				parameters: { resource, operation, ...parameters },
				credential: credentialFor(host, user),
				continueOnFail: true,
				...options,
			});
			return items.map(fieldsOf);
		};
		const held = async (folder: string): Promise<Array<[number, string[]]>> =>
			(await host.list(user, folder)).map(({ uid, flags }) => [uid, flags]);

		describe('a read-only folder', () => {
			beforeEach(async () => {
				await host.createFolder(user, frozen);
				await host.append(user, frozen, mail('two'));
				await freeze(host, user, frozen);
			});

			// Cyrus opens it for writing, as the owner may still delete the folder, and refuses what is then done.
			test.each([
				['markRead', {}, 'notOffered'],
				['addFlags', { flags: ['\\Flagged'] }, 'notOffered'],
				['move', { toFolder: 'INBOX' }, 'folderForbidden'],
				['delete', { permanently: true }, 'commandRefused'],
			] as Array<[string, Record<string, unknown>, string]>)('%s: nothing changes in it, the other folder is done', async (operation, parameters, onCyrus) => {
				const items = [
					{ folder: frozen, uid: 1 },
					{ folder: 'INBOX', uid: 1 },
				];
				const results = await act(operation, parameters, { items });
				expect(results.map(({ code }) => code)).toEqual([name === 'Cyrus' ? onCyrus : 'folderReadOnly', undefined]);
				expect(results[0]).toMatchObject({ folder: frozen, uid: 1, error: expect.stringContaining(`"${frozen}"`) as string });
				expect(await held(frozen)).toEqual([[1, []]]);
			});

			test('it is not emptied; copying from it works, into it does not', async () => {
				expect((await act('empty', { folder: frozen, confirm: true }, {}, 'folder'))[0].code).toBe(
					name === 'Cyrus' ? 'commandRefused' : 'folderReadOnly',
				);
				expect((await act('copy', { toFolder: 'INBOX' }, { items: [{ folder: frozen, uid: 1 }] }))[0]).toMatchObject({ folder: 'INBOX' });
				for (const operation of ['copy', 'move']) {
					const [result] = await act(operation, { toFolder: frozen }, { items: [{ folder: 'INBOX', uid: 1 }] });
					expect([operation, result.code]).toEqual([operation, 'folderForbidden']);
					expect(result.error).toContain(`"${frozen}"`);
				}
				const [appended] = await act('append', { sourceFrom: 'text', source: mail('x'), toFolder: frozen });
				expect(appended.code).toBe('folderForbidden');
				expect(await held(frozen)).toEqual([[1, []]]);
				expect((await held('INBOX')).map(([uid]) => uid)).toEqual([1, 2]);
			});
		});

		// Courier's limit is no business of IMAP: it comes with the account.
		if (name === 'Cyrus') {
			test('over quota: what fits is stored, the rest is told', async () => {
				await asUser(host, 'cyrus', `SETQUOTA user/${user} (STORAGE 100)`);
				await host.createFolder(user, 'Work');
				const big = mail('big', 60_000);
				const results = await act(
					'append',
					{ sourceFrom: 'text', source: (json: IDataObject) => json.source },
					{ items: [{ source: big }, { source: big }, { source: mail('small') }] },
				);
				expect(results.map(({ code, uid }) => code ?? uid)).toEqual([2, 'folderFull', 3]);
				expect(results[1].error).toContain('There is no room left for "INBOX"');
				const copied = await act('copy', { toFolder: 'Work' }, { items: [{ folder: 'INBOX', uid: 2 }] });
				expect(copied[0].code).toBe('folderFull');
				expect(await held('Work')).toEqual([]);
				expect((await act('getQuota', { folder: 'INBOX' }, {}, 'folder'))[0]).toMatchObject({
					limited: true,
					storage: { limit: 100 * 1024 },
				});
				expect((await act('move', { toFolder: 'Work' }, { items: [{ folder: 'INBOX', uid: 2 }] }))[0]).toMatchObject({ folder: 'Work' });
			});
		}
	});
}
