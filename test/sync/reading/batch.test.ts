import { BATCH_MESSAGES, batches, bytesRead, partsFor, uidsOf } from '../../../sync/reading/batch';
import type { FetchParts, MessageSummary } from '../../../sync/server/message';
import type { ReadingSettings } from '../../../sync/settings/readingSettings';
import { asUid } from '../../../sync/uids/uid';

const KB = 1024;
const MB = 1024 * KB;

/** Messages of these sizes, numbered from 1. */
const messages = (...sizes: number[]): MessageSummary[] => sizes.map((size, i) => ({ uid: asUid(i + 1), flags: [], size }));
const same = (count: number, size: number): number[] => Array<number>(count).fill(size);

interface Given {
	sizes: number[];
	parts?: FetchParts;
	messageSize?: number;
	chooses?: boolean;
	bytes?: number;
}

/** How messages are cut: "source 1:3" for each FETCH. */
function cut({ sizes, parts = 'source', messageSize = 25 * MB, chooses = false, bytes = 64 * MB }: Given): string[] {
	const settings = { messageSize, ...(chooses ? { chooseParts: (): 'source' => 'source' } : {}) };
	return [...batches(messages(...sizes), parts, settings, { bytes })].map(
		(batch) => `${batch.parts} ${uidsOf(batch.messages).toString()}`,
	);
}

test.each<[string, Given, string[]]>([
	['nothing', { sizes: [] }, []],
	['small messages go together', { sizes: [KB, KB, KB] }, ['source 1:3']],
	['as many as one FETCH may have', { sizes: same(BATCH_MESSAGES + 1, 1) }, [`source 1:${BATCH_MESSAGES}`, 'source 101']],
	['as many bytes as one FETCH may have', { sizes: [4 * MB, 4 * MB, 1] }, ['source 1:2', 'source 3']],
	['a message beyond that goes alone', { sizes: [KB, 9 * MB, KB] }, ['source 1', 'source 2', 'source 3']],
	['as many bytes as the run has left', { sizes: [KB, KB, KB], bytes: 2 * KB }, ['source 1:2', 'source 3']],
	['one at least, though the run has none left', { sizes: [KB, KB], bytes: 0 }, ['source 1', 'source 2']],
	[
		'of one beyond the limit only the header is read',
		{ sizes: [KB, 3 * KB, KB], messageSize: 2 * KB },
		['source 1', 'headerAndStructure 2', 'source 3'],
	],
	['one of exactly the limit is read', { sizes: [2 * KB], messageSize: 2 * KB }, ['source 1']],
	['headers weigh nothing', { sizes: same(3, 9 * MB), parts: 'headerAndStructure' }, ['headerAndStructure 1:3']],
	['nor do descriptors, whatever the limit', { sizes: same(3, 99 * MB), parts: 'descriptor' }, ['descriptor 1:3']],
	[
		'of a large message the structure is looked at first',
		{ sizes: [KB, 128 * KB, KB], chooses: true },
		['source 1', 'chosen 2', 'source 3'],
	],
	['not where nobody chooses', { sizes: [128 * KB], chooses: false }, ['source 1']],
	['not below the size', { sizes: [128 * KB - 1], chooses: true }, ['source 1']],
	['few structures at once', { sizes: same(21, 200 * KB), chooses: true }, ['chosen 1:20', 'chosen 21']],
	['beyond the limit there is no choice', { sizes: [300 * KB], chooses: true, messageSize: 200 * KB }, ['headerAndStructure 1']],
])('%s', (_name, given, expected) => {
	expect(cut(given)).toEqual(expected);
});

test('the order of the messages stays', () => {
	const given = messages(1, 2, 3).reverse();
	const [batch] = batches(given, 'source', { messageSize: MB }, { bytes: MB });
	expect(batch.messages.map(({ uid }) => uid)).toEqual([3, 2, 1]);
});

test.each<[string, object, number]>([
	['the source', { source: Buffer.alloc(7), header: Buffer.alloc(3) }, 7],
	['the header', { header: Buffer.alloc(3) }, 3],
	[
		'the parts',
		{
			header: Buffer.alloc(3),
			parts: new Map([
				['1', Buffer.alloc(10)],
				['2', Buffer.alloc(1)],
			]),
		},
		14,
	],
	['nothing', {}, 0],
])('the bytes of a message are those of %s', (_name, read, expected) => {
	expect(bytesRead({ ...messages(100)[0], ...read })).toBe(expected);
});

test.each<[ReadingSettings['output'], boolean, FetchParts]>([
	['reference', false, 'descriptor'],
	['metadata', false, 'headerAndStructure'],
	['content', false, 'source'],
	['raw', false, 'source'],
	['reference', true, 'source'],
	['metadata', true, 'source'],
])('for the output %s, with attachments %s, %s is read', (output, attachments, expected) => {
	expect(partsFor({ output, attachments })).toBe(expected);
});
