import { startDovecot } from '../support/dovecot';
import { credentialFor, runNode } from '../support/executeContext';
import { mailHostOf, type MailHost } from '../support/mailHost';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

let host: MailHost;
let proxy: CountingProxy;
let user: string;

beforeAll(async () => {
	host = mailHostOf(await startDovecot());
	proxy = await startProxy(host);
});
afterAll(async () => {
	await proxy?.stop();
	await host?.stop();
});
beforeEach(() => {
	user = host.newUser();
	proxy.reset();
});

const mail = (id: string): string => `Message-ID: <${id}@example.com>\r\nSubject: ${id}\r\n\r\nHello\r\n`;

test('marks 500 messages as read with two commands', async () => {
	await host.fill(user, 'INBOX', 500, mail('x'));
	const uidValidity = String(await host.uidValidity(user, 'INBOX'));
	const { items } = await runNode({
		items: Array.from({ length: 500 }, (_, i) => ({ folder: 'INBOX', uid: i + 1, uidValidity })),
		parameters: { resource: 'message', operation: 'markRead' },
		credential: credentialFor(proxy, user),
	});
	expect(items).toHaveLength(500);
	expect(items[499]).toEqual({ json: { folder: 'INBOX', uid: 500, uidValidity, flags: ['\\Seen'] }, pairedItem: { item: 499 } });
	expect(proxy.totals().work.commands).toBe(2);
	expect(proxy.totals().connections).toBe(1);
	expect((await host.list(user, 'INBOX')).every(({ flags }) => flags.includes('\\Seen'))).toBe(true);
});

test('tells a UID that is not there and a folder that was rebuilt, and does the rest', async () => {
	await host.append(user, 'INBOX', mail('x'));
	const uidValidity = String(await host.uidValidity(user, 'INBOX'));
	const { items } = await runNode({
		items: [
			{ folder: 'INBOX', uid: 7, uidValidity },
			{ folder: 'INBOX', uid: 1, uidValidity: '12' },
			{ folder: 'INBOX', uid: 1, uidValidity },
		],
		parameters: { resource: 'message', operation: 'markRead' },
		credential: credentialFor(proxy, user),
		continueOnFail: true,
	});
	expect(items.map(({ json }) => json.code)).toEqual(['messageNotFound', 'folderRenumbered', undefined]);
	expect(items[2].json.flags).toEqual(['\\Seen']);
});

test('finds messages by Message-ID, exactly, in all folders', async () => {
	await host.createFolder(user, 'Work');
	await host.append(user, 'INBOX', mail('order-17'));
	await host.append(user, 'Work', mail('order-1'));
	const { items } = await runNode({
		items: [{ id: 'order-1@example.com' }, { id: '<order-17@example.com>' }, { id: '<none@example.com>' }],
		parameters: {
			resource: 'message',
			operation: 'markRead',
			messageFrom: 'messageId',
			messageId: (json: { id: string }) => json.id,
		},
		credential: credentialFor(proxy, user),
		continueOnFail: true,
	});
	expect(items.map(({ json }) => [json.folder, json.uid, json.code])).toEqual([
		['Work', 1, undefined],
		['INBOX', 1, undefined],
		[undefined, undefined, 'messageNotFound'],
	]);
});

test('lists the folders with counts', async () => {
	await host.createFolder(user, 'Work');
	await host.append(user, 'Work', mail('x'));
	const { items } = await runNode({
		parameters: { resource: 'folder', operation: 'getMany', returnAll: true, options: { counts: true } },
		credential: credentialFor(proxy, user),
	});
	expect(items.map(({ json }) => [json.folder, json.messages, json.unseen, json.subscribed])).toEqual([
		['INBOX', 0, 0, true],
		['Work', 1, 1, false],
	]);
});
