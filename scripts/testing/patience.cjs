const globals = require('@jest/globals');

/**
 * How long a test or a hook may take where servers or n8n take part. It is there for what never comes, not for what is slow: the same
 * test has taken five times as long on a machine that was busy otherwise.
 */
globals.jest.setTimeout(600_000);
