import { told } from '../support/account';
import { followFake, kindsOfServer } from '../support/followFake';
import { mail } from '../support/mail';

/** Folders and servers that make it hard to say what is true. */
describe.each(kindsOfServer)('with %s', (_kind, options) => {
	test.each([
		['$Junk', '$junk', []],
		['Project-X', 'PROJECT-x', []],
		['$Forwarded', '$Forward', ['messageUpdated INBOX/1 +$Forward -$Forwarded']],
	])('a keyword %s that becomes %s', async (before, after, events) => {
		const fake = followFake({ ...options, ask: { events: ['messageNew', 'messageUpdated'] } });
		fake.account.append('INBOX', mail('one'), { flags: [before] });
		await fake.followed.run();
		fake.account.setFlags('INBOX', [1], { set: [after] });
		expect(told((await fake.followed.run()).events)).toEqual(events);
		// And it is settled.
		expect((await fake.followed.run()).events).toEqual([]);
	});

	test.each([
		['comes', 1, 0],
		['goes', 0, 1],
		['comes and goes', 1, 1],
	])('a folder in which something %s at every command is read all the same', async (_what, comes, goes) => {
		const fake = followFake({ ...options, ask: { events: ['messageNew', 'messageDeleted'] } });
		for (let i = 0; i < 40; i++) fake.account.append('INBOX', mail(`old ${i}`));
		await fake.followed.run();
		for (let i = 0; i < 5; i++) fake.account.append('INBOX', mail(`new ${i}`));
		// Fewer where few commands are needed.
		let left = 30;
		let next = 1;
		fake.server.hooks.before = ({ path, method }) => {
			if (path !== 'INBOX' || method === 'open' || left-- <= 0) return;
			if (comes) fake.account.append('INBOX', mail(`meanwhile ${left}`));
			if (goes) fake.account.expunge('INBOX', [next++]);
		};
		const seen = new Map<string, number>();
		for (let run = 0; run < 20; run++) {
			if (run === 15) left = Math.min(left, 0);
			for (const one of told((await fake.followed.run()).events)) seen.set(one, (seen.get(one) ?? 0) + 1);
		}
		const { uidNext, messages } = fake.account.folder('INBOX');
		const there = new Set(messages.map(({ uid }) => uid));
		const wanted = [
			...Array.from({ length: uidNext - 41 }, (_none, i) => `messageNew INBOX/${i + 41}`),
			...Array.from({ length: 40 }, (_none, i) => i + 1).flatMap((uid) => (there.has(uid) ? [] : `messageDeleted INBOX/${uid}`)),
		];
		expect([...seen.keys()].sort()).toEqual(wanted.sort());
		expect([...seen.values()].every((times) => times === 1)).toBe(true);
	});

	test.each(['reference', 'content'] as const)('the deadline holds while no message comes, output %s', async (output) => {
		const fake = followFake({ ...options, ask: { output, events: ['messageNew', 'messageFailed'] } });
		await fake.followed.run();
		for (let i = 0; i < 200; i++) fake.account.append('INBOX', mail(`new ${i}`));
		let commands = 0;
		fake.server.hooks.row = (row, { method }) => (method === 'fetch' ? undefined : row);
		fake.server.hooks.before = () => void (commands++, fake.later(1 / 60));
		const deadline = fake.now() + 20_000;
		await fake.followed.run({ limits: { deadline } });
		// One second a command: some are under way when it comes.
		expect(commands).toBeLessThan(30);
		expect(fake.now() - deadline).toBeLessThan(10_000);
	});
});
