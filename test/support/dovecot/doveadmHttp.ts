import { request } from 'node:http';
import { join } from 'node:path';

/** The password of Dovecot's tool, which listens in the folder of the instance only. */
export const doveadmPassword = 'only-for-tests';

/** A row of an answer. */
type Row = Record<string, string>;

/**
 * Asks Dovecot's own tool where it runs already, in the server: a process for each question costs five times as much, and the tests ask
 * many thousands. https://doc.dovecot.org/2.3/admin_manual/doveadm_http_api/
 */
export async function askDoveadm(folder: string, command: string, args: object): Promise<Row[]> {
	const text = await post(join(folder, 'run/http'), JSON.stringify([[command, args, 'tests']]));
	const [answer] = JSON.parse(text) as Array<[string, unknown, string]>;
	if (answer?.[0] !== 'doveadmResponse') throw new Error(`doveadm ${command} ${JSON.stringify(args)}: ${text.slice(0, 500)}`);
	return answer[1] as Row[];
}

function post(socketPath: string, body: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const auth = `doveadm:${doveadmPassword}`;
		// A connection each: one that is kept would keep a process of the server for itself.
		const options = { socketPath, path: '/doveadm/v1', method: 'POST', auth, agent: false, timeout: 120_000 };
		const asked = request(options, (response) => {
			const parts: Buffer[] = [];
			response.on('data', (part: Buffer) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => resolve(Buffer.concat(parts).toString()));
		});
		asked.on('error', reject).on('timeout', () => asked.destroy(new Error('doveadm did not answer')));
		asked.end(body);
	});
}
