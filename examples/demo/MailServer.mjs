import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { once } from 'node:events';

/**
 * What the embedded server may say it can do: only what it does right. Its CONDSTORE is left out: it answers a UID FETCH
 * with CHANGEDSINCE with all messages, and does not count an expunge as a change (hoodiecrow-imap 2.1.0).
 */
const ABILITIES = ['ENABLE', 'ID', 'IDLE', 'LITERALPLUS', 'MOVE', 'NAMESPACE', 'SPECIAL-USE', 'UIDPLUS', 'UNSELECT'];

/** Answers after which the mailbox is not what it was. */
const CHANGES = /^(APPEND|(UID )?STORE COMPLETE|EXPUNGE completed|UID EXPUNGE|CLOSE|(UID )?(COPY|MOVE).*|CREATE|DELETE|RENAME)$/i;

/**
 * An IMAP server in this process, on 127.0.0.1. It keeps its mailbox in a file, so that it is the same mailbox with the
 * same UIDs after a restart, as on a real server.
 */
export class MailServer {
	#file;
	#users;
	#makeMailbox;
	#server;
	#sockets = new Set();
	#onLogin;

	/**
	 * @param {{ file: string, users: Record<string, { password: string }>, makeMailbox: () => object, onLogin?: (user: string) => void }} options
	 *   makeMailbox: what is in it the first time, see sampleMailbox()
	 */
	constructor({ file, users, makeMailbox, onLogin = () => {} }) {
		this.#file = file;
		this.#users = users;
		this.#makeMailbox = makeMailbox;
		this.#onLogin = onLogin;
	}

	get port() {
		return this.#server.server.address().port;
	}

	/** @param {number} port */
	async start(port) {
		// In here and not at the top: the set-up that installs the package runs first.
		const createServer = createRequire(import.meta.url)('hoodiecrow-imap');
		this.#server = createServer({
			plugins: [...ABILITIES, (server) => this.#follow(server)],
			users: this.#users,
			storage: this.#load(),
		});
		this.#server.server.on('connection', (socket) => {
			this.#sockets.add(socket);
			socket.once('close', () => this.#sockets.delete(socket));
		});
		this.#server.listen(port, '127.0.0.1');
		await once(this.#server.server, 'listening');
		this.#save();
	}

	async stop() {
		if (!this.#server) return;
		const closed = once(this.#server.server, 'close');
		this.#server.close();
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}

	/** How many messages each folder holds. */
	counts() {
		return Object.fromEntries(this.#folders().map(([path, folder]) => [path, folder.messages.length]));
	}

	#follow(server) {
		server.outputHandlers.push((_connection, _response, description, parsed) => {
			if (description === 'LOGIN SUCCESS') this.#onLogin(parsed.attributes[0].value);
			// Before the answer is on its way: what a client was told stays true, whatever ends this process.
			if (CHANGES.test(description ?? '')) this.#save();
		});
	}

	#folders() {
		return Object.entries(this.#server.folderCache);
	}

	#save() {
		const folders = this.#folders().map(([path, folder]) => [
			path,
			{
				uidvalidity: folder.uidvalidity,
				uidnext: folder.uidnext,
				'special-use': folder['special-use'],
				messages: folder.messages.map(({ uid, raw, flags, internaldate }) => ({ uid, raw, flags, internaldate })),
			},
		]);
		writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(folders)));
		renameSync(`${this.#file}.new`, this.#file);
	}

	#load() {
		const { INBOX, ...folders } = this.#read() ?? this.#make();
		return { INBOX, '': { separator: '/', folders } };
	}

	#read() {
		try {
			return JSON.parse(readFileSync(this.#file, 'utf8'));
		} catch {
			return undefined;
		}
	}

	#make() {
		// A mailbox that is made anew must not pass for the old one.
		const uidvalidity = Math.floor(Date.now() / 1_000);
		const folders = Object.entries(this.#makeMailbox()).map(([path, { specialUse, messages }]) => [
			path,
			{
				uidvalidity,
				'special-use': specialUse,
				messages: messages.map(({ raw, flags, receivedAt }) => ({ raw, flags, internaldate: receivedAt })),
			},
		]);
		return Object.fromEntries(folders);
	}
}
