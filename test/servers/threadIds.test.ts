import type { IDataObject } from 'n8n-workflow';
import { startCyrus } from '../support/cyrus';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { credentialFor, fieldsOf, runNode, type ExecuteOptions } from '../support/executeContext';
import type { MailHost } from '../support/mailHost';
import { describeServer } from '../support/roots/serverRoot';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';
import { gmailIds, type GmailMessage } from '../support/wire/gmailIds';

/** Conversations by the ids that a server gives them: THREADID (RFC 8474) on a real Cyrus, X-GM-THRID on a server that answers as Gmail does. */

const mail = (id: string, minute: number, more: string[] = []): string =>
	[
		`Message-ID: <${id}@example.com>`,
		...more,
		`Date: Mon, 1 Jun 2026 12:0${minute}:00 +0000`,
		`Subject: ${more.length > 0 ? 'Re: ' : ''}${id[0]}`,
		'',
		'x',
		'',
	].join('\r\n');

/** The node on a server behind a proxy, and what it then says there. */
function nodeOn(proxy: CountingProxy, user: string) {
	const sent: string[] = [];
	const change = proxy.onClientLine;
	proxy.onClientLine = (line, context) => {
		if (context.command && !context.continued && /^UID (SEARCH|FETCH)$/.test(context.command.name))
			sent.push(line.replace(/^\S+ /, ''));
		return change?.(line, context);
	};
	const act = async (
		operation: string,
		parameters: Record<string, unknown>,
		options: Partial<ExecuteOptions> = {},
	): Promise<IDataObject[]> => {
		sent.length = 0;
		proxy.reset();
		const { items } = await runNode({
			parameters: { resource: 'message', operation, output: 'metadata', ...parameters },
			credential: credentialFor(proxy, user),
			...options,
		});
		return items.map(fieldsOf);
	};
	const ids = (items: IDataObject[]): string[] => items.map(({ messageId }) => String(messageId).replace(/^<|@.*$/g, ''));
	return {
		act,
		ids,
		searches: () => sent.filter((line) => line.startsWith('UID SEARCH')),
		fetches: () => sent.filter((line) => line.startsWith('UID FETCH')),
		commands: () => proxy.totals().work.commands,
	};
}

describeServer('cyrus')('THREADID on Cyrus', () => {
	let host: MailHost;
	let proxy: CountingProxy;
	let user: string;
	let sent: string;

	beforeAll(async () => {
		host = await startCyrus({ conversations: true });
		proxy = await startProxy(host);
	});
	afterAll(async () => {
		await proxy?.stop();
		await host?.stop();
	});
	beforeEach(async () => {
		proxy.onClientLine = undefined;
		user = host.newUser();
		sent = host.folder('Sent');
		await host.createFolder(user, sent);
		await host.appendMany(user, 'INBOX', [
			mail('a1', 1),
			mail('a3', 3, ['References: <a1@example.com> <a2@example.com>']),
			mail('z1', 4),
		]);
		await host.append(user, sent, mail('a2', 2, ['References: <a1@example.com>']));
	});

	test('get thread: one search by it in each folder, and no other round', async () => {
		const { act, ids, searches, fetches } = nodeOn(proxy, user);
		const members = await act('getThread', { messageFrom: 'uid', folder: 'INBOX', uid: '2' });
		expect(ids(members)).toEqual(['a1', 'a2', 'a3']);
		const threadId = String(members[0].threadId);
		expect(new Set(members.map((member) => member.threadId))).toEqual(new Set([threadId]));
		expect(members.every(({ emailId }) => typeof emailId === 'string')).toBe(true);
		expect(searches()).toEqual(Array(2).fill(`UID SEARCH RETURN (ALL COUNT) THREADID ${threadId}`));
		expect(fetches().every((line) => /EMAILID THREADID/.test(line))).toBe(true);
		expect(ids(await act('getThread', { messageFrom: 'uid', folder: 'INBOX', uid: '3' }))).toEqual(['z1']);
	});

	test('get thread: 500 items ask together', async () => {
		const { act, searches, commands } = nodeOn(proxy, user);
		const items = Array.from({ length: 500 }, (_, i) => ({ folder: 'INBOX', uid: i % 2 === 0 ? 3 : 1 }));
		expect(await act('getThread', { output: 'reference' }, { items })).toHaveLength(250 * 4);
		expect(searches()).toHaveLength(2);
		expect(searches()[0]).toMatch(/ OR THREADID \S+ THREADID \S+$/);
		// Reading the items, the list of folders; opening, searching and reading, then reading the result, in two folders.
		expect(commands()).toBeLessThanOrEqual(2 + 1 + 2 * 3 + 2 * 2);
	});

	test('as a condition: the id of an item, one that nothing has, and all but it', async () => {
		const { act, ids } = nodeOn(proxy, user);
		const [{ threadId }] = await act('get', { messageFrom: 'uid', folder: 'INBOX', uid: '1' });
		const find = async (parameters: Record<string, unknown>): Promise<string[]> =>
			ids(await act('getMany', { folderSelection: 'all', ...parameters })).sort();
		expect(await find({ search: { thread: threadId } })).toEqual(['a1', 'a2', 'a3']);
		expect(await find({ search: { thread: threadId, subject: 'Re' } })).toEqual(['a2', 'a3']);
		expect(await find({ search: { thread: 'T0000000000000000' } })).toEqual([]);
		expect(await find({ except: { thread: threadId } })).toEqual(['z1']);
	});
});

