import { createEvent, type EventContext } from '../../../sync/events/createEvent';
import type { EventName, PreparedEvent } from '../../../sync/events/syncEvent';
import { generationDetails } from '../../../sync/folder/uidReuse';
import { asUid } from '../../../sync/uids/uid';

const where: EventContext = { accountKey: 'key', account: 'alice@example.com', folder: 'INBOX', uidValidity: '17' };

interface Happening {
	at?: Partial<EventContext>;
	name?: EventName;
	what?: number | string;
	details?: Array<string | string[]>;
}

const event = ({ at = {}, name = 'messageUpdated', what = 3, details = [] }: Happening): PreparedEvent =>
	createEvent({ ...where, ...at }, name, typeof what === 'number' ? asUid(what) : what, ...details);

test('says what happened where', () => {
	expect(event({ name: 'messageNew' })).toEqual({
		version: 1,
		event: 'messageNew',
		eventId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
		origin: 'live',
		account: 'alice@example.com',
		folder: 'INBOX',
		uid: 3,
		uidValidity: '17',
	});
});

test('about a folder has no uid', () => {
	expect(event({ name: 'folderReset', what: '16' })).not.toHaveProperty('uid');
});

describe('the id is the same', () => {
	test.each<[string, Happening, Happening]>([
		['for the same happening', {}, {}],
		['under another name of the account for people', {}, { at: { account: 'Alice' } }],
		['in a folder that was renamed since', { at: { folder: 'Old' } }, { at: { folder: 'New', idName: 'Old' } }],
		['in a folder that was renamed twice', { at: { folder: 'New', idName: 'Old' } }, { at: { folder: 'Newer', idName: 'Old' } }],
		['for a UID that was used once', {}, { details: generationDetails(0) }],
	])('%s', (_name, one, other) => {
		expect(event(other).eventId).toBe(event(one).eventId);
	});
});

describe('the id is another one', () => {
	test.each<[string, Happening]>([
		['for another event', { name: 'messageNew' }],
		['for another message', { what: 4 }],
		['for a folder that has the number as its text', { what: '3' }],
		['in another folder', { at: { folder: 'Work' } }],
		['under another UIDVALIDITY', { at: { uidValidity: '18' } }],
		['in another account', { at: { accountKey: 'other' } }],
		['for a UID that was used twice', { details: generationDetails(1) }],
		['with another detail', { details: ['60'] }],
		['with a detail in a list', { details: [['60']] }],
		['where another folder has the first name', { at: { idName: 'Old' } }],
	])('%s', (_name, other) => {
		expect(event(other).eventId).not.toBe(event({}).eventId);
	});

	test.each<[string, Happening, Happening]>([
		['for a third use of a UID', { details: generationDetails(1) }, { details: generationDetails(2) }],
		['for the same names cut otherwise', { details: [['a', 'b']] }, { details: [['a'], ['b']] }],
		['for names on the other side', { details: [['a'], []] }, { details: [[], ['a']] }],
	])('%s', (_name, one, other) => {
		expect(event(other).eventId).not.toBe(event(one).eventId);
	});
});

test('the id of a happening is the one that earlier versions gave', () => {
	expect([
		event({ name: 'messageNew' }).eventId,
		event({ details: ['60', ['\\Seen']] }).eventId,
		event({ name: 'folderReset', what: '16' }).eventId,
	]).toEqual(['4866b4bcc2f516c8e6e50da9d4df9458', 'e5213af11df333c178e65f122c77ea5f', '539218cfbcf895fbcf72a7c5cd24b4f7']);
});
