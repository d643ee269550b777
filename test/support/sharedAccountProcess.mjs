import { actionContext, builtNode, pollContext } from './processContexts.mjs';

/**
 * One of the processes of an n8n that share an account, told by its parent what to do:
 *
 * - `{ triggers: [parameters] }` makes polling triggers; `{ poll: true }` polls all of them at once.
 * - `{ actions: parameters, times, atOnce }` runs the action node so many times, so many at once.
 *
 * Each is answered with what the triggers gave, item by item, and with what went wrong.
 */
const { credential, dist } = JSON.parse(process.argv[2]);
const trigger = builtNode(dist, 'ImapSyncTrigger');
const action = builtNode(dist, 'ImapSync');
let problems = [];
const log = () => (message) => problems.push(message);
let contexts = [];

async function attempt(work) {
	try {
		return await work();
	} catch (error) {
		problems.push(`${error.message}: ${error.description ?? ''}`);
		return undefined;
	}
}

async function poll(context) {
	const [items = []] = (await attempt(() => trigger.poll.call(context))) ?? [];
	return items.map(({ json }) => `${json.event} ${json.subject}`);
}

async function act(parameters, times, atOnce) {
	let left = times;
	const one = async () => {
		while (left-- > 0) await attempt(() => action.execute.call(actionContext({ credential, parameters })));
	};
	await Promise.all(Array.from({ length: atOnce }, one));
}

process.on('message', async ({ triggers, poll: polls, actions, times, atOnce }) => {
	problems = [];
	if (triggers) contexts = triggers.map((parameters, id) => pollContext({ id: String(id), credential, parameters, log }));
	const told = triggers || polls ? await Promise.all(contexts.map(poll)) : [];
	if (actions) await act(actions, times, atOnce);
	process.send({ told, problems });
});
process.send('ready');
