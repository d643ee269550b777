import { messageKeyOf } from '../../../sync/events/messageKey';

const message = { messageId: '<one@example.com>', internalDate: new Date('2026-11-22T10:00:00.400Z'), size: 1_000 };
const withoutId = { ...message, messageId: undefined };

test.each([
	['received at another time, as after a copy to another server', message, { ...message, internalDate: new Date(0) }],
	['with a blank around its Message-ID', message, { ...message, messageId: ' <one@example.com> ' }],
	['without a Message-ID, in the same second', withoutId, { ...withoutId, internalDate: new Date('2026-11-22T10:00:00.900Z') }],
])('is the same for a message %s', (_name, one, other) => {
	expect(messageKeyOf(other)).toBe(messageKeyOf(one));
});

test.each([
	['another Message-ID', message, { ...message, messageId: '<two@example.com>' }],
	['another size', message, { ...message, size: 1_001 }],
	['no Message-ID, of another second', withoutId, { ...withoutId, internalDate: new Date(0) }],
	['no Message-ID and no date', withoutId, { ...withoutId, internalDate: undefined }],
])('is another one for %s', (_name, one, other) => {
	expect(messageKeyOf(other)).not.toBe(messageKeyOf(one));
});
