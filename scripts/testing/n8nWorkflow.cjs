const { join } = require('node:path');

/**
 * n8n-workflow as the tests load it. Its index loads 680 modules, which Jest does anew for each test file and which takes longer than most
 * files take; the nodes use two names of it. These come from the modules that define them, any other name from the whole.
 */
const folder = join(__dirname, '../../node_modules/n8n-workflow/dist/cjs');

/** @type {Record<string, string>} */
const modules = {
	NodeOperationError: 'errors/node-operation.error.js',
	NodeConnectionTypes: 'interfaces.js',
};

module.exports = new Proxy(
	{ __esModule: true },
	{
		get: (own, /** @type {string} */ name) => {
			if (name in own) return Reflect.get(own, name);
			return Reflect.get(require(name in modules ? join(folder, modules[name]) : join(folder, 'index.js')), name);
		},
	},
);
