import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildIfStale, root } from '../support/build';
import { startDovecot, type Dovecot } from '../support/dovecot';
import { mail } from '../support/mail';

/**
 * An account with everything that n8n in queue mode may have on it: 40 polling triggers in the main process, and four workers that act on
 * the same mailbox meanwhile. The server takes 10 connections and refuses the eleventh. Each of the processes has a share of its own, and
 * together they are more than that.
 */
const LIMIT = 10;
const FOLDERS = Array.from({ length: 20 }, (_, i) => `Folder ${String(i).padStart(2, '0')}`);
const WORKERS = 4;

interface Answer {
	told: string[][];
	problems: string[];
}

let dovecot: Dovecot;
const processes: ChildProcess[] = [];

beforeAll(async () => {
	await buildIfStale();
	dovecot = await startDovecot({ extraConfig: `mail_max_userip_connections = ${LIMIT}\n` });
});
afterAll(async () => {
	for (const child of processes) child.kill();
	await dovecot?.stop();
});

async function startProcess(user: string): Promise<(task: object) => Promise<Answer>> {
	const { password, host, port } = dovecot;
	const credential = { user, password, host, port, security: 'none', allowUnauthorizedCerts: false };
	const child = fork(join(root, 'test/support/sharedAccountProcess.mjs'), [
		JSON.stringify({ credential, dist: join(root, 'dist') }),
	]);
	processes.push(child);
	await once(child, 'message');
	return async (task) => {
		const answer = once(child, 'message');
		child.send(task);
		return ((await answer) as Answer[])[0];
	};
}

/** How often something is in the server's log. */
const logged = (pattern: RegExp): number => dovecot.log().split(pattern).length - 1;

test('40 triggers and four workers share what the server allows, and each of them is served', async () => {
	const user = dovecot.newUser();
	for (const folder of FOLDERS) await dovecot.createFolder(user, folder);
	await dovecot.append(user, 'INBOX', mail('first'));
	const main = await startProcess(user);
	const workers = await Promise.all(Array.from({ length: WORKERS }, () => startProcess(user)));
	const triggers = FOLDERS.flatMap((folder) =>
		[[folder], [folder, 'INBOX']].map((folders) => ({
			folderSelection: 'chosen',
			folders,
			startFrom: 'now',
			output: 'metadata',
		})),
	);
	expect(await main({ triggers })).toEqual({ told: triggers.map(() => []), problems: [] });
	for (const folder of FOLDERS) await dovecot.append(user, folder, mail(`in ${folder}`));
	await dovecot.append(user, 'INBOX', mail('for half of them'));

	const search = { resource: 'message', operation: 'getMany', output: 'metadata', returnAll: true };
	const mark = { resource: 'message', operation: 'markRead', messageFrom: 'uid', uid: '1', folder: 'INBOX' };
	const acting = Promise.all(workers.map((worker, i) => worker({ actions: i % 2 === 0 ? search : mark, times: 20, atOnce: 3 })));
	const before = logged(/ Login: /);
	const first = await main({ poll: true });
	const wanted = FOLDERS.flatMap((folder) => [
		[`messageNew in ${folder}`],
		[`messageNew in ${folder}`, 'messageNew for half of them'],
	]);
	expect(first.told.map((items) => items.sort())).toEqual(wanted.map((items) => items.sort()));
	const later: Answer[] = [];
	for (let poll = 0; poll < 4; poll++) later.push(await main({ poll: true }));
	expect(later.map(({ told }) => told.flat().filter((item) => item.startsWith('messageNew')))).toEqual([[], [], [], []]);
	expect([first, ...later].flatMap(({ problems }) => problems)).toEqual([]);
	expect((await acting).flatMap(({ problems }) => problems)).toEqual([]);
	const [logins, refused] = [logged(/ Login: /) - before, logged(/Maximum number of connections/)];
	process.stderr.write(
		`40 triggers, 5 polls each, and 80 executions in ${WORKERS} processes: ${logins} logins, ${refused} more refused.\n`,
	);
	// 280 runs: who comes after another one of its process finds a connection open, and who was refused waits for long enough.
	expect(logins).toBeLessThan(140);
	expect(refused).toBeLessThan(80);
});
