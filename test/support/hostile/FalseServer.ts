import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const CAPABILITIES = 'IMAP4rev1 ID NAMESPACE ENABLE UIDPLUS MOVE UNSELECT SASL-IR AUTH=PLAIN';

/** What a false server says of each of its folders. */
export interface FalseMailbox {
	uidValidity: number;
	/** Each folder after the first gets a UIDVALIDITY of its own. */
	isOtherEachTime?: boolean;
	/** Messages 1 to `exists`. */
	exists: number;
	/** What a copy became, as COPYUID tells it. */
	copied?: { from: string; to: string };
	/** Whether what was put there is all that is there. */
	isStore?: boolean;
}

/**
 * What somebody runs who points a credential at the mail server of another and takes a proxy of his own: a proxy that leads nowhere,
 * answers in the server's place, lets in whoever comes, and says what serves him. On another port it takes connections without a proxy.
 */
export class FalseServer {
	/** Messages that were put there, as they are. */
	readonly appended: string[] = [];
	/** Searches that wait for an answer that never comes. */
	waiting = 0;
	/** Whether searches wait for ever, a sign of life each second. */
	isSlow = false;
	/** Whether logins are refused because there are too many connections. */
	isFull = false;
	private readonly sockets = new Set<Socket>();

	private constructor(
		private readonly direct: Server,
		private readonly proxy: Server,
		public mailbox: FalseMailbox,
	) {
		direct.on('connection', (socket) => new Conversation(this.kept(socket), this).greet());
		proxy.on('connection', (socket) => new Conversation(this.kept(socket), this));
	}

	static async start(mailbox: FalseMailbox): Promise<FalseServer> {
		return new FalseServer(await listening(), await listening(), mailbox);
	}

	/** Where it answers without a proxy. */
	get port(): number {
		return portOf(this.direct);
	}

	get proxyUrl(): string {
		return `http://127.0.0.1:${portOf(this.proxy)}`;
	}

	async stop(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await Promise.all([this.direct, this.proxy].map((server) => new Promise((resolve) => server.close(resolve))));
	}

	private kept(socket: Socket): Socket {
		this.sockets.add(
			socket
				.setNoDelay(true)
				.on('error', () => socket.destroy())
				.on('close', () => this.sockets.delete(socket)),
		);
		return socket;
	}
}

async function listening(): Promise<Server> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

class Conversation {
	private held = '';
	private opened = 0;
	/** A command whose literal is awaited: what came of it, and how much is to come. */
	private literal: { line: string; bytes: number } | undefined;
	private authenticating: string | undefined;

	constructor(
		private readonly socket: Socket,
		private readonly server: FalseServer,
	) {
		socket.on('data', (data) => {
			this.held += data.toString('latin1');
			if (!this.held.startsWith('CONNECT ')) return this.read();
			if (!this.held.includes('\r\n\r\n')) return;
			this.held = '';
			socket.write('HTTP/1.1 200 OK\r\n\r\n');
			setTimeout(() => this.greet(), 50);
		});
	}

	greet(): void {
		this.line(`* OK [CAPABILITY ${CAPABILITIES}] ready`);
	}

	private read(): void {
		for (;;) {
			if (this.literal) {
				if (this.held.length < this.literal.bytes) return;
				this.server.appended.push(this.held.slice(0, this.literal.bytes));
				this.held = this.literal.line + this.held.slice(this.literal.bytes);
				this.literal = undefined;
			}
			const end = this.held.indexOf('\r\n');
			if (end < 0) return;
			const line = this.held.slice(0, end);
			this.held = this.held.slice(end + 2);
			const announced = /\{(\d+)\+?\}$/.exec(line);
			if (announced) {
				this.literal = { line: line.slice(0, announced.index), bytes: Number(announced[1]) };
				this.line('+ go on');
			} else this.answer(line);
		}
	}

