import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A mail on its way: the envelope, and the message as it came. */
export interface MailInTransit {
	from: string;
	to: string[];
	message: string;
}

/** Takes a mail over; a throw refuses it for now. */
type Delivery = (mail: MailInTransit) => Promise<void>;

/** A small SMTP server (RFC 5321) on loopback, without TLS and login, that hands what it gets to a delivery. */
export interface Smtp {
	/** The data of a credential of the type `smtp`. */
	readonly credential: Record<string, unknown>;
	/** All that it took, in order. */
	readonly sent: readonly MailInTransit[];
	stop(): Promise<void>;
}

export async function startSmtp(deliver: Delivery): Promise<Smtp> {
	const sent: MailInTransit[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		socket.on('error', () => socket.destroy());
		void serve(socket, async (mail) => {
			await deliver(mail);
			sent.push(mail);
		}).catch(() => socket.destroy());
	});
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const { port } = server.address() as AddressInfo;
	return {
		credential: { host: '127.0.0.1', port, secure: false, disableStartTls: true, user: '', password: '' },
		sent,
		async stop() {
			for (const socket of sockets) socket.destroy();
			await closed(server);
		},
	};
}

const closed = (server: Server): Promise<void> =>
	new Promise((resolve) => {
		server.close(() => resolve());
	});

/** One dialogue. */
async function serve(socket: Socket, deliver: Delivery): Promise<void> {
	const reply = (text: string): boolean => socket.write(`${text}\r\n`);
	let mail: MailInTransit = { from: '', to: [], message: '' };
	let data: string[] | undefined;
	reply('220 test');
	for await (const line of linesOf(socket)) {
		if (data !== undefined) {
			if (line !== '.') {
				data.push(line.replace(/^\./, ''));
				continue;
			}
			const message = `${data.join('\r\n')}\r\n`;
			data = undefined;
			await deliver({ ...mail, message }).then(
				() => reply('250 taken'),
				() => reply('451 not now'),
			);
			mail = { from: '', to: [], message: '' };
			continue;
		}
		const [verb = ''] = line.toUpperCase().split(/[ :]/);
		const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
		if (verb === 'MAIL') mail.from = address;
		if (verb === 'RCPT') mail.to.push(address);
		if (verb === 'DATA') data = [];
		if (verb === 'QUIT') {
			socket.end('221 bye\r\n');
			return;
		}
		reply(data ? '354 go on' : '250 ok');
	}
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
	let rest = '';
	for await (const chunk of socket.setEncoding('latin1')) {
		const lines = (rest + String(chunk)).split('\r\n');
		rest = lines.pop() ?? '';
		yield* lines;
	}
}
