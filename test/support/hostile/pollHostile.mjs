import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cases } from './hostileServer.mjs';

/**
 * Polls the built trigger against hostile servers, one after the other: `node --expose-gc pollHostile.mjs SETTINGS`. Before, it polls one
 * that means well, so that what is loaded with the first poll is there. Prints a line of JSON for each: what the poll took.
 */
const { names, budget, dist } = JSON.parse(process.argv[2]);
const { ImapSyncTrigger } = createRequire(import.meta.url)(`${dist}/nodes/ImapSyncTrigger/ImapSyncTrigger.node.js`);
const trigger = new ImapSyncTrigger();
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

async function poll(serverName, id, pollBudget) {
	const script = cases[serverName] ?? {};
	const parameters = {
		startFrom: 'all',
		output: script.output ?? 'content',
		triggerOn: ['messageNew', 'messageUpdated', 'messageDeleted'],
		...('LIST' in script ? { folderSelection: 'all' } : {}),
	};
	const server = fork(new URL('./hostileServer.mjs', import.meta.url), [serverName], { stdio: 'ignore' });
	try {
		const port = await new Promise((resolve) => server.once('message', resolve));
		// COMPRESS is not asked for on this machine, by the names that it is known by.
		const host = script.compression ? '0.0.0.0' : '127.0.0.1';
		return await trigger.poll.call({
			logger: quiet,
			helpers: { prepareBinaryData: async () => ({}) },
			getMode: () => 'trigger',
			getActivationMode: () => 'activate',
			getNode: () => ({ id, name: 'Mailbox', type: 'x', typeVersion: 1, position: [0, 0], parameters }),
			getWorkflow: () => ({ id: 'workflow-1', name: 'Hostile', active: true }),
			getTimezone: () => 'UTC',
			getWorkflowStaticData: () => ({}),
			getCredentials: async () => ({ user: 'u', password: 'pw', host, port, security: 'none', allowUnauthorizedCerts: false }),
			getPollBudgetMs: () => pollBudget,
			getNodeParameter: (field, fallback) =>
				parameters[field] ?? fallback ?? trigger.description.properties.find((property) => property.name === field).default,
		});
	} finally {
		server.kill('SIGKILL');
	}
}

/** Milliseconds for which the main thread had a processor, and for which it waited for one; only Linux says them. */
function processor() {
	try {
		const [used, waited] = readFileSync('/proc/self/schedstat', 'latin1').split(' ');
		return { used: Number(used) / 1e6, waited: Number(waited) / 1e6 };
	} catch {
		const { user, system } = process.cpuUsage();
		return { used: (user + system) / 1000, waited: 0 };
	}
}

async function measure(name) {
	global.gc();
	let highest = process.memoryUsage.rss();
	// Time of the processor between two turns of the event loop, that of the main thread: other work on the machine, and threads that read
	// messages, hold nobody up.
	let longest = 0;
	let last = processor().used;
	const watch = setInterval(() => {
		const now = processor().used;
		longest = Math.max(longest, now - last);
		last = now;
		highest = Math.max(highest, process.memoryUsage.rss());
	}, 5);
	const start = Date.now();
	const { waited } = processor();
	let items = 0;
	let error;
	try {
		items = (await poll(name, name, budget))?.[0].length ?? 0;
	} catch (thrown) {
		error = thrown.message;
	}
	const ms = Date.now() - start - (processor().waited - waited);
	clearInterval(watch);
	return { ms, megabytes: (highest - idle) / 2 ** 20, longest, items, error };
}

// It has all the time it wants: on a busy machine the modules alone took longer than the budget.
await poll('one that means well', 'first', 120_000);
global.gc();
// What one poll leaves of the heap, the next one uses: memory is told from here, as n8n would see it.
const idle = process.memoryUsage().rss;
for (const name of names) console.log(JSON.stringify({ name, ...(await measure(name)) }));
process.exit();
