/** The push trigger on each real mail server: what it does must not depend on what the server can do. */
import type { MailHost } from '../support/mailHost';
import { mail } from '../support/mail';
import { mailServers } from '../support/mailServers';
import { PushWorld } from '../support/pushContext';
import { startProxy, type CountingProxy } from '../support/wire/countingProxy';

describe.each(mailServers)('%s', (_name, describeServer, start) => {
	describeServer('', () => {
		let host: MailHost;
		let via: CountingProxy;
		let world: PushWorld;
		let user: string;
		beforeAll(async () => {
			host = await start();
		});
		afterAll(async () => {
			await host?.stop();
		});
		afterEach(async () => {
			await world?.stop();
			await via?.stop();
			await host.release(user);
		});

		const publish = async (folders: string[], options: object = {}): Promise<void> => {
			const credential = { user, password: host.password, host: via.host, port: via.port, security: 'none' };
			world = new PushWorld({ credential, parameters: { folders, options } });
			await world.start();
		};
		beforeEach(async () => {
			user = host.newUser();
			via = await startProxy(host);
		});
		const flags = async (): Promise<string[]> => (await host.list(user, 'INBOX')).map((held) => held.flags.join(' '));

		it('hands over at once, in order, and marks what succeeded', async () => {
			await publish(['INBOX'], { whenDone: 'markRead', retryAfter: 0 });
			world.onExecution = ({ items, end }) =>
				end(items[0].json.subject === 'b' && items[0].json.attempt === 1 ? 'no' : undefined);
			await world.until(() => via.transcript().includes('IDLE'), 'the wait');
			await host.append(user, 'INBOX', mail('a'));
			await world.until(() => world.subjects.includes('1 a'), 'the first', 10_000);
			await host.appendMany(user, 'INBOX', [mail('b'), mail('c')]);
			await world.until(async () => (await flags()).join() === '\\Seen,\\Seen,\\Seen', 'three marks', 30_000);
			expect(world.subjects.slice(0, 2)).toEqual(['1 a', '1 b']);
			expect([...world.subjects].sort()).toEqual(['1 a', '1 b', '1 c', '2 b']);
		});

		it('hears of another folder too, and of what came while the connection was cut', async () => {
			const other = host.folder('Work');
			await host.createFolder(user, other);
			await publish(['INBOX', other]);
			await host.append(user, other, mail('other'));
			await world.until(() => world.subjects.includes('1 other'), 'the other folder', 20_000);
			via.cut();
			await host.append(user, 'INBOX', mail('cut'));
			await host.append(user, other, mail('cut too'));
			await world.until(() => world.subjects.length === 3, 'what came meanwhile', 20_000);
			expect([...world.subjects].sort()).toEqual(['1 cut', '1 cut too', '1 other']);
			expect(world.failed).toEqual([]);
		});

		it('moves what is done, which is no event', async () => {
			const done = host.folder('Done');
			await host.createFolder(user, done);
			await publish(['INBOX'], { whenDone: 'move', doneFolder: done });
			await host.appendMany(user, 'INBOX', [mail('a'), mail('b')]);
			await world.until(async () => (await host.list(user, done)).length === 2, 'the move', 30_000);
			// Courier has no MOVE: the originals go after the copies are there.
			await world.until(async () => (await host.list(user, 'INBOX')).length === 0, 'the originals gone', 30_000);
			expect(world.subjects).toEqual(['1 a', '1 b']);
		});
	});
});