	private answer(line: string): void {
		if (this.authenticating !== undefined) {
			const tag = this.authenticating;
			this.authenticating = undefined;
			return this.letIn(tag);
		}
		const [, tag = '*', command = '', rest = ''] = /^(\S+) (UID \S+|\S+) ?(.*)$/i.exec(line) ?? [];
		const { mailbox } = this.server;
		switch (command.toUpperCase()) {
			case 'AUTHENTICATE':
				if (rest.includes(' ')) return this.letIn(tag);
				this.authenticating = tag;
				return this.line('+ ');
			case 'LOGIN':
				return this.letIn(tag);
			case 'CAPABILITY':
				return this.ok(tag, `* CAPABILITY ${CAPABILITIES}`);
			case 'NAMESPACE':
				return this.ok(tag, '* NAMESPACE (("" "/")) NIL NIL');
			case 'LIST':
				return this.ok(tag, '* LIST (\\HasNoChildren) "/" INBOX', '* LIST (\\HasNoChildren) "/" Notes');
			case 'SELECT':
			case 'EXAMINE':
				return this.open(tag);
			case 'UID SEARCH':
				return this.server.isSlow ? this.wait() : this.ok(tag, `* SEARCH ${this.uids().join(' ')}`);
			case 'UID FETCH':
				return this.ok(tag, ...this.uids().map((uid) => this.row(uid, rest)));
			case 'UID COPY':
			case 'UID MOVE': {
				const { from = '1', to = '1' } = mailbox.copied ?? {};
				return this.line(`${tag} OK [COPYUID ${mailbox.uidValidity} ${from} ${to}] done`);
			}
			case 'APPEND':
				return this.line(`${tag} OK [APPENDUID ${mailbox.uidValidity} 1] done`);
			case 'LOGOUT':
				return this.ok(tag, '* BYE bye');
			default:
				return this.ok(tag);
		}
	}

	private letIn(tag: string): void {
		if (this.server.isFull) this.line(`${tag} NO [LIMIT] Maximum number of connections exceeded`);
		else this.line(`${tag} OK [CAPABILITY ${CAPABILITIES}] in`);
	}

	private open(tag: string): void {
		const { uidValidity, isOtherEachTime } = this.server.mailbox;
		const exists = this.uids().length;
		this.ok(
			tag,
			'* FLAGS (\\Seen \\Flagged \\Deleted)',
			'* OK [PERMANENTFLAGS (\\Seen \\Flagged \\Deleted \\*)] p',
			`* ${exists} EXISTS`,
			`* OK [UIDVALIDITY ${uidValidity + (isOtherEachTime ? this.opened++ : 0)}] v`,
			`* OK [UIDNEXT ${exists + 1}] n`,
		);
	}

	private wait(): void {
		this.server.waiting++;
		const timer = setInterval(() => this.line('* OK still searching'), 1_000);
		this.socket.on('close', () => {
			clearInterval(timer);
			this.server.waiting--;
		});
	}

	private uids(): number[] {
		const { isStore, exists } = this.server.mailbox;
		return Array.from({ length: isStore ? this.server.appended.length : exists }, (_, index) => index + 1);
	}

	/** A message without attachments. */
	private row(uid: number, asked: string): string {
		const other = `From: a@mail.example\r\nSubject: m${uid}\r\nMessage-ID: <m${uid}@mail.example>\r\n\r\nhello\r\n`;
		const source = this.server.mailbox.isStore ? this.server.appended[uid - 1] : other;
		const header = source.slice(0, source.indexOf('\r\n\r\n') + 4);
		const parts = [...asked.matchAll(/BODY\.PEEK(\[[^\]]*\])/g)].map(([, part]) => {
			const bytes = part.includes('HEADER') ? header : source;
			return `BODY${part} {${bytes.length}}\r\n${bytes}`;
		});
		const structure = asked.includes('BODYSTRUCTURE') ? ['BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 7 1)'] : [];
		const known = [`UID ${uid}`, 'FLAGS ()', `RFC822.SIZE ${source.length}`, 'INTERNALDATE "01-Jan-2026 10:00:00 +0000"'];
		return `* ${uid} FETCH (${[...known, ...structure, ...parts].join(' ')})`;
	}

	private ok(tag: string, ...lines: string[]): void {
		for (const line of lines) this.line(line);
		this.line(`${tag} OK done`);
	}

	private line(text: string): void {
		if (!this.socket.destroyed) this.socket.write(`${text}\r\n`, 'latin1');
	}
}
