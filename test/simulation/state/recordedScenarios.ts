import type { Ask } from '../../support/account';
import type { FakeOptions } from '../../support/fakeMailServer';
import { kindsOfServer } from '../../support/followFake';
import { mail } from '../../support/mail';
import type { FollowedFake } from '../../support/followFake';

/** What this package itself changed in INBOX, as a scenario writes it. */
export interface OwnInText {
	flags: Array<{ uids: number[]; mode: 'add'; names: string[]; labels: false; at: number }>;
}

/** What a run of a scenario is asked for. */
export type RecordedAsk = Omit<Ask, 'ownChanges' | 'own'> & { own?: OwnInText };

/**
 * A mailbox that is followed until a state is left, and what happens to it before the next run. Both versions of the code read this
 * file's steps: the version before runs them, the present one only puts the mailbox where it was and reads the state.
 */
export interface Scenario {
	options?: FakeOptions;
	/** What each run asks for. */
	ask?: RecordedAsk;
	/** The mailbox and the runs that leave the state. `run` does nothing where the state is read from a file. */
	leave(fake: FollowedFake, run: (ask?: RecordedAsk) => Promise<void>): Promise<void>;
	/** What happens then. */
	happens(fake: FollowedFake): void;
	/** What the next runs ask for differently. */
	next?: RecordedAsk;
}

const [, [, condstore], [, plain]] = kindsOfServer;
const both: Ask['selection'] = { kind: 'chosen', folders: ['INBOX', 'Work'] };
const acknowledge = (by: 'keyword' | 'seen' | 'leavesFolder'): Ask['acknowledge'] => ({
	by,
	keyword: 'n8n-done',
	redeliverAfter: 60 * 60_000,
	maxAttempts: 3,
});
const from = (sender: string, subject: string): string => mail(subject).replace('Subject:', `From: ${sender}\r\nSubject:`);
const filled = ({ account }: FollowedFake, ...names: string[]): void => {
	for (const name of names) account.append('INBOX', mail(name));
};

const allEvents = (options: FakeOptions): Scenario => ({
	options,
	async leave(fake, run) {
		filled(fake, 'a', 'b', 'c', 'd', 'e', 'f');
		fake.account.setFlags('INBOX', [1, 2, 3], { add: ['\\Seen'] });
		fake.account.setFlags('INBOX', [2], { add: ['$Forwarded', 'work'] });
		await run();
	},
	happens({ account }) {
		account.append('INBOX', mail('g'), { flags: ['\\Flagged'] });
		account.setFlags('INBOX', [2], { remove: ['work'] });
		account.setFlags('INBOX', [4], { add: ['\\Seen', 'later'] });
		account.expunge('INBOX', [3, 5]);
	},
});

/** A copy of the folder is put back, and another message comes under the UID of one that was lost. */
const restored = ({ account }: FollowedFake): void => {
	account.restoreCopy('INBOX');
	account.append('INBOX', mail('x'), { internalDate: new Date('2026-03-01T00:00:00Z') });
};

