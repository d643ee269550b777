import type { FolderConnection, MailServer, OpenFolder } from '../../sync/server/mailServer';
import { SyncError } from '../../sync/errors/syncError';
import { asUid } from '../../sync/uids/uid';
import { UidSet } from '../../sync/uids/uidSet';
import type { Capabilities } from '../../sync/server/capabilities';
import type { FetchedMessage, FetchParts } from '../../sync/server/message';
import type { SearchCriteria } from '../../sync/server/searchCriteria';

/** What happens to the mailbox beside the server under test: what the user's other programs do. */
interface Mailbox {
	append(folder: string, source: string, options?: { flags?: string[]; internalDate?: Date }): Promise<number>;
	expunge(folder: string, uids: number[]): Promise<void>;
	flags(folder: string, uids: number[], change: { add?: string[]; remove?: string[]; set?: string[] }): Promise<void>;
	createFolder(folder: string): Promise<void>;
	/** A folder that only holds others (\Noselect), by its path. */
	createContainer(): Promise<string>;
	deleteFolder(folder: string): Promise<void>;
	setUidValidity(folder: string, uidValidity: number): Promise<void>;
}

/** One server under test with an empty mailbox of its own. */
export interface Subject {
	mailbox: Mailbox;
	connect(): Promise<MailServer>;
}

const ascii = (subject: string, extra = ''): string =>
	`From: Alice <alice@example.com>\r\nTo: bob@example.com\r\nSubject: ${subject}\r\n${extra}\r\nBody of ${subject}\r\n`;

/**
 * The contract of sync/port.ts: what every implementation of MailServer does. Run against the fake and against imapflow on a
 * real server, in each set of abilities.
 */
