const { TestEnvironment } = require('jest-environment-node');

/**
 * jest's Node environment, and in it Node's own import().
 *
 * The scripts that drive n8n are ES modules, which a test cannot import: jest runs a test in a context of its own where
 * import() fails without an experimental flag. This file runs outside of it.
 */
module.exports = class NativeImportEnvironment extends TestEnvironment {
	async setup() {
		await super.setup();
		this.global.importNatively = (url) => import(url);
	}
};
