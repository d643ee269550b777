import { actionContext, builtNode, takeFile } from './processContexts.mjs';

/**
 * Runs the built action node in a process of its own, whose heap can be capped: `node --max-old-space-size=N actionProcess.mjs
 * SETTINGS`. Files go where n8n's would, out of memory; of each a line with its length and SHA-256 is printed, and in the end
 * the items and the peak of the process's memory in bytes.
 */
const { credential, targetCredential, parameters, dist } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const context = actionContext({ credential, targetCredential, parameters, prepareBinaryData: takeFile(print) });

const [items] = await builtNode(dist, 'ImapSync').execute.call(context);
print({ items: items.map(({ json }) => json), maxMemory: process.resourceUsage().maxRSS * 1024 });