describe("Gmail's conversations", () => {
	let dovecot: Dovecot;
	let proxy: CountingProxy;
	let user: string;
	const allMail = '[Gmail]/All Mail';
	const gmail = (messageId: number, threadId: string): GmailMessage => ({ messageId: `18000000000000000${messageId}`, threadId });
	// Larger than a double holds exactly.
	const [first, second] = ['1266894439832287888', '1266894439832287889'];

	beforeAll(async () => {
		dovecot = await startDovecot({
			extraConfig: `
namespace inbox {
	mailbox "${allMail}" {
		special_use = \\All
		auto = create
	}
}
`,
		});
		proxy = await startProxy(dovecot, { mask: ['QRESYNC', 'LIST-STATUS'] });
	});
	afterAll(async () => {
		await proxy?.stop();
		await dovecot?.stop();
	});
	beforeEach(async () => {
		user = dovecot.newUser();
		// Gmail knows by itself that they belong together, or do not: no references say so.
		await dovecot.appendMany(user, allMail, [
			mail('a1', 1),
			mail('a2', 2),
			mail('z1', 3),
			mail('z2', 4, ['References: <a1@example.com>']),
		]);
		await dovecot.appendMany(user, 'INBOX', [mail('a1', 1), mail('z1', 3)]);
		const hooks = gmailIds({
			[allMail]: { 1: gmail(1, first), 2: gmail(2, first), 3: gmail(3, second), 4: gmail(4, second) },
			INBOX: { 1: gmail(1, first), 2: gmail(3, second) },
		});
		Object.assign(proxy, hooks);
	});

	test('get thread: from any folder all of it, once, by X-GM-THRID', async () => {
		const { act, ids, searches, fetches } = nodeOn(proxy, user);
		const members = await act('getThread', { messageFrom: 'uid', folder: 'INBOX', uid: '1' });
		expect(ids(members)).toEqual(['a1', 'a2']);
		expect(members.map(({ folder, threadId, emailId }) => [folder, threadId, emailId])).toEqual([
			[allMail, first, gmail(1, first).messageId],
			[allMail, first, gmail(2, first).messageId],
		]);
		// All Mail, and neither trash nor junk, as the account has none.
		expect(searches()).toEqual([`UID SEARCH RETURN (ALL COUNT) X-GM-THRID ${first}`]);
		expect(fetches().every((line) => /X-GM-MSGID X-GM-THRID X-GM-LABELS/.test(line))).toBe(true);
		expect(ids(await act('getThread', { messageFrom: 'uid', folder: allMail, uid: '4' }))).toEqual(['z1', 'z2']);
		const both = { folderSelection: 'chosen', folders: ['INBOX', allMail] };
		expect(
			(await act('getThread', { messageFrom: 'uid', folder: allMail, uid: '4', ...both })).map(({ folder, uid }) => [
				folder,
				uid,
			]),
		).toEqual([
			['INBOX', 2],
			[allMail, 4],
		]);
	});

	test('get thread: 500 items ask together', async () => {
		const { act, searches } = nodeOn(proxy, user);
		const items = Array.from({ length: 500 }, (_, i) => ({ folder: 'INBOX', uid: (i % 2) + 1 }));
		expect(await act('getThread', { output: 'reference' }, { items })).toHaveLength(1000);
		expect(searches()).toEqual([`UID SEARCH RETURN (ALL COUNT) OR X-GM-THRID ${first} X-GM-THRID ${second}`]);
	});

	test('as a condition; an id that is no number is refused by Gmail, and that is told', async () => {
		const { act, ids } = nodeOn(proxy, user);
		const find = async (parameters: Record<string, unknown>): Promise<string[]> =>
			ids(await act('getMany', { folderSelection: 'all', ...parameters })).sort();
		expect(await find({ search: { thread: second } })).toEqual(['z1', 'z2']);
		expect(await find({ search: { thread: second, subject: 'Re' } })).toEqual(['z2']);
		expect(await find({ except: { thread: second } })).toEqual(['a1', 'a2']);
		// By Message-ID it goes by references on Gmail too.
		expect(await find({ search: { thread: 'a1@example.com' } })).toEqual(['a1', 'z2']);
		await expect(find({ search: { thread: 'FMfcgzQXJWDs' } })).rejects.toThrow('refused the search');
	});
});
