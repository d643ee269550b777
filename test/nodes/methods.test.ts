import type { ICredentialsDecrypted, ILoadOptionsFunctions } from 'n8n-workflow';
import type { Connect } from '../../nodes/shared/connect';
import { environmentEgress } from '../../nodes/shared/environmentEgress';
import { DescribedError } from '../../nodes/shared/describedError';
import { folderOptions, methods, testCredential } from '../../nodes/shared/methods';
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
		expect(await testCredential(decrypted(), { connect: async () => server })).toEqual({
			status: 'OK',
			message: 'Connection successful: 1 folder found',
		});
		expect(close).toHaveBeenCalledTimes(1);
	});

	it.each(['hostNotFound', 'connectionRefused', 'tlsNotTrusted', 'startTlsNotOffered', 'loginRefused'] as const)(
		'says what is wrong and what to change: %s',
		async (code) => {
			const error = new DescribedError(code, `What happened: ${code}`, 'What to do.');
			expect(await testCredential(decrypted(), { connect: refusing(error) })).toEqual({
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
		expect((await testCredential(decrypted(), { connect: async () => server })).status).toBe('Error');
		expect(close).toHaveBeenCalledTimes(1);
	});

	it.each([[undefined], [{}], [{ ...credential, host: 'a:993' }]])(
		'refuses an incomplete credential without connecting: %j',
		async (data) => {
			const connect = jest.fn();
			const result = await testCredential({ ...decrypted(), data }, { connect });
			expect(result.status).toBe('Error');
			expect(connect).not.toHaveBeenCalled();
		},
	);

	const certificate = `AB:${Array<string>(31).fill('01').join(':')}`;

	it('says which server it found, and what can be pinned', async () => {
		const server = Object.assign(new FakeMailServer(new FakeAccount()), {
			peer: { fingerprint: certificate, tlsVersion: 'TLSv1.3' },
		});
		const connect = jest.fn(async () => server);
		const data = { user: 'alice@gmail.com', password: 'secret', provider: 'fromAddress' };
		expect(await testCredential(decrypted(data), { connect })).toEqual({
			status: 'OK',
			message: `Connection successful: 1 folder found. The server is imap.gmail.com:993, found in the list of providers (Gmail). The connection to imap.gmail.com:993 is encrypted with TLSv1.3; its certificate has the fingerprint (SHA-256) ${certificate}`,
		});
	});

	it('shows the fingerprint of a certificate that nobody vouches for', async () => {
		const host = 'imap.example.com:993';
		const connect: Connect = async ({ fingerprint }) => {
			throw fingerprint === undefined
				? new SyncError('tlsNotTrusted', { host, problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
				: new SyncError('tlsNotTrusted', { host, problem: 'otherFingerprint', found: certificate });
		};
		const { status, message } = await testCredential(decrypted(), { connect });
		expect(status).toBe('Error');
		expect(message).toContain(`Its fingerprint (SHA-256) is ${certificate}: pin it only if`);
	});

	it.each([['127.0.0.1'], ['localhost'], ['::1'], ['10.1.2.3']])(
		'gives the connection the restrictions of n8n, by its environment: %s',
		async (host) => {
			const connect = jest.fn();
			const environment = { N8N_SSRF_PROTECTION_ENABLED: 'true' };
			const filter = environmentEgress(environment);
			expect(await filter?.refusal(host)).toMatchObject({ code: 'EGRESS_REFUSED' });
			await testCredential(decrypted({ ...credential, host }), { connect, environment });
			expect(connect).toHaveBeenCalledWith(expect.objectContaining({ egress: expect.anything() }));
		},
	);

	it('never repeats the password', async () => {
		const { message } = await testCredential(decrypted(), {
			connect: refusing(new Error(`LOGIN x ${String(credential.password)}`)),
		});
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

	it('stays a list where it cannot be loaded', async () => {
		const list = await methods.loadOptions.getFolders.call(
			pollContext({ credential: { user: 'alice', password: 'x', host: '' } }).context as unknown as ILoadOptionsFunctions,
		);
		expect(list).toEqual([
			{ name: 'INBOX', value: 'INBOX' },
			expect.objectContaining({ value: '', description: expect.stringContaining('Refresh List') }),
		]);
		expect(list[1].name).toMatch(/^Could not load the folders: /);
	});

	it('says why it cannot be loaded', async () => {
		const error = new DescribedError('loginRefused', 'refused', 'Check User and Password');
		await expect(folderOptions(context, refusing(error))).rejects.toMatchObject({
			message: 'refused',
			description: 'Check User and Password',
		});
	});
});
