import type { ICredentialsDecrypted, ILoadOptionsFunctions } from 'n8n-workflow';
import type { Connect } from '../../nodes/shared/connect';
import { DescribedError } from '../../nodes/shared/describedError';
import { folderOptions, testCredential } from '../../nodes/shared/methods';
import { SyncError } from '../../sync/errors/syncError';
import { FakeAccount, FakeMailServer } from '../support/fakeMailServer';
import { credential, pollContext } from '../support/n8nContext';

const decrypted = (data: ICredentialsDecrypted['data'] = credential): ICredentialsDecrypted => ({
	id: '1',
	name: 'x',
	type: 'imapSyncApi',
	data,
});
const refusing =
	(error: unknown): Connect =>
	async () => {
		throw error;
	};

describe('the test of the credential', () => {
	it('connects, lists the folders and closes', async () => {
		const server = new FakeMailServer(new FakeAccount());
		const close = jest.spyOn(server, 'close');
		expect(await testCredential(decrypted(), async () => server)).toEqual({
			status: 'OK',
			message: 'Connection successful: 1 folder found',
		});
		expect(close).toHaveBeenCalledTimes(1);
	});

	it.each(['hostNotFound', 'connectionRefused', 'tlsNotTrusted', 'startTlsNotOffered', 'loginRefused'] as const)(
		'says what is wrong and what to change: %s',
		async (code) => {
			const error = new DescribedError(code, `What happened: ${code}`, 'What to do.');
			expect(await testCredential(decrypted(), refusing(error))).toEqual({
				status: 'Error',
				message: `What happened: ${code}. What to do.`,
			});
		},
	);

	it('closes the connection when the listing fails', async () => {
		const hooks = {
			before: () => {
				throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
			},
		};
		const server = new FakeMailServer(new FakeAccount(), { hooks });
		const close = jest.spyOn(server, 'close');
		expect((await testCredential(decrypted(), async () => server)).status).toBe('Error');
		expect(close).toHaveBeenCalledTimes(1);
	});

	it.each([[undefined], [{}], [{ ...credential, host: 'a:993' }]])(
		'refuses an incomplete credential without connecting: %j',
		async (data) => {
			const connect = jest.fn();
			const result = await testCredential({ ...decrypted(), data }, connect);
			expect(result.status).toBe('Error');
			expect(connect).not.toHaveBeenCalled();
		},
	);

	it('never repeats the password', async () => {
		const { message } = await testCredential(decrypted(), refusing(new Error(`LOGIN x ${String(credential.password)}`)));
		expect(message).not.toContain(credential.password);
	});
});

describe('the list of folders', () => {
	const context = pollContext().context as unknown as ILoadOptionsFunctions;

	it('has INBOX first, names special uses that the name does not tell, and leaves out what cannot be opened', async () => {
		const account = new FakeAccount();
		account.createFolder('Gesendet', { specialUse: '\\Sent' });
		account.createFolder('Archive', { specialUse: '\\Archive' });
		account.createFolder('[Gmail]', { selectable: false });
		expect(await folderOptions(context, async () => new FakeMailServer(account))).toEqual([
			{ name: 'INBOX', value: 'INBOX' },
			{ name: 'Archive', value: 'Archive' },
			{ name: 'Gesendet (Sent)', value: 'Gesendet' },
		]);
	});

	it('says why it cannot be loaded', async () => {
		const error = new DescribedError('loginRefused', 'refused', 'Check User and Password');
		await expect(folderOptions(context, refusing(error))).rejects.toMatchObject({
			message: 'refused',
			description: 'Check User and Password',
		});
	});
});
