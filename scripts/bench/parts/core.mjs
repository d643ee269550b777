import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../../n8n/package.mjs';

const require = createRequire(import.meta.url);

/** A module of the built package. */
export const core = (path) => require(join(projectRoot, 'dist', path));

const MEGABYTE = 1024 * 1024;

/** How the tests' servers are reached. */
export const settingsFor = (user, { host, port }) => ({
	user,
	password: 'secret',
	host,
	port,
	security: 'none',
	allowUnauthorizedCerts: false,
});

/**
 * One run of the core, as a trigger makes it; gives the state for the next and how many events came.
 * @type {(at: any, user: string, before: any, ask: any) => Promise<{ state: any; count: number }>}
 */
export const run = async (
	at,
	user,
	before,
	{ selection = { kind: 'all' }, events, output = 'content', startFrom = 'now', limits },
) => {
	const { connectMailServer } = core('sync/imap/ImapMailServer.js');
	const { syncAccount } = core('sync/run/syncAccount.js');
	const { collectItems } = core('nodes/shared/items.js');
	const { readItemRequest } = core('nodes/shared/itemRequest.js');
	const { decodeState, encodeState } = core('sync/state/state.js');
	const request = readItemRequest(output, {});
	const { items, sink } = collectItems(request, {
		prepareBinaryData: async (data) => ({ data: data.toString('base64'), mimeType: 'message/rfc822' }),
	});
	const server = await connectMailServer(settingsFor(user, at));
	try {
		const { state } = await syncAccount(
			{
				account: { name: user, user, host: at.host },
				watch: { events: new Set(events), selection, startFrom: { kind: startFrom } },
				reading: request.reading,
				delivery: { limits: { messages: 200, bytes: 64 * MEGABYTE, deadline: Date.now() + 300_000, ...limits } },
			},
			decodeState(before),
			{ server, sink, now: Date.now },
		);
		return { state: JSON.parse(JSON.stringify(encodeState(state))), count: items.length };
	} finally {
		await server.close();
	}
};
