import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A relay in front of a Redis that loses what it is told to lose of published messages. */
export class SignalProxy {
	readonly host = '127.0.0.1';
	/** Messages that were lost so far. */
	lost = 0;
	/** Asked for each published message on its way to a client: true loses it. */
	loses: (channel: string) => boolean = () => false;
	private readonly sockets = new Set<Socket>();
	private readonly server: Server;

	private constructor(target: { host: string; port: number }) {
		this.server = createServer((client) => this.relay(client, connect(target.port, target.host)));
	}

	/** Starts one on loopback. Redis may go and come back meanwhile: a client learns it by the end of its connection. */
	static async start(target: { host: string; port: number }): Promise<SignalProxy> {
		const proxy = new SignalProxy(target);
		await new Promise<void>((resolve) => {
			proxy.server.listen(0, proxy.host, resolve);
		});
		return proxy;
	}

	get port(): number {
		return (this.server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => {
			this.server.close(resolve);
		});
	}

	private relay(client: Socket, redis: Socket): void {
		const pairs: Array<[Socket, Socket]> = [
			[client, redis],
			[redis, client],
		];
		for (const [one, other] of pairs) {
			this.sockets.add(one);
			one.setNoDelay(true);
			one.on('error', () => undefined);
			one.on('close', () => {
				this.sockets.delete(one);
				other.destroy();
			});
		}
		client.on('data', (data) => redis.write(data));
		let rest = Buffer.alloc(0);
		redis.on('data', (data) => {
			rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
			for (let end = endOfReply(rest, 0); end !== undefined; end = endOfReply(rest, 0)) {
				this.pass(rest.subarray(0, end), client);
				rest = rest.subarray(end);
			}
		});
	}

	private pass(reply: Buffer, client: Socket): void {
		const channel = channelOf(reply);
		if (channel !== undefined && this.loses(channel)) this.lost++;
		else client.write(reply);
	}
}

/** Where the reply ends that begins here (RESP2); undefined while the rest of it is on its way. */
function endOfReply(buffer: Buffer, start: number): number | undefined {
	const lineEnd = buffer.indexOf('\r\n', start);
	if (lineEnd < 0) return undefined;
	const after = lineEnd + 2;
	const kind = String.fromCharCode(buffer[start]);
	if (kind !== '$' && kind !== '*') return after;
	const count = Number(buffer.toString('latin1', start + 1, lineEnd));
	if (count < 0) return after;
	if (kind === '$') return after + count + 2 <= buffer.length ? after + count + 2 : undefined;
	let end: number | undefined = after;
	for (let i = 0; i < count && end !== undefined; i++) end = endOfReply(buffer, end);
	return end;
}

/** The channel of a published message; undefined for every other reply. */
function channelOf(reply: Buffer): string | undefined {
	const head = reply.toString('latin1', 0, 300);
	return (
		/^\*3\r\n\$7\r\nmessage\r\n\$\d+\r\n([^\r]*)\r\n/.exec(head)?.[1] ??
		/^\*4\r\n\$8\r\npmessage\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n([^\r]*)\r\n/.exec(head)?.[1]
	);
}
