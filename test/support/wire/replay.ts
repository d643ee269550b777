import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a server said on one connection: its greeting, and what it said to each command, in order, as latin1. */
export interface Recording {
	greeting: string;
	answers: Array<{ command: string; said: string }>;
}

/** Takes down one connection to `target`, which `talk` makes to the port that it is given. */
export async function record(target: { host: string; port: number }, talk: (port: number) => Promise<void>): Promise<Recording> {
	const [toServer, toClient]: Buffer[][] = [[], []];
	const server = createServer((client) => {
		const far = connect(target.port, target.host);
		client.on('data', (bytes: Buffer) => (toServer.push(bytes), far.write(bytes)));
		far.on('data', (bytes: Buffer) => (toClient.push(bytes), client.write(bytes)));
		for (const [one, other] of [
			[client, far],
			[far, client],
		])
			one.on('error', () => other.destroy()).on('close', () => other.destroy());
	});
	try {
		await talk(await listening(server));
	} finally {
		server.close();
	}
	const [greeting, ...said] = responsesOf(Buffer.concat(toClient).toString('latin1'));
	const answers: Recording['answers'] = [];
	let answer = '';
	const names = new Map(
		responsesOf(Buffer.concat(toServer).toString('latin1')).map((line) => line.split(/\s/, 2) as [string, string]),
	);
	for (const response of said) {
		answer += response;
		const command = names.get(response.split(' ', 1)[0]);
		if (command === undefined) continue;
		answers.push({ command, said: answer });
		answer = '';
	}
	return { greeting, answers };
}

/** Lines with the literals in them. */
export function responsesOf(text: string): string[] {
	const found: string[] = [];
	for (let at = 0; at < text.length;) {
		let end = text.indexOf('\n', at) + 1 || text.length;
		for (;;) {
			const literal = /\{(\d+)\+?\}\r\n$/.exec(text.slice(at, end));
			if (!literal) break;
			end = text.indexOf('\n', end + Number(literal[1])) + 1 || text.length;
		}
		found.push(text.slice(at, end));
		at = end;
	}
	return found;
}

/** A server that says to each connection what was recorded, command by command; without an answer left, it hangs up. */
export class Replay {
	private readonly server: Server;
	/** What it says next time, in place of what was recorded. `ends`: then the connection is over. */
	next: Array<{ said: string; ends?: boolean }> = [];

	constructor(private readonly greeting: string) {
		this.server = createServer((client) => this.talk(client, this.next));
	}

	async start(): Promise<number> {
		return await listening(this.server);
	}

	stop(): void {
		this.server.close();
	}

	private talk(client: Socket, answers: Replay['next']): void {
		let heard = '';
		let at = 0;
		client.setNoDelay(true);
		client.on('error', () => undefined);
		client.write(this.greeting, 'latin1');
		client.on('data', (bytes: Buffer) => {
			heard += bytes.toString('latin1');
			const lines = responsesOf(heard);
			// The last may go on.
			heard = lines.length > 0 && !isWhole(lines.at(-1)!) ? lines.pop()! : '';
			for (const answer of lines.map(() => answers[at++])) {
				if (!answer || answer.ends) return void client.end(answer?.said ?? '', 'latin1');
				client.write(answer.said, 'latin1');
			}
		});
	}
}

/** Whether nothing of a command is missing: neither its end nor that of its literals. */
function isWhole(line: string): boolean {
	if (!line.endsWith('\n')) return false;
	const literals = [...line.matchAll(/\{(\d+)\+?\}\r\n/g)];
	const last = literals.at(-1);
	return !last || line.length >= last.index + last[0].length + Number(last[1]) + 2;
}

async function listening(server: Server): Promise<number> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}
