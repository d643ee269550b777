import { once } from 'node:events';
import { createServer } from 'node:net';

/** The wanted port if it is free on 127.0.0.1, or else one that the system picks. */
export async function freePort(wanted = 0) {
	const server = createServer();
	try {
		server.listen(wanted, '127.0.0.1');
		await once(server, 'listening');
		return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
	} catch (error) {
		if (wanted === 0 || !['EADDRINUSE', 'EACCES'].includes(error.code)) throw error;
		return await freePort();
	} finally {
		if (server.listening) await new Promise((resolve) => server.close(resolve));
	}
}
