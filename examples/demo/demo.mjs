import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { N8nApi } from '../../scripts/n8n/N8nApi.mjs';
import { N8nInstance } from '../../scripts/n8n/N8nInstance.mjs';
import { cacheRoot } from '../../scripts/n8n/cache.mjs';
import { installIntoUserFolder } from '../../scripts/n8n/package.mjs';
import { freePort } from '../../scripts/n8n/ports.mjs';
import { withProgress } from '../../scripts/n8n/progress.mjs';
import { setUp } from '../../scripts/n8n/setUp.mjs';
import { MailServer } from './MailServer.mjs';
import { TicketBoard } from './TicketBoard.mjs';
import { ownerAccount } from './account.mjs';
import { live } from './life.mjs';
import { sampleMailbox } from './mailbox.mjs';
import { readMailboxUrl } from './mailboxUrl.mjs';
import { RunRecord } from './runRecord.mjs';
import { demoWorkflow } from './workflow.mjs';

const PORTS = { n8n: 5678, board: 5680, mail: 1143 };

/** The demo's own mailbox. Loopback only, invented mail: the password is no secret. */
const OWNER = { user: 'shop@example.com', password: 'lantern' };

/** Whoever delivers, reads and deletes. The server tells its looks from n8n's by the name. */
const MAIL_APP = { user: 'mail-app@example.com', password: 'loom' };

/**
 * Runs the demo until `stopped` is aborted, or until it is over, then stops everything it started.
 *
 * @param {{ imapUrl?: string, folder?: string, untilFirstTicket?: boolean, stopped: AbortSignal }} options
 *   folder: what is kept from one start to the next: n8n's data, the mailbox, the tickets
 */
// Everything is started in order and stopped in the reverse order: the reader wants to see both at once.
// eslint-disable-next-line max-lines-per-function
export async function runDemo({ imapUrl, folder = join(cacheRoot(), 'demo'), untilFirstTicket = false, stopped }) {
	const own = imapUrl ? readMailboxUrl(imapUrl) : undefined;
	const over = new AbortController();
	const signal = AbortSignal.any([stopped, over.signal]);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const record = new RunRecord(folder);
	await record.take();

	// Undone in reverse order, also when something in the middle fails.
	const undo = [async () => record.release()];
	try {
		const { packed, program } = await setUp({ signal });

		const label = own ? `${own.user} on ${own.host}` : 'demo mailbox';
		const board = new TicketBoard({
			file: join(folder, `tickets-${fingerprint(own)}.json`),
			about: { mailbox: own ? label : `the ${label}` },
			onTicket: (what, ticket, detail) => {
				say('ticket', what, `T-${ticket.number}`, `${ticket.subject}${detail ? `  (${detail})` : ''}`);
				if (untilFirstTicket) over.abort();
			},
		});
		await board.start(await freePort(PORTS.board));
		undo.push(() => board.stop());

		const mailbox = own ?? (await startMailServer({ folder, undo, onLook: () => board.noteLook() }));

		await installIntoUserFolder(packed, folder);
		const n8n = new N8nInstance({ program, userFolder: folder, port: PORTS.n8n });
		await withProgress('Starting n8n', {}, () => n8n.start({ signal, onSpawn: (pid) => record.note({ n8n: pid }) }));
		undo.push(() => n8n.stop());

		const account = ownerAccount(folder);
		const api = new N8nApi(n8n.url);
		await signIn(api, account, folder);
		const workflow = await saveWorkflow(api, { mailbox, label, own, board });
		const editor = `${n8n.url}/workflow/${workflow.id}`;
		board.describe({ editor });
		record.note({ editor, board: board.url });

		const moved = n8n.port === PORTS.n8n ? '' : `  (port ${PORTS.n8n} is taken)`;
		const whereToLook = `
${describeMailbox(mailbox, own)}

  n8n checks the mailbox once a minute. Stop with Ctrl-C; the next start continues from here.

  Ticket board  ${board.url}
  Workflow      ${editor}${moved}
  Login         ${account.email}   password ${account.password}
`;
		console.log(whereToLook);
		undo.push(onEnter(() => console.log(whereToLook)));
		// The next n8n must not come up with an active workflow before its mail server and the board are there.
		undo.push(() => api.unpublish(workflow.id));
		await api.publish(workflow.id, { signal });
		console.log(`Following ${own ? label : `the ${label}`}. Press Enter to see the addresses and the login again.\n`);

		if (signal.aborted) return;
		const ended = once(signal, 'abort');
		const crashed = once(n8n.process, 'exit').then(() => {
			if (!signal.aborted) throw new Error(`n8n has ended by itself. Its log: ${n8n.logFile}`);
		});
		const life = own
			? ended
			: live({ connection: { ...mailbox, ...MAIL_APP }, seed: Date.now(), everyMs: 4_000, say: sayMail, signal });
		await Promise.race([ended, crashed, life]);
	} catch (error) {
		// What a stop interrupts ends with an error of its own.
		if (!signal.aborted) throw error;
	} finally {
		over.abort();
		for (const step of undo.reverse()) {
			// One that fails, because n8n is gone for example, must not keep the others from being stopped.
			await step().catch((error) => process.env.DEBUG && console.error(error));
		}
	}
}

