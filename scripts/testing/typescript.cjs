const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const ts = require('typescript');

/**
 * TypeScript for Jest, one file at a time: `npm run typecheck` checks types. Source maps lie beside the code, and are read when
 * something fails. A jest.mock() stays where it stands: it goes into a module that is imported first.
 */
const compilerOptions = {
	target: ts.ScriptTarget.ES2022,
	module: ts.ModuleKind.CommonJS,
	esModuleInterop: true,
	isolatedModules: true,
	allowJs: true,
	sourceMap: true,
};

const version = createHash('sha256').update(ts.version).update(readFileSync(__filename)).digest('hex');

module.exports = {
	/** @param {string} source @param {string} path @returns {{ code: string, map: object }} */
	process(source, path) {
		const { outputText, sourceMapText } = ts.transpileModule(source, { fileName: path, compilerOptions });
		const map = { ...JSON.parse(sourceMapText ?? '{}'), sources: [path] };
		return { code: outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map };
	},

	/**
	 * With coverage, Jest keeps other code under the key.
	 *
	 * @param {string} source @param {string} path @param {{ instrument: boolean }} options
	 */
	getCacheKey: (source, path, { instrument }) =>
		createHash('sha256').update(`${version}\0${instrument}\0${path}\0`).update(source).digest('hex'),
};
