import { Emitter } from '../../../sync/delivery/emitter';
import { RunBudget } from '../../../sync/delivery/runBudget';
import { createEvent } from '../../../sync/events/createEvent';
import type { SyncEvent } from '../../../sync/events/syncEvent';
import { asUid } from '../../../sync/uids/uid';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function emitter({ messages = 10, refuse = () => false }: { messages?: number; refuse?: (event: SyncEvent) => boolean } = {}) {
	const given: SyncEvent[] = [];
	const budget = new RunBudget({ messages, bytes: 1_000, deadline: NOW + 1 }, () => NOW);
	const sink = async (event: SyncEvent): Promise<void> => {
		if (refuse(event)) throw new Error('no item could be made');
		given.push(event);
	};
	return { given, budget, emitter: new Emitter(sink, budget, () => NOW, [['Work', 41]]) };
}

const event = (folder: string, uid: number) =>
	createEvent({ accountKey: 'key', account: 'alice@example.com', folder, uidValidity: '7' }, 'messageNew', asUid(uid));

const numbers = (given: SyncEvent[]): string[] => given.map(({ folder, sequence }) => `${folder} ${sequence}`);

test('numbers the events of each folder by themselves, going on from the last run', async () => {
	const here = emitter();
	for (const folder of ['Work', 'INBOX', 'Work', 'INBOX']) await here.emitter.emit(event(folder, 1));
	expect(numbers(here.given)).toEqual(['Work 42', 'INBOX 1', 'Work 43', 'INBOX 2']);
	expect([here.emitter.sequenceOf('Work'), here.emitter.sequenceOf('Other')]).toEqual([43, 0]);
});

test('dates each event', async () => {
	const here = emitter();
	await here.emitter.emit(event('INBOX', 1));
	expect(here.given[0].detectedAt).toBe('2026-11-22T12:00:00.000Z');
});

test('leaves no gap where an event could not be handed out', async () => {
	const here = emitter({ refuse: ({ uid }) => uid === 2 });
	await here.emitter.emit(event('INBOX', 1));
	await expect(here.emitter.emit(event('INBOX', 2))).rejects.toThrow('no item could be made');
	await here.emitter.emit(event('INBOX', 3));
	expect(numbers(here.given)).toEqual(['INBOX 1', 'INBOX 2']);
	expect(here.budget.delivered).toBe(2);
});

test('holds back what the limit leaves no room for, but not what cannot wait', async () => {
	const here = emitter({ messages: 1 });
	expect(await here.emitter.emit(event('INBOX', 1))).toBe(true);
	expect(await here.emitter.emit(event('INBOX', 2))).toBe(false);
	await here.emitter.emitAtOnce(event('INBOX', 3));
	expect(numbers(here.given)).toEqual(['INBOX 1', 'INBOX 2']);
});

test('goes on under the new name of a folder', async () => {
	const here = emitter();
	here.emitter.renamed(new Map([['Archive', 'Work']]));
	await here.emitter.emit(event('Archive', 1));
	await here.emitter.emit(event('Work', 1));
	expect(numbers(here.given)).toEqual(['Archive 42', 'Work 1']);
});
