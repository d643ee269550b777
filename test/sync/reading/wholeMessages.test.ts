import { readWhole, usualReading } from '../../../sync/reading/wholeMessages';
import type { OpenFolder } from '../../../sync/server/mailServer';
import type { FetchedMessage } from '../../../sync/server/message';
import { asUid } from '../../../sync/uids/uid';
import type { UidSet } from '../../../sync/uids/uidSet';

/** How many messages each FETCH asks for, and which come, in their order. */
async function read(count: number, limits = usualReading): Promise<{ fetched: number[]; came: number[] }> {
	const fetched: number[] = [];
	const folder = {
		snapshot: { path: 'INBOX' },
		async *fetch(uids: UidSet): AsyncGenerator<Partial<FetchedMessage>> {
			fetched.push(uids.size);
			for (const uid of uids) yield { uid, source: Buffer.from(`message ${uid}`) };
		},
	} as unknown as OpenFolder;
	const messages = Array.from({ length: count }, (_none, i) => ({ uid: asUid(i + 1), flags: [], size: 10_000 }));
	const came: number[] = [];
	for await (const { message, content } of readWhole(folder, messages, limits)) {
		expect(String(content as Buffer)).toBe(`message ${message.uid}`);
		came.push(message.uid);
	}
	return { fetched, came };
}

const inOrder = (count: number): number[] => Array.from({ length: count }, (_none, i) => i + 1);

test('a first batch is small where that is asked for, and each has as many again, up to the limit', async () => {
	expect(await read(1_500, { ...usualReading, firstBatch: 64 })).toEqual({
		fetched: [64, 128, 256, 500, 500, 52],
		came: inOrder(1_500),
	});
});

test('else as many as a batch may have are read at once', async () => {
	expect(await read(1_200)).toEqual({ fetched: [500, 500, 200], came: inOrder(1_200) });
});
