import { builtNode, pollContext, takeFile } from './processContexts.mjs';

/**
 * Polls the built trigger in a process of its own, so many times or until so many items came. The heap can be capped:
 * `node --max-old-space-size=N pollProcess.mjs SETTINGS`. Files go where n8n's would, out of memory; of each a line with its length
 * and SHA-256 is printed, and in the end the peak of the process's memory in bytes.
 */
const { credential, parameters, polls, until = Infinity, dist } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const log = (level) => (message) => print({ level, message });
const trigger = builtNode(dist, 'ImapSyncTrigger');
const context = pollContext({ credential, parameters, log, prepareBinaryData: takeFile(print) });

let items = 0;
for (let poll = 0; poll < polls && items < until; poll++) {
	const result = await trigger.poll.call(context);
	items += result?.[0].length ?? 0;
}
print({ items, maxMemory: process.resourceUsage().maxRSS * 1024 });
