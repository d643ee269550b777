import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const MOST_TICKETS = 300;
const MOST_BYTES = 1_000_000;

/**
 * A small ticket system on 127.0.0.1: n8n posts to it, a browser shows it. It keeps its tickets in a file.
 *
 * @typedef {{ number: number, key: string, sender: string, subject: string, excerpt: string, attachments: string[], folder: string,
 *   flags: string[], status: 'open' | 'closed', lastEvent: string, changedAt: string, messages: string[] }} Ticket
 *   key: that of its conversation; messages: those of it that are in the mailbox
 */
export class TicketBoard {
	#file;
	#about;
	#onTicket;
	#tickets = new Map();
	#nextNumber = 1;
	#lastLook;
	#server;
	#listeners = new Set();

	/**
	 * @param {{ file: string, about: { mailbox: string, editor?: string }, onTicket?: (what: string, ticket: Ticket, detail: string) => void }} options
	 *   about: what the page says of itself
	 */
	constructor({ file, about, onTicket = () => {} }) {
		this.#file = file;
		this.#about = about;
		this.#onTicket = onTicket;
		this.#load();
	}

	get url() {
		return `http://127.0.0.1:${this.#server.address().port}`;
	}

	/** Where n8n sends what it makes of a message. */
	get ticketsUrl() {
		return `${this.url}/tickets`;
	}

	async start(port) {
		this.#server = createServer((request, response) => {
			this.#answer(request, response).catch((error) => reply(response, error.status ?? 500, { error: error.message }));
		});
		this.#server.listen(port, '127.0.0.1');
		await once(this.#server, 'listening');
	}

	async stop() {
		if (!this.#server) return;
		const closed = once(this.#server, 'close');
		this.#server.close();
		this.#server.closeAllConnections();
		await closed;
	}

	/** Tells the page that n8n has just looked into the mailbox; the next look is a minute away. */
	noteLook() {
		this.#lastLook = Date.now();
		this.#tell();
	}

	/** Changes what the page says of itself. */
	describe(about) {
		Object.assign(this.#about, about);
		this.#tell();
	}

	async #answer(request, response) {
		// A page on the web can make a browser ask this address under another name; only our own name is answered.
		if (request.headers.host !== new URL(this.url).host) return reply(response, 421, { error: 'not this host' });
		const { pathname } = new URL(request.url, this.url);
		if (request.method === 'GET' && pathname === '/') return this.#showPage(response);
		if (request.method === 'GET' && pathname === '/tickets') return reply(response, 200, this.#state());
		if (request.method === 'GET' && pathname === '/live') return this.#listen(response);
		if (request.method === 'POST' && pathname === '/tickets') return reply(response, 200, this.#handle(await readJson(request)));
		return reply(response, 404, { error: 'no such page' });
	}

	#handle({ action, key, message, ...facts }) {
		if (action === 'open') return this.#open(key, message, facts);
		const ticket = [...this.#tickets.values()].find(({ messages }) => messages.includes(message));
		if (!ticket) return { ignored: 'a message without a ticket' };
		if (action === 'update') return this.#update(ticket, facts);
		if (action === 'close') return this.#close(ticket, message);
		throw Object.assign(new Error(`there is no action "${action}"`), { status: 400 });
	}

	#open(key, message, { sender = '', subject = '', excerpt = '', attachments = [], folder = '', flags = [] }) {
		const known = this.#tickets.get(key);
		// The same message again is the same ticket: that is what the identity is for.
		if (known?.messages.includes(message)) return { ticket: known.number, repeated: true };
		if (known) {
			known.messages.push(message);
			Object.assign(known, { excerpt, folder, flags, status: 'open', lastEvent: `reply from ${sender}` });
			return this.#changed(known, 'joined', sender);
		}
		const number = this.#nextNumber++;
		const about = { number, key, sender, subject, excerpt, attachments, folder, flags };
		const ticket = { ...about, status: 'open', lastEvent: 'opened', messages: [message] };
		this.#tickets.set(key, ticket);
		if (this.#tickets.size > MOST_TICKETS) this.#tickets.delete(this.#tickets.keys().next().value);
		return this.#changed(ticket, 'opened', sender);
	}

	#update(ticket, { flags = [], flagsAdded = [], flagsRemoved = [] }) {
		ticket.flags = flags;
		const detail = [...flagsAdded.map((flag) => `+${flag}`), ...flagsRemoved.map((flag) => `-${flag}`)].join(' ');
		ticket.lastEvent = `flags ${detail}`;
		return this.#changed(ticket, 'updated', detail);
	}

	/** A ticket ends with the last of its messages. */
	#close(ticket, message) {
		ticket.messages = ticket.messages.filter((other) => other !== message);
		ticket.lastEvent = 'message deleted';
		if (ticket.messages.length > 0) return this.#changed(ticket, 'updated', 'message deleted');
		ticket.status = 'closed';
		return this.#changed(ticket, 'closed', 'message deleted');
	}

	#changed(ticket, what, detail) {
		ticket.changedAt = new Date().toISOString();
		this.#save();
		this.#tell();
		this.#onTicket(what, ticket, detail);
		return { ticket: ticket.number };
	}

	#state() {
		const sinceLook = this.#lastLook === undefined ? undefined : Date.now() - this.#lastLook;
		return { about: this.#about, sinceLook, tickets: [...this.#tickets.values()] };
	}

	#showPage(response) {
		response.writeHead(200, {
			'content-type': 'text/html; charset=utf-8',
			// Everything the page needs is in it.
			'content-security-policy':
				"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:",
		});
		response.end(readFileSync(new URL('./board.html', import.meta.url)));
	}

	#listen(response) {
		response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
		this.#listeners.add(response);
		response.once('close', () => this.#listeners.delete(response));
		response.write(event(this.#state()));
	}

	#tell() {
		for (const listener of this.#listeners) listener.write(event(this.#state()));
	}

	#save() {
		writeFileSync(`${this.#file}.new`, JSON.stringify({ nextNumber: this.#nextNumber, tickets: [...this.#tickets.values()] }));
		renameSync(`${this.#file}.new`, this.#file);
	}

	#load() {
		try {
			const { nextNumber, tickets } = JSON.parse(readFileSync(this.#file, 'utf8'));
			this.#nextNumber = nextNumber;
			// Files of before a ticket knew its messages would never change again.
			this.#tickets = new Map(tickets.filter(({ messages }) => messages).map((ticket) => [ticket.key, ticket]));
		} catch {
			// The first start, or a file that cannot be read: an empty board.
		}
	}
}

function event(state) {
	return `data: ${JSON.stringify(state)}\n\n`;
}

function reply(response, status, body) {
	if (response.headersSent) return;
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(body));
}

async function readJson(request) {
	// A form on a foreign web page cannot send this type without asking first.
	if (!request.headers['content-type']?.startsWith('application/json'))
		throw Object.assign(new Error('JSON, please'), { status: 415 });
	let text = '';
	for await (const chunk of request) {
		text += chunk;
		if (text.length > MOST_BYTES) throw Object.assign(new Error('too large'), { status: 413 });
	}
	try {
		return JSON.parse(text);
	} catch {
		throw Object.assign(new Error('not JSON'), { status: 400 });
	}
}
