import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy on loopback, with what it was asked for. */
export interface Tunnel {
	url: string;
	asked: string[];
	stop(): Promise<void>;
}

/** An HTTP proxy that gives CONNECT, to anybody or to one user. */
export async function startConnectProxy(login?: { user: string; password: string }): Promise<Tunnel> {
	const wanted = login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
	return await startTunnel('http', login, (socket, asked) => {
		let head = '';
		const onData = (chunk: Buffer): void => {
			head += chunk.toString('latin1');
			if (!head.includes('\r\n\r\n')) return;
			socket.off('data', onData);
			const target = /^CONNECT (\S+) /.exec(head)?.[1] ?? '';
			asked.push(target);
			if (wanted !== undefined && !head.includes(wanted))
				return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
			const split = target.lastIndexOf(':');
			pass(
				socket,
				target.slice(0, split),
				Number(target.slice(split + 1)),
				'HTTP/1.1 200 OK\r\n\r\n',
				'HTTP/1.1 502 Bad Gateway\r\n\r\n',
			);
		};
		socket.on('data', onData);
	});
}

/** A SOCKS5 proxy (RFC 1928) that asks for no login and looks names up itself. */
export async function startSocksProxy(): Promise<Tunnel> {
	return await startTunnel('socks5', undefined, (socket, asked) => {
		let step: 'greeting' | 'request' = 'greeting';
		const onData = (chunk: Buffer): void => {
			if (step === 'greeting') {
				step = 'request';
				socket.write(Buffer.from([5, 0]));
				return;
			}
			socket.off('data', onData);
			const named = chunk[3] === 3;
			const end = named ? 5 + chunk[4] : 8;
			const host = named ? chunk.toString('latin1', 5, end) : [...chunk.subarray(4, 8)].join('.');
			const port = chunk.readUInt16BE(end);
			asked.push(`${host}:${port}`);
			const answer = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
			pass(socket, host, port, answer(0), answer(5));
		};
		socket.on('data', onData);
	});
}

async function startTunnel(
	protocol: string,
	login: { user: string; password: string } | undefined,
	serve: (socket: Socket, asked: string[]) => void,
): Promise<Tunnel> {
	const asked: string[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)));
		serve(socket, asked);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const user = login === undefined ? '' : `${login.user}:${login.password}@`;
	return {
		url: `${protocol}://${user}127.0.0.1:${(server.address() as AddressInfo).port}`,
		asked,
		stop: async () => {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

function pass(socket: Socket, host: string, port: number, yes: string | Buffer, no: string | Buffer): void {
	const onward = connect({ host, port }, () => {
		socket.write(yes);
		socket.pipe(onward).pipe(socket);
	});
	onward.on('error', () => socket.end(no));
	socket.on('close', () => onward.destroy());
}
