const globals = require('@jest/globals');

/**
 * A test against a real n8n gets a second try: it waits on six processes that share two cores, and on what n8n does at moments of its
 * own. The error of the first try is printed, and the last lines of `npm test` count what passed only then: it is no secret, and
 * somebody has to look.
 */
globals.jest.retryTimes(1, { logErrorsBeforeRetry: true });
