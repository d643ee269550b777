import { everyEvent, told } from '../support/account';
import { followFake, kindsOfServer } from '../support/followFake';
import type { EventName } from '../../sync/events/syncEvent';

/** Folders and keywords may be called like what every object of JavaScript has. */
const names = [...Object.getOwnPropertyNames(Object.prototype), '=__proto__', 'prototype', 'length'];

/** As n8n copies what it keeps: each key is assigned to an ordinary object. */
function copied(value: unknown): unknown {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(copied);
	const copy: Record<string, unknown> = {};
	for (const [key, part] of Object.entries(value)) copy[key] = copied(part);
	return copy;
}

const source = (subject: string): string => `Subject: ${subject}\r\nMessage-ID: <${subject}@example.com>\r\n\r\nhello\r\n`;

describe.each(kindsOfServer)('with %s', (_kind, options) => {
	const asked: Array<[string, EventName[]]> = [
		['new mail only', ['messageNew']],
		['all events', everyEvent],
	];
	for (const [what, events] of asked) {
		test.each(names)(`a folder called %s: ${what}, each once`, async (name) => {
			const { account, followed } = followFake({ ...options, ask: { events, selection: { kind: 'all' } } });
			await followed.run();
			account.createFolder(name);
			account.append(name, source('one'));
			const about = (run: { events: Parameters<typeof told>[0] }): string[] =>
				told(run.events).filter((line) => line.startsWith('message'));
			expect(about(await followed.run())).toEqual([`messageNew ${name}/1`]);
			followed.stored = copied(followed.stored);
			account.append(name, source('two'));
			expect(about(await followed.run())).toEqual([`messageNew ${name}/2`]);
			followed.stored = copied(followed.stored);
			expect(told((await followed.run()).events)).toEqual([]);
			account.renameFolder(name, 'Ordinary');
			account.append('Ordinary', source('three'));
			expect(about(await followed.run())).toEqual(['messageNew Ordinary/3']);
		});
	}

	test.each(names.filter((name) => /^[^=]+$/.test(name)))(
		'a keyword called %s is told when it comes and when it goes',
		async (name) => {
			const { account, followed } = followFake(options);
			account.append('INBOX', source('one'));
			account.append('INBOX', source('two'));
			await followed.run();
			account.setFlags('INBOX', [2], { add: [name] });
			expect(told((await followed.run()).events)).toEqual([`messageUpdated INBOX/2 +${name}`]);
			followed.stored = copied(followed.stored);
			expect(told((await followed.run()).events)).toEqual([]);
			account.setFlags('INBOX', [2], { remove: [name] });
			expect(told((await followed.run()).events)).toEqual([`messageUpdated INBOX/2 -${name}`]);
		},
	);
});
