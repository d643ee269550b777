const crypto = require('node:crypto');

/**
 * The key of an account's seals costs a third of a second on purpose (sync/state/accountSeal.ts), and the tests make hundreds: here it
 * costs next to nothing, in the test and in the processes that it starts. In the end-to-end tests it costs what it costs, and
 * test/sync/state/accountSeal.test.ts looks at how much is asked for.
 */
const REQUIRED = `--require ${__filename}`;

/** @type {typeof crypto.scrypt & { isCheap?: boolean }} */
const scrypt = crypto.scrypt;
if (!scrypt.isCheap) {
	/** @param {unknown[]} args password, salt, length, cost, callback */
	const cheap = (...[password, salt, length, cost, done]) =>
		Reflect.apply(scrypt, undefined, [password, salt, length, { .../** @type {object} */ (cost), N: 2, p: 1 }, done]);
	crypto.scrypt = Object.assign(cheap, scrypt, { isCheap: true });
}
const options = process.env.NODE_OPTIONS ?? '';
if (!options.includes(REQUIRED)) process.env.NODE_OPTIONS = `${options} ${REQUIRED}`.trim();
