import { SyncError } from '../../../sync/errors/syncError';
import { told } from '../../support/account';
import { followFake } from '../../support/followFake';
import { mail } from '../../support/mail';

/** A second connection may rename a folder that is open: Cyrus then refuses to read, and shows what was in it as expunged. */
const refused = new SyncError('commandRefused', {
	reason: 'refused',
	host: 'mail.example.com:993',
	answer: 'Mailbox does not exist',
});

test('what cannot be read, and then seems to be gone, waits for the next run', async () => {
	const { account, server, followed } = followFake({ ask: { events: ['messageNew'], limits: { messages: 2 } } });
	await followed.run();
	for (let i = 1; i <= 5; i++) account.append('INBOX', mail(`m${i}`));
	expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/1', 'messageNew INBOX/2']);
	server.hooks.before = ({ method, path }) => {
		if (method !== 'fetch' || path !== 'INBOX') return;
		account.expunge('INBOX', [3, 4, 5]);
		throw refused;
	};
	const { events, problems, state } = await followed.run();
	expect(events).toEqual([]);
	expect(problems.map(({ code, passing, data }) => [code, passing, (data as { reason?: string }).reason])).toEqual([
		['folderInconsistent', true, 'goneUnderway'],
	]);
	expect(state.folders.INBOX.newUids.toString()).toBe('3:5');
});

test('one of several that is gone while they are read is gone, as ever', async () => {
	const { account, server, followed } = followFake({ ask: { events: ['messageNew'], limits: { messages: 2 } } });
	await followed.run();
	for (let i = 1; i <= 5; i++) account.append('INBOX', mail(`m${i}`));
	await followed.run();
	let times = 0;
	server.hooks.before = ({ method }) => {
		if (method !== 'fetch' || ++times > 1) return;
		account.expunge('INBOX', [3]);
		throw refused;
	};
	expect(told((await followed.run()).events)).toEqual(['messageNew INBOX/4', 'messageNew INBOX/5']);
});
