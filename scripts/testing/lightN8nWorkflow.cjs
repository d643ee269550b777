const Module = require('node:module');
const { join } = require('node:path');

/** For `node --require`: n8n-workflow as the tests load it (n8nWorkflow.cjs), in a process that loads the built nodes. */
const light = join(__dirname, 'n8nWorkflow.cjs');
const internals = /** @type {{ _resolveFilename: (request: string, ...more: unknown[]) => string }} */ (
	/** @type {unknown} */ (Module)
);
const { _resolveFilename: resolve } = internals;
internals._resolveFilename = (request, ...more) => (request === 'n8n-workflow' ? light : resolve.call(Module, request, ...more));
