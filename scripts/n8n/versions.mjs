/**
 * The versions that `npm start` and the end-to-end tests use, in this one place.
 *
 * n8n 2.41 asks for Node 24, while this package and its scripts run on Node 20.19 and later, so both are installed into
 * a cache folder outside the tree and neither touches the Node of the machine.
 */
export const N8N_VERSION = '2.41.1';
/** The database driver that this n8n asks for: made first, as it may have to be compiled. */
export const SQLITE_VERSION = '5.1.7';
export const NODE_VERSION = '24.9.0';

/** The Node that the scripts themselves need; the same as `engines` in package.json. */
export const SCRIPTS_NEED_NODE = [20, 19];
