import { ManifestWriting, readManifest, type ManifestEntry } from '../../../sync/archive/manifest';
import { asUid } from '../../../sync/uids/uid';

const entry = (uid: number): ManifestEntry => ({
	folder: 'INBOX',
	uidValidity: '7',
	uid: asUid(uid),
	messageId: `<${uid}@example.com>`,
	date: '2026-11-02T03:04:05.000Z',
	size: uid * 10,
	sha256: 'a'.repeat(64),
});

describe('a manifest', () => {
	it.each([0, 1, 499, 500, 501, 1_200])('with %i messages is JSON that comes back as it was', (count) => {
		const writing = new ManifestWriting('alice@example.com');
		const entries = Array.from({ length: count }, (_, i) => entry(i + 1));
		for (const one of entries) writing.add(one);
		const text = Buffer.concat([...writing.text(new Date(0))]).toString();
		expect(JSON.parse(text)).toMatchObject({ account: 'alice@example.com', createdAt: '1970-01-01T00:00:00.000Z', count });
		const account = 'alice@example.com';
		expect(readManifest(text)).toEqual({ account, entries });
		expect(readManifest(JSON.parse(text))).toEqual({ account, entries });
		expect(readManifest(entries)).toEqual({ entries });
		// Items of an export have their account themselves.
		if (count > 0) expect(readManifest(entries.map((one) => ({ account, ...one })))).toEqual({ account, entries });
	});

	it('takes entries of messages that were not read', () => {
		const listed = { ...entry(1) };
		delete listed.sha256;
		expect(readManifest([listed])).toEqual({ entries: [listed] });
	});

	it.each([
		['{', 'it is not JSON'],
		['{}', 'it has no list of messages'],
		['null', 'it has no list of messages'],
		[{ version: 2, messages: [] }, 'it has version 2'],
		[{ messages: [], count: 3 }, 'it names 0 messages and should name 3'],
		[[{ ...entry(1), folder: '' }], 'entry 1 has no folder'],
		[[entry(1), { ...entry(2), uid: 0 }], 'entry 2 has no uid'],
		[[{ ...entry(1), size: '7' }], 'entry 1 has no size'],
		[[{ ...entry(1), sha256: 'abc' }], 'the sha256 of entry 1 is none'],
	])('that is none is refused: %j', (value, words) => {
		expect(() => readManifest(value)).toThrow(words);
	});
});
