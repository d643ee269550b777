import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a workflow made: one item of its trigger. */
export interface Delivery {
	subject: string;
	eventId: string;
	attempt: number;
	event: string;
	at: number;
	/** Whether the answer was sent that lets the execution go on. */
	answered: boolean;
}

/**
 * What a workflow delivers to, over HTTP: it counts what comes, takes its time and refuses what it is told to. An execution that made a
 * request and got a good answer has succeeded.
 */
export class Sink {
	readonly deliveries: Delivery[] = [];
	/** How long one takes, in milliseconds. */
	work = 0;
	/** How much longer this one takes, in milliseconds. */
	longer: (delivery: Delivery) => number = () => 0;
	/** Which ones are refused, so that the execution fails. */
	refuses: (delivery: Delivery) => boolean = () => false;
	private readonly server: Server;

	private constructor() {
		this.server = createServer((request, response) => {
			void readBody(request).then((body) => {
				const delivery = { ...(JSON.parse(body) as Delivery), at: Date.now(), answered: false };
				this.deliveries.push(delivery);
				setTimeout(
					() => {
						response.statusCode = this.refuses(delivery) ? 500 : 200;
						response.setHeader('content-type', 'application/json');
						response.end('{}', () => {
							delivery.answered = response.statusCode === 200;
						});
					},
					this.work + this.longer(delivery),
				);
			});
		});
	}

	static async start(): Promise<Sink> {
		const sink = new Sink();
		await new Promise<void>((resolve) => {
			sink.server.listen(0, '127.0.0.1', resolve);
		});
		return sink;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => {
			this.server.close(resolve);
		});
	}
}

async function readBody(request: IncomingMessage): Promise<string> {
	let body = '';
	for await (const chunk of request) body += String(chunk);
	return body;
}
