import { createServer } from 'node:net';
import { createDeflateRaw } from 'node:zlib';

/**
 * Mail servers that mean ill, one for each name in `cases`: they answer as a small server does, but for the commands that they
 * name. Started as a process of its own, so that its work does not count: `node hostileServer.mjs NAME`; sends its port.
 */
const CAPABILITIES = 'IMAP4rev1 ID NAMESPACE ENABLE UIDPLUS UNSELECT SASL-IR AUTH=PLAIN';
const row = (uid, ...more) =>
	`* ${uid} FETCH (${[`UID ${uid}`, 'FLAGS ()', 'RFC822.SIZE 10', 'INTERNALDATE "01-Jan-2026 10:00:00 +0000"', ...more].join(' ')})`;
const literal = (text) => `{${text.length}}\r\n${text}`;
const header = (uid) => `Message-ID: <m${uid}@mail.example>\r\nFrom: a@mail.example\r\nSubject: hi\r\n\r\n`;
const numbers = (from, step, count) => Array.from({ length: count }, (_x, n) => from + n * step);
const nested = (depth) => `${'('.repeat(depth)}"TEXT" "PLAIN" NIL NIL NIL "7BIT" 6 1${' "MIXED")'.repeat(depth)}`;
const many = (count, text) => (s) => s.flood(() => text.repeat(count));
/** For ever the next of these. */
const endless = (text) => (s) => {
	let n = 1;
	s.flood(() => {
		let block = '';
		for (let i = 0; i < 500; i++) block += text(n++);
		return block;
	});
};
const drip = (text) => (s) => s.drip(text);

/** For each name what is done instead of the usual; the greeting is `greeting`. */
export const cases = {
	'a greeting that never comes': { greeting: () => undefined },
	'a greeting that drips': { greeting: (s) => (s.write('* OK '), s.drip('a')) },
	'a greeting without end': { greeting: (s) => (s.write('* OK '), s.flood(() => 'x'.repeat(65_536))) },
	'greetings without end': { greeting: many(500, '* OK still starting\r\n') },
	'a login that drips': { AUTHENTICATE: drip('* OK still thinking\r\n'), LOGIN: drip('* OK still thinking\r\n') },
	'a login without an answer': { AUTHENTICATE: () => undefined, LOGIN: () => undefined },
	'abilities without end': {
		greeting: (s) => s.line('* OK hi'),
		CAPABILITY: (s) => (s.write('* CAPABILITY IMAP4rev1 '), s.flood(() => 'XYZ '.repeat(9_000))),
	},
	'a login that asks again and again': { AUTHENTICATE: many(500, '+ go on\r\n') },
	'a list that drips': { LIST: drip('* LIST () "/" d\r\n') },
	'a list without end': { LIST: endless((n) => `* LIST (\\HasNoChildren) "/" f${n}\r\n`) },
	'a list of one folder without end': { LIST: many(500, '* LIST () "/" INBOX\r\n') },
	'an opening that drips': { EXAMINE: drip('* 1 EXISTS\r\n') },
	'counts without end': { EXAMINE: many(500, '* 1 EXISTS\r\n* 2 EXISTS\r\n') },
	'expunges without end': { EXAMINE: (s) => (s.line('* 4000000000 EXISTS'), many(500, '* 1 EXPUNGE\r\n')(s)) },
	'flag changes without end': {
		EXAMINE: (s) => (s.line('* 4000000000 EXISTS'), endless((n) => `* ${n} FETCH (UID ${n} FLAGS (\\Seen k${n}))\r\n`)(s)),
	},
	'a million keywords': { EXAMINE: (s) => (s.write('* FLAGS ('), s.flood(() => 'k1234 '.repeat(9_000))) },
	'vanished UIDs without end': {
		capabilities: ' CONDSTORE QRESYNC',
		EXAMINE: endless((n) => `* VANISHED (EARLIER) ${2 * n},${2 * n + 90_000}\r\n`),
	},
	'a set without end': {
		capabilities: ' CONDSTORE QRESYNC',
		EXAMINE: (s) => (s.write('* VANISHED (EARLIER) 1'), endless((n) => `,${2 * n}`)(s)),
	},
	'a search that drips': { 'UID SEARCH': drip('* OK still searching\r\n') },
	'a search that drips numbers': { 'UID SEARCH': (s) => (s.write('* SEARCH'), s.drip(' 1')) },
	'a search without end': { 'UID SEARCH': (s) => (s.write('* SEARCH'), endless((n) => ` ${n}`)(s)) },
	'searches without end': { 'UID SEARCH': endless((n) => `* SEARCH ${n}\r\n`) },
	'ranges without end': {
		capabilities: ' ESEARCH',
		'UID SEARCH': (s, tag) => (s.write(`* ESEARCH (TAG "${tag}") UID ALL 1`), endless((n) => `,${2 * n}`)(s)),
	},
	'rows that drip': { 'UID FETCH': drip('* 1 FETCH (UID 77 FLAGS ())\r\n') },
	'rows without end': { 'UID FETCH': many(500, '* 1 FETCH (UID 1 FLAGS ())\r\n') },
	'rows of others without end': { 'UID FETCH': endless((n) => `* ${n} FETCH (UID ${n + 1000} FLAGS ())\r\n`) },
	'talk without end': { 'UID FETCH': many(500, '* OK [ALERT] hi\r\n') },
	'a line without end': { 'UID FETCH': (s) => (s.write('* 1 FETCH (UID 1 FLAGS ('), s.flood(() => 'aaaaaaaa '.repeat(8_000))) },
	'a message of 2 GB': {
		'UID FETCH': (s) => (s.write('* 1 FETCH (UID 1 BODY[] {2147483648}\r\n'), s.flood(() => 'x'.repeat(65_536))),
	},
	'a message of 250 MB': {
		'UID FETCH': (s) => (s.write('* 1 FETCH (UID 1 BODY[] {260000000}\r\n'), s.flood(() => 'x'.repeat(65_536))),
	},
	'a message that drips': { 'UID FETCH': (s) => (s.write('* 1 FETCH (UID 1 BODY[] {1000}\r\n'), s.drip('x')) },
	'a hundred messages of 20 MB that are said to have 10 bytes': {
		exists: 100,
		'UID FETCH': (s, tag, rest) => {
			const uids = numbers(1, 1, 100);
			if (!rest.includes('BODY.PEEK[]')) return s.rows(tag, uids, rest);
			let n = 0;
			s.flood(() =>
				n < 100
					? `${row(uids[n], `BODY[] ${literal(`${header(uids[n++])}${'y'.repeat(20_000_000)}`)}`)}\r\n`
					: `${tag} OK done\r\n`,
			);
		},
	},
	'parentheses without end': {
		'UID FETCH': (s) => (s.write('* 1 FETCH (UID 1 BODYSTRUCTURE '), s.flood(() => '('.repeat(65_536))),
	},
	'a million parentheses': {
		'UID FETCH': (s, tag) => (s.line(`* 1 FETCH (UID 1 BODYSTRUCTURE ${'('.repeat(1_000_000)}`), s.ok(tag)),
	},
	'a structure 5,000 deep': {
		output: 'metadata',
		'UID FETCH': (s, tag) => (s.line(row(1, `BODY[HEADER] ${literal(header(1))}`, `BODYSTRUCTURE ${nested(5_000)}`)), s.ok(tag)),
	},
	'a bomb of compression': {
		compression: true,
		capabilities: ' COMPRESS=DEFLATE',
		COMPRESS: (s, tag) => {
			s.ok(tag);
			const deflate = createDeflateRaw({ level: 9 });
			deflate.pipe(s.socket);
			deflate.write('* OK ');
			const more = () => !s.socket.destroyed && deflate.write(Buffer.alloc(2 ** 20, 'a'), () => setImmediate(more));
			more();
		},
	},
	'a farewell without end': { LOGOUT: many(500, '* OK bye soon\r\n') },
	'a farewell that never comes': { LOGOUT: () => undefined },
};