export function describeMailServer(
	name: string,
	expected: Partial<Capabilities>,
	newSubject: () => Promise<Subject>,
	{ contentsAtOnce = true } = {},
): void {
	describe(name, () => {
		let mailbox: Mailbox;
		let connect: () => Promise<MailServer>;
		let server: MailServer;

		beforeEach(async () => {
			({ mailbox, connect } = await newSubject());
			server = await connect();
		});
		afterEach(async () => {
			await server.close();
		});

		/** Opens one folder and works in it. */
		const inFolder = async <T>(
			path: string,
			work: (folder: OpenFolder, connection: FolderConnection) => Promise<T>,
			since?: { uidValidity: string; modseq: string },
		): Promise<T> => {
			const [result] = await server.visitFolders([path], async (_path, connection) =>
				work(await connection.open(path, since), connection),
			);
			if (result.status === 'rejected') throw result.reason;
			return result.value;
		};
		const fetchAll = async (folder: OpenFolder, uids: UidSet, parts: FetchParts): Promise<FetchedMessage[]> => {
			const messages: FetchedMessage[] = [];
			for await (const message of folder.fetch(uids, parts)) messages.push(message);
			return messages.sort((a, b) => a.uid - b.uid);
		};
		const failure = async (promise: Promise<unknown>): Promise<SyncError> => {
			const error: unknown = await promise.then(
				() => undefined,
				(reason: unknown) => reason,
			);
			expect(error).toBeInstanceOf(SyncError);
			return error as SyncError;
		};

		it('tells what the server can do', () => {
			expect(server.capabilities).toMatchObject(expected);
		});

		it('does without what is not to be trusted, from the next opening on', async () => {
			await mailbox.append('INBOX', ascii('one'));
			const before = await inFolder('INBOX', async (folder) => folder.snapshot);
			const since = { uidValidity: before.uidValidity, modseq: before.highestModseq ?? '1' };
			expect(server.faults).toEqual([]);
			server.disableCapabilities(['qresync']);
			expect(server.capabilities).toMatchObject({ ...expected, qresync: false });
			const { qresyncAnswered, highestModseq } = await inFolder('INBOX', async (folder) => folder.snapshot, since);
			expect({ qresyncAnswered, highestModseq }).toEqual({ qresyncAnswered: false, highestModseq: before.highestModseq });
			server.disableCapabilities(['condstore', 'esearch']);
			expect(server.capabilities).toMatchObject({ ...expected, qresync: false, condstore: false, esearch: false });
			const without = await inFolder('INBOX', async (folder) => [
				folder.snapshot.highestModseq,
				(await folder.search({})).toString(),
			]);
			expect(without).toEqual([undefined, '1']);
			const [{ status }] = await server.listFolders({ status: true });
			expect(status?.highestModseq).toBeUndefined();
		});

		describe('listing folders', () => {
			it('gives every folder, with names in plain Unicode, and no status unless asked', async () => {
				await mailbox.createFolder('Entwürfe & Co');
				await mailbox.createFolder('日本語');
				const folders = await server.listFolders({ status: false });
				expect(folders.map(({ path }) => path).sort()).toEqual(['Entwürfe & Co', 'INBOX', '日本語'].sort());
				expect(folders.every(({ selectable, status }) => selectable && status === undefined)).toBe(true);
				expect(folders.find(({ path }) => path === 'INBOX')?.specialUse).toBe('\\Inbox');
			});

			it('marks a folder that only holds others', async () => {
				const container = await mailbox.createContainer();
				const folders = await server.listFolders({ status: true });
				const listing = folders.find(({ path }) => path === container);
				expect(listing).toMatchObject({ selectable: false });
				expect(listing?.status).toBeUndefined();
			});

			it('gives the status of each folder where the server can, and none where it cannot', async () => {
				await mailbox.createFolder('Work');
				await mailbox.append('Work', ascii('one'));
				const folders = await server.listFolders({ status: true });
				const work = folders.find(({ path }) => path === 'Work');
				if (!server.capabilities.listStatus) {
					expect(folders.every(({ status }) => status === undefined)).toBe(true);
					return;
				}
				const snapshot = await inFolder('Work', async (folder) => folder.snapshot);
				expect(work?.status).toMatchObject({ uidValidity: snapshot.uidValidity, uidNext: 2, messages: 1 });
				expect(work?.status?.highestModseq).toBe(snapshot.highestModseq);
			});
		});

		describe('opening a folder', () => {
			it('takes a snapshot', async () => {
				await mailbox.append('INBOX', ascii('one'), { flags: ['\\Seen', '$Label1'] });
				const snapshot = await inFolder('INBOX', async (folder) => folder.snapshot);
				expect(snapshot).toMatchObject({ path: 'INBOX', uidNext: 2, exists: 1, qresyncAnswered: false });
				expect(snapshot.uidValidity).toMatch(/^[1-9]\d*$/);
				expect(snapshot.keywords).toEqual(['$Label1']);
				if (server.capabilities.condstore) expect(snapshot.highestModseq).toMatch(/^[1-9]\d*$/);
				else expect(snapshot.highestModseq).toBeUndefined();
			});

			it('takes it of an empty folder, and of one with a name that is not ASCII', async () => {
				await mailbox.createFolder('Entwürfe & Co');
				const { snapshot, all } = await inFolder('Entwürfe & Co', async (folder) => ({
					snapshot: folder.snapshot,
					all: await folder.search({}),
				}));
				expect(snapshot).toMatchObject({ path: 'Entwürfe & Co', uidNext: 1, exists: 0, keywords: [] });
				expect(all.isEmpty).toBe(true);
			});

			it('tells which flags stay set, and opens again as before', async () => {
				await mailbox.append('INBOX', ascii('one'), { flags: ['\\Flagged'] });
				const answers = await inFolder('INBOX', async (_folder, connection) => [
					await connection.keepsFlag('INBOX', 'n8n-done'),
					await connection.keepsFlag('INBOX', '\\seen'),
					await connection.keepsFlag('INBOX', '\\Invented'),
					(await (await connection.open('INBOX')).flagsOf(UidSet.of([1]))).map(({ flags }) => flags),
				]);
				expect(answers).toEqual([true, true, false, [['\\Flagged']]]);
				await expect(
					inFolder('INBOX', async (_folder, connection) => connection.keepsFlag('missing', '\\Seen')),
				).rejects.toMatchObject({
					code: 'folderNotFound',
				});
			});

			it('freezes the snapshot, whatever the answers after it hold', async () => {
				await mailbox.append('INBOX', ascii('one'));
				await inFolder('INBOX', async (folder) => {
					const before = { ...folder.snapshot };
					await mailbox.append('INBOX', ascii('two'));
					await mailbox.flags('INBOX', [1], { add: ['\\Flagged'] });
					await fetchAll(folder, UidSet.range(1, 100), 'descriptor');
					await folder.flagsOf(UidSet.range(1, 100));
					expect(folder.snapshot).toEqual(before);
					expect(Object.isFrozen(folder.snapshot)).toBe(true);
				});
			});

			it('sees what is new when it is opened again on the same connection', async () => {
				await inFolder('INBOX', async (_folder, connection) => {
					await mailbox.append('INBOX', ascii('one'));
					expect((await connection.open('INBOX')).snapshot).toMatchObject({ exists: 1, uidNext: 2 });
				});
			});

			it('changes nothing: no message becomes seen or loses that it is recent', async () => {
				await mailbox.append('INBOX', ascii('one'));
				for (const parts of ['source', 'headerAndStructure', 'structure', 'outline'] as const) {
					await inFolder('INBOX', async (folder) => fetchAll(folder, UidSet.range(1, 1), parts));
				}
				expect(await inFolder('INBOX', async (folder) => folder.flagsOf(UidSet.range(1, 1)))).toEqual([
					expect.objectContaining({ uid: 1, flags: [] }),
				]);
			});

			it('says which folder there is not', async () => {
				const error = await failure(inFolder('No such füolder', async () => undefined));
				expect(error).toMatchObject({ code: 'folderNotFound', scope: 'folder', data: { folder: 'No such füolder' } });
				expect(error.message).toContain('No such füolder');
			});

			it('says which folder only holds others', async () => {
				const container = await mailbox.createContainer();
				expect(await failure(inFolder(container, async () => undefined))).toMatchObject({
					code: 'folderNotSelectable',
					scope: 'folder',
					data: { folder: container },
				});
			});

			it('goes on with another folder after one that failed, on the same connection', async () => {
				await mailbox.append('INBOX', ascii('one'));
				const [exists] = await server.visitFolders(['INBOX'], async (_path, connection) => {
					await failure(connection.open('gone'));
					return (await connection.open('INBOX')).snapshot.exists;
				});
				expect(exists).toEqual({ status: 'fulfilled', value: 1 });
			});
		});

		describe('asking what changed since last time', () => {
			it('tells changed, new and vanished messages at once, or that it cannot', async () => {
				for (let i = 1; i <= 6; i++) await mailbox.append('INBOX', ascii(`m${i}`));
				const before = await inFolder('INBOX', async (folder) => folder.snapshot);
				await mailbox.flags('INBOX', [2], { add: ['\\Flagged', 'todo'] });
				await mailbox.expunge('INBOX', [3, 4]);
				await mailbox.append('INBOX', ascii('m7'));
				await inFolder(
					'INBOX',
					async ({ snapshot, sinceLastTime }) => {
						expect(snapshot).toMatchObject({ exists: 5, uidNext: 8, qresyncAnswered: server.capabilities.qresync });
						if (!server.capabilities.qresync) {
							expect(sinceLastTime).toBeUndefined();
							return;
						}
						expect(sinceLastTime?.rows.map(({ uid, flags }) => [uid, flags])).toEqual([
							[2, ['\\Flagged', 'todo']],
							[7, []],
						]);
						expect(sinceLastTime?.rows.every(({ modseq }) => BigInt(modseq ?? 0) > BigInt(before.highestModseq ?? 0))).toBe(true);
						expect(sinceLastTime?.vanished.intersect(UidSet.range(1, 7)).toString()).toBe('3:4');
					},
					{ uidValidity: before.uidValidity, modseq: before.highestModseq ?? '1' },
				);
			});

			it('answers with nothing when nothing changed', async () => {
				await mailbox.append('INBOX', ascii('one'));
				const before = await inFolder('INBOX', async (folder) => folder.snapshot);
				const since = { uidValidity: before.uidValidity, modseq: before.highestModseq ?? '1' };
				const again = await inFolder(
					'INBOX',
					async (folder) => ({ snapshot: folder.snapshot, since: folder.sinceLastTime }),
					since,
				);
				expect(again.snapshot).toEqual({ ...before, qresyncAnswered: server.capabilities.qresync });
				if (server.capabilities.qresync) expect([again.since?.rows, again.since?.vanished.size]).toEqual([[], 0]);
			});

			it('does not answer for a folder whose UIDVALIDITY is another now', async () => {
				await mailbox.append('INBOX', ascii('one'));
				const before = await inFolder('INBOX', async (folder) => folder.snapshot);
				await server.close();
				await mailbox.setUidValidity('INBOX', Number(before.uidValidity) + 7);
				server = await connect();
				await inFolder(
					'INBOX',
					async ({ snapshot, sinceLastTime }) => {
						expect(snapshot).toMatchObject({ uidValidity: String(Number(before.uidValidity) + 7), qresyncAnswered: false });
						expect(sinceLastTime).toBeUndefined();
					},
					{ uidValidity: before.uidValidity, modseq: before.highestModseq ?? '1' },
				);
			});

			it('keeps the answers of two folders on one connection apart', async () => {
				await mailbox.createFolder('Other');
				await mailbox.append('INBOX', ascii('one'));
				await mailbox.append('Other', ascii('two'));
				await mailbox.append('Other', ascii('three'));
				await server.visitFolders(['INBOX'], async (_path, connection) => {
					const inbox = (await connection.open('INBOX')).snapshot;
					const other = (await connection.open('Other')).snapshot;
					await mailbox.flags('INBOX', [1], { add: ['\\Seen'] });
					await mailbox.flags('Other', [2], { add: ['\\Flagged'] });
					const sinceOf = ({ uidValidity, highestModseq = '1' }: { uidValidity: string; highestModseq?: string }) => ({
						uidValidity,
						modseq: highestModseq,
					});
					const first = await connection.open('INBOX', sinceOf(inbox));
					const second = await connection.open('Other', sinceOf(other));
					if (!server.capabilities.qresync) return;
					expect(first.sinceLastTime?.rows.map(({ uid }) => uid)).toEqual([1]);
					expect(second.sinceLastTime?.rows.map(({ uid }) => uid)).toEqual([2]);
				});
			});

			it('tells changed rows by mod-sequence, up to a UID, or refuses without mod-sequences', async () => {
				for (let i = 1; i <= 4; i++) await mailbox.append('INBOX', ascii(`m${i}`));
				const before = await inFolder('INBOX', async (folder) => folder.snapshot);
				await mailbox.flags('INBOX', [2], { add: ['\\Answered'] });
				await mailbox.append('INBOX', ascii('m5'));
				await mailbox.append('INBOX', ascii('m6'));
				await mailbox.expunge('INBOX', [1]);
				await inFolder('INBOX', async (folder) => {
					if (!server.capabilities.condstore) {
						expect(await failure(folder.changedSince('1', asUid(6)))).toMatchObject({ code: 'commandRefused', scope: 'folder' });
						return;
					}
					const rows = await folder.changedSince(before.highestModseq ?? '', asUid(5));
					expect(rows.map(({ uid, flags }) => [uid, flags])).toEqual([
						[2, ['\\Answered']],
						[5, []],
					]);
					expect(await folder.changedSince(folder.snapshot.highestModseq ?? '', asUid(6))).toEqual([]);
					// Gone before the folder was opened: that is no expunge meanwhile.
					expect(folder.expungedMeanwhile()).toBe(0);
				});
			});
		});

		describe('searching', () => {
			const found = async (criteria: Parameters<OpenFolder['search']>[0], within?: UidSet): Promise<string> =>
				await inFolder('INBOX', async (folder) => (await folder.search(criteria, within)).toString());

			beforeEach(async () => {
				await mailbox.append('INBOX', ascii('Invoice 1', 'Cc: carol@example.com\r\nX-Kind: alpha\r\n'), {
					flags: ['\\Seen', 'billing'],
					internalDate: new Date('2020-05-10T12:00:00Z'),
				});
				await mailbox.append('INBOX', ascii('Offer'), { flags: ['\\Flagged'], internalDate: new Date('2020-05-20T23:30:00Z') });
				await mailbox.append('INBOX', ascii('Grüße aus Köln', 'Bcc: dave@example.com\r\nX-Kind: beta\r\nX-Kind: alpha\r\n'), {
					flags: ['\\Seen', 'billing', 'urgent'],
					internalDate: new Date('2020-06-01T00:00:00Z'),
				});
				await mailbox.append('INBOX', `${ascii('Big')}${'x'.repeat(5_000)}\r\n`, {
					internalDate: new Date('2020-07-01T00:00:00Z'),
				});
				await mailbox.append('INBOX', ascii('gone'));
				await mailbox.expunge('INBOX', [5]);
			});

			it('finds every message without a condition', async () => {
				expect(await found({})).toBe('1:4');
			});

			it('finds texts in fields, bodies and headers', async () => {
				expect(await found({ from: 'ALICE' })).toBe('1:4');
				expect(await found({ to: 'bob@' })).toBe('1:4');
				expect(await found({ cc: 'carol' })).toBe('1');
				expect(await found({ bcc: 'dave' })).toBe('3');
				expect(await found({ subject: 'invoice' })).toBe('1');
				expect(await found({ subject: 'Invoice 1' })).toBe('1');
				expect(await found({ body: 'Body of Offer' })).toBe('2');
				expect(await found({ text: 'carol' })).toBe('1');
				expect(await found({ subject: 'invoice', from: 'bob' })).toBe('');
			});

			it('finds header fields, two of the same name too', async () => {
				expect(await found({ header: [{ name: 'X-Kind', value: 'alpha' }] })).toBe('1,3');
				expect(await found({ header: [{ name: 'X-Kind', value: '' }] })).toBe('1,3');
				expect(await found({ header: [{ name: 'X-Kind', value: 'alpha' }, { name: 'x-kind', value: 'beta' }] })).toBe('3'); // prettier-ignore
			});

			it('finds texts that are not ASCII', async () => {
				expect(await found({ subject: 'Grüße' })).toBe('3');
				expect(await found({ body: 'Köln', subject: 'aus' })).toBe('3');
				expect(await found({ subject: 'Größe' })).toBe('');
				expect(await found({ subject: 'Grüße' }, UidSet.of([1, 2]))).toBe('');
			});

			it('finds by size', async () => {
				expect(await found({ larger: 4_000 })).toBe('4');
				expect(await found({ smaller: 4_000 })).toBe('1:3');
				expect(await found({ larger: 0 })).toBe('1:4');
				expect(await found({ smaller: 0 })).toBe('');
			});

			it('misses nothing from inside of a period and gives nothing from far outside', async () => {
				expect(await found({ since: new Date('2020-05-20T23:30:00Z') })).toMatch(/^2:4$/);
				expect(await found({ before: new Date('2020-05-20T23:30:01Z') })).toBe('1:2');
				expect(await found({ since: new Date('2020-06-01T00:00:00Z'), before: new Date('2020-06-01T00:00:01Z') })).toBe('3');
				expect(await found({ since: new Date('2100-01-01T00:00:00Z') })).toBe('');
				expect(await found({ before: new Date('2100-01-01T00:00:00Z') })).toBe('1:4');
			});

			it('finds by flags and keywords, set and not set, also ones nobody ever used', async () => {
				expect(await found({ flags: { '\\Seen': true } })).toBe('1,3');
				expect(await found({ flags: { '\\seen': false } })).toBe('2,4');
				expect(await found({ flags: { '\\Seen': true, '\\Flagged': false, billing: true, urgent: true } })).toBe('3');
				expect(await found({ flags: { billing: true, urgent: false } })).toBe('1');
				expect(await found({ flags: { neverused: true } })).toBe('');
				expect(await found({ flags: { neverused: false } })).toBe('1:4');
				expect(await found({ flags: { neverused: true, alsonever: true }, subject: 'Offer' })).toBe('');
			});

			it('finds any of several flags', async () => {
				const any = (flags: string[]): Promise<string> =>
					inFolder('INBOX', async (folder) => (await folder.searchAnyFlag(flags)).toString());
				expect(await any(['\\Flagged', 'urgent'])).toBe('2:3');
				expect(await any(['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '\\Draft', 'billing', 'neverused'])).toBe('1:3');
				expect(await any(['billing'])).toBe('1,3');
				expect(await any([])).toBe('');
			});

			it('finds within a set only', async () => {
				expect(await found({}, UidSet.of([2, 4, 9]))).toBe('2,4');
				expect(await found({ flags: { '\\Seen': true } }, UidSet.of([1, 2]))).toBe('1');
				expect(await found({ from: 'alice' }, UidSet.empty)).toBe('');
			});

			it('finds within a set too long for one command', async () => {
				const scattered = UidSet.of(Array.from({ length: 4_000 }, (_none, i) => 2 * i + 1));
				expect(await found({ from: 'alice' }, scattered)).toBe('1,3');
			});

			it('refuses what cannot be searched for instead of finding more', async () => {
				const impossible: SearchCriteria[] = [
					{ flags: { '\\Recent': true } },
					{ flags: { 'two words': true } },
					{ flags: { ключ: true } },
					{ gmailQuery: 'in:inbox' },
				];
				for (const criteria of impossible) {
					expect(await failure(found(criteria))).toMatchObject({ code: 'searchFailed', scope: 'folder' });
				}
			});
		});

		describe('UIDs by sequence number', () => {
			it('gives one for each number', async () => {
				for (let i = 1; i <= 6; i++) await mailbox.append('INBOX', ascii(`m${i}`));
				await mailbox.expunge('INBOX', [2, 3]);
				await inFolder('INBOX', async (folder) => {
					expect(await folder.uidsAt([1, 2, 4])).toEqual([1, 4, 6]);
					expect(await folder.uidsAt([3])).toEqual([5]);
					expect(await folder.uidsAt([])).toEqual([]);
				});
			});

			it('says so when there is no such message', async () => {
				await mailbox.append('INBOX', ascii('one'));
				await inFolder('INBOX', async (folder) => {
					expect(await failure(folder.uidsAt([1, 2]))).toMatchObject({ code: 'folderInconsistent', scope: 'folder' });
					expect(await folder.uidsAt([1])).toEqual([1]);
				});
			});
		});

		describe('reading messages', () => {
			it('gives flags of those that are there', async () => {
				await mailbox.append('INBOX', ascii('one'), { flags: ['\\Seen', 'b', 'a'] });
				await mailbox.append('INBOX', ascii('two'));
				await inFolder('INBOX', async (folder) => {
					const rows = await folder.flagsOf(UidSet.of([1, 2, 7]));
					expect(rows.map(({ uid, flags }) => [uid, flags])).toEqual([
						[1, ['\\Seen', 'a', 'b']],
						[2, []],
					]);
					for (const row of rows) {
						if (server.capabilities.condstore) expect(row.modseq).toMatch(/^[1-9]\d*$/);
						else expect(row.modseq).toBeUndefined();
					}
					expect(await folder.flagsOf(UidSet.empty)).toEqual([]);
				});
			});

			it('gives the descriptor alone', async () => {
				const internalDate = new Date('2020-02-29T10:11:12Z');
				await mailbox.append('INBOX', ascii('one'), { flags: ['\\Seen'], internalDate });
				const [message] = await inFolder('INBOX', async (folder) => fetchAll(folder, UidSet.range(1, 1), 'descriptor'));
				expect(message).toMatchObject({ uid: 1, flags: ['\\Seen'], size: Buffer.byteLength(ascii('one')), internalDate });
				expect([message.source, message.header, message.structure]).toEqual([undefined, undefined, undefined]);
			});

			it('gives the whole source', async () => {
				const source = `${ascii('one')}8 bit: äöü\r\n`;
				await mailbox.append('INBOX', source);
				const [message] = await inFolder('INBOX', async (folder) => fetchAll(folder, UidSet.range(1, 1), 'source'));
				expect(message.source?.equals(Buffer.from(source))).toBe(true);
				expect([message.size, message.header, message.structure]).toEqual([Buffer.byteLength(source), undefined, undefined]);
			});

			it('gives header and structure', async () => {
				const header = 'Subject: two parts\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n';
				const inner = 'Subject: inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>inner</p>';
				const text = '--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n';
				const attachment =
					'--b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <c1>\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\naGVsbG8=\r\n';
				const whole = `${header}${text}${attachment}--b\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--b--\r\n`;
				await mailbox.append('INBOX', whole);
				const [message] = await inFolder('INBOX', async (folder) => fetchAll(folder, UidSet.range(1, 1), 'headerAndStructure'));
				expect(message.header?.toString()).toBe(header);
				// A small message with one attached may come with its source: structures of these say little of the inner one.
				expect([undefined, whole]).toContain(message.source?.toString());
				expect(message.structure).toMatchObject({ part: '', type: 'multipart/mixed' });
				const [plain, pdf, rfc822] = message.structure?.children ?? [];
				expect(plain).toMatchObject({ part: '1', type: 'text/plain', parameters: { charset: 'utf-8' } });
				expect(pdf).toMatchObject({
					part: '2',
					type: 'application/pdf',
					encoding: 'base64',
					size: 8,
					disposition: 'attachment',
					dispositionParameters: { filename: 'a.pdf' },
					contentId: '<c1>',
				});
				expect(rfc822).toMatchObject({ part: '3', type: 'message/rfc822' });
				expect(rfc822.children).toMatchObject([{ part: '3.1', type: 'text/html' }]);
				const [bare] = await inFolder('INBOX', async (folder) => fetchAll(folder, UidSet.range(1, 1), 'structure'));
				expect(bare).toMatchObject({ uid: 1, size: message.size, structure: message.structure });
				expect([bare.header, bare.source]).toEqual([undefined, undefined]);
				const [outline] = await inFolder('INBOX', async (folder) => fetchAll(folder, UidSet.range(1, 1), 'outline'));
				expect(outline.header?.toString()).toBe(
					header
						.split(/(?<=\r\n)(?![ \t])/)
						.filter((field) => /^(from|subject|message-id):|^\r\n/i.test(field))
						.join(''),
				);
			});

			it.each(['source', 'headerAndStructure'] as const)('gives what is small at once with its descriptor: %s', async (parts) => {
				const small = 'Message-ID: <small@example.com>\r\n' + ascii('small');
				for (const source of [small, small, small + 'x'.repeat(40_000), small, small]) await mailbox.append('INBOX', source);
				await mailbox.expunge('INBOX', [4]);
				const news = UidSet.range(2, 9);
				await inFolder('INBOX', async (folder) => {
					const read: FetchedMessage[] = [];
					for await (const message of folder.fetch(UidSet.range(1, 9), 'descriptor', { uids: news, parts })) read.push(message);
					const descriptors = await fetchAll(folder, UidSet.range(1, 9), 'descriptor');
					const bare = read.map((message) => ({ ...message, content: undefined })).sort((a, b) => a.uid - b.uid);
					expect(bare).toEqual(descriptors);
					expect(descriptors.map(({ uid, messageId }) => [uid, messageId])).toEqual(
						[1, 2, 3, 5].map((uid) => [uid, '<small@example.com>']),
					);
					const contents = new Map(read.map(({ uid, content }) => [Number(uid), content]));
					expect(contents.get(1)).toBeUndefined();
					const wholes = new Map((await fetchAll(folder, news, parts)).map((message) => [Number(message.uid), message]));
					for (const uid of [2, 5]) expect(contents.get(uid)).toEqual(contentsAtOnce ? wholes.get(uid) : undefined);
					// Of a large message the header is small.
					const large = contentsAtOnce && parts === 'headerAndStructure' ? [undefined, wholes.get(3)] : [undefined];
					expect(large).toContainEqual(contents.get(3));
				});
			});

			it('gives messages without a header or without a body', async () => {
				await mailbox.append('INBOX', '\r\nonly a body\r\n');
				await mailbox.append('INBOX', 'Subject: only a header\r\n\r\n');
				await mailbox.append('INBOX', '\r\n');
				await inFolder('INBOX', async (folder) => {
					const headers = await fetchAll(folder, UidSet.range(1, 3), 'headerAndStructure');
					expect(headers.map(({ header }) => header?.toString())).toEqual(['\r\n', 'Subject: only a header\r\n\r\n', '\r\n']);
					const sources = await fetchAll(folder, UidSet.range(1, 3), 'source');
					expect(sources.map(({ source }) => source?.length)).toEqual([15, 26, 2]);
				});
			});

			it('leaves out what is gone, and what goes between listing and reading', async () => {
				for (let i = 1; i <= 3; i++) await mailbox.append('INBOX', ascii(`m${i}`));
				await inFolder('INBOX', async (folder, connection) => {
					const all = await folder.search({});
					await mailbox.expunge('INBOX', [2]);
					// Opened anew, the folder has lost it for certain; a session that is open may still show it.
					const again = await connection.open('INBOX');
					expect((await fetchAll(again, all, 'source')).map(({ uid }) => uid)).toEqual([1, 3]);
					expect(await fetchAll(again, UidSet.of([2, 9]), 'descriptor')).toEqual([]);
				});
			});

			it('counts what is expunged while the folder is open', async () => {
				for (let i = 1; i <= 3; i++) await mailbox.append('INBOX', ascii(`m${i}`));
				await inFolder('INBOX', async (folder) => {
					expect(folder.expungedMeanwhile()).toBe(0);
					await mailbox.expunge('INBOX', [1, 3]);
					// Servers tell with the end of a command.
					await folder.search({});
					await folder.search({});
					expect(folder.expungedMeanwhile()).toBe(2);
				});
			});

			it('reads a set too long for one command', async () => {
				await mailbox.append('INBOX', ascii('one'));
				const scattered = UidSet.of(Array.from({ length: 4_000 }, (_none, i) => 2 * i + 1));
				await inFolder('INBOX', async (folder) => {
					expect((await fetchAll(folder, scattered, 'descriptor')).map(({ uid }) => uid)).toEqual([1]);
					expect((await folder.flagsOf(scattered)).map(({ uid }) => uid)).toEqual([1]);
				});
			});
		});

		describe('reading parts', () => {
			const twoParts = [
				'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n',
				'Content-Type: text/plain\r\n\r\nhello\r\n--b\r\n',
				'Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n',
			].join('');

			it('gives the encoded bytes of the parts asked for, and nothing for a part that is not there', async () => {
				const uid = asUid(await mailbox.append('INBOX', twoParts));
				await mailbox.append('INBOX', ascii('plain'));
				const rows = await inFolder('INBOX', async (folder) => {
					const found = [];
					for await (const row of folder.fetchParts(UidSet.range(1, 2), ['1', '2'])) found.push(row);
					return found;
				});
				const [first, second] = rows.map(({ parts }) =>
					Object.fromEntries([...parts].map(([part, bytes]) => [part, bytes.toString()])),
				);
				expect(rows.map((row) => row.uid)).toEqual([uid, uid + 1]);
				expect(first).toEqual({ '1': 'hello', '2': 'JVBERi0=' });
				expect(second['1']).toBe('Body of plain\r\n');
				expect(second['2'] ?? '').toBe('');
			});

			it('reads one part piece by piece', async () => {
				const large = 'x'.repeat(70) + '\r\n';
				const uid = asUid(await mailbox.append('INBOX', `Subject: large\r\n\r\n${large.repeat(40_000)}`));
				const bytes = await inFolder('INBOX', async (folder) => {
					const pieces: Buffer[] = [];
					for await (const piece of folder.readPart(uid, '1')) pieces.push(piece);
					expect(pieces.length).toBeGreaterThan(2);
					return Buffer.concat(pieces);
				});
				expect(bytes.toString()).toBe(large.repeat(40_000));
			});

			it('reads the whole message piece by piece', async () => {
				const source = `Subject: large\r\n\r\n${'y'.repeat(70)}\r\n`.repeat(20_000);
				const uid = asUid(await mailbox.append('INBOX', source));
				const bytes = await inFolder('INBOX', async (folder) => {
					const pieces: Buffer[] = [];
					for await (const piece of folder.readPart(uid, '')) pieces.push(piece);
					return Buffer.concat(pieces);
				});
				expect(bytes.toString()).toBe(source);
			});

			it('says so when the message is not there', async () => {
				await mailbox.append('INBOX', ascii('there'));
				const read = inFolder('INBOX', async (folder) => {
					for await (const piece of folder.readPart(asUid(9), '1')) void piece;
				});
				await expect(read).rejects.toMatchObject({ code: 'messageNotReturned' });
			});
		});

		describe('visiting folders', () => {
			it('gives the answers in the order of the paths, and a failure stops nothing', async () => {
				await mailbox.createFolder('A');
				await mailbox.createFolder('B');
				const results = await server.visitFolders(['B', 'missing', 'A', 'INBOX'], async (path, connection) => {
					if (path === 'A') throw new Error('a bug');
					return (await connection.open(path)).snapshot.path;
				});
				expect(
					results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message)),
				).toEqual(['B', expect.stringContaining('missing'), 'a bug', 'INBOX']);
			});

			it('visits many folders, each once', async () => {
				const paths = Array.from({ length: 12 }, (_none, i) => `F${i}`);
				for (const path of paths) {
					await mailbox.createFolder(path);
					await mailbox.append(path, ascii(path));
				}
				const visited: string[] = [];
				const results = await server.visitFolders(paths, async (path, connection) => {
					visited.push(path);
					const folder = await connection.open(path);
					const [message] = await fetchAll(folder, UidSet.range(1, 1), 'source');
					return message.source?.toString().includes(`Subject: ${path}\r\n`);
				});
				expect(results).toEqual(paths.map(() => ({ status: 'fulfilled', value: true })));
				expect(visited.sort()).toEqual([...paths].sort());
			});

			it('visits none', async () => {
				expect(await server.visitFolders([], async () => 1)).toEqual([]);
			});

			it('goes on after a visit that left the reading early', async () => {
				for (let i = 1; i <= 3; i++) await mailbox.append('INBOX', ascii(`m${i}`));
				const results = await server.visitFolders(['INBOX', 'INBOX'], async (_path, connection) => {
					const folder = await connection.open('INBOX');
					for await (const message of folder.fetch(UidSet.range(1, 3), 'source')) return message.uid;
					return undefined;
				});
				expect(results).toEqual([
					{ status: 'fulfilled', value: 1 },
					{ status: 'fulfilled', value: 1 },
				]);
			});
		});

		describe('closing', () => {
			it('ends everything, more than once without harm, and later calls say that the connection is gone', async () => {
				await inFolder('INBOX', async (folder) => {
					await server.close();
					expect(await failure(folder.search({}, UidSet.of([1])))).toMatchObject({ code: 'connectionLost', scope: 'connection' });
				});
				await server.close();
				expect(await failure(server.listFolders({ status: false }))).toMatchObject({ code: 'connectionLost' });
				expect(await failure(inFolder('INBOX', async () => undefined))).toMatchObject({ code: 'connectionLost' });
			});
		});
	});
}
