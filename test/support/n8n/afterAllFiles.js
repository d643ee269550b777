/** Jest's globalTeardown of the end-to-end tests. */
module.exports = async () => {
	await globalThis.sharedN8ns?.end();
};