class Session {
	constructor(socket, script) {
		Object.assign(this, { socket, script, held: '', exists: script.exists ?? 3 });
		socket.on('error', () => undefined);
		socket.on('data', (data) => this.read(data.toString('latin1')));
		this.answer('greeting');
	}

	read(text) {
		this.held += text;
		for (let end = this.held.indexOf('\r\n'); end >= 0; end = this.held.indexOf('\r\n')) {
			const line = this.held.slice(0, end);
			this.held = this.held.slice(end + 2);
			const [, tag, command, rest] = /^(\S+) (UID \S+|\S+) ?(.*)$/i.exec(line) ?? [];
			if (command) this.answer(command.toUpperCase(), tag, rest);
		}
	}

	answer(command, tag, rest) {
		const own = this.script[command];
		if (own) return own(this, tag, rest);
		const capabilities = CAPABILITIES + (this.script.capabilities ?? '');
		switch (command) {
			case 'greeting':
				return this.line(`* OK [CAPABILITY ${capabilities}] ready`);
			case 'CAPABILITY':
				return this.ok(tag, `* CAPABILITY ${capabilities}`);
			case 'ENABLE':
				return this.ok(tag, `* ENABLED ${rest}`);
			case 'LIST':
				return this.ok(tag, '* LIST () "/" INBOX');
			case 'NAMESPACE':
				return this.ok(tag, '* NAMESPACE (("" "/")) NIL NIL');
			case 'SELECT':
			case 'EXAMINE':
				return this.ok(
					tag,
					'* FLAGS (\\Seen)',
					`* ${this.exists} EXISTS`,
					'* OK [UIDVALIDITY 1] v',
					`* OK [UIDNEXT ${this.exists + 1}] n`,
					'* OK [HIGHESTMODSEQ 5] h',
				);
			case 'UID SEARCH':
				return this.ok(tag, `* SEARCH ${numbers(1, 1, this.exists).join(' ')}`);
			case 'UID FETCH':
				return this.rows(tag, numbers(1, 1, this.exists), rest);
			case 'LOGOUT':
				return this.ok(tag, '* BYE bye');
			default:
				return this.ok(tag);
		}
	}

	rows(tag, uids, asked) {
		const parts = (uid) =>
			[...asked.matchAll(/BODY\.PEEK(\[[^\]]*\])/g)].map(
				([, part]) => `BODY${part} ${literal(part === '[]' ? `${header(uid)}hello\r\n` : header(uid))}`,
			);
		this.ok(tag, ...uids.map((uid) => row(uid, ...parts(uid))));
	}

	ok(tag, ...lines) {
		for (const line of lines) this.line(line);
		this.line(`${tag} OK done`);
	}

	line(text) {
		return this.write(`${text}\r\n`);
	}

	write(text) {
		return this.socket.destroyed ? false : this.socket.write(text, 'latin1');
	}

	/** Writes for as long as the other side reads. */
	flood(make) {
		if (this.socket.destroyed) return;
		if (this.write(make())) setImmediate(() => this.flood(make));
		else this.socket.once('drain', () => this.flood(make));
	}

	/** Writes a little now and then, so that nobody can say that nothing comes. */
	drip(text) {
		const timer = setInterval(() => (this.socket.destroyed ? clearInterval(timer) : this.write(text)), 200);
	}
}

if (process.send) {
	const server = createServer((socket) => new Session(socket, cases[process.argv[2]] ?? {}));
	server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}
