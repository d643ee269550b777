/** Jest's globalSetup of the end-to-end tests. Whatever they share lives in Jest's own process. */
module.exports = async () => {
	globalThis.importNatively ??= (url) => import(url);
	const { SharedN8ns } = require('./sharedN8n');
	globalThis.sharedN8ns = new SharedN8ns();
	await globalThis.sharedN8ns.serve();
};