async function startMailServer({ folder, undo, onLook }) {
	const server = new MailServer({
		file: join(folder, 'mailbox.json'),
		users: { [OWNER.user]: { password: OWNER.password }, [MAIL_APP.user]: { password: MAIL_APP.password } },
		makeMailbox: () => sampleMailbox(new Date()),
		onLogin: (user) => user === OWNER.user && onLook(),
	});
	await server.start(await freePort(PORTS.mail));
	undo.push(() => server.stop());
	return { ...OWNER, host: '127.0.0.1', port: server.port, security: 'none', counts: server.counts() };
}

async function signIn(api, account, folder) {
	try {
		await api.signIn(account);
	} catch (error) {
		throw new Error(`The demo's n8n does not know its own account any more (${error.message}). Remove ${folder} to begin anew.`);
	}
}

/** The same credential and the same workflow with every start; those of other mailboxes rest meanwhile. */
async function saveWorkflow(api, { mailbox, label, own, board }) {
	for (const { id, activeVersionId } of await api.listWorkflows()) {
		if (activeVersionId) await api.unpublish(id);
	}
	const { user, password, host, port, security } = mailbox;
	const credential = await api.saveCredential({
		name: `IMAP: ${label}`.slice(0, 128),
		type: 'imapSyncApi',
		data: { user, password, host, port, security, allowUnauthorizedCerts: false },
	});
	return await api.saveWorkflow(
		demoWorkflow({
			name: `Mail to tickets (${label})`.slice(0, 128),
			credential,
			folders: own ? ['INBOX'] : ['INBOX', 'Support'],
			// A mailbox of one's own may hold a life's mail: only what comes from now on.
			startFrom: own ? 'now' : 'all',
			ticketsUrl: board.ticketsUrl,
		}),
	);
}

/**
 * @param {{ user: string, password: string, host: string, port: number, counts?: Record<string, number> }} mailbox counts: messages
 *   in each folder of the demo's own mailbox
 * @param {object} [own] the reader's own mailbox
 */
function describeMailbox({ user, password, host, port, counts = {} }, own) {
	if (own) return `  Mailbox       ${user} on ${host}:${port}, folder INBOX, from now on. It is only read.`;
	const folders = Object.entries(counts).map(([path, count]) => `${path} ${count}`);
	return `  Mailbox       ${host}:${port}, no encryption, user ${user}, password ${password}: any mail app can look in\n                ${folders.join(', ')}`;
}

/** Calls `show` whenever somebody presses Enter. Returns what ends that. */
function onEnter(show) {
	const { stdin } = process;
	const heard = () => show();
	// In the background of a shell there is nobody to listen to, and reading would stop this process.
	const ignored = () => {};
	process.on('SIGTTIN', ignored);
	stdin.on('error', ignored);
	stdin.on('data', heard);
	return async () => {
		stdin.off('data', heard).pause();
	};
}

function sayMail(what, folder, uid, subject) {
	say('mail', what, `${folder} #${uid}`, subject);
}

function say(kind, what, which, text) {
	const time = new Date().toTimeString().slice(0, 8);
	// The text is somebody's mail: no control characters into the terminal.
	const safe = text.replace(/\p{C}+/gu, ' ').slice(0, 100);
	console.log(`${time}  ${kind.padEnd(6)}  ${what.padEnd(9)}  ${which.padEnd(12)}  ${safe}`);
}

function fingerprint(own) {
	return own ? createHash('sha256').update(`${own.user}\0${own.host}\0${own.port}`).digest('hex').slice(0, 12) : 'demo';
}
