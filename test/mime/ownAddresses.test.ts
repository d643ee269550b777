import { CorrespondenceMemory } from '../../sync/mime/correspondence';
import { isOurs, ownAddresses } from '../../sync/mime/ownAddresses';
import { readMessage } from '../../sync/mime/readMessage';
import type { Uid } from '../../sync/uids/uid';

describe('which addresses are ours', () => {
	it.each<[string, string, string[], string, boolean]>([
		['the login', 'support@example.com', [], 'Support@Example.com', true],
		['the login with a plus', 'support@example.com', [], 'support+17@example.com', true],
		['a colleague', 'support@example.com', [], 'bob@example.com', true],
		['not who has the same provider', 'support@gmail.com', [], 'bob@gmail.com', false],
		['not a domain that only ends alike', 'support@example.com', [], 'bob@notexample.com', false],
		['an entered address', 'support@gmail.com', ['sales@example.org'], 'sales@example.org', true],
		['not its domain', 'support@gmail.com', ['sales@example.org'], 'bob@example.org', false],
		['an entered domain', 'x', ['@example.org'], 'bob@example.org', true],
		['an entered domain without @, in letters of its own', 'x', ['müller.example'], 'bob@xn--mller-kva.example', true],
		['nothing of a login that is no address', 'u17@127.0.0.1:143', [], 'bob@127.0.0.1', false],
	])('%s', (_name, login, entered, address, expected) => {
		expect(isOurs({ name: '', address }, ownAddresses(login, entered))).toBe(expected);
	});
});

async function read(header: string, memory?: CorrespondenceMemory) {
	const source = Buffer.from(`${header}\r\nSubject: x\r\n\r\nx\r\n`);
	const own = ownAddresses('support@example.com', []);
	const message = { uid: 1 as Uid, flags: [], size: source.length, source };
	return (await readMessage(message, { level: 'metadata', headers: [], attachmentContent: false, own, memory })).fields;
}

describe('direction', () => {
	it.each([
		['in', 'From: zoe@example.org\r\nTo: support@example.com', 'in'],
		['out', 'From: support@example.com\r\nTo: zoe@example.org', 'out'],
		['out, though a colleague gets it too', 'From: bob@example.com\r\nTo: zoe@example.org\r\nCc: support@example.com', 'out'],
		['internal', 'From: bob@example.com\r\nTo: support@example.com', 'internal'],
		['in, without a sender', 'To: support@example.com', 'in'],
		[
			'in, where a stranger forged our sender',
			'Authentication-Results: mx.example.com; dmarc=fail\r\nReceived: from x by mx.example.com; Sun, 22 Nov 2026 10:00:00 +0000\r\nFrom: bob@example.com\r\nTo: support@example.com',
			'in',
		],
	])('%s', async (_name, header, expected) => {
		expect((await read(header)).direction).toBe(expected);
	});

	it('is not told where nobody said who the account is', async () => {
		const source = Buffer.from('From: zoe@example.org\r\n\r\nx');
		const message = { uid: 1 as Uid, flags: [], size: source.length, source };
		const { fields } = await readMessage(message, { level: 'metadata', headers: [], attachmentContent: false });
		expect(fields).not.toHaveProperty('direction');
	});
});

it('a message that comes again gets the answer that it got first, and counts once', async () => {
	const memory = new CorrespondenceMemory();
	const header = 'From: zoe@example.org\r\nTo: support@example.com\r\nMessage-ID: <1@example.org>';
	const first = await read(header, memory);
	for (let again = 0; again < 10; again++) expect(await read(header, memory)).toEqual(first);
	expect(first).toMatchObject({ loopRisk: 'none', conversation: { key: '<1@example.org>', reason: 'new', confidence: 'high' } });
});
