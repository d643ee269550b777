import { SyncError } from '../../../sync/errors/syncError';
import { ContentsAhead, MOST_AT_ONCE } from '../../../sync/reading/contentsAhead';
import type { OpenFolder } from '../../../sync/server/mailServer';
import type { Contents, FetchedMessage, FetchParts } from '../../../sync/server/message';
import { asUid, type Uid } from '../../../sync/uids/uid';
import { UidSet } from '../../../sync/uids/uidSet';

/** A folder of which every message but the large ones comes whole with its descriptor; `asked` takes down what it was asked for. */
function folderOf({ large = [] as number[], fails = false, refuses = false } = {}): { folder: OpenFolder; asked: string[] } {
	const asked: string[] = [];
	async function* fetch(uids: UidSet, parts: FetchParts, contents?: Contents): AsyncGenerator<FetchedMessage> {
		asked.push([parts, uids, contents && `${contents.parts} of ${contents.uids}`].filter(Boolean).join(' '));
		if (fails && parts !== 'descriptor') throw new SyncError('connectionLost', { reason: 'ended', host: 'mail.example.com:993' });
		for (const uid of uids) {
			if (refuses && contents && uid === 3)
				throw new SyncError('commandRefused', { reason: 'refused', host: 'h', answer: 'NO', folder: 'INBOX' });
			const content = { uid, flags: [], size: 3, source: Buffer.from(String(uid)) };
			const isSmall = !large.includes(uid);
			if (parts === 'source') yield content;
			else yield { uid, flags: [], size: 3, ...(contents?.uids.has(uid) && isSmall ? { content } : {}) };
		}
	}
	return { folder: { snapshot: { path: 'INBOX' }, fetch } as unknown as OpenFolder, asked };
}

async function uidsOf(messages: AsyncIterable<FetchedMessage>): Promise<Uid[]> {
	const uids: Uid[] = [];
	for await (const { uid } of messages) uids.push(uid);
	return uids;
}

const range = (first: number, last: number): UidSet => UidSet.range(first, last);

test('what came with a descriptor is not asked for again, and given out once', async () => {
	const { folder, asked } = folderOf({ large: [3] });
	const ahead = new ContentsAhead(folder, 'source', range(2, 9), () => 100);
	expect(await uidsOf(ahead.fetch(range(1, 4), 'descriptor'))).toEqual([1, 2, 3, 4]);
	expect(await uidsOf(ahead.fetch(range(2, 4), 'source'))).toEqual([2, 3, 4]);
	expect(await uidsOf(ahead.fetch(range(4, 4), 'source'))).toEqual([4]);
	expect(asked).toEqual(['descriptor 1:4 source of 2:4', 'source 3', 'source 4']);
});

test.each([
	['no more than will be delivered', 2, range(1, 9), range(1, 9), 'descriptor 1:9 source of 1:2'],
	['nothing where nothing will be delivered', 0, range(1, 9), range(1, 9), 'descriptor 1:9'],
	['nothing of what is not expected', 9, range(5, 9), range(1, 4), 'descriptor 1:4'],
	['no more than may be held', 1_000, range(1, 900), range(1, 900), `descriptor 1:900 source of 1:${MOST_AT_ONCE}`],
])('%s comes with descriptors', async (_name, most, expected, uids, command) => {
	const { folder, asked } = folderOf();
	await uidsOf(new ContentsAhead(folder, 'source', expected, () => most).fetch(uids, 'descriptor'));
	expect(asked).toEqual([command]);
});

test('what nobody asked for gives way to what comes later', async () => {
	const { folder, asked } = folderOf();
	const ahead = new ContentsAhead(folder, 'source', range(1, 900), () => 1_000);
	for (const from of [1, 257]) await uidsOf(ahead.fetch(range(from, from + 255), 'descriptor'));
	asked.length = 0;
	expect(await uidsOf(ahead.fetch(range(255, 258), 'source'))).toEqual([255, 256, 257, 258]);
	expect(asked).toEqual(['source 255:256']);
});

test('what is here comes also where the rest cannot be read', async () => {
	const { folder } = folderOf({ large: [2], fails: true });
	const ahead = new ContentsAhead(folder, 'source', range(1, 3), () => 100);
	await uidsOf(ahead.fetch(range(1, 3), 'descriptor'));
	const came: Uid[] = [];
	const reading = (async () => {
		for await (const { uid } of ahead.fetch(range(1, 3), 'source')) came.push(uid);
	})();
	await expect(reading).rejects.toMatchObject({ code: 'connectionLost' });
	expect(came).toEqual([asUid(1), asUid(3)]);
});

test('other parts are read as ever', async () => {
	const { folder, asked } = folderOf();
	const ahead = new ContentsAhead(folder, 'source', range(1, 3), () => 100);
	await uidsOf(ahead.fetch(range(1, 3), 'outline'));
	expect(asked).toEqual(['outline 1:3']);
});

test('where the server refuses it for a message, the descriptors come without', async () => {
	const { folder, asked } = folderOf({ refuses: true });
	const ahead = new ContentsAhead(folder, 'source', range(2, 9), () => 100);
	expect(await uidsOf(ahead.fetch(range(1, 4), 'descriptor'))).toEqual([1, 2, 3, 4]);
	expect(await uidsOf(ahead.fetch(range(2, 4), 'source'))).toEqual([2, 3, 4]);
	expect(asked).toEqual(['descriptor 1:4 source of 2:4', 'descriptor 3:4', 'source 3:4']);
});
