import { createServer } from 'node:net';

/** Below the range from which the kernel takes ports for outgoing connections, so that none of those takes it meanwhile. */
const lowest = 20_000;
const highest = 32_000;

/** A port of 127.0.0.1 on which nobody listens. Another process can still come first: the caller must be ready to ask again. */
export async function findFreePort(): Promise<number> {
	for (let attempt = 0; attempt < 50; attempt++) {
		const port = lowest + Math.floor(Math.random() * (highest - lowest));
		if (await canListen(port)) return port;
	}
	throw new Error(`no free port found between ${lowest} and ${highest}`);
}

function canListen(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}