export const scenarios: Record<string, Scenario> = {
	'new-mail-only': {
		ask: { events: ['messageNew'] },
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c', 'd', 'e');
			await run();
			filled(fake, 'f');
			await run();
		},
		happens(fake) {
			fake.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
			fake.account.expunge('INBOX', [2]);
			filled(fake, 'g', 'h');
		},
	},
	'all-events': allEvents({}),
	'all-events-condstore': allEvents(condstore),
	'all-events-plain': allEvents(plain),
	'all-events-object-ids': allEvents({ objectIds: true }),
	audited: {
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c');
			await run();
			fake.later(9 * 60);
			await run();
			fake.later(60);
		},
		happens: (fake) => fake.account.expunge('INBOX', [1]),
	},
	filter: {
		ask: { filter: { flags: { '\\Flagged': true } } },
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c', 'd', 'e');
			fake.account.setFlags('INBOX', [1, 2, 3], { add: ['\\Flagged'] });
			await run();
		},
		happens({ account }) {
			account.setFlags('INBOX', [1], { remove: ['\\Flagged'] });
			account.setFlags('INBOX', [4], { add: ['\\Flagged'] });
			account.setFlags('INBOX', [2, 5], { add: ['\\Seen'] });
			account.append('INBOX', mail('f'), { flags: ['\\Flagged'] });
			account.append('INBOX', mail('g'));
			account.expunge('INBOX', [3]);
		},
	},
	'filter-that-is-changed': {
		ask: { filter: { flags: { '\\Flagged': true } } },
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c');
			fake.account.setFlags('INBOX', [1], { add: ['\\Flagged'] });
			await run();
		},
		happens: ({ account }) => void account.append('INBOX', mail('d'), { flags: ['\\Seen'] }),
		next: { filter: { flags: { '\\Seen': true } } },
	},
	ignored: {
		ask: { ignore: { senders: ['bob@example.com'], subjects: [], threads: [] } },
		async leave({ account }, run) {
			account.append('INBOX', from('alice@example.com', 'a'));
			account.append('INBOX', from('bob@example.com', 'b'));
			account.append('INBOX', from('bob@example.com', 'c'));
			account.append('INBOX', from('carol@example.com', 'd'));
			await run();
		},
		happens({ account }) {
			account.append('INBOX', from('bob@example.com', 'e'));
			account.append('INBOX', from('alice@example.com', 'f'));
			account.setFlags('INBOX', [3, 4], { add: ['\\Seen'] });
			account.expunge('INBOX', [1, 2]);
		},
	},
	'acknowledged-by-keyword': {
		ask: { acknowledge: acknowledge('keyword') },
		async leave(fake, run) {
			await run();
			filled(fake, 'a', 'b', 'c');
			await run();
			fake.account.setFlags('INBOX', [1], { add: ['n8n-done'] });
			fake.later(66);
			await run();
			filled(fake, 'd', 'e');
			await run();
		},
		happens(fake) {
			fake.account.setFlags('INBOX', [2, 4], { add: ['n8n-done'] });
			filled(fake, 'f');
			fake.later(66);
		},
	},
	'acknowledged-by-seen': {
		ask: { acknowledge: acknowledge('seen') },
		async leave(fake, run) {
			await run();
			filled(fake, 'a', 'b', 'c');
			await run();
		},
		happens(fake) {
			fake.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
			fake.account.setFlags('INBOX', [2], { add: ['\\Seen', 'work'] });
			fake.later(66);
		},
	},
	'acknowledged-by-leaving': {
		ask: { acknowledge: acknowledge('leavesFolder'), selection: both },
		async leave(fake, run) {
			fake.account.createFolder('Work');
			filled(fake, 'old');
			await run();
			filled(fake, 'a', 'b', 'c');
			await run();
			fake.account.expunge('INBOX', [2]);
			await run();
		},
		happens(fake) {
			fake.account.move('INBOX', [3], 'Work');
			fake.account.expunge('INBOX', [1]);
			fake.later(66);
		},
	},
	failed: {
		async leave(fake, run) {
			await run();
			filled(fake, 'a', 'b', 'c');
			await run({
				onEvent: ({ uid }) => {
					if (uid === 2) throw new Error('no item can be made of it');
				},
			});
		},
		happens(fake) {
			filled(fake, 'd');
			fake.later(10);
		},
	},
	'back-fill': {
		ask: { startFrom: { kind: 'all' }, limits: { messages: 2 } },
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c', 'd', 'e', 'f');
			await run();
		},
		happens(fake) {
			filled(fake, 'g');
			fake.account.expunge('INBOX', [3]);
		},
	},
	'back-fill-from-a-date': {
		ask: { startFrom: { kind: 'date', date: new Date('2026-01-15T00:00:00Z') }, limits: { messages: 1 }, events: ['messageNew'] },
		async leave({ account }, run) {
			for (let day = 10; day <= 19; day++)
				account.append('INBOX', mail(`day${day}`), { internalDate: new Date(`2026-01-${day}T12:00:00Z`) });
			await run();
		},
		happens: (fake) => filled(fake, 'new'),
		next: { limits: {} },
	},
	departed: {
		ask: { selection: both },
		async leave(fake, run) {
			fake.account.createFolder('Work');
			filled(fake, 'a', 'b', 'c');
			await run();
			fake.account.expunge('INBOX', [1, 2]);
			await run();
		},
		happens: ({ account }) => void account.append('Work', mail('a'), { emailId: 'elsewhere' }),
	},
	'departed-and-reused': {
		ask: { selection: both },
		async leave(fake, run) {
			fake.account.createFolder('Work');
			filled(fake, 'a', 'b', 'c');
			fake.account.keepCopy('INBOX');
			filled(fake, 'd', 'e');
			await run();
			restored(fake);
			await run();
			await run();
			fake.account.expunge('INBOX', [4]);
			await run();
		},
		happens: ({ account }) => account.move('INBOX', [3], 'Work'),
	},
	undecided: {
		ask: { selection: both },
		async leave(fake, run) {
			fake.account.createFolder('Work');
			filled(fake, 'a', 'b', 'c');
			await run();
			let moved = false;
			const move = (): void => {
				if (!moved) fake.account.move('INBOX', [2], 'Work');
				moved = true;
			};
			fake.server.hooks.before = ({ method, path }) => {
				if (method === 'open' && path === 'Work') move();
			};
			fake.account.append('INBOX', mail('d'));
			fake.account.append('Work', mail('e'));
			await run();
			move();
			fake.server.hooks.before = undefined;
		},
		happens: () => undefined,
	},
	'reused-uids': {
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c');
			fake.account.keepCopy('INBOX');
			filled(fake, 'd', 'e');
			await run();
			restored(fake);
			await run({ limits: { messages: 1 } });
		},
		happens: (fake) => filled(fake, 'z'),
	},
	'own-changes': {
		options: plain,
		ask: {
			own: { flags: [{ uids: [1, 2], mode: 'add', names: ['\\Seen'], labels: false, at: Date.parse('2026-11-22T12:00:00Z') }] },
		},
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c');
			await run();
			fake.account.setFlags('INBOX', [1, 2], { add: ['\\Seen'] });
			await run();
			fake.account.setFlags('INBOX', [1], { remove: ['\\Seen'] });
			await run();
		},
		happens: ({ account }) => account.setFlags('INBOX', [1, 3], { add: ['\\Seen'] }),
	},
	'renamed-folder': {
		ask: { selection: { kind: 'all' } },
		async leave(fake, run) {
			fake.account.createFolder('Work');
			fake.account.append('Work', mail('w'));
			filled(fake, 'a');
			await run();
			fake.account.renameFolder('Work', 'Projects');
			await run();
		},
		happens({ account }) {
			account.append('Projects', mail('x'));
			account.setFlags('Projects', [1], { add: ['\\Seen'] });
		},
	},
	'missing-folder': {
		ask: { selection: both },
		async leave(fake, run) {
			fake.account.createFolder('Work');
			fake.account.append('Work', mail('w'));
			filled(fake, 'a');
			await run();
			fake.account.deleteFolder('Work');
			await run();
		},
		happens({ account }) {
			account.createFolder('Work');
			account.append('Work', mail('x'));
		},
	},
	unfinished: {
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c', 'd');
			await run();
			fake.account.setFlags('INBOX', [1, 2, 3], { add: ['\\Seen'] });
			fake.account.expunge('INBOX', [4]);
			await run({ limits: { messages: 1 } });
		},
		happens: ({ account }) => account.setFlags('INBOX', [2], { add: ['work'] }),
	},
	suspected: {
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c');
			await run();
			fake.account.folder('INBOX').highestModseq = 1n;
			for (const message of fake.account.folder('INBOX').messages) message.modseq = 1n;
			await run();
		},
		happens: (fake) => filled(fake, 'd'),
	},
	unopened: {
		ask: { selection: { kind: 'all' } },
		async leave(fake, run) {
			fake.account.createFolder('Locked', { readable: false });
			fake.account.append('Locked', mail('l'));
			filled(fake, 'a');
			await run();
		},
		happens({ account }) {
			account.folder('Locked').readable = true;
			account.createFolder('Later');
			account.append('Later', mail('m'));
		},
	},
	'first-next-time': {
		ask: { selection: { kind: 'all' }, limits: { messages: 1 } },
		async leave(fake, run) {
			for (const path of ['A', 'B', 'C']) fake.account.createFolder(path);
			await run();
			for (const path of ['A', 'B', 'C']) fake.account.append(path, mail(path));
			await run();
		},
		happens: () => undefined,
	},
	'earlier-accounts': {
		async leave(fake, run) {
			filled(fake, 'a', 'b');
			await run();
			await run({ user: 'bob@example.com' });
			await run({ user: 'carol@example.com' });
		},
		happens: (fake) => filled(fake, 'c'),
	},
	'another-uidvalidity': {
		async leave(fake, run) {
			filled(fake, 'a', 'b', 'c', 'd');
			fake.account.setFlags('INBOX', [1], { add: ['\\Seen'] });
			await run();
		},
		happens(fake) {
			fake.account.setUidValidity('INBOX', 5_000);
			fake.account.setFlags('INBOX', [2], { add: ['\\Seen'] });
			fake.account.expunge('INBOX', [3]);
			filled(fake, 'e');
		},
	},
	names: {
		ask: { selection: { kind: 'all' } },
		async leave({ account }, run) {
			for (const path of ['Entwürfe', '[Gmail]/All Mail', '受信箱']) {
				account.createFolder(path);
				account.append(path, mail(`in ${path.length}`), { flags: ['$Forwarded', 'n8n-done', 'NonJunk'] });
			}
			await run();
		},
		happens({ account }) {
			account.append('Entwürfe', mail('x'));
			account.setFlags('[Gmail]/All Mail', [1], { remove: ['NonJunk'] });
			account.expunge('受信箱', [1]);
		},
	},
};
